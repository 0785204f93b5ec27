//! Pools of Sandboxes that run already, and the claims that take them.

use crate::World;
use crate::room::Room;

const GROUP: &str = "extensions.agents.x-k8s.io/v1beta1";

/// A template and a pool of its Sandboxes, both called `pool`.
pub fn pool(replicas: usize) -> String {
    format!(
        "apiVersion: {GROUP}\nkind: SandboxTemplate\nmetadata: {{name: pool}}\n\
         spec: {{podTemplate: {{spec: {{containers: [{{name: agent, image: agent}}]}}}}, \
         envVarsInjectionPolicy: Allowed}}\n---\n\
         apiVersion: {GROUP}\nkind: SandboxWarmPool\nmetadata: {{name: pool}}\n\
         spec: {{replicas: {replicas}, sandboxTemplateRef: {{name: pool}}, \
         updateStrategy: {{type: Recreate}}}}\n"
    )
}

/// A claim on a Sandbox of the pool; `more` is flow-style YAML at the end of its spec.
fn claim(name: &str, more: &str) -> String {
    format!(
        "apiVersion: {GROUP}\nkind: SandboxClaim\nmetadata: {{name: {name}}}\n\
         spec: {{warmPoolRef: {{name: pool}}{more}}}\n"
    )
}

pub fn wait_for_pool(room: &Room, replicas: &str) {
    room.wait_for("sandboxwarmpool pool", ".status.readyReplicas", replicas);
}

pub fn pools_and_claims_cause_no_call(world: &World) {
    let room = Room::new(world, "pools", "");
    let calls = world.cluster.calls_during(|| {
        room.create(&pool(5));
        wait_for_pool(&room, "5");
        let claims = [
            claim("warm", ""),
            claim("labelled", ", additionalPodMetadata: {labels: {sandbox.users.io/team: red}}"),
            // No Sandbox of the pool has it, so that a new one is made.
            claim("cold", ", env: [{name: TEAM, value: red}]"),
        ];
        room.create(&claims.join("---\n"));
        room.wait("condition=Ready", "sandboxclaim --all");
        wait_for_pool(&room, "5");
        // Another template: the pool is made anew, the claimed Sandboxes stay.
        let image = r#"{"spec":{"podTemplate":{"spec":{"containers":[{"name":"agent","image":"other"}]}}}}"#;
        room.patch("sandboxtemplate pool", image).succeeded();
        let images = "get sandbox -o jsonpath={.items[*].spec.podTemplate.spec.containers[0].image}";
        let renewed = || room.kubectl.run(images).stdout.matches("other").count() == 5;
        assert!(crate::cluster::process::eventually(renewed));
        wait_for_pool(&room, "5");
        // And the Sandboxes that are claimed are written again, whole.
        let labels = r#"{"spec":{"additionalPodMetadata":{"labels":{"sandbox.users.io/team":"blue"}}}}"#;
        room.patch("sandboxclaim labelled", labels).succeeded();
        let name = room.get("sandboxclaim labelled", ".status.sandbox.name");
        let label = r".spec.podTemplate.metadata.labels.sandbox\.users\.io/team";
        room.wait_for(&format!("sandbox {name}"), label, "blue");
        room.patch("sandboxwarmpool pool", r#"{"spec":{"replicas":1}}"#).succeeded();
        wait_for_pool(&room, "1");
        room.kubectl.run("delete sandboxclaim,sandboxwarmpool,sandboxtemplate --all").succeeded();
        room.wait("delete", "sandbox --all");
    });
    assert_eq!(calls, []);
    room.assert_undisturbed();
}

/// Sandboxes of a pool have no strategy: who claims one patches it in.
pub fn a_claimed_sandbox_is_hibernated_and_goes_with_its_claim(world: &World) {
    let room = Room::new(world, "claimed", &(pool(1) + "---\n" + &claim("mine", "")));
    room.wait("condition=Ready", "sandboxclaim mine");
    let name = room.get("sandboxclaim mine", ".status.sandbox.name");
    let strategy = r#"{"spec":{"suspensionStrategy":{"type":"Hibernate","hibernate":{"snapshotClaimName":"nightly"}}}}"#;
    let sandbox = format!("sandbox {name}");
    room.patch(&sandbox, strategy).succeeded();
    room.turn("Suspended", &[&name]);
    room.wait("condition=Suspended", &sandbox);
    room.record_checkpoint(&name);
    // The claim's controller writes the Pod template while the checkpoint is held, but only labels.
    let labels =
        r#"{"spec":{"additionalPodMetadata":{"labels":{"sandbox.users.io/team":"blue"}}}}"#;
    room.patch("sandboxclaim mine", labels).succeeded();
    let label = r".spec.podTemplate.metadata.labels.sandbox\.users\.io/team";
    room.wait_for(&sandbox, label, "blue");
    room.turn("Running", &[&name]);
    room.wait("condition=Ready", "sandboxclaim mine");
    assert_eq!(room.get(&sandbox, ".spec.suspensionStrategy.type"), "Hibernate");
    assert_eq!(room.get(&sandbox, ".status.snapshot.snapshotUID"), format!("u-{name}"));

    room.kubectl.run("delete sandboxclaim mine").succeeded();
    room.wait("delete", &sandbox);
    room.assert_undisturbed();
}
