//! Verdicts on objects that are created, together or where others exist.

use super::{CLAIM, CLASS, CONFIG_MAP, SANDBOX, assert_verdicts, check, documents};

#[test]
fn objects_that_are_applied_together_find_each_other_in_any_order() {
    let files = [("app/a.yaml", SANDBOX), ("app/b.yaml", CLAIM), ("app/sub/c.yaml", CLASS)];
    assert_verdicts(&files, &["app"], 0, &["allowed planner", "allowed nightly", "allowed std"]);
    let one_file = documents(&[SANDBOX, CLAIM, CLASS]);
    assert_verdicts(
        &[("all.yaml", &one_file)],
        &["all.yaml"],
        0,
        &["allowed planner", "allowed nightly", "allowed std"],
    );
}

#[test]
fn what_exists_already_is_in_the_catalog_and_is_not_judged() {
    let files = [("s.yaml", SANDBOX), ("there/claim.yaml", CLAIM), ("there/class.yaml", CLASS)];
    assert_verdicts(&files, &["s.yaml", "--catalog", "there"], 0, &["allowed planner"]);
    assert_verdicts(
        &files,
        &["s.yaml", "--catalog", "there/class.yaml"],
        1,
        &[
            "denied planner",
            "  error snapshot-claim-exists spec.suspensionStrategy.hibernate.snapshotClaimName",
        ],
    );
}

#[test]
fn references_are_followed_within_the_namespace_that_is_asked_for() {
    let claim = CLAIM.replace("name: nightly", "name: nightly\n  namespace: team-a");
    let files = [("s.yaml", SANDBOX), ("rest.yaml", &documents(&[&claim, CLASS]))];
    let (there, elsewhere) = (["-n", "team-a", "s.yaml"], ["s.yaml"]);
    let with_catalog = |args: &[&'static str]| [args, &["--catalog", "rest.yaml"]].concat();
    assert_verdicts(&files, &with_catalog(&there), 0, &["allowed planner"]);
    let denied = [
        "denied planner",
        "  error snapshot-claim-exists spec.suspensionStrategy.hibernate.snapshotClaimName",
    ];
    assert_verdicts(&files, &with_catalog(&elsewhere), 1, &denied);
}

#[test]
fn foreign_kinds_are_skipped_and_counted() {
    let text = documents(&[CLASS, CONFIG_MAP, "just: data\n"]);
    let files = [("all.yaml", &*text)];
    let lines = ["allowed std", "skipped other", "skipped "];
    assert_verdicts(&files, &["all.yaml"], 0, &lines);
    let run = check(&files, &["all.yaml"]);
    assert_eq!(run.stdout, "3 objects: 1 allowed, 0 denied, 2 skipped\n");
}

#[test]
fn nothing_to_judge_is_no_failure_and_is_said() {
    let run = check(&[("c/x.yaml", CONFIG_MAP)], &["c"]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.stdout,
        "nothing to judge: no agents.x-k8s.io/v1beta1 Sandbox, SnapshotClass, SnapshotClaim, \
         SnapshotClaimTemplate, SnapshotProvider among 1 object\n"
    );
}

#[test]
fn all_violations_of_all_objects_are_reported_at_once() {
    let sandbox = SANDBOX
        .replace("Suspended", "Paused")
        .replace("Hibernate", "Hibernat")
        .replace("nightly", "Not-A-Name");
    let class = CLASS.replace("agents.x-k8s.io/gvisor", "a/b/c");
    assert_verdicts(
        &[("all.yaml", &documents(&[&sandbox, &class]))],
        &["all.yaml"],
        1,
        &[
            "denied planner",
            "  error operating-mode-supported spec.operatingMode",
            "  error suspension-type-supported spec.suspensionStrategy.type",
            "  error reference-name-valid spec.suspensionStrategy.hibernate.snapshotClaimName",
            "denied std",
            "  error provisioner-valid provisioner",
        ],
    );
}

#[test]
fn an_object_that_does_not_decode_is_denied_by_its_schema_and_still_exists_for_others() {
    let claim = CLAIM.to_owned() + "  parameters:\n    level: 5\n";
    assert_verdicts(
        &[("all.yaml", &documents(&[&claim, CLASS, SANDBOX]))],
        &["all.yaml"],
        1,
        &[
            "denied nightly",
            "  error schema spec.parameters.level",
            "allowed std",
            "allowed planner",
        ],
    );
}

#[test]
fn the_patch_is_applied_before_the_object_is_judged() {
    let sandbox = SANDBOX.replace("  operatingMode: Suspended\n", "");
    let text = documents(&[&sandbox, CLAIM, CLASS]);
    let run = check(&[("s.yaml", &text)], &["s.yaml", "--output", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        report["results"][0]["patch"],
        serde_json::json!([{"op": "add", "path": "/spec/operatingMode", "value": "Running"}])
    );
    assert_eq!(report["results"][1]["patch"], serde_json::json!([]));
}

#[test]
fn each_of_two_default_classes_hears_of_the_other() {
    let annotation = "\n  annotations: {snapshotclass.agents.x-k8s.io/is-default-class: 'true'}";
    let one = CLASS.replace("name: std", &format!("name: one{annotation}"));
    let two = CLASS.replace("name: std", &format!("name: two{annotation}"));
    let warning = "  warning default-class-unique \
                   metadata.annotations[snapshotclass.agents.x-k8s.io/is-default-class]";
    let files = [("one.yaml", &*one), ("two.yaml", &*two)];
    let both = ["allowed one", warning, "allowed two", warning];
    assert_verdicts(&files, &["."], 0, &both);
    assert_verdicts(&files, &["one.yaml", "--catalog", "two.yaml"], 0, &both[..2]);
    assert_verdicts(&files, &["one.yaml"], 0, &["allowed one"]);
}

#[test]
fn the_same_name_twice_is_judged_twice_and_the_last_one_counts() {
    let other = CLAIM.replace("snapshotClassName: std", "snapshotClassName: missing");
    assert_verdicts(
        &[("all.yaml", &documents(&[&other, CLAIM, CLASS, SANDBOX]))],
        &["all.yaml"],
        1,
        &[
            "denied nightly",
            "  error snapshot-class-exists spec.snapshotClassName",
            "allowed nightly",
            "allowed std",
            "allowed planner",
        ],
    );
}

#[test]
fn what_a_cluster_wrote_into_an_exported_object_is_not_taken_for_a_creation() {
    let exported = SANDBOX.replace(
        "name: planner",
        "name: planner\n  deletionTimestamp: '2026-01-01T00:00:00Z'\n  uid: 1-2-3",
    );
    // If it counted as being deleted, no rule would run.
    assert_verdicts(
        &[("s.yaml", &exported)],
        &["s.yaml"],
        1,
        &[
            "denied planner",
            "  error snapshot-claim-exists spec.suspensionStrategy.hibernate.snapshotClaimName",
        ],
    );
}

#[test]
fn a_credential_in_parameters_is_printed_in_no_format() {
    let class = |parameters: &str| CLASS.to_owned() + "parameters: " + parameters + "\n";
    for parameters in [
        "{password: hunter2}",
        "{endpoint: 'https://admin:hunter2@s3.example.com'}",
        "{password: [hunter2]}",
        "'password=hunter2'",
    ] {
        for output in ["text", "json", "junit", "sarif", "github"] {
            let run = super::check(&[("c.yaml", &class(parameters))], &["c.yaml", "-o", output]);
            let said = run.stdout + &run.stderr;
            assert!(said.contains("parameters"), "{parameters} {output}\n{said}");
            assert!(!said.contains("hunter2"), "{parameters} {output}\n{said}");
        }
    }
}

#[test]
fn who_will_apply_an_object_is_not_known_so_what_hangs_on_it_is_a_warning() {
    let pin = "podTemplate: {metadata: {annotations: {podsnapshot.gke.io/ps-name: x}}}";
    let sandbox = SANDBOX.replace("spec:\n", &format!("spec:\n  {pin}\n"));
    let files = [
        ("all.yaml", &*documents(&[&sandbox, CLAIM, CLASS])),
        ("config.yaml", "restoreAnnotations: [podsnapshot.gke.io/*]\ncheckpointWriters: [admin]\n"),
    ];
    assert_verdicts(
        &files,
        &["all.yaml", "--config", "config.yaml"],
        0,
        &[
            "allowed planner",
            "  warning restore-authority \
             spec.podTemplate.metadata.annotations[podsnapshot.gke.io/ps-name]",
            "allowed nightly",
            "allowed std",
        ],
    );
}

#[test]
fn warnings_fail_a_run_only_when_asked() {
    let class = CLASS.to_owned() + "parameters: {bucket: b}\n";
    let files = [("c.yaml", &*class)];
    let lines = ["allowed std", "  warning target-on-class parameters[bucket]"];
    assert_verdicts(&files, &["c.yaml"], 0, &lines);
    assert_verdicts(&files, &["c.yaml", "--warnings-as-errors"], 1, &lines);
    assert_verdicts(&[("c.yaml", CLASS)], &["c.yaml", "--warnings-as-errors"], 0, &["allowed std"]);
}
