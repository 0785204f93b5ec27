//! `kubectl apply --force` deletes and creates again what it cannot update because it is *Invalid*. A
//! checkpoint must not be lost for a typo.

use crate::World;
use crate::cluster::Kubectl;
use crate::in_use::record_checkpoint;
use crate::objects::{claim, class, file, suspended};

const SANDBOX: &str = "get sandbox agent -o \
                       jsonpath={.metadata.uid}/{.status.snapshot.snapshotUID}";
const CLAIM: &str = "get snapshotclaim nightly -o jsonpath={.metadata.uid}";

const RIGHT: &str = "{snapshotClaimName: nightly}";

/// A namespace whose Sandbox `agent` was applied and holds a checkpoint.
fn with_checkpoint(world: &World, namespace: &str) -> Kubectl {
    let objects = file(&[class(namespace), claim("nightly", namespace)]);
    let kubectl = world.namespace(namespace, &objects);
    kubectl.pipe("apply -f -", &suspended("agent", RIGHT)).succeeded();
    record_checkpoint(&kubectl, namespace);
    kubectl
}

/// Forces a manifest on the cluster, and returns what kubectl says about it.
fn force(kubectl: &Kubectl, manifest: &str) -> String {
    let forced = kubectl.pipe("apply --force -f -", manifest);
    assert_ne!(forced.code, 0, "{manifest}");
    forced.stderr
}

/// The end of the message of a webhook that forbids the update of the Sandbox.
fn forbidden(webhook: &str, reason: &str) -> String {
    format!(
        r#"admission webhook "{webhook}.sandbox-admission.x-k8s.io" denied the request: sandboxes.agents.x-k8s.io "agent" is forbidden: {reason}"#
    )
}

pub fn force_keeps_a_sandbox_that_holds_a_checkpoint(world: &World) {
    let kubectl = with_checkpoint(world, "force-sandbox");
    let before = kubectl.run(SANDBOX).succeeded();
    assert!(before.ends_with("/u1"), "{before}");

    let typo = suspended("agent", "{snapshotClaimName: nigthly}");
    let said = force(&kubectl, &typo);
    let due = forbidden(
        "validate-sandboxes",
        r#"spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nigthly": there is no SnapshotClaim of this name in namespace "force-sandbox"; did you mean "nightly"? [snapshot-claim-exists]"#,
    );
    assert!(said.contains("Error from server (Forbidden)"), "{said}");
    assert!(said.trim_end().ends_with(&due), "{said}");
    kubectl.run(SANDBOX).accepted(&before);

    // What the definition would refuse as well, which the API server asks before it asks the
    // validating webhook.
    let right = suspended("agent", RIGHT);
    let both = "{snapshotClaimName: nightly, snapshotClaimTemplateName: per-agent}";
    for (wrong, rule) in [
        (suspended("agent", both), "hibernate-source-exclusive"),
        (suspended("agent", "{snapshotClaimName: Bad_Name}"), "reference-name-valid"),
        (suspended("agent", "{snapshotProviderRef: {name: ''}}"), "reference-name-valid"),
        (right.replace("type: Hibernate", "type: Hybernate"), "suspension-type-supported"),
        (right.replace(", hibernate: {snapshotClaimName: nightly}", ""), "hibernate-required"),
        (right.replace("Suspended", "Paused"), "operating-mode-supported"),
    ] {
        let said = force(&kubectl, &wrong);
        assert!(said.contains("Error from server (Forbidden)"), "{said}");
        assert!(said.contains(&forbidden("guard-checkpoints", "spec.")), "{said}");
        assert!(said.contains(&format!("[{rule}]")), "{said}");
        kubectl.run(SANDBOX).accepted(&before);
    }
}

/// The API server refuses these by the definition. Then kubectl tries to delete them, which is refused
/// because they are in use.
pub fn force_keeps_a_claim_and_a_class_that_the_definition_refuses(world: &World) {
    let kubectl = with_checkpoint(world, "force-claim");
    let admin = world.cluster.kubectl();
    let class_uid = "get snapshotclass force-claim -o jsonpath={.metadata.uid}";
    let before = (kubectl.run(CLAIM).succeeded(), admin.run(class_uid).succeeded());
    let said = force(&kubectl, &claim("nightly", "Bad_Name"));
    assert!(said.contains("[snapshot-claim-in-use]"), "{said}");
    let said = force(&admin, &(class("force-claim") + "parameters: {'': x}\n"));
    assert!(said.contains("[snapshot-class-in-use]"), "{said}");
    assert_eq!(before, (kubectl.run(CLAIM).succeeded(), admin.run(class_uid).succeeded()));
}
