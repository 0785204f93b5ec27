//! What exists once everything is applied.

use std::collections::BTreeMap;

use serde_json::Value;

use super::object::ManifestObject;
use crate::catalog::{ObjectRef, Objects, Resource, Retention};

/// Every object by its key, before and after.
#[derive(Debug)]
pub struct Applied {
    changes: BTreeMap<ObjectRef, Change>,
    namespaces: Vec<String>,
}

#[derive(Debug, Default)]
struct Change {
    before: Option<Value>,
    after: Option<Value>,
}

impl Applied {
    /// Puts what is checked over what exists; of either, the later over the earlier.
    pub fn new<'o>(
        existing: impl Iterator<Item = &'o ManifestObject<'o>>,
        checked: impl Iterator<Item = &'o ManifestObject<'o>>,
        namespaces: Vec<String>,
    ) -> Self {
        let mut changes = BTreeMap::<ObjectRef, Change>::new();
        for object in existing {
            let change = changes.entry(object.key.clone()).or_default();
            change.before = Some(object.as_applied(change.before.as_ref()));
        }
        for object in checked {
            let change = changes.entry(object.key.clone()).or_default();
            let beneath = change.after.as_ref().or(change.before.as_ref());
            change.after = Some(object.as_applied(beneath));
        }
        Self { changes, namespaces }
    }

    /// Everything as it will be.
    pub fn catalog(&self) -> Objects {
        self.objects(None)
    }

    /// Everything as it will be, but one object as it was: what that one finds when it is applied.
    pub fn catalog_without(&self, key: &ObjectRef) -> Objects {
        self.objects(Some(key))
    }

    fn objects(&self, unchanged: Option<&ObjectRef>) -> Objects {
        let mut objects = Objects::new(Retention::Whole);
        for namespace in &self.namespaces {
            // One that cannot be read selects nothing.
            let _ = objects.insert(Resource::Namespace, "", namespace);
        }
        for (key, Change { before, after }) in &self.changes {
            let mut insert = |json: Option<&Value>| {
                json.is_some_and(|json| {
                    objects.insert(key.kind, &key.namespace, &json.to_string()).is_ok()
                })
            };
            if unchanged == Some(key) {
                insert(before.as_ref());
            // One that is not what its kind says leaves what was there. Where nothing was, its texts
            // count: that others refer to it is not their mistake.
            } else if !insert(after.as_ref()) && !insert(before.as_ref()) {
                insert(after.as_ref().and_then(texts).as_ref());
            }
        }
        objects
    }
}

/// An object's texts and no more: what is of a wrong type is mostly a number or a boolean that
/// wanted quotes, while names and references are texts.
fn texts(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Object(members) => {
            let texts =
                members.iter().filter_map(|(key, value)| Some((key.clone(), texts(value)?)));
            Some(Value::Object(texts.collect()))
        }
        _ => None,
    }
}
