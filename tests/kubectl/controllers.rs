//! Deletions that Kubernetes itself carries out are not blocked.

use crate::World;
use crate::objects::{claim, class, file, suspended};

pub fn a_namespace_with_a_claim_in_use_is_deleted(world: &World) {
    let objects = file(&[
        class("leaving"),
        claim("nightly", "leaving"),
        suspended("agent", "{snapshotClaimName: nightly}"),
    ]);
    let kubectl = world.namespace("leaving", &objects);
    assert_eq!(kubectl.run("delete snapshotclaim nightly").code, 1, "the claim is in use");
    let delete = world.cluster.kubectl().run("delete namespace leaving --timeout=50s");
    delete.accepted(r#"namespace "leaving" deleted"#);
}

/// The claim is deleted with the Sandbox that owns it, though another is being hibernated to it.
pub fn a_claim_in_use_is_collected_with_its_owner(world: &World) {
    let objects = file(&[
        class("collected"),
        claim("nightly", "collected"),
        suspended("owner", "{snapshotClaimName: nightly}"),
        suspended("other", "{snapshotClaimName: nightly}"),
    ]);
    let kubectl = world.namespace("collected", &objects);
    let uid = kubectl.run("get sandbox owner -o jsonpath={.metadata.uid}").succeeded();
    let owner = format!(
        r#"{{"apiVersion":"agents.x-k8s.io/v1beta1","kind":"Sandbox","name":"owner","uid":"{uid}"}}"#
    );
    let patch = format!(r#"{{"metadata":{{"ownerReferences":[{owner}]}}}}"#);
    kubectl.run(&format!("patch snapshotclaim nightly --type=merge -p {patch}")).accepted_with(
        "snapshotclaim.agents.x-k8s.io/nightly patched",
        r#"Warning: metadata.ownerReferences: collected/other and 1 more depend on this claim, which the garbage collector deletes, unprotected, once its owners are gone: do not make Sandbox "owner" one of them [snapshot-claim-owner-added]"#,
    );
    kubectl.run("delete snapshotclaim nightly").refused(
        r#"Error from server (Forbidden): admission webhook "protect-snapshots.sandbox-admission.x-k8s.io" denied the request: snapshotclaims.agents.x-k8s.io "nightly" is forbidden: collected/other, collected/owner are being hibernated onto it: wait until their checkpoints are written and then resume them, or resume or delete those Sandboxes now [snapshot-claim-in-use]"#,
    );
    kubectl.run("delete sandbox owner").succeeded();
    kubectl.run("wait --for=delete snapshotclaim/nightly --timeout=50s").succeeded();
}
