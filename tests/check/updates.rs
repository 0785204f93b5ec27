//! Verdicts on objects that are already stored.

use super::{CLAIM, CLASS, SANDBOX, assert_verdicts, documents};

const CHECKPOINT: &str = "\
status:
  snapshot:
    snapshotUID: s-1
    snapshotClassName: std
    snapshotClaimName: nightly
";

#[test]
fn an_unchanged_mistake_of_a_stored_object_is_let_pass_and_a_new_one_is_not() {
    let wrong = SANDBOX.replace("Hibernate", "Hibernat");
    let labelled = wrong.replace("name: planner", "name: planner\n  labels: {team: a}");
    let other = wrong.replace("Hibernat", "Freez");
    let files = [
        ("old.yaml", &*wrong),
        ("labelled.yaml", &*labelled),
        ("other.yaml", &*other),
        ("elsewhere.yaml", &*labelled.replace("name: planner", "name: planner\n  namespace: b")),
    ];
    let old = ["--old", "old.yaml"];
    let denied =
        ["denied planner", "  error suspension-type-supported spec.suspensionStrategy.type"];
    for (file, code, expected) in [
        ("labelled.yaml", 0, &["allowed planner"][..]),
        ("other.yaml", 1, &denied),
        ("elsewhere.yaml", 1, &denied),
    ] {
        assert_verdicts(&files, &[&[file], &old[..]].concat(), code, expected);
    }
    assert_verdicts(&files, &["labelled.yaml"], 1, &denied);
}

#[test]
fn the_stored_status_protects_what_a_checkpoint_depends_on() {
    let stored = documents(&[CLASS, CLAIM, &(SANDBOX.to_owned() + CHECKPOINT)]);
    let class = CLASS.replace("gvisor", "kata");
    let in_use = ["denied std", "  error snapshot-class-in-use provisioner"];
    let files = [("old.yaml", &*stored), ("class.yaml", &*class), ("sandbox.yaml", SANDBOX)];
    assert_verdicts(&files, &["class.yaml", "--old", "old.yaml"], 1, &in_use);
    // The Sandbox's manifest has no status, which does not end its checkpoint.
    assert_verdicts(
        &files,
        &["class.yaml", "sandbox.yaml", "--old", "old.yaml"],
        1,
        &[in_use[0], in_use[1], "allowed planner"],
    );
}

#[test]
fn a_default_claim_cannot_change_unseen_by_ceasing_to_be_the_default() {
    let annotation = "snapshotclaim.agents.x-k8s.io/is-default-claim: 'true'";
    let name = format!("name: nightly\n  annotations: {{{annotation}}}");
    let default = CLAIM.replace("name: nightly", &name);
    let hibernating =
        SANDBOX.replace("hibernate:\n      snapshotClaimName: nightly", "hibernate: {}");
    let other_class = |claim: &str| claim.replace("ClassName: std", "ClassName: other");
    let classes = documents(&[CLASS, &CLASS.replace("std", "other")]);
    let is_default = documents(&[&default, &hibernating]);
    let is_not = documents(&[CLAIM, &hibernating]);
    let in_use = ["denied nightly", "  error snapshot-claim-in-use spec.snapshotClassName"];
    for (old, new, code, expected) in [
        (&is_default, other_class(CLAIM), 1, &in_use[..]),
        (&is_default, other_class(&default), 1, &in_use[..]),
        (&is_not, other_class(&default), 0, &["allowed nightly"]),
    ] {
        let files = [("classes.yaml", &*classes), ("old.yaml", &**old), ("new.yaml", &*new)];
        let args = ["new.yaml", "--catalog", "classes.yaml", "--old", "old.yaml"];
        assert_verdicts(&files, &args, code, expected);
    }
}

#[test]
fn a_sandbox_that_is_being_deleted_no_longer_protects_anything() {
    let terminating = SANDBOX
        .replace("name: planner", "name: planner\n  deletionTimestamp: '2026-01-01T00:00:00Z'");
    let stored = documents(&[CLASS, &(terminating + CHECKPOINT)]);
    let class = CLASS.replace("gvisor", "kata");
    let files = [("old.yaml", &*stored), ("class.yaml", &*class), ("sandbox.yaml", SANDBOX)];
    assert_verdicts(
        &files,
        &["class.yaml", "sandbox.yaml", "--old", "old.yaml"],
        0,
        &["allowed std", "allowed planner"],
    );
}

#[test]
fn a_status_in_a_manifest_is_not_what_an_update_writes() {
    let moved = SANDBOX.replace("nightly", "weekly");
    let weekly = CLAIM.replace("nightly", "weekly");
    let files = [
        ("sandbox.yaml", &*(moved.clone() + CHECKPOINT)),
        ("old-with.yaml", &*(SANDBOX.to_owned() + CHECKPOINT)),
        ("old-without.yaml", SANDBOX),
        ("rest.yaml", &*documents(&[CLASS, CLAIM, &weekly])),
    ];
    let retarget = ["allowed planner", "  warning checkpoint-retarget spec.suspensionStrategy"];
    for (old, expected) in [("old-with.yaml", &retarget[..]), ("old-without.yaml", &retarget[..1])]
    {
        let args = ["sandbox.yaml", "--catalog", "rest.yaml", "--old", old];
        assert_verdicts(&files, &args, 0, expected);
    }
}

#[test]
fn the_older_of_two_default_classes_stays_the_older_when_it_is_applied_again() {
    let default = |name: &str| {
        let annotation = "snapshotclass.agents.x-k8s.io/is-default-class: 'true'";
        CLASS.replace("name: std", &format!("name: {name}\n  annotations: {{{annotation}}}"))
    };
    let created = "\n  creationTimestamp: '2026-01-01T00:00:00Z'\n";
    let stored = default("aged").replace("'true'}\n", &format!("'true'}}{created}"));
    let files =
        [("old.yaml", &*stored), ("new.yaml", &*documents(&[&default("aged"), &default("fresh")]))];
    let run = super::check(&files, &["new.yaml", "--old", "old.yaml"]);
    assert!(run.stdout.contains("the newest of several counts, here \"fresh\""), "{}", run.stdout);
}
