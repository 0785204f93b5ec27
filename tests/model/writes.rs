//! What is written: intents, which become requests when it is known what is stored.

use serde_json::{Map, Value};

use crate::actors::Actor;
use crate::world::Key;

/// A write that someone intends.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    pub actor: Actor,
    /// What is written; of a collection, its kind and namespace.
    pub key: Key,
    pub verb: Verb,
    pub dry_run: bool,
    /// True if it follows the write before it at once, when our server may not have heard of that one.
    pub at_once: bool,
}

/// How it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    Create(Value),
    Update {
        form: Form,
        changes: Vec<Change>,
    },
    /// Server-side apply, which also creates.
    Apply(Value),
    /// A merge patch of the status.
    Status(Vec<Change>),
    Delete,
    DeleteCollection,
}

/// The form of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    MergePatch,
    JsonPatch,
    Replace,
}

/// A field and its new value; `None` removes it. These texts in values stand for what is known only when it
/// is written: `$generation` for the generation of the object, `$stale` for the one before, and `$uid/NAME`
/// for the uid of a Sandbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub path: Vec<String>,
    pub value: Option<Value>,
}

impl Change {
    /// Sets the field of a path like `spec/operatingMode`.
    pub fn set(path: &str, value: impl Into<Value>) -> Self {
        Self { path: steps(path), value: Some(value.into()) }
    }

    pub fn remove(path: &str) -> Self {
        Self { path: steps(path), value: None }
    }

    /// Sets or removes an annotation, whose key may contain a slash.
    pub fn annotation(key: &str, value: Option<&str>) -> Self {
        let path = vec!["metadata".to_owned(), "annotations".to_owned(), key.to_owned()];
        Self { path, value: value.map(Into::into) }
    }

    /// Makes the change in an object.
    pub fn make(&self, object: &mut Value) {
        let Some((last, parents)) = self.path.split_last() else { return };
        let mut place = object;
        for step in parents {
            let Value::Object(map) = place else { return };
            if self.value.is_none() && !map.contains_key(step) {
                return;
            }
            place = map.entry(step.clone()).or_insert_with(|| Value::Object(Map::default()));
            if place.is_null() {
                *place = Value::Object(Map::default());
            }
        }
        let Value::Object(map) = place else { return };
        match &self.value {
            Some(value) => _ = map.insert(last.clone(), value.clone()),
            None => _ = map.remove(last),
        }
    }
}

fn steps(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

impl Write {
    /// Returns whether nothing may ever refuse it: it resumes, labels or lets go.
    pub fn is_harmless(&self) -> bool {
        let freely = matches!(self.verb, Verb::Delete | Verb::DeleteCollection)
            && self.actor.deletes_freely();
        let Verb::Update { changes, .. } = &self.verb else { return freely };
        let resumes = |change: &Change| {
            change.path == ["spec", "operatingMode"]
                && change.value.as_ref().is_none_or(|mode| *mode == "Running" || *mode == "")
        };
        let lets_go = |change: &Change| {
            change.path == ["metadata", "finalizers"]
                || change.path.starts_with(&["metadata".to_owned(), "labels".to_owned()])
        };
        !changes.is_empty() && changes.iter().all(|change| resumes(change) || lets_go(change))
    }

    /// Writes that are simpler, for shrinking: any of them that still fails is better.
    pub fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        if self.at_once {
            simpler.push(Self { at_once: false, ..self.clone() });
        }
        if self.dry_run {
            simpler.push(Self { dry_run: false, ..self.clone() });
        }
        match &self.verb {
            Verb::Update { form, changes } => {
                if *form != Form::MergePatch {
                    let form = Form::MergePatch;
                    let verb = Verb::Update { form, changes: changes.clone() };
                    simpler.push(Self { verb, ..self.clone() });
                }
                simpler.extend(fewer(changes).into_iter().map(|changes| {
                    let verb = Verb::Update { form: *form, changes };
                    Self { verb, ..self.clone() }
                }));
            }
            Verb::Status(changes) => simpler.extend(
                fewer(changes)
                    .into_iter()
                    .map(|changes| Self { verb: Verb::Status(changes), ..self.clone() }),
            ),
            Verb::Create(body) => simpler.extend(
                smaller(body)
                    .into_iter()
                    .map(|body| Self { verb: Verb::Create(body), ..self.clone() }),
            ),
            Verb::Apply(body) => simpler.extend(
                smaller(body)
                    .into_iter()
                    .map(|body| Self { verb: Verb::Apply(body), ..self.clone() })
                    .chain([Self { verb: Verb::Create(body.clone()), ..self.clone() }]),
            ),
            Verb::Delete | Verb::DeleteCollection => {}
        }
        if !matches!(self.actor, Actor::Admin | Actor::Earlier) && !self.actor.deletes_freely() {
            simpler.push(Self { actor: Actor::Admin, ..self.clone() });
        }
        simpler
    }
}

/// The changes without one of them.
fn fewer(changes: &[Change]) -> Vec<Vec<Change>> {
    if changes.len() < 2 {
        return Vec::new();
    }
    let without = |at| {
        let mut fewer = changes.to_vec();
        fewer.remove(at);
        fewer
    };
    (0..changes.len()).map(without).collect()
}

/// The body without one of its fields, at any depth.
fn smaller(body: &Value) -> Vec<Value> {
    let Value::Object(map) = body else { return Vec::new() };
    let mut smaller = Vec::new();
    for (key, value) in map {
        let mut without = map.clone();
        without.remove(key);
        smaller.push(Value::Object(without));
        smaller.extend(self::smaller(value).into_iter().map(|value| {
            let mut map = map.clone();
            map.insert(key.clone(), value);
            Value::Object(map)
        }));
    }
    smaller
}
