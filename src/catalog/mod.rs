//! The objects that exist: the only way in which rules ask about other objects.
//!
//! A catalog keeps what rules need of an object and no more. Answers are immediate: filling a
//! catalog, watching and live look-ups are left to its implementation.
//!
//! `kept` says what is kept of an object of each kind (`usage`: of a Sandbox), `store` holds the
//! objects of one kind, and `dependents` finds their users. [`Objects`] is all of this together;
//! [`files`](mod@files) and [`cluster`] fill it.

mod checkpoints;
pub mod cluster;
mod dependents;
mod digest;
pub mod files;
mod kept;
mod name;
mod objects;
mod resource;
mod right;
mod shared_map;
mod store;
mod unconfirmed;
mod usage;
mod users;

use std::sync::Arc;

use crate::admission::UserInfo;
use crate::api::Kind;

pub use checkpoints::Checkpoints;
pub use digest::NameDigests;
pub use kept::{Claim, Class, Kept, Namespace, Provider, RawObject, Template};
pub use name::{ObjectName, ObjectRef};
pub use objects::Objects;
pub use resource::Resource;
pub use right::{ANY_NAME, Right, Verb};
pub use unconfirmed::Unconfirmed;
pub use users::Users;

/// The catalog has no answer now: it was never filled, or its source is out of reach. It never
/// guesses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// Something by name: there, not there, or unknown.
pub type Lookup<T> = Result<Option<Arc<T>>, Unavailable>;

/// The part of each object that a catalog keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Retention {
    /// The part that rules need.
    #[default]
    Essentials,
    /// Also what policies may ask for: the snapshot kinds as they are, and namespaces. Sandboxes
    /// are never kept as they are.
    Whole,
}

/// The objects that exist, and their users.
pub trait Catalog: Send + Sync {
    /// An object of any kind. A Sandbox is found only if it uses anything, and a namespace only by a
    /// catalog that keeps more than essentials.
    fn object(&self, name: ObjectName<'_>) -> Result<Option<Kept>, Unavailable>;
    /// The classes annotated as the cluster's default, the one that counts first. As for
    /// StorageClass that is the newest, of equally old ones the first by name.
    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable>;
    /// The namespace's default claim; of several, the one that counts is chosen in the same way.
    fn default_claim(&self, namespace: &str) -> Lookup<Claim>;
    /// The existing name that is most like this one, if one is alike enough to be a suggestion.
    fn nearest(&self, name: ObjectName<'_>) -> Option<String>;
    /// The Sandboxes that hold a checkpoint on a class, claim or provider, or are being hibernated
    /// onto it; of other kinds none.
    fn checkpoints_on(&self, target: ObjectName<'_>) -> Result<Checkpoints, Unavailable>;
    /// The claims and templates that select a class.
    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable>;
    /// The Sandboxes whose strategy names a template.
    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable>;

    /// Returns whether a user may `use` a class or provider ([`ANY_NAME`]: every one); `None` where
    /// there is nobody to ask.
    fn may_use(
        &self,
        _user: &UserInfo<'_>,
        _target: ObjectName<'_>,
    ) -> Result<Option<bool>, Unavailable> {
        Ok(None)
    }

    /// Returns whether a user may list the objects of a kind in all namespaces; `None` where there is
    /// nobody to ask.
    fn may_list(&self, _user: &UserInfo<'_>, _kind: Kind) -> Result<Option<bool>, Unavailable> {
        Ok(None)
    }

    /// The default class that counts.
    fn default_class(&self) -> Lookup<Class> {
        Ok(self.default_classes()?.into_iter().next())
    }
    /// A SnapshotClass.
    fn class(&self, name: &str) -> Lookup<Class> {
        Ok(self.object(ObjectName::class(name))?.and_then(|it| it.class().cloned()))
    }
    /// A SnapshotClaim.
    fn claim(&self, namespace: &str, name: &str) -> Lookup<Claim> {
        Ok(self.object(ObjectName::claim(namespace, name))?.and_then(|it| it.claim().cloned()))
    }
    /// A SnapshotClaimTemplate.
    fn template(&self, namespace: &str, name: &str) -> Lookup<Template> {
        let object = self.object(ObjectName::template(namespace, name))?;
        Ok(object.and_then(|it| it.template().cloned()))
    }
    /// A SnapshotProvider.
    fn provider(&self, name: &str) -> Lookup<Provider> {
        Ok(self.object(ObjectName::provider(name))?.and_then(|it| it.provider().cloned()))
    }
    /// A namespace.
    fn namespace(&self, name: &str) -> Lookup<Namespace> {
        let object = self.object(ObjectName::new(Resource::Namespace, "", name))?;
        Ok(object.and_then(|it| it.namespace().cloned()))
    }
}
