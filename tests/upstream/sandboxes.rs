//! The life of Sandboxes.

use crate::World;
use crate::cluster::audit::Write;
use crate::cluster::process::eventually;
use crate::room::Room;

/// A Sandbox; `more` is flow-style YAML at the end of its spec.
pub fn sandbox(name: &str, more: &str) -> String {
    format!(
        "apiVersion: agents.x-k8s.io/v1beta1\nkind: Sandbox\nmetadata: {{name: {name}}}\n\
         spec: {{podTemplate: {{spec: {{containers: [{{name: agent, image: agent}}]}}}}{more}}}\n"
    )
}

/// A Sandbox that is hibernated to the claim when it is suspended.
pub fn hibernating(name: &str, more: &str) -> String {
    let strategy = "{type: Hibernate, hibernate: {snapshotClaimName: nightly}}";
    sandbox(name, &format!(", suspensionStrategy: {strategy}{more}"))
}

pub const STRATEGY: &str = ".spec.suspensionStrategy";
const CHECKPOINT: &str = ".status.snapshot.snapshotUID";

pub fn a_sandbox_with_any_strategy_is_suspended_and_resumed(world: &World) {
    let all = [
        sandbox("none", ", service: true"),
        sandbox("stop", ", suspensionStrategy: {type: Stop}"),
        sandbox("freeze", ", suspensionStrategy: {type: Freeze}"),
        hibernating("hibernate", ", service: true"),
    ];
    let names = ["none", "stop", "freeze", "hibernate"];
    let room = Room::new(world, "strategies", &all.join("---\n"));
    room.wait("condition=Ready", "sandbox --all");
    let strategies = names.map(|name| room.get(&format!("sandbox {name}"), STRATEGY));

    room.turn("Suspended", &names);
    room.wait("condition=Suspended", "sandbox --all");
    room.wait("delete", "pod --all");
    room.record_checkpoint("hibernate");
    // What the controller's types do not have, its writes leave as it is.
    room.turn("Running", &names);
    room.wait("condition=Ready", "sandbox --all");
    room.turn("Suspended", &names);
    room.wait("condition=Suspended", "sandbox --all");
    assert_eq!(room.get("sandbox hibernate", CHECKPOINT), "u-hibernate");
    assert_eq!(names.map(|name| room.get(&format!("sandbox {name}"), STRATEGY)), strategies);

    room.kubectl.run("delete sandbox --all").succeeded();
    room.wait("delete", "service --all");
    room.assert_undisturbed();
}

pub fn a_claim_is_in_use_while_the_controller_takes_the_pod(world: &World) {
    let room = Room::new(world, "in-use", &hibernating("agent", ""));
    room.wait("condition=Ready", "sandbox agent");
    room.patch("pod agent", r#"{"metadata":{"finalizers":["example.com/hold"]}}"#).succeeded();
    room.turn("Suspended", &["agent"]);
    let reason = ".status.conditions[?(@.type=='Suspended')].reason";
    room.wait_for("sandbox agent", reason, "PodTerminating");
    let delete = room.kubectl.run("delete snapshotclaim nightly");
    assert!(delete.stderr.contains("[snapshot-claim-in-use]"), "{}", delete.stderr);

    room.patch("pod agent", r#"{"metadata":{"finalizers":null}}"#).succeeded();
    room.wait("condition=Suspended", "sandbox agent");
    room.assert_undisturbed();
}

/// Upstream's controller takes no checkpoint, so none is lost with the claim.
pub fn a_claim_is_free_once_the_controller_has_taken_the_pod(world: &World) {
    let born = hibernating("born", ", operatingMode: Suspended");
    let room = Room::new(world, "free", &(hibernating("turned", "") + "---\n" + &born));
    room.wait("condition=Ready", "sandbox turned");
    room.turn("Suspended", &["turned"]);
    room.wait("condition=Suspended", "sandbox --all");
    let is_free = || room.kubectl.run("delete snapshotclaim nightly --dry-run=server").code == 0;
    assert!(eventually(is_free));
    room.assert_undisturbed();
}

pub fn a_sandbox_that_is_flipped_in_a_hurry_comes_to_rest(world: &World) {
    let room = Room::new(world, "hurry", &hibernating("agent", ""));
    room.wait("condition=Ready", "sandbox agent");
    for _ in 0..10 {
        room.turn("Suspended", &["agent"]);
        room.turn("Running", &["agent"]);
    }
    room.wait("condition=Ready", "sandbox agent");
    room.assert_undisturbed();
}

pub fn a_sandbox_past_its_time_is_shut_down(world: &World) {
    let all = [
        hibernating("kept", ", shutdownPolicy: Retain"),
        hibernating("gone", ", shutdownPolicy: Delete"),
    ];
    let room = Room::new(world, "past", &all.join("---\n"));
    room.wait("condition=Ready", "sandbox --all");
    room.record_checkpoint("kept");
    for name in ["kept", "gone"] {
        let past = r#"{"spec":{"shutdownTime":"2026-01-01T00:00:00Z"}}"#;
        room.patch(&format!("sandbox {name}"), past).succeeded();
    }
    room.wait("delete", "sandbox gone");
    room.wait("delete", "pod --all");
    let reason = ".status.conditions[?(@.type=='Ready')].reason";
    room.wait_for("sandbox kept", reason, "SandboxExpired");
    // The controller empties the status of what it knows.
    room.wait_for("sandbox kept", ".status.podIPs", "");
    assert_eq!(room.get("sandbox kept", CHECKPOINT), "u-kept");
    room.assert_undisturbed();
}

/// `checkpoint-released` warns of it, as of every deletion that takes a checkpoint along.
pub fn a_sandbox_past_its_time_takes_its_checkpoint_along(world: &World) {
    let room = Room::new(world, "released", &hibernating("agent", ", shutdownPolicy: Delete"));
    room.wait("condition=Ready", "sandbox agent");
    room.record_checkpoint("agent");
    room.assert_undisturbed();
    let past = r#"{"spec":{"shutdownTime":"2026-01-01T00:00:00Z"}}"#;
    room.patch("sandbox agent", past).succeeded();
    room.wait("delete", "sandbox agent");
    let disturbed = room.disturbed();
    let is_deletion = |it: &Write| it.verb == "delete" && it.resource == "sandboxes";
    assert!(disturbed.len() == 1 && disturbed.iter().all(is_deletion), "{disturbed:#?}");
    let told = room.told();
    let is_due = |line: &String| line.contains("[checkpoint-released]");
    assert!(told.len() == 1 && told.iter().all(is_due), "{told:#?}");
}

pub fn a_namespace_with_checkpoints_is_deleted(world: &World) {
    let all = [hibernating("held", ""), hibernating("other", "")];
    let room = Room::new(world, "leaving", &all.join("---\n"));
    room.wait("condition=Ready", "sandbox --all");
    room.turn("Suspended", &["held"]);
    room.wait("condition=Suspended", "sandbox held");
    room.record_checkpoint("held");
    world.cluster.kubectl().run("delete namespace leaving --timeout=50s").succeeded();
    room.assert_undisturbed();
}
