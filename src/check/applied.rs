//! The objects that exist once everything is applied.

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
    /// Puts the checked objects over the existing ones; of either, the later over the earlier.
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

    /// Returns everything as it will be, but one object as it was: the catalog when that one is
    /// applied.
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
            let json = |object: &Option<Value>| object.as_ref().map(Value::to_string);
            let (before, after) = (json(before), json(after));
            let mut insert = |json: &Option<String>| {
                json.as_ref()
                    .is_some_and(|json| objects.insert(key.kind, &key.namespace, json).is_ok())
            };
            if unchanged == Some(key) {
                insert(&before);
            // An object with values of a wrong type leaves what was there. Where nothing was, it is
            // there as far as it can be read: that others refer to it is not their mistake.
            } else if !insert(&after) && !insert(&before) {
                let json = after.as_deref().unwrap_or_default();
                let _ = objects.insert_stored(key.kind, &key.namespace, json);
            }
        }
        objects
    }
}
