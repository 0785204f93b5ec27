//! Objects that live checkpoints depend on are not deleted.

use std::fs;

use crate::World;
use crate::cluster::Kubectl;
use crate::objects::{claim, class, file, provider, suspended};

/// A namespace whose Sandbox `agent` holds a checkpoint, written through the claim `nightly` with a
/// class that has the namespace's name.
fn with_checkpoint(world: &World, namespace: &str) -> Kubectl {
    let objects = file(&[
        class(namespace),
        claim("nightly", namespace),
        suspended("agent", "{snapshotClaimName: nightly}"),
    ]);
    let kubectl = world.namespace(namespace, &objects);
    record_checkpoint(&kubectl, namespace);
    kubectl
}

/// Writes the record that the controller writes when a suspend completes.
pub fn record_checkpoint(kubectl: &Kubectl, class: &str) {
    let snapshot = format!(
        r#"{{"snapshotUID":"u1","snapshotClassName":"{class}","snapshotClaimName":"nightly"}}"#
    );
    let patch = format!(r#"{{"status":{{"snapshot":{snapshot}}}}}"#);
    let command = "patch sandbox agent --subresource=status --type=merge -p";
    kubectl.run(&format!("{command} {patch}")).succeeded();
}

pub fn a_class_in_use_is_not_deleted(world: &World) {
    with_checkpoint(world, "delete-class");
    let kubectl = world.cluster.kubectl();
    kubectl.run("delete snapshotclass delete-class").refused(
        r#"Error from server (Forbidden): admission webhook "protect-snapshots.sandbox-admission.x-k8s.io" denied the request: snapshotclasses.agents.x-k8s.io "delete-class" is forbidden: delete-class/agent holds a checkpoint on it, which could not be restored without it: resume or delete that Sandbox first [snapshot-class-in-use]"#,
    );
    let get = kubectl.run("get snapshotclass delete-class -o name");
    get.accepted("snapshotclass.agents.x-k8s.io/delete-class");
}

pub fn a_claim_in_use_is_not_deleted(world: &World) {
    const REFUSAL: &str = r#"admission webhook "protect-snapshots.sandbox-admission.x-k8s.io" denied the request: snapshotclaims.agents.x-k8s.io "nightly" is forbidden: delete-claim/agent holds a checkpoint on it, which could not be restored without it: resume or delete that Sandbox first [snapshot-claim-in-use]"#;
    let kubectl = with_checkpoint(world, "delete-claim");
    let refusal = format!("Error from server (Forbidden): {REFUSAL}");
    kubectl.run("delete snapshotclaim nightly").refused(&refusal);
    // For an object of a collection, the API server does not send the name.
    let claims = "/apis/agents.x-k8s.io/v1beta1/namespaces/delete-claim/snapshotclaims";
    kubectl.run(&format!("delete --raw {claims}")).refused(&refusal);
    let by_file = kubectl.pipe("delete -f -", &claim("nightly", "delete-claim"));
    by_file.refused(&format!(
        r#"Error from server (Forbidden): error when deleting "STDIN": {REFUSAL}"#
    ));
}

pub fn a_provider_in_use_is_not_deleted(world: &World) {
    let objects = file(&[
        provider("delete-provider"),
        suspended("agent", "{snapshotProviderRef: {name: delete-provider}}"),
    ]);
    world.namespace("delete-provider", &objects);
    world.cluster.kubectl().run("delete snapshotprovider delete-provider").refused(
        r#"Error from server (Forbidden): admission webhook "protect-snapshots.sandbox-admission.x-k8s.io" denied the request: snapshotproviders.agents.x-k8s.io "delete-provider" is forbidden: delete-provider/agent is being hibernated onto it: wait until its checkpoint is written and then resume it, or resume or delete that Sandbox now [snapshot-provider-in-use]"#,
    );
}

/// kubectl reacts to *Invalid* by deleting and recreating the object, and to *Forbidden* by giving up.
pub fn force_does_not_replace_a_class_in_use(world: &World) {
    const UID: &str = "get snapshotclass force-class -o jsonpath={.metadata.uid}";
    with_checkpoint(world, "force-class");
    let kubectl = world.cluster.kubectl();
    let uid = kubectl.run(UID).succeeded();
    let path = world.cluster.folder().join("force-class.yaml");
    fs::write(&path, class("force-class").replace("gvisor", "kata")).unwrap();
    let path = path.display();
    kubectl.run(&format!("apply --force -f {path}")).refused(&format!(
        r#"Warning: resource snapshotclasses/force-class is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.
Error from server (Forbidden): error when applying patch:
{{"metadata":{{"annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{{\"apiVersion\":\"agents.x-k8s.io/v1beta1\",\"kind\":\"SnapshotClass\",\"metadata\":{{\"annotations\":{{}},\"name\":\"force-class\"}},\"provisioner\":\"agents.x-k8s.io/kata\"}}\n"}}}},"provisioner":"agents.x-k8s.io/kata"}}
to:
Resource: "agents.x-k8s.io/v1beta1, Resource=snapshotclasses", GroupVersionKind: "agents.x-k8s.io/v1beta1, Kind=SnapshotClass"
Name: "force-class", Namespace: ""
for: "{path}": error when patching "{path}": admission webhook "validate-snapshotclasses.sandbox-admission.x-k8s.io" denied the request: snapshotclasses.agents.x-k8s.io "force-class" is forbidden: provisioner: force-class/agent holds a checkpoint on it, which may not be restored once this has changed: resume or delete that Sandbox first [snapshot-class-in-use]"#
    ));
    kubectl.run(&format!("replace --force -f {path}")).refused(&format!(
        r#"Error from server (Forbidden): error when deleting "{path}": admission webhook "protect-snapshots.sandbox-admission.x-k8s.io" denied the request: snapshotclasses.agents.x-k8s.io "force-class" is forbidden: force-class/agent holds a checkpoint on it, which could not be restored without it: resume or delete that Sandbox first [snapshot-class-in-use]"#
    ));
    kubectl.run(UID).accepted(&uid);
}

/// Without service accounts of their own, the controllers have the name of the program that runs them.
pub fn a_claim_in_use_is_deleted_by_the_controller_manager(world: &World) {
    let kubectl = with_checkpoint(world, "controller-manager");
    let delete = "delete snapshotclaim nightly --as-group=system:masters --as";
    assert_eq!(kubectl.run(&format!("{delete}=system:kube-scheduler")).code, 1);
    kubectl.run(&format!("{delete}=system:kube-controller-manager")).accepted(
        r#"snapshotclaim.agents.x-k8s.io "nightly" deleted from controller-manager namespace"#,
    );
}

pub fn what_is_free_again_is_deleted(world: &World) {
    let kubectl = with_checkpoint(world, "free-again");
    kubectl.run("delete sandbox agent").succeeded();
    let claim = kubectl.run("delete snapshotclaim nightly");
    claim.accepted(r#"snapshotclaim.agents.x-k8s.io "nightly" deleted from free-again namespace"#);
    let class = world.cluster.kubectl().run("delete snapshotclass free-again");
    class.accepted(r#"snapshotclass.agents.x-k8s.io "free-again" deleted"#);
}

pub fn a_class_that_claims_select_is_deleted_with_a_warning(world: &World) {
    world.namespace("selected", &file(&[class("selected"), claim("nightly", "selected")]));
    world.cluster.kubectl().run("delete snapshotclass selected").accepted_with(
        r#"snapshotclass.agents.x-k8s.io "selected" deleted"#,
        r#"Warning: SnapshotClass "selected": selected by selected/nightly; point those claims and templates to another class first [snapshot-class-referenced]"#,
    );
}
