//! SnapshotClaimTemplate.

use serde_json::Value;

use super::{Expected, claims};
use crate::world::{Key, Kind, World, field, is_set, is_terminating, text};

pub fn write(expected: &mut Expected, world: &World, _key: &Key, old: Option<&Value>, new: &Value) {
    if is_set(new, "/spec/spec") {
        let old = old.filter(|old| is_set(old, "/spec/spec"));
        claims::judge_spec(expected, world, "/spec/spec", old, new);
    } else {
        if old.is_none_or(|old| is_set(old, "/spec/spec")) {
            expected.deny("template-spec-required");
        } else if old.is_some_and(|old| field(old, "/spec") != field(new, "/spec")) {
            expected.may_deny("template-spec-required");
        }
        // Nothing is selected, so nothing is judged; what an absent spec would mean is left open.
        expected.may_warn("snapshot-class-exists");
    }
    let metadata = field(new, "/spec/metadata");
    if old.is_some_and(|old| field(old, "/spec/metadata") == metadata) {
        return;
    }
    let is_known = |key: &String| key == "labels" || key == "annotations";
    let is_odd = metadata.as_object().is_some_and(|it| !it.keys().all(is_known));
    // The world has no other labels that are wrong.
    let is_wrong = metadata["labels"]["tier"] == "not a label";
    if is_odd || is_wrong {
        // What the old one had wrong already may be left as it is.
        let before = old.map_or(&Value::Null, |old| field(old, "/spec/metadata"));
        let was_odd = before.as_object().is_some_and(|it| !it.keys().all(is_known));
        let was_wrong = before["labels"]["tier"] == "not a label";
        if is_odd && !was_odd || is_wrong && !was_wrong {
            expected.deny("template-metadata-valid");
        } else {
            expected.may_deny("template-metadata-valid");
        }
    }
}

pub fn delete(expected: &mut Expected, world: &World, key: &Key) {
    for (_, sandbox) in world.within(Kind::Sandbox, &key.namespace) {
        let strategy = field(sandbox, "/spec/suspensionStrategy");
        if text(strategy, "/hibernate/snapshotClaimTemplateName") != key.name {
            continue;
        }
        if text(strategy, "/type") == "Hibernate" && !is_terminating(sandbox) {
            expected.warn("snapshot-claim-template-referenced");
        } else {
            expected.may_warn("snapshot-claim-template-referenced");
        }
    }
}
