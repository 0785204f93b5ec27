//! Fields that the API server would drop.

use super::{CLAIM, CLASS, SANDBOX, assert_verdicts, check, documents};

#[test]
fn unknown_fields_are_reported_with_the_nearest_known_name_and_their_place() {
    let sandbox = SANDBOX.replace("snapshotClaimName", "snapshotClaimNam");
    let class = CLASS.replace("provisioner:", "provisoner:");
    let text = documents(&[&sandbox, &class]);
    let run = check(&[("s.yaml", &text)], &["s.yaml"]);
    for expected in [
        "s.yaml:10:7: warning: Sandbox default/planner [unknown-field]\n    \
         spec.suspensionStrategy.hibernate.snapshotClaimNam: unknown field, which the API server \
         drops in silence; did you mean \"snapshotClaimName\"?\n",
        "s.yaml:16:1: warning: SnapshotClass std [unknown-field]\n    \
         provisoner: unknown field, which the API server drops in silence; \
         did you mean \"provisioner\"?\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
}

#[test]
fn where_no_name_is_near_the_known_ones_are_listed() {
    let claim = CLAIM.replace("snapshotClassName: std", "compress: true");
    let run = check(&[("c.yaml", &claim)], &["c.yaml"]);
    let expected = "spec.compress: unknown field, which the API server drops in silence; \
                    known here: parameters, snapshotClassName\n";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
}

#[test]
fn only_what_is_ours_is_looked_at_and_maps_have_free_keys() {
    let sandbox = SANDBOX
        .replace("metadata:", "made-up: 1\nmetadata:\n  made-up: 1")
        .replace("spec:\n", "spec:\n  madeUp: {suspensionStrategy: {made: up}}\n")
        + "status: {madeUp: true}\n";
    let claim = CLAIM.to_owned() + "  parameters: {madeUp: x}\nstatus: {snapshotClassName: std}\n";
    let class =
        CLASS.replace("metadata:", "metadata:\n  madeUp: 1") + "parameters: {invented: x}\n";
    assert_verdicts(
        &[("all.yaml", &documents(&[&sandbox, &claim, &class]))],
        &["all.yaml"],
        0,
        &["allowed planner", "allowed nightly", "allowed std"],
    );
}

#[test]
fn each_kind_of_ours_is_looked_at_as_deep_as_its_schema_goes() {
    let object = |kind: &str, rest: &str| {
        let head = "apiVersion: agents.x-k8s.io/v1beta1\nkind: ";
        format!("{head}{kind}\nmetadata: {{name: x}}\n{rest}\n")
    };
    for (kind, rest, field) in [
        ("SnapshotClass", "provisioner: a\nstatus: {}", "status"),
        ("SnapshotClaim", "spec: {parameters: {a: b}, extra: {}}", "spec.extra"),
        ("SnapshotClaim", "status: {conditions: [{typ: Bound}]}", "status.conditions[0].typ"),
        ("SnapshotClaimTemplate", "spec: {spec: {}, labels: {}}", "spec.labels"),
        ("SnapshotClaimTemplate", "spec: {spec: {class: x}}", "spec.spec.class"),
        ("SnapshotProvider", "spec: {providerType: p, s3: {bucket: b, bukt: c}}", "spec.s3.bukt"),
    ] {
        let (_, lines) = super::verdicts(&[("x.yaml", &object(kind, rest))], &["x.yaml"]);
        let expected = format!("  warning unknown-field {field}");
        let unknown: Vec<_> = lines.iter().filter(|it| it.contains("unknown-field")).collect();
        assert_eq!(unknown, [&expected], "{rest}");
    }
}

#[test]
fn a_field_that_a_rule_speaks_of_is_not_reported_twice() {
    let sandbox = SANDBOX
        .replace("      snapshotClaimName: nightly", "      snapshotClassName: std")
        .replace("Suspended", "Running");
    assert_verdicts(
        &[("all.yaml", &documents(&[&sandbox, CLASS]))],
        &["all.yaml"],
        0,
        &[
            "allowed planner",
            "  warning snapshot-target-resolvable spec.suspensionStrategy.hibernate",
            "  warning snapshot-class-name-in-strategy \
             spec.suspensionStrategy.hibernate.snapshotClassName",
            "allowed std",
        ],
    );
    let sandbox = SANDBOX
        .replace("spec:\n", "spec:\n  suspend: true\n")
        .replace("      snapshotClaimName: nightly", "      snapshotClass: std")
        .replace("Suspended", "Running");
    let provider = "apiVersion: agents.x-k8s.io/v1beta1\nkind: SnapshotProvider\n\
                    metadata: {name: p}\nspec: {providerType: gvisor-s3, s3Config: {bucket: b}}\n";
    assert_verdicts(
        &[("all.yaml", &documents(&[&sandbox, provider]))],
        &["all.yaml"],
        0,
        &[
            "allowed planner",
            "  warning snapshot-target-resolvable spec.suspensionStrategy.hibernate",
            "  warning legacy-field spec.suspend",
            "  warning legacy-field spec.suspensionStrategy.hibernate.snapshotClass",
            "allowed p",
            "  warning legacy-field spec.s3Config",
        ],
    );
    let template = "apiVersion: agents.x-k8s.io/v1beta1\nkind: SnapshotClaimTemplate\n\
                    metadata: {name: t}\nspec: {metadata: {name: n}, spec: {}}\n";
    let default = "snapshotclass.agents.x-k8s.io/is-default-class: 'true'";
    let class = CLASS.replace("name: std", &format!("name: std\n  annotations: {{{default}}}"));
    assert_verdicts(
        &[("t.yaml", &documents(&[template, &class]))],
        &["t.yaml"],
        1,
        &["denied t", "  error template-metadata-valid spec.metadata.name", "allowed std"],
    );
}
