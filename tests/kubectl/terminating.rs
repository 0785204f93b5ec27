//! References to objects that are being deleted.

use crate::World;
use crate::cluster::process::eventually;
use crate::objects::{claim, class, file, running};

const CREATED: &str = "sandbox.agents.x-k8s.io/agent created (server dry run)";

pub fn a_target_that_is_being_deleted_is_told(world: &World) {
    let held = |object: String, name: &str| {
        object.replace(
            &format!("{{name: {name}}}"),
            &format!("{{name: {name}, finalizers: [example.com/hold]}}"),
        )
    };
    let objects = file(&[
        held(class("going-class"), "going-class"),
        class("staying-class"),
        claim("of-going", "going-class"),
        held(claim("going", "staying-class"), "going"),
    ]);
    let kubectl = world.namespace("terminating", &objects);
    kubectl.run("delete snapshotclaim going --wait=false").succeeded();
    kubectl.run("delete snapshotclass going-class --wait=false").succeeded();
    let dry_run = |name: &str| {
        let sandbox = running("agent", &format!("{{snapshotClaimName: {name}}}"));
        kubectl.pipe("create --dry-run=server -f -", &sandbox)
    };
    // The server sees the deletion a moment after kubectl has ordered it.
    for claim in ["going", "of-going"] {
        assert!(eventually(|| dry_run(claim).stderr.contains("target-terminating")));
    }
    dry_run("going").accepted_with(
        CREATED,
        r#"Warning: spec.suspensionStrategy.hibernate.snapshotClaimName: SnapshotClaim "going" is being deleted and will be gone; name another [target-terminating]"#,
    );
    dry_run("of-going").accepted_with(
        CREATED,
        r#"Warning: spec.suspensionStrategy.hibernate.snapshotClaimName: SnapshotClass "going-class", to which SnapshotClaim "of-going" leads, is being deleted and will be gone; name another [target-terminating]"#,
    );
    kubectl.pipe("create -f -", &claim("late", "going-class")).accepted_with(
        "snapshotclaim.agents.x-k8s.io/late created",
        r#"Warning: spec.snapshotClassName: SnapshotClass "going-class" is being deleted and will be gone; name another [target-terminating]"#,
    );
    let release = r#"--type=merge -p {"metadata":{"finalizers":null}}"#;
    kubectl.run(&format!("patch snapshotclaim going {release}")).succeeded();
    kubectl.run(&format!("patch snapshotclass going-class {release}")).succeeded();
}
