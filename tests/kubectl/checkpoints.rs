//! Writes that lose a checkpoint, or what takes one, without anybody's notice.

use crate::World;
use crate::cluster::Kubectl;
use crate::objects::{claim, class, file, running, suspended};

/// A namespace with the claim `nightly` and the Sandbox `agent`.
fn with_agent(world: &World, namespace: &str, agent: &str) -> Kubectl {
    let agent = agent.to_owned();
    world.namespace(namespace, &file(&[class(namespace), claim("nightly", namespace), agent]))
}

const NIGHTLY: &str = "{snapshotClaimName: nightly}";

/// The record that a controller writes when a suspend completes.
fn record_checkpoint(kubectl: &Kubectl, class: &str) {
    let snapshot = format!(
        r#"{{"snapshotUID":"u1","snapshotClassName":"{class}","snapshotClaimName":"nightly","sizeBytes":734003200,"creationTime":"2026-11-23T08:00:00Z"}}"#
    );
    let patch = format!(r#"{{"status":{{"snapshot":{snapshot}}}}}"#);
    let command = "patch sandbox agent --subresource=status --type=merge -p";
    kubectl.run(&format!("{command} {patch}")).succeeded();
}

fn patched(kubectl: &Kubectl, spec: &str, warning: &str) {
    let patch = kubectl.run(&format!(r#"patch sandbox agent --type=merge -p {{"spec":{spec}}}"#));
    patch.accepted_with("sandbox.agents.x-k8s.io/agent patched", warning);
}

/// A spec with this image and this value of an environment variable.
fn pod(image: &str, token: &str) -> String {
    let env = format!(r#"[{{"name":"TOKEN","value":"{token}"}}]"#);
    format!(
        r#""podTemplate":{{"spec":{{"containers":[{{"name":"agent","image":"{image}","env":{env}}}]}}}}"#
    )
}

/// `replace` writes the whole object, as a client does whose types lack the field.
pub fn a_strategy_that_a_client_erases_is_told_and_kept_where_memory_would_be_lost(world: &World) {
    let kubectl = with_agent(world, "erased", &suspended("agent", NIGHTLY));
    let erased = |mode: &str| {
        format!(
            "apiVersion: agents.x-k8s.io/v1beta1\nkind: Sandbox\nmetadata: {{name: agent}}\n\
             spec: {{podTemplate: {{}}, operatingMode: {mode}}}\n"
        )
    };
    kubectl.pipe("replace -f -", &erased("Suspended")).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy: Forbidden: is gone; the client may not know this field. It would be a Stop, and the memory may be lost; to drop it on purpose, set type: Stop, or resume in the same write (it was Hibernate onto SnapshotClaim "nightly") [strategy-dropped]"#,
    );
    kubectl.pipe("replace -f -", &erased("Running")).accepted_with(
        "sandbox.agents.x-k8s.io/agent replaced",
        r#"Warning: spec.suspensionStrategy: is gone; the client may not know this field. The next suspend would be a Stop and lose the memory; to drop it on purpose, set type: Stop (it was Hibernate onto SnapshotClaim "nightly") [strategy-dropped]"#,
    );
}

pub fn a_template_that_changes_under_a_checkpoint_is_told_and_a_token_is_not(world: &World) {
    let kubectl = with_agent(world, "under", &running("agent", NIGHTLY));
    let spec = |image: &str, token: &str| format!("{{{}}}", pod(image, token));
    patched(&kubectl, &spec("agent:1", "a"), "");
    patched(&kubectl, r#"{"operatingMode":"Suspended"}"#, "");
    record_checkpoint(&kubectl, "under");
    patched(&kubectl, &spec("agent:1", "b"), "");
    patched(
        &kubectl,
        &spec("agent:2", "b"),
        "Warning: spec.podTemplate.spec: the live checkpoint was taken from the old template and may not restore into the new; resume first, then change it [checkpoint-template-changed]",
    );
}

pub fn a_template_that_changes_with_the_suspend_is_told_once(world: &World) {
    const WARNING: &str = "Warning: spec.podTemplate.spec: the checkpoint is taken of the Pod that runs, which was made from the old template, and may not restore into the new; change it before the suspend or after the resume [suspend-with-new-template]";
    let kubectl = with_agent(world, "with-suspend", &running("agent", NIGHTLY));
    let spec = format!(r#"{{"operatingMode":"Suspended",{}}}"#, pod("agent:2", "a"));
    patched(&kubectl, &spec, WARNING);
    // It is being hibernated now.
    patched(&kubectl, &format!("{{{}}}", pod("agent:3", "a")), WARNING);
    let resume = format!(r#"{{"operatingMode":"Running",{}}}"#, pod("agent:4", "a"));
    patched(&kubectl, &resume, "");
}

pub fn a_sandbox_that_is_deleted_with_its_checkpoint_is_told(world: &World) {
    let kubectl = with_agent(world, "released", &suspended("agent", NIGHTLY));
    record_checkpoint(&kubectl, "released");
    kubectl.run("delete sandbox agent").accepted_with(
        r#"sandbox.agents.x-k8s.io "agent" deleted from released namespace"#,
        r#"Warning: Sandbox "agent": its checkpoint goes with it, and so does the agent's memory: 700.0 MiB, taken at 2026-11-23T08:00:00Z, SnapshotClass "released", SnapshotClaim "nightly" [checkpoint-released]"#,
    );
}
