//! Clients with upstream's Go types, which lack the strategy: they get a Sandbox, change a field and update
//! the whole. That erases the strategy, and `strategy-dropped` says so.

use crate::World;
use crate::cluster::process::eventually;
use crate::room::Room;
use crate::sandboxes::{STRATEGY, hibernating, sandbox};
use crate::warm_pools::{pool, wait_for_pool};

const RULE: &str = "[strategy-dropped]";

fn type_of(room: &Room, sandbox: &str) -> String {
    room.get(&format!("sandbox {sandbox}"), &format!("{STRATEGY}.type"))
}

pub fn a_strategy_that_a_client_erases_while_the_sandbox_runs_is_warned_of(world: &World) {
    let all =
        [hibernating("hibernate", ""), sandbox("freeze", ", suspensionStrategy: {type: Freeze}")];
    let room = Room::new(world, "erased", &all.join("---\n"));
    room.wait("condition=Ready", "sandbox --all");
    for name in ["hibernate", "freeze"] {
        let label = room.client("-label a=b", name);
        let told: Vec<_> = label.stderr.lines().collect();
        assert!(label.code == 0 && told.len() == 1 && told[0].contains(RULE), "{name}: {told:#?}");
        assert_eq!(type_of(&room, name), "");
    }
    // There is nothing to lose any more.
    room.client("-label c=d", "hibernate").accepted("");
    room.assert_undisturbed();
}

/// Go writes `resources: {}` into each container.
pub fn a_template_that_a_client_writes_back_has_not_changed(world: &World) {
    let room = Room::new(world, "written-back", &hibernating("agent", ""));
    room.wait("condition=Ready", "sandbox agent");
    room.record_checkpoint("agent");
    let container = ".spec.podTemplate.spec.containers[0]";
    let before = room.get("sandbox agent", container);
    let label = room.client("-label a=b", "agent");
    assert!(label.code == 0 && label.stderr.contains(RULE), "{}", label.stderr);
    assert!(!label.stderr.contains("[checkpoint-template-changed]"), "{}", label.stderr);
    assert_ne!(room.get("sandbox agent", container), before);
    room.assert_undisturbed();
}

pub fn a_client_that_would_lose_the_memory_of_a_suspended_sandbox_is_refused(world: &World) {
    let room = Room::new(world, "lost", &hibernating("agent", ""));
    room.wait("condition=Ready", "sandbox agent");
    let refused = |change: &str| {
        let write = room.client(change, "agent");
        assert!(write.code == 1 && write.stderr.contains(RULE), "{change}: {}", write.stderr);
        assert_eq!(type_of(&room, "agent"), "Hibernate");
    };
    refused("-mode Suspended");
    assert_eq!(room.get("sandbox agent", ".spec.operatingMode"), "Running");

    room.turn("Suspended", &["agent"]);
    room.wait("condition=Suspended", "sandbox agent");
    refused("-label a=b");
    room.record_checkpoint("agent");
    refused("-label a=b");

    // It resumes as it is, because a resume is never refused.
    let resume = room.client("-mode Running", "agent");
    assert!(resume.code == 0 && resume.stderr.contains(RULE), "{}", resume.stderr);
    room.wait("condition=Ready", "sandbox agent");
    room.assert_undisturbed();
}

pub fn a_strategy_of_type_stop_may_be_lost(world: &World) {
    let stop = ", suspensionStrategy: {type: Stop}";
    let room = Room::new(world, "stop", &sandbox("agent", stop));
    room.wait("condition=Ready", "sandbox agent");
    room.client("-mode Suspended", "agent").accepted("");
    room.wait("condition=Suspended", "sandbox agent");
    room.assert_undisturbed();
}

/// Upstream's own pool writes a member whole when its label is gone.
pub fn a_pool_that_would_lose_a_strategy_is_told_as_well(world: &World) {
    let room = Room::new(world, "pool-writes", &pool(2));
    wait_for_pool(&room, "2");
    let members = room.get("sandbox", ".items[*].metadata.name");
    let (runs, suspended) = members.split_once(' ').unwrap();
    for name in [runs, suspended] {
        let strategy = r#"{"spec":{"suspensionStrategy":{"type":"Hibernate","hibernate":{"snapshotClaimName":"nightly"}}}}"#;
        room.patch(&format!("sandbox {name}"), strategy).succeeded();
    }
    room.turn("Suspended", &[suspended]);
    room.assert_undisturbed();

    let unlabel = r#"{"metadata":{"labels":{"agents.x-k8s.io/launch-type":null}}}"#;
    room.patch(&format!("sandbox {runs}"), unlabel).succeeded();
    room.wait_for(&format!("sandbox {runs}"), STRATEGY, "");
    room.patch(&format!("sandbox {suspended}"), unlabel).succeeded();
    assert!(eventually(|| room.disturbed().iter().any(|write| write.code == 422)));
    assert_eq!(type_of(&room, suspended), "Hibernate");
    for write in room.disturbed() {
        assert!(write.verb == "update" && write.resource == "sandboxes", "{write:#?}");
    }
    let told = room.told();
    assert!(told.iter().all(|line| line.contains(RULE)), "{told:#?}");
}
