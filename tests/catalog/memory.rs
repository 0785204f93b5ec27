//! What was known of a Sandbox is kept: its strategy and the defaults may move on, but its checkpoint
//! is where it was written.

use sandbox_admission::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION, Kind};
use sandbox_admission::catalog::{Catalog, ObjectName, Objects};
use serde_json::{Value, json};

fn apply(objects: &mut Objects, kind: Kind, name: &str, mut object: Value) {
    object["metadata"]["name"] = name.into();
    objects.insert(kind, "n", &object.to_string()).unwrap();
}

fn is_used(objects: &Objects, target: ObjectName<'_>) -> bool {
    !objects.checkpoints_on(target).unwrap().is_empty()
}

/// A suspended Sandbox with a strategy and a record.
fn sandbox(strategy: &Value, record: &Value) -> Value {
    json!({
        "spec": {"operatingMode": "Suspended", "suspensionStrategy": strategy},
        "status": {"snapshot": record},
    })
}

fn hibernate(block: &Value) -> Value {
    json!({"type": "Hibernate", "hibernate": block})
}

#[test]
fn the_provider_of_a_checkpoint_counts_until_the_record_goes() {
    let onto_s3 = hibernate(&json!({"snapshotProviderRef": {"name": "s3"}}));
    let onto_gcs = hibernate(&json!({"snapshotProviderRef": {"name": "gcs"}}));
    let record = json!({"snapshotUID": "u", "snapshotClassName": "none"});
    let mut objects = Objects::default();
    apply(&mut objects, Kind::Sandbox, "s", sandbox(&onto_s3, &Value::Null));
    for strategy in [&onto_s3, &onto_gcs, &Value::Null, &json!({"type": "Stop"})] {
        apply(&mut objects, Kind::Sandbox, "s", sandbox(strategy, &record));
        assert!(is_used(&objects, ObjectName::provider("s3")), "{strategy}");
    }
    apply(&mut objects, Kind::Sandbox, "s", sandbox(&Value::Null, &Value::Null));
    assert!(!is_used(&objects, ObjectName::provider("s3")));
    // What is gone is not remembered.
    apply(&mut objects, Kind::Sandbox, "s", sandbox(&Value::Null, &record));
    assert!(!is_used(&objects, ObjectName::provider("s3")));
}

#[test]
fn a_default_that_moves_frees_nothing_that_is_being_hibernated_onto() {
    let default = |annotation: &str, is_default: &str| json!({"metadata": {"annotations": {annotation: is_default}}});
    let mut objects = Objects::default();
    let mut apply = |kind, name, object| {
        apply(&mut objects, kind, name, object);
        [
            is_used(&objects, ObjectName::claim("n", "old")),
            is_used(&objects, ObjectName::claim("n", "new")),
            is_used(&objects, ObjectName::class("old")),
            is_used(&objects, ObjectName::class("new")),
        ]
    };
    let onto_default = hibernate(&json!({}));
    apply(Kind::SnapshotClass, "old", default(DEFAULT_CLASS_ANNOTATION, "true"));
    apply(Kind::SnapshotClaim, "old", default(DEFAULT_CLAIM_ANNOTATION, "true"));
    let being_hibernated = sandbox(&onto_default, &Value::Null);
    let used = apply(Kind::Sandbox, "s", being_hibernated.clone());
    assert_eq!(used, [true, false, true, false]);

    apply(Kind::SnapshotClass, "old", default(DEFAULT_CLASS_ANNOTATION, "false"));
    apply(Kind::SnapshotClaim, "old", default(DEFAULT_CLAIM_ANNOTATION, "false"));
    apply(Kind::SnapshotClass, "new", default(DEFAULT_CLASS_ANNOTATION, "true"));
    let used = apply(Kind::SnapshotClaim, "new", default(DEFAULT_CLAIM_ANNOTATION, "true"));
    assert_eq!(used, [true, true, true, true]);
    // Its status is written on the way.
    assert_eq!(apply(Kind::Sandbox, "s", being_hibernated), [true, true, true, true]);

    let record = json!({"snapshotClassName": "old", "snapshotClaimName": "old"});
    let used = apply(Kind::Sandbox, "s", sandbox(&onto_default, &record));
    assert_eq!(used, [true, false, true, false]);
}
