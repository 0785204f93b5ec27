//! What a catalog cannot be sure of, being a moment behind.

use std::fmt;

use kubernetes_cel::names;

use super::{Resource, Target};
use crate::api::Kind;

/// An object by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Resource,
    /// Empty for cluster-scoped kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// An object by its name; of a cluster-scoped kind the namespace is empty.
    pub fn new(kind: impl Into<Resource>, namespace: &str, name: &str) -> Self {
        Self { kind: kind.into(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    fn is_possible(&self) -> bool {
        let is_place = !self.kind.is_namespaced() || is_name(&self.namespace);
        is_place && is_name(&self.name)
    }
}

fn is_name(text: &str) -> bool {
    names::subdomain_error(text).is_none()
}

impl fmt::Display for ObjectRef {
    /// `SnapshotClaim team-a/fast`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.name())?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// What counts where nothing is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DefaultOf {
    /// The cluster's default SnapshotClass.
    Cluster,
    /// A namespace's default SnapshotClaim.
    Namespace(String),
}

impl DefaultOf {
    /// The kind of object that it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Cluster => Kind::SnapshotClass,
            Self::Namespace(_) => Kind::SnapshotClaim,
        }
    }

    /// Where it is; empty for a class.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Cluster => "",
            Self::Namespace(name) => name,
        }
    }

    /// What an object of a kind may be the default of.
    pub fn by(kind: Resource, namespace: &str) -> Option<Self> {
        match kind {
            Resource::Ours(Kind::SnapshotClass) => Some(Self::Cluster),
            Resource::Ours(Kind::SnapshotClaim) => Some(Self::Namespace(namespace.to_owned())),
            Resource::Ours(_) | Resource::Namespace => None,
        }
    }
}

impl fmt::Display for DefaultOf {
    /// `a default SnapshotClaim in namespace team-a`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a default {}", self.kind().name())?;
        match self {
            Self::Cluster => Ok(()),
            Self::Namespace(name) => write!(f, " in namespace {name}"),
        }
    }
}

/// What a catalog cannot be sure of, being a moment behind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unconfirmed {
    /// Whether an object that it does not know exists after all.
    Missing(ObjectRef),
    /// Whether there is a default though it knows none.
    NoDefault(DefaultOf),
    /// Whether a checkpoint that it does not know depends on this.
    Unused(Dependency),
}

impl Unconfirmed {
    /// Whether there can be such an object. Where it is asked for, names become part of a path: any
    /// other text must not get there.
    pub fn is_possible(&self) -> bool {
        match self {
            Self::Missing(object) => object.is_possible(),
            Self::NoDefault(DefaultOf::Namespace(name)) => is_name(name),
            Self::NoDefault(DefaultOf::Cluster) | Self::Unused(_) => true,
        }
    }
}

impl fmt::Display for Unconfirmed {
    /// `whether SnapshotClaim team-a/fast exists`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(object) => write!(f, "whether {object} exists"),
            Self::NoDefault(default) => write!(f, "whether there is {default}"),
            Self::Unused(dependency) => write!(f, "whether {dependency} is in use"),
        }
    }
}

/// An object on which checkpoints of the whole cluster depend. Administrators delete and change
/// these, and seldom, so that a second look can be afforded; for claims, which every tenant may
/// delete as often as he likes, the catalog's word stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dependency {
    /// A SnapshotClass by name.
    Class(String),
    /// A SnapshotProvider by name.
    Provider(String),
}

impl Dependency {
    /// A class or provider; `None` for a claim.
    pub fn new(target: Target<'_>) -> Option<Self> {
        match target {
            Target::Class(name) => Some(Self::Class(name.to_owned())),
            Target::Provider(name) => Some(Self::Provider(name.to_owned())),
            Target::Claim(..) => None,
        }
    }

    /// The same, to ask a catalog about it.
    pub fn target(&self) -> Target<'_> {
        match self {
            Self::Class(name) => Target::Class(name),
            Self::Provider(name) => Target::Provider(name),
        }
    }
}

impl fmt::Display for Dependency {
    /// `SnapshotClass fast`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(name) => write!(f, "{} {name}", Kind::SnapshotClass.name()),
            Self::Provider(name) => write!(f, "{} {name}", Kind::SnapshotProvider.name()),
        }
    }
}
