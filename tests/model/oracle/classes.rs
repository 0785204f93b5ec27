//! SnapshotClass.

use serde_json::Value;

use super::{Expected, in_use, parameters};
use crate::world::{DEFAULT_CLASS, Key, Kind, World, field, text};

pub fn write(expected: &mut Expected, world: &World, key: &Key, old: Option<&Value>, new: &Value) {
    let changed = |pointer| old.is_none_or(|old| field(old, pointer) != field(new, pointer));
    if changed("/provisioner") && !is_provisioner(text(new, "/provisioner")) {
        expected.deny("provisioner-valid");
    }
    parameters::judge(expected, "/parameters", old, new);
    if changed("/parameters") {
        for target in ["bucket", "container", "region", "prefix"] {
            let before = old.is_some_and(|old| field(old, "/parameters").get(target).is_some());
            match (before, field(new, "/parameters").get(target).is_some()) {
                (false, true) => expected.warn("target-on-class"),
                // Whether it is said again is left open.
                (true, true) => expected.may_warn("target-on-class"),
                (_, false) => {}
            }
        }
    }
    let annotation = |object: &Value| object["metadata"]["annotations"][DEFAULT_CLASS].clone();
    let marked = annotation(new);
    let newly_marked = old.is_none_or(|old| annotation(old) != marked);
    if !marked.is_null() && marked != "true" && marked != "false" {
        if newly_marked {
            expected.warn("default-class-annotation-valid");
        } else {
            expected.may_warn("default-class-annotation-valid");
        }
    }
    let other = |(other, object): (&Key, &Value)| other != key && annotation(object) == "true";
    if marked == "true" && world.all(Kind::Class).any(other) {
        if newly_marked {
            expected.warn("default-class-unique");
        } else {
            expected.may_warn("default-class-unique");
        }
    }
    if old.is_some() && (changed("/provisioner") || changed("/parameters")) {
        referenced(expected, world, key);
    }
}

/// What a deletion does, and a change of what the driver reads.
pub fn disrupt(expected: &mut Expected, world: &World, key: &Key) {
    in_use::protect(expected, world, key);
    referenced(expected, world, key);
}

fn referenced(expected: &mut Expected, world: &World, key: &Key) {
    let selects =
        |kind, pointer| world.all(kind).any(|(_, object)| text(object, pointer) == key.name);
    if selects(Kind::Claim, "/spec/snapshotClassName")
        || selects(Kind::Template, "/spec/spec/snapshotClassName")
    {
        expected.warn("snapshot-class-referenced");
    } else {
        // One that selects no class may be said to select the default.
        expected.may_warn("snapshot-class-referenced");
    }
}

/// A qualified name as StorageClass wants it.
fn is_provisioner(name: &str) -> bool {
    let (prefix, name) = name.rsplit_once('/').map_or((None, name), |(it, name)| (Some(it), name));
    let is_alphanumeric = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    prefix.is_none_or(|prefix| super::is_subdomain(&prefix.to_lowercase()))
        && name.len() <= 63
        && is_alphanumeric(name.chars().next())
        && is_alphanumeric(name.chars().last())
        && name.chars().all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it))
}
