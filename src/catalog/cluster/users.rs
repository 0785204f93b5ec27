//! The checkpoints that depend on an object, by what the API server says now.
//!
//! A Sandbox may have begun to use a claim a moment before somebody deletes the claim, and the watch
//! may show it a moment after; or the Sandbox may be gone, and the watch not have shown that. So
//! before the deletion passes or is refused, what decides it is asked for once:
//!
//! - Of an object that seems to be used, the Sandboxes that a message would name. If one of them still
//!   uses it, that decides.
//! - Otherwise the Sandboxes of the claim's namespace, or all for a class or provider. Of an object
//!   that the catalog does not know it was asked before whether it exists.
//!
//! [`Listings`] bounds what this costs the API server.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::listings::{Listed, Listings};
use super::look_ups::get;
use super::questions::Found;
use super::{Cluster, listing};
use crate::api::Kind;
use crate::catalog::{Catalog as _, Checkpoints, ObjectName, Objects, Resource, Users};
use crate::client::limits::LOOK_UP;
use crate::client::{ApiClient, ApiError};

/// The most Sandboxes that are listed. Listing more takes longer than an answer may: then what the
/// watch has shown decides alone.
const MOST_LISTED: usize = 10_000;
/// The most requests for single objects under way.
const UNDER_WAY: usize = 8;

/// The kinds that decide who uses an object. An object comes before those that it refers to: a
/// listing in this order that has an object has what that object led to when it was written.
pub(super) fn kinds(target: Resource) -> &'static [Kind] {
    match target {
        Resource::Ours(Kind::SnapshotProvider) => &[Kind::Sandbox],
        // A record that names no claim counts for the claims of its class, which may be the default.
        Resource::Ours(Kind::SnapshotClaim) => {
            &[Kind::Sandbox, Kind::SnapshotClaim, Kind::SnapshotClass]
        }
        // A reference leads to a class by way of claims, templates and defaults.
        Resource::Ours(Kind::SnapshotClass) => {
            &[Kind::Sandbox, Kind::SnapshotClaim, Kind::SnapshotClaimTemplate, Kind::SnapshotClass]
        }
        Resource::Ours(Kind::Sandbox | Kind::SnapshotClaimTemplate) | Resource::Namespace => &[],
    }
}

/// Asks the API server who uses an object.
pub(super) struct CheckpointsNow {
    cluster: Arc<Cluster>,
    client: ApiClient,
    listings: Arc<Listings>,
    under_way: Semaphore,
}

impl CheckpointsNow {
    pub(super) fn new(cluster: Arc<Cluster>, client: ApiClient, listings: Arc<Listings>) -> Self {
        Self { cluster, client, listings, under_way: Semaphore::new(UNDER_WAY) }
    }

    /// The checkpoints that depend on an object now. In the catalog's place, because what a catalog
    /// has remembered counts here, too.
    pub(super) async fn on(&self, target: ObjectName<'_>) -> Result<Checkpoints, String> {
        let text = |error: ApiError| error.to_string();
        let answer = async {
            match self.without_listing(target).await.map_err(text)? {
                Some(checkpoints) => Ok(checkpoints),
                None => checkpoints(&*self.listed_for(target).await?, target).map_err(text),
            }
        };
        timeout(LOOK_UP, answer).await.unwrap_or_else(|_late| Err(text(ApiError::Silent)))
    }

    /// The checkpoints, where a few requests for single objects tell.
    async fn without_listing(
        &self,
        target: ObjectName<'_>,
    ) -> Result<Option<Checkpoints>, ApiError> {
        let mut known = self.cluster.read().clone();
        let users = checkpoints(&known, target)?.users();
        if users.is_empty() {
            return Ok(None);
        }
        self.refresh(&users, target.namespace, &mut known).await?;
        let now = checkpoints(&known, target)?;
        let is_confirmed = now.users().first().iter().any(|user| users.first().contains(user));
        Ok(is_confirmed.then_some(now))
    }

    /// Reads the Sandboxes that a message would name again. They count as part of the listing that
    /// they may spare.
    async fn refresh(
        &self,
        users: &Users,
        listed: &str,
        known: &mut Objects,
    ) -> Result<(), ApiError> {
        for user in users.first() {
            let Some((namespace, name)) = user.split_once('/') else { continue };
            let sandbox = ObjectName::new(Kind::Sandbox, namespace, name);
            self.listings.request(listed).await;
            // The semaphore is never closed.
            let _place = self.under_way.acquire().await;
            match get(&self.client, &sandbox.into()).await? {
                Found::Object(json) => {
                    let json = str::from_utf8(&json).unwrap_or_default();
                    // What cannot be read counts as it was.
                    let _ = known.insert_stored(Kind::Sandbox, namespace, json);
                }
                _ => known.remove(Kind::Sandbox, namespace, name),
            }
        }
        Ok(())
    }

    /// The objects that decide, as listed after this call.
    async fn listed_for(&self, target: ObjectName<'_>) -> Listed {
        let namespace = target.namespace;
        let all = self.cluster.count(Kind::Sandbox.into());
        if namespace.is_empty() && all > MOST_LISTED {
            return Ok(Arc::new(self.cluster.read().clone()));
        }
        let kinds = if namespace.is_empty() {
            kinds(Kind::SnapshotClass.into())
        } else {
            &[Kind::Sandbox, Kind::SnapshotClaim]
        };
        self.listings
            .of(namespace, async |requests| {
                let mut listed = Objects::default();
                for kind in kinds {
                    let (client, listed) = (&self.client, &mut listed);
                    let add = listing::add(client, *kind, namespace, MOST_LISTED, listed, requests);
                    if !add.await? {
                        return Ok(self.cluster.read().clone());
                    }
                }
                let mut objects = self.cluster.read().clone();
                for kind in kinds {
                    objects.replace((*kind).into(), namespace, &listed);
                }
                Ok(objects)
            })
            .await
    }
}

fn checkpoints(objects: &Objects, target: ObjectName<'_>) -> Result<Checkpoints, ApiError> {
    objects.checkpoints_on(target).map_err(|error| ApiError::Malformed(error.to_string()))
}
