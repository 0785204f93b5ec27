//! The names of objects: kind, namespace and name, as the API server finds them.
//!
//! There are two types for it and no more. A question borrows an [`ObjectName`], mostly from the
//! request that it is about. What outlives the question, because it is looked up or is a key of a
//! map, is an [`ObjectRef`], which owns the same. All questions take any kind. Some have no answer for
//! some kinds: that is said in their documentation and is not worth a type each.

use std::fmt;

use super::Resource;
use crate::api::Kind;
use kubernetes_cel::names;

/// An object by its name, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// Its kind.
    pub kind: Resource,
    /// Empty for cluster-scoped kinds.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl<'a> ObjectName<'a> {
    /// An object of any kind; of a cluster-scoped one the namespace does not matter.
    pub fn new(kind: impl Into<Resource>, namespace: &'a str, name: &'a str) -> Self {
        let kind = kind.into();
        Self { kind, namespace: if kind.is_namespaced() { namespace } else { "" }, name }
    }

    /// A SnapshotClass.
    pub fn class(name: &'a str) -> Self {
        Self::new(Kind::SnapshotClass, "", name)
    }

    /// A SnapshotClaim.
    pub fn claim(namespace: &'a str, name: &'a str) -> Self {
        Self::new(Kind::SnapshotClaim, namespace, name)
    }

    /// A SnapshotClaimTemplate.
    pub fn template(namespace: &'a str, name: &'a str) -> Self {
        Self::new(Kind::SnapshotClaimTemplate, namespace, name)
    }

    /// A SnapshotProvider.
    pub fn provider(name: &'a str) -> Self {
        Self::new(Kind::SnapshotProvider, "", name)
    }

    /// Returns whether there can be such an object. Where it is looked up, names become part of a
    /// path: any other text must not get there.
    pub fn is_possible(&self) -> bool {
        (!self.kind.is_namespaced() || is_name(self.namespace)) && is_name(self.name)
    }
}

/// Returns whether an object or a namespace can have this name.
pub fn is_name(text: &str) -> bool {
    names::subdomain_error(text).is_none()
}

impl fmt::Display for ObjectName<'_> {
    /// `SnapshotClaim team-a/fast`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.name())?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(self.name)
    }
}

/// An object by its name, owned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Resource,
    /// Empty for cluster-scoped kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// The same, borrowed.
    pub fn as_name(&self) -> ObjectName<'_> {
        ObjectName::new(self.kind, &self.namespace, &self.name)
    }
}

impl From<ObjectName<'_>> for ObjectRef {
    fn from(ObjectName { kind, namespace, name }: ObjectName<'_>) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for ObjectRef {
    /// `SnapshotClaim team-a/fast`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_name().fmt(f)
    }
}
