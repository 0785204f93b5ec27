//! One manifest of ours, as JSON that can be sent to the rules.

use std::sync::Arc;

use kubernetes_manifest::{Document, Node};
use serde_json::Value;

use crate::api::Kind;
use crate::catalog::files::FilesError;
use crate::catalog::{ObjectName, ObjectRef, Objects};

/// The members of `metadata` that only the API server writes, as far as rules read them.
const SYSTEM_METADATA: [&str; 3] = ["uid", "creationTimestamp", "deletionTimestamp"];

/// An object of ours and where it was written.
#[derive(Debug)]
pub struct ManifestObject<'d> {
    pub kind: Kind,
    /// With the `generateName` where it has no name yet.
    pub key: ObjectRef,
    pub document: &'d Document,
    pub json: Value,
}

impl<'d> ManifestObject<'d> {
    /// Reads a document of this kind; `namespace` is the one for objects that name none.
    pub fn new(
        kind: Kind,
        document: &'d Document,
        namespace: &str,
    ) -> Result<Self, serde_json::Error> {
        let own_namespace = metadata(&document.root, "namespace");
        let namespace = own_namespace.unwrap_or(namespace);
        let key = ObjectName::new(kind, namespace, display_name(&document.root)).into();
        Ok(Self { kind, key, document, json: serde_json::to_value(&document.root)? })
    }

    /// Its place, its kind and its name, as in `s.yaml:1:1: Sandbox team-a/x`.
    pub fn title(&self) -> String {
        format!("{}:{}: {}", self.document.file, self.document.root.position, self.key)
    }

    /// Returns whether it has a name of its own, by which it may be stored already.
    pub fn is_named(&self) -> bool {
        metadata(&self.document.root, "name").is_some()
    }

    /// Returns whether it has an annotation, whatever its value.
    pub fn has_annotation(&self, name: &str) -> bool {
        let annotations = self.document.root.get("metadata").and_then(|it| it.get("annotations"));
        annotations.is_some_and(|annotations| annotations.get(name).is_some())
    }

    /// Checks that it fits its kind; an error names file, line and field.
    pub fn decodes(&self) -> Result<(), FilesError> {
        let ObjectRef { kind, namespace, .. } = &self.key;
        let inserted = Objects::default().insert(*kind, namespace, &self.json.to_string());
        inserted.map_err(|error| FilesError::Object {
            file: Arc::clone(&self.document.file),
            position: self.document.root.locate(&error.field),
            kind: kind.name(),
            error,
        })
    }

    /// Returns the object as the API server sends it to a webhook: `status` and the system's
    /// metadata are the stored object's, and absent on CREATE.
    pub fn as_sent(&self, stored: Option<&Value>) -> Value {
        self.with_stored(stored, |_| true)
    }

    /// Returns the object as it is once it is applied. Its own status and timestamps are kept: they
    /// came from a cluster.
    pub fn as_applied(&self, stored: Option<&Value>) -> Value {
        self.with_stored(stored, |own| own.is_none_or(Value::is_null))
    }

    /// Returns the object with the stored values of the members that a manifest does not decide,
    /// where `takes` returns true for its own value.
    fn with_stored(&self, stored: Option<&Value>, takes: fn(Option<&Value>) -> bool) -> Value {
        let set = |object: &mut Value, stored: Option<&Value>, member: &str| {
            let Some(members) = object.as_object_mut() else { return };
            if takes(members.get(member)) {
                match stored.and_then(|stored| stored.get(member)) {
                    Some(value) => members.insert(member.to_owned(), value.clone()),
                    None => members.remove(member),
                };
            }
        };
        let mut object = self.json.clone();
        set(&mut object, stored, "status");
        if let Some(metadata) = object.get_mut("metadata") {
            let stored = stored.and_then(|stored| stored.get("metadata"));
            for member in SYSTEM_METADATA {
                set(metadata, stored, member);
            }
        }
        object
    }
}

/// A non-empty text in an object's `metadata`.
pub fn metadata<'n>(root: &'n Node, member: &str) -> Option<&'n str> {
    root.get("metadata")?.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// An object's name, or the `generateName` that it will be made from.
pub fn display_name(root: &Node) -> &str {
    metadata(root, "name").or_else(|| metadata(root, "generateName")).unwrap_or_default()
}
