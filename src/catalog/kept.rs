//! The parts of objects that a catalog keeps: a struct and an arm of [`KeptObject::read`] for each kind.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use partial_json::{Raw, Text};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::digest::Digest;
use super::usage::Use;
use super::{Resource, Retention};
use crate::api::{
    self, DecodeError, Kind, ObjectMeta, Sandbox, SnapshotClaim, SnapshotClaimTemplate,
    SnapshotClass, SnapshotProvider, decode, decode_stored,
};

/// An object as JSON without its managed fields; `None` where a catalog keeps only essentials.
pub type RawObject = Option<Box<str>>;

/// The part of a SnapshotClass that rules need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// True where it is annotated as the cluster's default.
    pub is_default: bool,
    /// The time of its creation in RFC 3339; `None` when it is yet to be created,
    /// which makes it the newest.
    pub created: Option<String>,
    /// True where it is being deleted.
    pub is_terminating: bool,
    /// The keys of its parameters, sorted.
    pub parameter_keys: Vec<String>,
    /// The whole object.
    pub whole: RawObject,
}

/// The part of a SnapshotClaim that rules need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// True where it is annotated as its namespace's default.
    pub is_default: bool,
    /// The time of its creation in RFC 3339; `None` when it is yet to be created.
    pub created: Option<String>,
    /// True where it is being deleted.
    pub is_terminating: bool,
    /// The class that it selects by name.
    pub class: Option<String>,
    /// The class that the controller resolved.
    pub resolved_class: Option<String>,
    /// The message of its condition `Bound=False`.
    pub bind_failure: Option<String>,
    /// The uids of the Sandboxes that own it, sorted.
    pub owners: Box<[Digest]>,
    /// The whole object.
    pub whole: RawObject,
}

/// The part of a SnapshotClaimTemplate that rules need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// True where it is being deleted.
    pub is_terminating: bool,
    /// The class that generated claims select by name.
    pub class: Option<String>,
    /// The whole object.
    pub whole: RawObject,
}

/// A SnapshotProvider, of which rules need only that it exists, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provider {
    /// True where it is being deleted.
    pub is_terminating: bool,
    /// The whole object.
    pub whole: RawObject,
}

/// The part of a namespace that policies need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The whole object.
    pub whole: RawObject,
}

impl Class {
    /// A key to compare by: of several defaults the one with the smallest key counts.
    pub fn preference(&self) -> impl Ord + '_ {
        preference(self.created.as_deref(), &self.name)
    }
}

impl Claim {
    /// A key to compare by: of several defaults the one with the smallest key counts.
    pub fn preference(&self) -> impl Ord + '_ {
        preference(self.created.as_deref(), &self.name)
    }

    /// The class that it leads to by itself; `None` means the cluster's default.
    pub fn effective_class(&self) -> Option<&str> {
        self.class.as_deref().or(self.resolved_class.as_deref())
    }

    /// Returns whether a Sandbox owns it.
    pub(super) fn is_owned_by(&self, sandbox: Digest) -> bool {
        self.owners.binary_search(&sandbox).is_ok()
    }
}

/// A key that is smallest in the newest object, then in the first by name. An object that is yet to
/// be created will be the newest.
fn preference<'o>(created: Option<&'o str>, name: &'o str) -> impl Ord + 'o {
    (created.is_some(), Reverse(created), name)
}

/// The longest text that is kept, in bytes. A longer one can be no name, and a message that long is
/// not read.
const MAX_TEXT: usize = 1024;

fn kept_text(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default().to_owned()
}

impl From<&SnapshotClass<'_>> for Class {
    fn from(class: &SnapshotClass<'_>) -> Self {
        Self {
            name: kept_text(class.metadata.display_name()),
            is_default: class.is_default(),
            created: class.metadata.creation_timestamp.as_deref().map(kept_text),
            is_terminating: class.metadata.is_terminating(),
            parameter_keys: class.parameters.keys().map(str::to_owned).collect(),
            whole: None,
        }
    }
}

impl From<&SnapshotClaim<'_>> for Claim {
    fn from(claim: &SnapshotClaim<'_>) -> Self {
        let failure = claim.status.failed_to_bind();
        Self {
            name: kept_text(claim.metadata.display_name()),
            is_default: claim.is_default(),
            created: claim.metadata.creation_timestamp.as_deref().map(kept_text),
            is_terminating: claim.metadata.is_terminating(),
            class: claim.class_name().map(kept_text),
            resolved_class: claim.status.snapshot_class_name.as_deref().map(kept_text),
            bind_failure: failure.map(|it| kept_text(it.message.as_deref().unwrap_or_default())),
            owners: owners(&claim.metadata),
            whole: None,
        }
    }
}

/// The uids of the Sandboxes that own an object, sorted.
fn owners(metadata: &ObjectMeta<'_>) -> Box<[Digest]> {
    let owners = metadata.owner_references.iter();
    let sandboxes = owners.filter(|it| it.kind.as_deref() == Some(Kind::Sandbox.name()));
    let uids = sandboxes.filter_map(|it| it.uid.as_deref()).filter(|uid| !uid.is_empty());
    let mut owners: Vec<_> = uids.map(Digest::of).collect();
    owners.sort_unstable();
    owners.into()
}

/// An object of any kind as a catalog keeps it.
#[derive(Debug, Clone)]
pub enum Kept {
    /// A SnapshotClass.
    Class(Arc<Class>),
    /// A SnapshotClaim.
    Claim(Arc<Claim>),
    /// A SnapshotClaimTemplate.
    Template(Arc<Template>),
    /// A SnapshotProvider.
    Provider(Arc<Provider>),
    /// A namespace.
    Namespace(Arc<Namespace>),
    /// A Sandbox that uses anything.
    Sandbox(Use),
}

impl Kept {
    /// Returns whether it is annotated as the default.
    pub(super) fn is_default(&self) -> bool {
        match self {
            Self::Class(class) => class.is_default,
            Self::Claim(claim) => claim.is_default,
            _ => false,
        }
    }

    pub(super) fn class(&self) -> Option<&Arc<Class>> {
        if let Self::Class(class) = self { Some(class) } else { None }
    }

    pub(super) fn claim(&self) -> Option<&Arc<Claim>> {
        if let Self::Claim(claim) = self { Some(claim) } else { None }
    }

    pub(super) fn template(&self) -> Option<&Arc<Template>> {
        if let Self::Template(template) = self { Some(template) } else { None }
    }

    pub(super) fn provider(&self) -> Option<&Arc<Provider>> {
        if let Self::Provider(provider) = self { Some(provider) } else { None }
    }

    pub(super) fn namespace(&self) -> Option<&Arc<Namespace>> {
        if let Self::Namespace(namespace) = self { Some(namespace) } else { None }
    }

    pub(super) fn sandbox(&self) -> Option<&Use> {
        if let Self::Sandbox(uses) = self { Some(uses) } else { None }
    }
}

/// The treatment of values of a wrong type.
#[derive(Debug, Clone, Copy)]
enum Decoding {
    /// A value of a wrong type is an error.
    Strict,
    /// Such a value counts as its text, or as empty.
    AsStored,
}

impl Decoding {
    fn object<'a, T: Deserialize<'a> + Default>(self, json: &'a str) -> Result<T, DecodeError> {
        match self {
            Self::Strict => decode(json),
            Self::AsStored => Ok(*decode_stored(json)),
        }
    }
}

/// An object with its namespace and name.
#[derive(Debug, Clone)]
pub struct KeptObject {
    pub namespace: String,
    pub name: String,
    /// `None` where only its existence matters.
    pub kept: Option<Kept>,
}

impl KeptObject {
    /// Reads an object given as JSON. `namespace` is used where the object names none itself.
    pub fn read(
        kind: Resource,
        namespace: &str,
        json: &str,
        keeps: Retention,
    ) -> Result<Self, DecodeError> {
        Self::read_with(kind, namespace, json, keeps, Decoding::Strict)
    }

    /// Reads a stored object as far as that is possible: what refers to it is no less real because
    /// one of its values has a wrong type. Where that is so, it is said.
    pub fn read_stored(
        kind: Resource,
        namespace: &str,
        json: &str,
        keeps: Retention,
    ) -> Result<(Self, Option<DecodeError>), DecodeError> {
        match Self::read(kind, namespace, json, keeps) {
            Ok(entry) => Ok((entry, None)),
            Err(error) => {
                let entry = Self::read_with(kind, namespace, json, keeps, Decoding::AsStored)?;
                Ok((entry, Some(error)))
            }
        }
    }

    fn read_with(
        kind: Resource,
        namespace: &str,
        json: &str,
        keeps: Retention,
        decoding: Decoding,
    ) -> Result<Self, DecodeError> {
        let whole = || if keeps == Retention::Whole { whole(json) } else { None };
        let entry = |meta: &ObjectMeta<'_>, kept| {
            let own = meta.namespace.as_deref().unwrap_or(namespace);
            let namespace = if kind.is_namespaced() { own } else { "" };
            let (namespace, name) = (namespace.to_owned(), meta.display_name().to_owned());
            Self { namespace, name, kept }
        };
        Ok(match kind {
            Resource::Ours(Kind::Sandbox) => {
                let sandbox: Sandbox<'_> = decoding.object(json)?;
                entry(&sandbox.metadata, Use::of(&sandbox).map(Kept::Sandbox))
            }
            Resource::Ours(Kind::SnapshotClass) => {
                let class: SnapshotClass<'_> = decoding.object(json)?;
                let kept = Class { whole: whole(), ..Class::from(&class) };
                entry(&class.metadata, Some(Kept::Class(Arc::new(kept))))
            }
            Resource::Ours(Kind::SnapshotClaim) => {
                let claim: SnapshotClaim<'_> = decoding.object(json)?;
                let kept = Claim { whole: whole(), ..Claim::from(&claim) };
                entry(&claim.metadata, Some(Kept::Claim(Arc::new(kept))))
            }
            Resource::Ours(Kind::SnapshotClaimTemplate) => {
                let template: SnapshotClaimTemplate<'_> = decoding.object(json)?;
                let class = template.class_name().map(kept_text);
                let is_terminating = template.metadata.is_terminating();
                let kept = Template { is_terminating, class, whole: whole() };
                entry(&template.metadata, Some(Kept::Template(Arc::new(kept))))
            }
            Resource::Ours(Kind::SnapshotProvider) => {
                let provider: SnapshotProvider<'_> = decoding.object(json)?;
                let is_terminating = provider.metadata.is_terminating();
                let kept = Provider { is_terminating, whole: whole() };
                entry(&provider.metadata, Some(Kept::Provider(Arc::new(kept))))
            }
            Resource::Namespace => {
                let api::Namespace { metadata, .. } = decoding.object(json)?;
                let name = metadata.name.as_deref().unwrap_or_default().to_owned();
                let kept = Namespace { labels: metadata.labels, whole: whole() };
                let kept = Kept::Namespace(Arc::new(kept));
                let is_kept = keeps == Retention::Whole;
                Self { namespace: String::new(), name, kept: is_kept.then_some(kept) }
            }
        })
    }
}

/// The object without its managed fields: they say who wrote what, and are often most of it. The rest
/// is copied as text: a tree of a large object would take many times its size.
fn whole(json: &str) -> RawObject {
    let members: Members<'_> = partial_json::from_str(json).ok()?;
    let mut text = String::with_capacity(json.len());
    members.write(&mut text, |key, value, text| {
        if key == "metadata"
            && let Ok(Members(mut metadata)) = partial_json::from_str(value)
        {
            metadata.retain(|(key, _)| &**key != "managedFields");
            Members(metadata).write(text, |_, value, text| text.push_str(value));
        } else {
            text.push_str(value);
        }
    });
    text.shrink_to_fit();
    Some(text.into())
}

/// The members of an object, each value as JSON.
struct Members<'a>(Vec<(Text<'a>, Raw<'a>)>);

impl Members<'_> {
    /// Writes the object; `write` writes a value.
    fn write(&self, text: &mut String, write: impl Fn(&str, &str, &mut String)) {
        text.push('{');
        for (index, (key, value)) in self.0.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            // A text can always be written.
            text.push_str(&serde_json::to_string(&**key).unwrap_or_default());
            text.push(':');
            write(key, value.get(), text);
        }
        text.push('}');
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_object_is_kept_whole_but_for_its_managed_fields() {
        let mut object = json!({
            "kind": "SnapshotClaim",
            "metadata": {"name": "a\"b", "managedFields": [{"manager": "x"}], "labels": {"k": "v"}},
            "spec": {"managedFields": [1], "parameters": {"é\n": "\\"}},
        });
        let kept = whole(&format!("{object:#}")).unwrap();
        object["metadata"].as_object_mut().unwrap().remove("managedFields");
        assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), object);
        assert_eq!(whole(r#"{"metadata":[]}"#).as_deref(), Some(r#"{"metadata":[]}"#));
        assert!(whole("[]").is_none() && whole("{").is_none());
    }
}
