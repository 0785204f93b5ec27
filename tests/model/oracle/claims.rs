//! SnapshotClaim, and what a template copies into one.

use serde_json::Value;

use super::{Act, Expected, is_subdomain, parameters};
use crate::world::{DEFAULT_CLASS, Key, Kind, World, field, is_terminating, text};

pub fn write(expected: &mut Expected, world: &World, _key: &Key, old: Option<&Value>, new: &Value) {
    judge_spec(expected, world, "/spec", old, new);
}

/// Judges the spec of a claim at a path of an object.
pub fn judge_spec(
    expected: &mut Expected,
    world: &World,
    at: &str,
    old: Option<&Value>,
    new: &Value,
) {
    let (class_at, parameters_at) = (format!("{at}/snapshotClassName"), format!("{at}/parameters"));
    parameters::judge(expected, &parameters_at, old, new);
    let class = text(new, &class_at);
    let renamed = old.is_none_or(|old| text(old, &class_at) != class);
    if renamed {
        judge_class(expected, world, class);
    }
    overrides(expected, world, class, renamed, (&parameters_at, old, new));
}

fn judge_class(expected: &mut Expected, world: &World, class: &str) {
    if class.is_empty() {
        let is_default = |class: &Value| class["metadata"]["annotations"][DEFAULT_CLASS] == "true";
        let defaults: Vec<_> = world.all(Kind::Class).filter(|it| is_default(it.1)).collect();
        if defaults.is_empty() {
            expected.warn("snapshot-class-exists");
        } else if defaults.iter().all(|(_, class)| is_terminating(class)) {
            expected.may_warn("snapshot-class-exists");
        }
    } else if !is_subdomain(class) {
        expected.deny("reference-name-valid");
        expected.may_deny("snapshot-class-exists");
    } else if let Some(class) = world.get(&Key::new(Kind::Class, "", class)) {
        if is_terminating(class) {
            // The row is one of Sandboxes; a claim's reference leads there just as well.
            expected.may_warn("target-terminating");
        }
    } else {
        expected.deny("snapshot-class-exists");
    }
    // Where the default is terminating, the same.
    if class.is_empty() && world.all(Kind::Class).any(|(_, class)| is_terminating(class)) {
        expected.may_warn("target-terminating");
    }
}

/// Parameters that the class sets, too.
fn overrides(
    expected: &mut Expected,
    world: &World,
    class: &str,
    renamed: bool,
    (at, old, new): (&str, Option<&Value>, &Value),
) {
    let Some(entries) = field(new, at).as_object() else { return };
    let sets = |class: &Value, key: &str| field(class, "/parameters").get(key).is_some();
    for key in entries.keys() {
        let before = old.and_then(|old| field(old, at).get(key)).is_some();
        if class.is_empty() {
            // By the default class: the contract does not say so, but it would be true.
            if world.all(Kind::Class).any(|(_, class)| sets(class, key)) {
                expected.may_warn("parameter-overrides-class");
            }
        } else if let Some(class) = world.get(&Key::new(Kind::Class, "", class))
            && sets(class, key)
        {
            let changed = old.is_none_or(|old| field(old, at) != field(new, at)) || renamed;
            let certain = old.is_none() || !before || renamed;
            if changed {
                expected.find("parameter-overrides-class", Act::Warn.perhaps_unless(certain));
            }
        }
    }
}
