//! The kinds that a catalog holds.

use super::Retention;
use crate::api::Kind;

/// A kind that a catalog holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// A kind of ours.
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

    /// Returns whether objects of this kind are in a namespace.
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

/// A value for each kind.
#[derive(Debug, Clone, Default)]
pub struct PerKind<T>([T; Kind::ALL.len() + 1]);

impl<T> PerKind<T> {
    /// The value of a kind.
    pub fn of(&self, kind: Resource) -> &T {
        let [sandbox, class, claim, template, provider, namespace] = &self.0;
        match kind {
            Resource::Ours(Kind::Sandbox) => sandbox,
            Resource::Ours(Kind::SnapshotClass) => class,
            Resource::Ours(Kind::SnapshotClaim) => claim,
            Resource::Ours(Kind::SnapshotClaimTemplate) => template,
            Resource::Ours(Kind::SnapshotProvider) => provider,
            Resource::Namespace => namespace,
        }
    }

    /// The value of a kind, to be changed.
    pub fn of_mut(&mut self, kind: Resource) -> &mut T {
        let [sandbox, class, claim, template, provider, namespace] = &mut self.0;
        match kind {
            Resource::Ours(Kind::Sandbox) => sandbox,
            Resource::Ours(Kind::SnapshotClass) => class,
            Resource::Ours(Kind::SnapshotClaim) => claim,
            Resource::Ours(Kind::SnapshotClaimTemplate) => template,
            Resource::Ours(Kind::SnapshotProvider) => provider,
            Resource::Namespace => namespace,
        }
    }
}
