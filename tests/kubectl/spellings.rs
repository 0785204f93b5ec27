//! Spellings that this API does not have, and credentials where everyone can read them.

use crate::World;
use crate::objects::{class, running};

/// Under a definition that keeps and does not check what it does not know.
pub fn the_spellings_of_others_are_translated(world: &World) {
    let kubectl = world.namespace("spellings", &class("spellings"));
    let sandbox = |spec: &str| {
        let all = running("agent", "{}");
        let (head, _) = all.split_once("spec:").unwrap();
        format!("{head}spec: {{operatingMode: Running, {spec}}}\n")
    };
    kubectl.pipe("create -f -", &sandbox("suspend: true, replicas: 0")).accepted_with(
        "sandbox.agents.x-k8s.io/agent created",
        "Warning: spec.suspend: is not part of the API and has no effect; set spec.operatingMode to Suspended or Running [legacy-field]
Warning: spec.replicas: is not part of the API and has no effect; set spec.operatingMode to Suspended instead of 0, and to Running instead of 1 [legacy-field]",
    );
    let snapshot = sandbox("suspensionStrategy: {type: Snapshot}");
    kubectl.pipe("create --dry-run=server -f -", &snapshot).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.type: Unsupported value: "Snapshot": supported values: "Stop", "Freeze", "Hibernate"; did you mean "Hibernate"? [suspension-type-supported]"#,
    );
}

pub fn a_credential_is_told_by_its_form_and_never_printed(world: &World) {
    let kubectl = world.cluster.kubectl();
    let parameters =
        "parameters: {endpoint: 'https://admin:hunter2@s3.example.com', maxTokens: '9'}\n";
    kubectl.pipe("create -f -", &(class("with-user-info") + parameters)).accepted_with(
        "snapshotclass.agents.x-k8s.io/with-user-info created",
        "Warning: parameters[endpoint]: holds a URL with a user name or a password, and everyone who can read this object can read it; keep it in a Secret or use a workload identity [secret-in-parameters]",
    );
}
