//! Sandbox: its own fields. What its references lead to is in `references`.

use serde_json::Value;

use super::{Act, Expected, in_use, is_subdomain, references};
use crate::world::{Key, World, field, is_set, text};

const STRATEGY: &str = "/spec/suspensionStrategy";
const TYPE: &str = "/spec/suspensionStrategy/type";
const HIBERNATE: &str = "/spec/suspensionStrategy/hibernate";
const TYPES: [&str; 3] = ["Stop", "Freeze", "Hibernate"];
/// Fields of earlier drafts and other APIs.
const LEGACY: [&str; 6] = ["suspend", "suspended", "pause", "paused", "strategy", "replicas"];

/// A write of a Sandbox, whose new version has its default already.
pub struct Write<'a> {
    pub key: &'a Key,
    pub old: Option<&'a Value>,
    pub new: &'a Value,
}

impl Write<'_> {
    /// Returns whether a field differs, or the Sandbox is new.
    fn changes(&self, pointer: &str) -> bool {
        self.old.is_none_or(|old| field(old, pointer) != field(self.new, pointer))
    }

    fn old_mode(&self) -> &str {
        self.old.map_or("", |old| mode(old))
    }

    /// Running -> Suspended, or created Suspended.
    pub fn suspends(&self) -> bool {
        mode(self.new) == "Suspended" && self.old_mode() != "Suspended"
    }

    fn resumes(&self) -> bool {
        self.old.is_some() && self.old_mode() != "Running" && mode(self.new) == "Running"
    }

    pub fn is_suspended(&self) -> bool {
        mode(self.new) == "Suspended"
    }

    /// Returns whether its references are checked.
    fn is_checked(&self) -> bool {
        !self.resumes() && (self.changes(STRATEGY) || self.suspends())
    }
}

fn mode(sandbox: &Value) -> &str {
    let mode = text(sandbox, "/spec/operatingMode");
    if mode.is_empty() { "Running" } else { mode }
}

pub fn write(expected: &mut Expected, world: &World, key: &Key, old: Option<&Value>, new: &Value) {
    let write = Write { key, old, new };
    if old.is_some_and(|old| old["spec"] == new["spec"]) {
        return;
    }
    if write.changes("/spec/operatingMode") && !["Running", "Suspended"].contains(&mode(new)) {
        expected.deny("operating-mode-supported");
    }
    if is_set(new, STRATEGY) {
        judge_type(expected, &write);
        judge_block(expected, &write);
        judge_sources(expected, &write);
    }
    legacy_fields(expected, &write);
    if write.is_checked() {
        references::judge(expected, world, &write);
    }
    if let Some(old) = old {
        dropped(expected, old, new);
        held(expected, &write, old);
    }
}

fn judge_type(expected: &mut Expected, write: &Write) {
    let kind = text(write.new, TYPE);
    if TYPES.contains(&kind) {
        return;
    }
    let was_there = write.old.is_some_and(|old| is_set(old, STRATEGY));
    if write.changes(TYPE) || !was_there {
        expected.deny("suspension-type-supported");
    } else if write.suspends() {
        // Not what changed, but what cannot work; ratcheting and "deny what cannot work" disagree.
        expected.may_deny("suspension-type-supported");
    }
}

fn judge_block(expected: &mut Expected, write: &Write) {
    let (kind, has_block) = (text(write.new, TYPE), is_set(write.new, HIBERNATE));
    if kind == "Hibernate" && !has_block {
        let had = write.old.is_none_or(|old| is_set(old, HIBERNATE) || text(old, TYPE) != kind);
        if had {
            expected.deny("hibernate-required");
        } else if write.suspends() {
            expected.may_deny("hibernate-required");
        }
    }
    if has_block && (kind == "Stop" || kind == "Freeze") {
        let was =
            write.old.is_some_and(|old| is_set(old, HIBERNATE) && text(old, TYPE) != "Hibernate");
        // Of what was so before, the contract does not say whether it is said again.
        expected.find("hibernate-ignored", Act::Warn.perhaps_unless(!was));
    }
    for (name, id) in [
        ("/snapshotClassName", "snapshot-class-name-in-strategy"),
        ("/snapshotClass", "legacy-field"),
    ] {
        let pointer = format!("{HIBERNATE}{name}");
        if !text(write.new, &pointer).is_empty() {
            expected.find(id, Act::Warn.perhaps_unless(write.changes(&pointer)));
        }
    }
}

/// The three sources, of which there may be one.
pub const SOURCES: [&str; 3] =
    ["/snapshotClaimName", "/snapshotClaimTemplateName", "/snapshotProviderRef"];

fn sources(sandbox: &Value) -> Vec<&'static str> {
    let hibernate = field(sandbox, HIBERNATE);
    let is_there = |source: &&str| match field(hibernate, source) {
        Value::Null => false,
        Value::String(name) => !name.is_empty(),
        _ => true,
    };
    SOURCES.into_iter().filter(is_there).collect()
}

fn judge_sources(expected: &mut Expected, write: &Write) {
    let now = sources(write.new);
    if now.len() > 1 {
        let before = write.old.map(sources).unwrap_or_default();
        if !now.iter().all(|source| before.contains(source)) {
            expected.deny("hibernate-source-exclusive");
        } else if now.len() == before.len() && write.changes(HIBERNATE) {
            // As wrong as before, but changed.
            expected.may_deny("hibernate-source-exclusive");
        }
    }
    for source in now {
        let pointer = match source {
            "/snapshotProviderRef" => format!("{HIBERNATE}{source}/name"),
            _ => format!("{HIBERNATE}{source}"),
        };
        if is_subdomain(text(write.new, &pointer)) {
            continue;
        }
        let was_there = write.old.is_some_and(|old| sources(old).contains(&source));
        if write.changes(&pointer) || !was_there {
            expected.deny("reference-name-valid");
        } else if write.suspends() {
            expected.may_deny("reference-name-valid");
        }
    }
}

fn legacy_fields(expected: &mut Expected, write: &Write) {
    for name in LEGACY {
        let pointer = format!("/spec/{name}");
        if is_set(write.new, &pointer) {
            // Of one that was there before, the contract does not say whether it is said again.
            let certain = write.changes(&pointer);
            expected.find("legacy-field", Act::Warn.perhaps_unless(certain));
        }
    }
}

/// A strategy that is gone.
fn dropped(expected: &mut Expected, old: &Value, new: &Value) {
    let was = text(old, TYPE);
    if is_set(new, STRATEGY) || !["Freeze", "Hibernate"].contains(&was) {
        return;
    }
    let act = match mode(new) {
        "Suspended" if was == "Hibernate" => Act::Deny,
        "Running" | "Suspended" => Act::Warn,
        _ => Act::MayDeny,
    };
    expected.find("strategy-dropped", act);
}

/// What changes under a checkpoint, or while one is being taken.
fn held(expected: &mut Expected, write: &Write, old: &Value) {
    let new = write.new;
    let holds = is_set(old, "/status/snapshot");
    if holds && write.changes(STRATEGY) {
        // Losing the strategy has a rule of its own; other fields of it are neither strategy nor reference.
        let differs = |pointer: &str| field(old, pointer) != field(new, pointer);
        let moved = SOURCES.iter().any(|source| differs(&format!("{HIBERNATE}{source}")));
        let certain = is_set(old, STRATEGY) && is_set(new, STRATEGY) && (differs(TYPE) || moved);
        expected.find("checkpoint-retarget", Act::Warn.perhaps_unless(certain));
    }
    let (template, template_as_written) = (pod_spec(old, new, true), pod_spec(old, new, false));
    let (was, is) = (text(old, TYPE), text(new, TYPE));
    if holds && template && was != "Stop" {
        // A record is one of Hibernate; with another type by now it may still count as such.
        let certain = was == "Hibernate" && is == "Hibernate";
        expected.find("checkpoint-template-changed", Act::Warn.perhaps_unless(certain));
    }
    let suspends = write.suspends() && is == "Hibernate";
    let is_taken = in_use::is_being_hibernated(old);
    if template_as_written && (suspends || is_taken) {
        // Environment variables alone: this row does not say that their values are left out. A resume, or
        // another type, ends the hibernation in the same write.
        let certain = template && (suspends || write.is_suspended() && is == "Hibernate");
        expected.find("suspend-with-new-template", Act::Warn.perhaps_unless(certain));
    }
}

/// Returns whether `podTemplate.spec` differs, with or without the values of environment variables.
fn pod_spec(old: &Value, new: &Value, without_env: bool) -> bool {
    let spec = |sandbox: &Value| {
        let mut spec = field(sandbox, "/spec/podTemplate/spec").clone();
        for containers in ["containers", "initContainers"] {
            let containers = spec.get_mut(containers).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten().filter(|_| without_env) {
                let variables = container.get_mut("env").and_then(Value::as_array_mut);
                for variable in variables.into_iter().flatten() {
                    variable.as_object_mut().map(|it| it.remove("value"));
                }
            }
        }
        spec
    };
    spec(old) != spec(new)
}
