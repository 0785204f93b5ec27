//! The catalog that follows a cluster. It keeps little of what the API server lists and watches.
//!
//! It is a moment behind the cluster. So an object that it does not know is
//! [looked up](Cluster::look_up) before an answer says that it does not exist. When the API server is
//! lost, it goes on answering by what it knew last.

mod defaults;
mod follow;
mod listing;
mod listings;
mod look_ups;
mod pace;
mod questions;
mod rights;
mod room;
mod thread;
mod users;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::info;

use super::kept::KeptObject;
use super::resource::PerKind;
use super::{
    Catalog, Checkpoints, Claim, Class, Kept, Lookup, NameDigests, ObjectName, Objects, Resource,
    Retention, Unavailable, Unconfirmed, Users,
};
use crate::api::{DecodeError, Kind};
use crate::client::ApiClient;
use follow::Metadata;
use look_ups::LookUps;

pub use look_ups::LookUp;
pub use questions::Found;
pub use thread::{Connected, StartError};

/// The most kinds that are read as a whole at once.
const FILLING: usize = 2;

/// Something that happened, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatalogReport {
    /// A kind was listed completely, with this number of objects.
    Listed(Resource, usize),
    /// The API server reported on a kind, even if there is nothing new; the number of objects now.
    Heard(Resource, usize),
    /// Listing or watching failed.
    Failed,
    /// A look-up ended.
    LookedUp(LookUp),
}

/// The objects of a cluster. Shared by all who ask; filled by its [`Follower`].
pub struct Cluster {
    objects: RwLock<Objects>,
    keeps: Retention,
    kinds: PerKind<Known>,
    look_ups: LookUps,
    /// The kinds that may be read as a whole at once: each has an object and more in memory.
    filling: Semaphore,
    report: Box<dyn Fn(CatalogReport) + Send + Sync>,
}

/// The state of the knowledge of a kind.
#[derive(Debug, Default)]
struct Known {
    /// True once it was listed.
    is_filled: AtomicBool,
    /// True while it is watched.
    is_followed: AtomicBool,
}

impl Cluster {
    /// A catalog that knows nothing yet, and the follower that will fill it.
    pub fn new(
        keeps: Retention,
        report: impl Fn(CatalogReport) + Send + Sync + 'static,
    ) -> (Arc<Self>, Follower) {
        let cluster = Arc::new(Self {
            objects: RwLock::new(Objects::new(keeps)),
            keeps,
            kinds: PerKind::default(),
            look_ups: LookUps::new(),
            filling: Semaphore::new(FILLING),
            report: Box::new(report),
        });
        (Arc::clone(&cluster), Follower { cluster })
    }

    /// The kinds of which nothing is known yet.
    pub fn unfilled(&self) -> impl Iterator<Item = Resource> {
        let filled = |kind: &Resource| self.kinds.of(*kind).is_filled.load(Ordering::Acquire);
        Resource::kept(self.keeps).filter(move |kind| !filled(kind))
    }

    /// The number of objects of a kind.
    fn count(&self, kind: Resource) -> usize {
        self.read().count(kind)
    }

    /// Asks the API server for what the catalog cannot be sure of. A client that asks much waits for
    /// its own questions only.
    pub async fn look_up(
        &self,
        unconfirmed: &Unconfirmed,
        peer: IpAddr,
    ) -> Result<Found, Unavailable> {
        if let Unconfirmed::Unused(object) = unconfirmed
            && self.read().object(object.as_name())?.is_none()
        {
            // Anyone may make up a name. Nobody uses what does not exist, and a look for it costs
            // little.
            let existence = Unconfirmed::Missing(object.clone());
            if self.ask_for(&existence, peer).await? == Found::Nothing {
                return Ok(Found::Checkpoints(Checkpoints::default()));
            }
        }
        self.ask_for(unconfirmed, peer).await
    }

    async fn ask_for(&self, unconfirmed: &Unconfirmed, peer: IpAddr) -> Result<Found, Unavailable> {
        let is_followed = match unconfirmed {
            Unconfirmed::Missing(object) => self.is_followed(object.kind),
            Unconfirmed::NoDefault { kind, .. } => self.is_followed((*kind).into()),
            Unconfirmed::Unused(_) | Unconfirmed::Used(_) | Unconfirmed::Allowed(_) => false,
        };
        let (how, answer) = self.look_ups.look_up(unconfirmed, peer, is_followed).await;
        (self.report)(CatalogReport::LookedUp(how));
        answer
    }

    fn is_followed(&self, kind: Resource) -> bool {
        self.kinds.of(kind).is_followed.load(Ordering::Acquire)
    }

    /// The objects, to answer a question for which these kinds must be known.
    fn knowing(
        &self,
        kinds: &[impl Into<Resource> + Copy],
    ) -> Result<RwLockReadGuard<'_, Objects>, Unavailable> {
        match self.unfilled().find(|kind| kinds.iter().any(|it| (*it).into() == *kind)) {
            None => Ok(self.read()),
            Some(kind) => {
                Err(Unavailable(format!("the cluster's {} are not known yet", kind.plural())))
            }
        }
    }

    /// A copy of the objects, for a question that takes longer than a look at one object: nobody
    /// waits until a copy has been read.
    fn copy_knowing(&self, kinds: &[impl Into<Resource> + Copy]) -> Result<Objects, Unavailable> {
        Ok(self.knowing(kinds)?.clone())
    }

    fn read(&self) -> RwLockReadGuard<'_, Objects> {
        self.objects.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Objects> {
        self.objects.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reports of a follower.
impl Cluster {
    /// Takes over an object that is new or has changed; returns the first value of it that has a
    /// wrong type.
    fn applied(
        &self,
        kind: Resource,
        metadata: &Metadata<'_>,
        json: &str,
    ) -> Result<Option<DecodeError>, DecodeError> {
        let (mut entry, fault) =
            KeptObject::read_stored(kind, &metadata.namespace, json, self.keeps)?;
        // Only a kind's own follower changes what is known of the kind: nothing is lost between these.
        self.read().remember(&mut entry);
        self.write().put_remembered(kind, entry);
        self.look_ups.turned_up(kind, &metadata.namespace, &metadata.name);
        Ok(fault)
    }

    /// Forgets an object that is gone.
    fn removed(&self, kind: Resource, namespace: &str, name: &str) {
        self.write().remove(kind, namespace, name);
    }

    /// Notes that a listing is complete, and forgets the objects that it did not name.
    fn filled(&self, kind: Resource, listed: &NameDigests) {
        // Here, too.
        let mut kept = self.read().clone();
        kept.keep(kind, listed);
        self.write().swap(kind, &mut kept);
        let was_filled = self.kinds.of(kind).is_filled.swap(true, Ordering::AcqRel);
        if !was_filled && self.unfilled().next().is_none() {
            info!("everything was read from the cluster");
        }
        (self.report)(CatalogReport::Listed(kind, self.count(kind)));
    }

    /// Notes that a watch is open.
    fn followed(&self, kind: Resource) {
        self.kinds.of(kind).is_followed.store(true, Ordering::Release);
    }

    /// Notes that a watch has ended.
    fn interrupted(&self, kind: Resource) {
        self.kinds.of(kind).is_followed.store(false, Ordering::Release);
    }

    /// Reports an event.
    fn heard_of(&self, kind: Resource) {
        (self.report)(CatalogReport::Heard(kind, self.count(kind)));
    }

    /// Reports a failure.
    fn failed(&self) {
        (self.report)(CatalogReport::Failed);
    }
}

/// The filler of a [`Cluster`]. Until it runs, nothing is known.
pub struct Follower {
    cluster: Arc<Cluster>,
}

impl Follower {
    /// Follows the cluster and answers look-ups, for ever; the caller drops it.
    pub async fn run(self, client: ApiClient) {
        let Self { cluster } = self;
        let mut tasks = JoinSet::new();
        tasks.spawn(look_ups::serve(Arc::clone(&cluster), client.clone()));
        let follow = |kind| follow::follow(kind, client.clone(), Arc::clone(&cluster));
        let mut kinds = HashMap::new();
        for kind in Resource::kept(cluster.keeps) {
            kinds.insert(tasks.spawn(follow(kind)).id(), kind);
        }
        // Only a panic ends a task, and its kind must not stay unfollowed.
        while let Some(ended) = tasks.join_next_with_id().await {
            let id = ended.map_or_else(|panic| panic.id(), |(id, ())| id);
            if let Some(kind) = kinds.remove(&id) {
                cluster.interrupted(kind);
                kinds.insert(tasks.spawn(follow::again(follow(kind))).id(), kind);
            }
        }
    }
}

impl Catalog for Cluster {
    fn object(&self, name: ObjectName<'_>) -> Result<Option<Kept>, Unavailable> {
        self.knowing(&[name.kind])?.object(name)
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        self.copy_knowing(&[Kind::SnapshotClass])?.default_classes()
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        self.copy_knowing(&[Kind::SnapshotClaim])?.default_claim(namespace)
    }

    fn nearest(&self, name: ObjectName<'_>) -> Option<String> {
        let objects = self.read().clone();
        objects.nearest(name)
    }

    fn checkpoints_on(&self, target: ObjectName<'_>) -> Result<Checkpoints, Unavailable> {
        self.copy_knowing(users::kinds(target.kind))?.checkpoints_on(target)
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        let kinds = [Kind::SnapshotClaim, Kind::SnapshotClaimTemplate];
        self.copy_knowing(&kinds)?.selecting_class(name)
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        self.copy_knowing(&[Kind::Sandbox])?.naming_template(namespace, name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    const SANDBOX: &str = r#"{"metadata":{"name":"agent","namespace":"team-a"},
        "status":{"snapshot":{"snapshotClassName":"fast"}}}"#;

    #[test]
    fn no_lock_is_held_while_a_question_about_use_is_answered() {
        let (cluster, _follower) = Cluster::new(Retention::Essentials, |_| ());
        for kind in Kind::ALL {
            cluster.filled(kind.into(), &NameDigests::default());
        }
        let sandbox = RawValue::from_string(SANDBOX.to_owned()).unwrap();
        let metadata = Metadata::of(&sandbox).unwrap();
        cluster.applied(Kind::Sandbox.into(), &metadata, SANDBOX).unwrap();

        let asked = cluster.copy_knowing(&[Kind::Sandbox]).unwrap();
        cluster.removed(Kind::Sandbox.into(), "team-a", "agent");
        let class = ObjectName::class("fast");
        assert_eq!(asked.checkpoints_on(class).unwrap().users().total(), 1);
        assert!(cluster.checkpoints_on(class).unwrap().is_empty());
    }
}
