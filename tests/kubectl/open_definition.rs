//! A Sandbox definition that fills in no mode and leaves the strategy to the webhook.

use crate::World;
use crate::objects::{class, running};

const MODE: &str = "get sandbox agent -o jsonpath={.spec.operatingMode}";

/// A Sandbox that stops when it is suspended, and that has no mode.
fn without_mode() -> String {
    with_mode("").replace(" operatingMode: ,", "")
}

fn with_mode(mode: &str) -> String {
    let sandbox = running("agent", "{}").replace("Running", mode);
    sandbox.replace("{type: Hibernate, hibernate: {}}", "{type: Stop}")
}

pub fn a_missing_mode_is_filled_in(world: &World) {
    let kubectl = world.namespace("mode", &class("mode"));
    let create = kubectl.pipe("create -f -", &without_mode());
    create.accepted("sandbox.agents.x-k8s.io/agent created");
    kubectl.run(MODE).accepted("Running");
    for (mode, printed) in [("null", "patched (no change)"), (r#""""#, "patched")] {
        let patch = format!(r#"{{"spec":{{"operatingMode":{mode}}}}}"#);
        let patch = kubectl.run(&format!("patch sandbox agent --type=merge -p {patch}"));
        patch.accepted(&format!("sandbox.agents.x-k8s.io/agent {printed}"));
        kubectl.run(MODE).accepted("Running");
    }
}

/// No field manager owns the mode that the webhook filled in, so nobody who applies has a conflict over it.
pub fn a_mode_that_was_filled_in_may_be_applied_by_anyone(world: &World) {
    const APPLIED: &str = "sandbox.agents.x-k8s.io/agent serverside-applied";
    let kubectl = world.namespace("mode-ssa", &class("mode-ssa"));
    let apply = |manager, sandbox: &str| {
        kubectl.pipe(&format!("apply --server-side --field-manager={manager} -f -"), sandbox)
    };
    apply("gitops", &without_mode()).accepted(APPLIED);
    apply("autoscaler", &with_mode("Suspended")).accepted(APPLIED);
    kubectl.run(MODE).accepted("Suspended");
    apply("gitops", &without_mode()).accepted(APPLIED);
    kubectl.run(MODE).accepted("Suspended");
}

pub fn several_violations_are_told_at_once(world: &World) {
    let kubectl = world.namespace("violations", &class("violations"));
    let both = "{snapshotClaimName: nightly, snapshotClaimTemplateName: per-agent}";
    let sandbox = running("agent", both).replace("Running", "Suspended");
    kubectl.pipe("create -f -", &sandbox).refused(
        r#"The Sandbox "agent" is invalid: 
* spec.suspensionStrategy.hibernate: Invalid value: at most one of snapshotClaimName, snapshotClaimTemplateName and snapshotProviderRef may be set, and here are snapshotClaimName ("nightly") and snapshotClaimTemplateName ("per-agent"); keep one and remove the rest (a merge patch sets them to null) [hibernate-source-exclusive]
* spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nightly": there is no SnapshotClaim of this name in namespace "violations" [snapshot-claim-exists]
* spec.suspensionStrategy.hibernate.snapshotClaimTemplateName: Not found: "per-agent": there is no SnapshotClaimTemplate of this name in namespace "violations" [snapshot-claim-template-exists]"#,
    );
    kubectl.pipe("create -f -", &sandbox.replace("Hibernate", "Sleep")).refused(
        r#"The Sandbox "agent" is invalid: 
* spec.suspensionStrategy.type: Unsupported value: "Sleep": supported values: "Stop", "Freeze", "Hibernate" [suspension-type-supported]
* spec.suspensionStrategy.hibernate: Invalid value: at most one of snapshotClaimName, snapshotClaimTemplateName and snapshotProviderRef may be set, and here are snapshotClaimName ("nightly") and snapshotClaimTemplateName ("per-agent"); keep one and remove the rest (a merge patch sets them to null) [hibernate-source-exclusive]"#,
    );
}
