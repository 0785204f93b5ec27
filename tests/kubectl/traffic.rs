//! The requests that the API server sends, by its own count. (`tests/match_conditions.rs` tests the same
//! with many more requests, without an API server.)

use std::fmt::Write as _;

use crate::World;

/// The calls that an action causes, to each webhook by the first label of its name.
pub fn made(world: &World, act: impl FnOnce()) -> Vec<(String, u64)> {
    world.cluster.calls_during(act)
}

const SANDBOX: &str = "apiVersion: agents.x-k8s.io/v1beta1
kind: Sandbox
metadata: {name: NAME}
spec:
  podTemplate: {spec: {containers: [{name: agent, image: agent}]}}
";
const STRATEGY: &str =
    r#"{"spec":{"suspensionStrategy":{"type":"Hibernate","hibernate":{"snapshotClaimName":"c"}}}}"#;
const CLASS: &str = "apiVersion: agents.x-k8s.io/v1beta1
kind: SnapshotClass
metadata: {name: counted, finalizers: [example.com/hold]}
provisioner: example.com/driver
";
const CLAIM: &str = "apiVersion: agents.x-k8s.io/v1beta1
kind: SnapshotClaim
metadata: {name: c}
spec: {snapshotClassName: counted}
";

pub fn the_api_server_asks_only_where_a_rule_could_act(world: &World) {
    world.cluster.kubectl().run("create namespace traffic").succeeded();
    let kubectl = world.cluster.kubectl().in_namespace("traffic");

    let pool = SANDBOX.replace("{name: NAME}", "{generateName: pool-}");
    let fifty = vec![pool; 50].join("---\n");
    assert_eq!(made(world, || _ = kubectl.pipe("create -f -", &fifty).succeeded()), []);
    let plain = SANDBOX.replace("NAME", "agent");
    kubectl.pipe("create -f -", &plain).succeeded();
    let keep_alives = || {
        for minute in 0..10 {
            let mut patch = String::new();
            let time = format!("2026-12-01T00:{minute:02}:00Z");
            write!(patch, r#"{{"spec":{{"shutdownTime":"{time}"}}}}"#).unwrap();
            kubectl.run(&format!("patch sandbox agent --type=merge -p {patch}")).succeeded();
        }
    };
    assert_eq!(made(world, keep_alives), []);

    let strategy = format!("patch sandbox agent --type=merge -p {STRATEGY}");
    let suspend = r#"patch sandbox agent --type=merge -p {"spec":{"operatingMode":"Suspended"}}"#;
    let resume = r#"patch sandbox agent --type=merge -p {"spec":{"operatingMode":"Running"}}"#;
    let record = r#"patch sandbox agent --subresource=status --type=merge -p {"status":{"snapshot":{"snapshotUID":"u","snapshotClassName":"counted"}}}"#;
    let deletion =
        r#"patch sandbox agent --type=merge -p {"metadata":{"finalizers":["example.com/hold"]}}"#;
    let end = r#"patch sandbox agent --type=merge -p {"metadata":{"finalizers":null}}"#;
    let pin = r#"patch sandbox agent --type=merge -p {"spec":{"podTemplate":{"metadata":{"annotations":{"a":"b"}}}}}"#;
    let image = r#"patch sandbox agent --type=merge -p {"spec":{"podTemplate":{"spec":{"containers":[{"name":"agent","image":"other"}]}}}}"#;
    let parameters = r#"patch snapshotclass counted --type=merge -p {"parameters":{"a":"b"}}"#;
    let release = r#"patch snapshotclass counted --type=merge -p {"metadata":{"finalizers":null}}"#;
    for (arguments, input, sent) in [
        ("create -f -", CLASS, "validate-snapshotclasses"),
        ("create -f -", CLAIM, "validate-snapshots"),
        ("label snapshotclass counted a=b", "", ""),
        ("annotate snapshotclass counted a=b", "", ""),
        ("label snapshotclaim c a=b", "", ""),
        (parameters, "", "validate-snapshotclasses"),
        ("label sandbox agent a=b", "", ""),
        (suspend, "", ""),
        (resume, "", ""),
        (&strategy, "", "validate-sandboxes"),
        ("label sandbox agent a=c --overwrite", "", ""),
    ] {
        assert_sent(world, sent, arguments, || _ = kubectl.pipe(arguments, input).succeeded());
    }
    for (arguments, sent) in [
        (suspend, "validate-sandboxes"),
        (record, ""),
        (pin, ""),
        (image, "validate-pod-templates"),
        (resume, ""),
        (deletion, ""),
        ("delete sandbox agent --wait=false", "protect-checkpoints"),
        ("delete sandbox agent --wait=false", ""),
        (end, ""),
        ("delete sandbox --all", ""),
    ] {
        assert_sent(world, sent, arguments, || _ = kubectl.run(arguments).succeeded());
    }
    for (arguments, sent) in [
        ("delete snapshotclaim c", "protect-snapshots"),
        ("delete snapshotclass counted --wait=false", "protect-snapshots"),
        ("delete snapshotclass counted --wait=false", ""),
        (release, ""),
    ] {
        assert_sent(world, sent, arguments, || _ = kubectl.run(arguments).succeeded());
    }
}

/// Fails unless one call is made to an entry, or none where that is empty.
#[track_caller]
fn assert_sent(world: &World, entry: &str, what: &str, act: impl FnOnce()) {
    let due: Vec<_> =
        [(entry.to_owned(), 1)].into_iter().filter(|(it, _)| !it.is_empty()).collect();
    assert_eq!(made(world, act), due, "{what}");
}
