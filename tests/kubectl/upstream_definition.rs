//! Upstream's Sandbox definition with our patch.

use crate::World;
use crate::cluster::process::eventually;
use crate::objects::{claim, class, file};
use crate::traffic::made;

pub const DEFINITION: &str = include_str!("upstream-sandbox-crd.yaml");

/// The command of the documentation.
const PATCH: &str = "patch crd sandboxes.agents.x-k8s.io --type=json --patch-file \
                     manifests/sandbox-crd-patch.yaml";

/// A Sandbox with what upstream requires; `more` is flow-style YAML at the end of its spec.
fn sandbox(name: &str, more: &str) -> String {
    format!(
        "apiVersion: agents.x-k8s.io/v1beta1\nkind: Sandbox\nmetadata: {{name: {name}}}\n\
         spec: {{podTemplate: {{spec: {{containers: [{{name: agent, image: a}}]}}}}{more}}}\n"
    )
}

fn hibernating_to(hibernate: &str) -> String {
    format!(", suspensionStrategy: {{type: Hibernate, hibernate: {hibernate}}}")
}

pub fn our_patch_is_enough_whoever_fills_in_the_mode(world: &World) {
    works_once_patched(world, "schema-default", &["validate-sandboxes"]);
    let without_default = DEFINITION.replace(", default: Running", "");
    assert_ne!(without_default, DEFINITION);
    world.cluster.kubectl().pipe("replace -f -", &without_default).succeeded();
    works_once_patched(world, "no-default", &["default-sandboxes", "validate-sandboxes"]);
}

/// Tests the patch in a namespace and with a class of this name; `asked` are the webhooks that receive a
/// new Sandbox without a mode.
fn works_once_patched(world: &World, name: &str, asked: &[&str]) {
    let kubectl = world.namespace(name, &file(&[class(name), claim("nightly", name)]));
    let agent = sandbox("agent", &hibernating_to("{snapshotClaimName: nightly}"));
    let try_agent = || kubectl.pipe("create --dry-run=server -f -", &agent);
    // The API server takes a moment to serve a changed definition.
    let unknown = r#"unknown field "spec.suspensionStrategy""#;
    assert!(eventually(|| try_agent().stderr.contains(unknown)));

    let admin = world.cluster.kubectl();
    admin.run(PATCH).succeeded();
    admin.run(PATCH).accepted("customresourcedefinition.apiextensions.k8s.io/sandboxes.agents.x-k8s.io patched (no change)");
    assert!(eventually(|| try_agent().code == 0));

    let calls = made(world, || _ = kubectl.pipe("create -f -", &agent).succeeded());
    assert_eq!(calls, asked.iter().map(|name| ((*name).to_owned(), 1)).collect::<Vec<_>>());
    let get = "get sandbox agent -o jsonpath={.spec.operatingMode}";
    kubectl.run(get).accepted("Running");
    for mode in ["null", r#""""#] {
        let patch = format!(r#"{{"spec":{{"operatingMode":{mode}}}}}"#);
        kubectl.run(&format!("patch sandbox agent --type=merge -p {patch}")).succeeded();
        kubectl.run(get).accepted("Running");
    }

    // Suspended, with a checkpoint: the definition and the webhook have the fields now.
    let suspend = r#"patch sandbox agent --type=merge -p {"spec":{"operatingMode":"Suspended"}}"#;
    kubectl.run(suspend).succeeded();
    let snapshot = format!(
        r#"{{"status":{{"snapshot":{{"snapshotUID":"u","snapshotClassName":"{name}"}}}}}}"#
    );
    let record = "patch sandbox agent --subresource=status --type=merge -p";
    kubectl.run(&format!("{record} {snapshot}")).succeeded();
    let uid = kubectl.run("get sandbox agent -o jsonpath={.status.snapshot.snapshotUID}");
    uid.accepted("u");
    let delete = admin.run(&format!("delete snapshotclass {name}"));
    assert!(delete.stderr.contains("[snapshot-class-in-use]"), "{}", delete.stderr);

    let typo = hibernating_to("{snapshotClaimName: nigthly}") + ", operatingMode: Suspended";
    kubectl.pipe("create -f -", &sandbox("typo", &typo)).refused(&format!(
        r#"The Sandbox "typo" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nigthly": there is no SnapshotClaim of this name in namespace "{name}"; did you mean "nightly"? [snapshot-claim-exists]"#
    ));
    let both = hibernating_to("{snapshotClaimName: nightly, snapshotClaimTemplateName: per-agent}");
    kubectl.pipe("create -f -", &sandbox("both", &both)).refused(
        r#"The Sandbox "both" is invalid: spec.suspensionStrategy.hibernate: Invalid value: at most one of snapshotClaimName, snapshotClaimTemplateName and snapshotProviderRef may be set, and here are snapshotClaimName ("nightly") and snapshotClaimTemplateName ("per-agent"); keep one and remove the rest (a merge patch sets them to null) [hibernate-source-exclusive]"#,
    );
}
