//! Rules that are off until an admin configures them.

use crate::World;
use crate::objects::{class, running};

/// The configuration of this server. The user of these tests is none of the writers.
pub const CONFIG: &str = "\
rules: {snapshot-class-immutable: deny}
checkpointWriters: [system:serviceaccount:agent-sandbox-system:agent-sandbox-controller]
restoreAnnotations: [podsnapshot.gke.io/ps-name, dev.gvisor.internal.restore.*]
";

pub fn a_class_that_may_not_change_is_refused(world: &World) {
    let kubectl = world.cluster.kubectl();
    kubectl.pipe("create -f -", &class("immutable")).succeeded();
    let changed = class("immutable").replace("gvisor", "kata") + "parameters: {endpoint: a}\n";
    kubectl.pipe("replace -f -", &changed).refused(
        r#"The SnapshotClass "immutable" is invalid: 
* provisioner: Invalid value: "agents.x-k8s.io/kata": field is immutable; create another SnapshotClass and select that one [snapshot-class-immutable]
* parameters: Invalid value: field is immutable; create another SnapshotClass and select that one [snapshot-class-immutable]"#,
    );
    let label = kubectl.run("label snapshotclass immutable tier=gold");
    label.accepted("snapshotclass.agents.x-k8s.io/immutable labeled");
}

pub fn an_annotation_that_decides_what_is_restored_is_refused(world: &World) {
    let kubectl = world.namespace("restores", &class("restores"));
    let annotated = |key: &str| {
        let template = format!("{{metadata: {{annotations: {{{key}: of-another}}}}}}");
        running("agent", "{}").replace("podTemplate: {}", &format!("podTemplate: {template}"))
    };
    let create = |key| kubectl.pipe("create -f -", &annotated(key).replace("Hibernate", "Stop"));
    let refused = create("podsnapshot.gke.io/ps-name");
    let due = r#"sandboxes.agents.x-k8s.io "agent" is forbidden: spec.podTemplate.metadata.annotations[podsnapshot.gke.io/ps-name]: user "admin" may not set it: it decides whose memory is restored; an admin lists those who may in checkpointWriters [restore-authority]"#;
    assert!(refused.code == 1 && refused.stderr.contains(due), "{}", refused.stderr);
    create("podsnapshot.gke.io/team").succeeded();
}
