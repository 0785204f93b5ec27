//! The ways in which people and tools write objects.

use std::fs;

use crate::World;
use crate::cluster::Kubectl;
use crate::objects::{claim, class, file, running, suspended};

/// A Sandbox with a claim that exists, and one with a mistyped claim.
fn right_and_wrong() -> [String; 2] {
    ["nightly", "nigthly"].map(|name| suspended("agent", &format!("{{snapshotClaimName: {name}}}")))
}

/// A namespace with the claim of the first.
fn with_claim(world: &World, namespace: &str) -> Kubectl {
    world.namespace(namespace, &file(&[class(namespace), claim("nightly", namespace)]))
}

/// The refusal of the second.
fn refusal(namespace: &str) -> String {
    format!(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nigthly": there is no SnapshotClaim of this name in namespace "{namespace}"; did you mean "nightly"? [snapshot-claim-exists]"#
    )
}

pub fn a_server_side_dry_run_says_what_would_happen(world: &World) {
    let kubectl = with_claim(world, "dry-run");
    let [right, wrong] = right_and_wrong();
    kubectl.pipe("apply --dry-run=server -f -", &wrong).refused(&refusal("dry-run"));
    let dry_run = kubectl.pipe("apply --dry-run=server -f -", &right);
    dry_run.accepted("sandbox.agents.x-k8s.io/agent created (server dry run)");
    kubectl.run("get sandboxes -o name").accepted("");
}

/// Exit code 1 of `diff` would mean that there is a difference.
pub fn a_diff_that_would_be_refused_is_an_error(world: &World) {
    let kubectl = with_claim(world, "diff");
    let [right, wrong] = right_and_wrong();
    kubectl.pipe("apply -f -", &right).succeeded();
    kubectl.pipe("diff -f -", &wrong).is(2, "", &refusal("diff"));
}

/// kubectl opens the editor again, with the reasons in the text, and gives up when nothing is changed.
pub fn an_edit_that_is_refused_opens_the_editor_again_with_the_reasons(world: &World) {
    let kubectl = with_claim(world, "edit");
    let [right, _] = right_and_wrong();
    kubectl.pipe("create -f -", &right).succeeded();
    let kubectl = kubectl.with_editor("sed -i /^#/!s/nightly/nigthly/");
    let printed = kubectl.run("edit sandbox agent");
    let file = printed.stderr.split('"').find(|it| it.starts_with('/')).unwrap();
    printed.refused(&format!(
        r#"error: sandboxes.agents.x-k8s.io "agent" is invalid
A copy of your changes has been stored to "{file}"
error: Edit cancelled, no valid changes were saved."#
    ));
    let reasons = r#"
# sandboxes.agents.x-k8s.io "agent" was not valid:
# * spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nigthly": there is no SnapshotClaim of this name in namespace "edit"; did you mean "nightly"? [snapshot-claim-exists]
#
"#;
    let edited = fs::read_to_string(file).unwrap();
    assert!(edited.contains(reasons), "{edited}");
}

pub fn server_side_apply_is_judged_when_it_creates_and_when_it_changes(world: &World) {
    let kubectl = with_claim(world, "ssa");
    let [right, wrong] = right_and_wrong();
    for _ in ["create", "change"] {
        kubectl.pipe("apply --server-side -f -", &wrong).refused(&refusal("ssa"));
        let apply = kubectl.pipe("apply --server-side -f -", &right);
        apply.accepted("sandbox.agents.x-k8s.io/agent serverside-applied");
    }
}

pub fn every_kind_of_update_is_judged(world: &World) {
    let kubectl = with_claim(world, "update");
    kubectl.pipe("apply -f -", &running("agent", "{snapshotClaimName: nightly}")).succeeded();
    let [_, wrong] = right_and_wrong();
    kubectl.pipe("apply -f -", &wrong).refused(&refusal("update"));
    kubectl.pipe("replace -f -", &wrong).refused(&refusal("update"));
    let strategy = r#"{"hibernate":{"snapshotClaimName":"nigthly"}}"#;
    let spec = format!(r#"{{"operatingMode":"Suspended","suspensionStrategy":{strategy}}}"#);
    let patch = format!(r#"patch sandbox agent --type=merge -p {{"spec":{spec}}}"#);
    kubectl.run(&patch).refused(&refusal("update"));
}

pub fn a_generated_name_is_in_the_message(world: &World) {
    let kubectl = with_claim(world, "generated");
    let [right, wrong] =
        right_and_wrong().map(|it| it.replace("{name: agent}", "{generateName: agent-}"));
    let printed = kubectl.pipe("create -f -", &wrong);
    let name = printed.stderr.split('"').nth(1).unwrap();
    assert!(name.starts_with("agent-") && name.len() == "agent-x2qpc".len(), "{name}");
    printed.refused(&refusal("generated").replace("\"agent\"", &format!("{name:?}")));
    kubectl.pipe("create -f -", &right).succeeded();
}

/// The claim that the Sandbox names did not exist when the server was registered, and does not exist now.
pub fn an_old_object_that_is_wrong_may_be_labelled_and_resumed(world: &World) {
    let kubectl = world.cluster.kubectl().in_namespace("before");
    let label = kubectl.run("label sandbox old-agent tier=gold");
    label.accepted("sandbox.agents.x-k8s.io/old-agent labeled");
    let edit = kubectl.with_editor("sed -i s/gold/silver/").run("edit sandbox old-agent");
    edit.accepted("sandbox.agents.x-k8s.io/old-agent edited");
    let set_mode = |mode| {
        let patch = format!(r#"{{"spec":{{"operatingMode":"{mode}"}}}}"#);
        kubectl.run(&format!("patch sandbox old-agent --type=merge -p {patch}"))
    };
    set_mode("Running").accepted("sandbox.agents.x-k8s.io/old-agent patched");
    set_mode("Suspended").refused(
        r#"The Sandbox "old-agent" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "archive": there is no SnapshotClaim of this name in namespace "before" [snapshot-claim-exists]"#,
    );
}

pub fn warnings_are_printed_and_the_object_is_stored(world: &World) {
    let kubectl = world.namespace("warnings", &class("warnings"));
    let parameters = "parameters: {bucket: everyone, secretAccessKey: hunter2}\n";
    kubectl.pipe("create -f -", &(class("warnings-too") + parameters)).accepted_with(
        "snapshotclass.agents.x-k8s.io/warnings-too created",
        "Warning: parameters[bucket]: is where one tenant's checkpoints go; move it to the SnapshotClaim's spec.parameters [target-on-class]
Warning: parameters[secretAccessKey]: looks like a credential, and everyone who can read this object can read it; keep it in a Secret or use a workload identity [secret-in-parameters]",
    );
    let sandbox = running("agent", "{}").replace("Hibernate", "Stop");
    kubectl.pipe("create -f -", &sandbox).accepted_with(
        "sandbox.agents.x-k8s.io/agent created",
        "Warning: spec.suspensionStrategy.hibernate: has no effect with type Stop; set the type to Hibernate, or remove the block [hibernate-ignored]",
    );
}
