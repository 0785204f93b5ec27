//! What else exists: the only way in which rules ask about other objects.
//!
//! A catalog keeps what rules need of an object and no more. Answers are immediate; filling a
//! catalog, watching and live look-ups are its implementation's business.

pub mod cluster;
pub mod files;
mod named;
mod objects;
mod unconfirmed;
mod usage;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::Kind;

pub use named::NameDigests;
pub use objects::Objects;
pub use unconfirmed::{DefaultOf, Dependency, ObjectRef, Unconfirmed};
pub use usage::Users;

/// The catalog cannot tell now: never filled, or its source is out of reach. No answer is a guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// Something by name: there, not there, or unknown.
pub type Lookup<T> = Result<Option<Arc<T>>, Unavailable>;

/// How much a catalog keeps of what it sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Retention {
    /// What rules need.
    #[default]
    Essentials,
    /// What policies may ask for besides: the snapshot kinds as they are, and namespaces. Sandboxes
    /// are never kept.
    Whole,
}

/// What a catalog holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// Objects of a kind of ours.
    Ours(Kind),
    /// Namespaces; only for policies.
    Namespace,
}

impl Resource {
    /// The resources that a catalog holds.
    pub fn kept(keeps: Retention) -> impl Iterator<Item = Self> {
        let namespaces = (keeps == Retention::Whole).then_some(Self::Namespace);
        Kind::ALL.into_iter().map(Self::Ours).chain(namespaces)
    }

    /// The kind as manifests spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours(kind) => kind.name(),
            Self::Namespace => "Namespace",
        }
    }

    /// The resource as URLs spell it.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Ours(kind) => kind.plural(),
            Self::Namespace => "namespaces",
        }
    }

    /// Whether objects live in a namespace.
    pub const fn is_namespaced(self) -> bool {
        match self {
            Self::Ours(kind) => kind.is_namespaced(),
            Self::Namespace => false,
        }
    }
}

impl From<Kind> for Resource {
    fn from(kind: Kind) -> Self {
        Self::Ours(kind)
    }
}

/// What exists and who uses it.
pub trait Catalog: Send + Sync {
    /// A SnapshotClass.
    fn class(&self, name: &str) -> Lookup<Class>;
    /// A SnapshotClaim.
    fn claim(&self, namespace: &str, name: &str) -> Lookup<Claim>;
    /// A SnapshotClaimTemplate.
    fn template(&self, namespace: &str, name: &str) -> Lookup<Template>;
    /// A SnapshotProvider.
    fn provider(&self, name: &str) -> Lookup<Provider>;
    /// A namespace; none is known by a catalog that keeps but essentials.
    fn namespace(&self, name: &str) -> Lookup<Namespace>;
    /// The classes annotated as the cluster's default, the one that counts first: of several the
    /// newest, of equally old ones the first by name, as for StorageClass.
    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable>;
    /// The namespace's default claim, of several chosen likewise.
    fn default_claim(&self, namespace: &str) -> Lookup<Claim>;
    /// The default class that counts.
    fn default_class(&self) -> Lookup<Class> {
        Ok(self.default_classes()?.into_iter().next())
    }
    /// The existing name that is most like this one, if one is alike enough to be a suggestion.
    fn nearest(&self, kind: Kind, namespace: &str, name: &str) -> Option<String>;
    /// The Sandboxes that hold a checkpoint on this object or are being hibernated onto it.
    fn checkpoints_on(&self, target: Target<'_>) -> Result<Users, Unavailable>;
    /// The claims and templates that select a class.
    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable>;
    /// The Sandboxes whose strategy names a template.
    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable>;
}

/// An object on which checkpoints depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A SnapshotClass by name.
    Class(&'a str),
    /// A SnapshotClaim by namespace and name.
    Claim(&'a str, &'a str),
    /// A SnapshotProvider by name.
    Provider(&'a str),
}

/// What rules need of a SnapshotClass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Annotated as the cluster's default.
    pub is_default: bool,
    /// RFC 3339; `None` when it is yet to be created, which makes it the newest.
    pub created: Option<String>,
    /// The keys of its parameters, sorted.
    pub parameter_keys: Vec<String>,
    /// All of it.
    pub whole: RawObject,
}

impl Class {
    /// Smaller in the one that counts where several are the default: the newest, then the first by
    /// name. What is yet to be created will be the newest.
    pub fn preference(&self) -> impl Ord + '_ {
        (self.created.is_some(), Reverse(self.created.as_deref()), self.name.as_str())
    }
}

/// What rules need of a SnapshotClaim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Annotated as its namespace's default.
    pub is_default: bool,
    /// RFC 3339; `None` when it is yet to be created.
    pub created: Option<String>,
    /// The class that it selects by name.
    pub class: Option<String>,
    /// The class that the controller resolved.
    pub resolved_class: Option<String>,
    /// The message of its condition `Bound=False`.
    pub bind_failure: Option<String>,
    /// All of it.
    pub whole: RawObject,
}

impl Claim {
    /// Smaller in the one that counts where several are the default: the newest, then the first by
    /// name. What is yet to be created will be the newest.
    pub fn preference(&self) -> impl Ord + '_ {
        (self.created.is_some(), Reverse(self.created.as_deref()), self.name.as_str())
    }

    /// The class that it leads to by itself; `None`: the cluster's default.
    pub fn effective_class(&self) -> Option<&str> {
        self.class.as_deref().or(self.resolved_class.as_deref())
    }
}

/// What rules need of a SnapshotClaimTemplate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// The class that generated claims select by name.
    pub class: Option<String>,
    /// All of it.
    pub whole: RawObject,
}

/// What rules need of a SnapshotProvider: that it exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provider {
    /// All of it.
    pub whole: RawObject,
}

/// An object as JSON without its managed fields; `None` where a catalog keeps but essentials.
pub type RawObject = Option<Box<str>>;

/// What policies need of a namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// All of it.
    pub whole: RawObject,
}
