//! The users of an object, by what the API server says now.
//!
//! A Sandbox may have begun to use a class a moment before somebody deletes the class, and the watch
//! may show it a moment after. So before that deletion passes, the objects that decide it are listed
//! once.

use super::listing;
use crate::api::Kind;
use crate::catalog::{Catalog as _, ObjectName, Objects, Resource, Users};
use crate::client::limits::{LOOK_UP, in_time};
use crate::client::{ApiClient, ApiError};

/// The most Sandboxes that are listed. Listing more takes longer than an answer may: then what the
/// watch has shown decides alone.
pub(super) const MOST_LISTED: usize = 10_000;

/// The kinds that decide who uses an object. An object comes before those that it refers to: a
/// listing in this order that has an object has what that object led to when it was written.
pub(super) fn kinds(target: Resource) -> &'static [Kind] {
    match target {
        Resource::Ours(Kind::SnapshotProvider) => &[Kind::Sandbox],
        Resource::Ours(Kind::SnapshotClaim) => &[Kind::Sandbox, Kind::SnapshotClaim],
        // A reference leads to a class by way of claims, templates and defaults.
        Resource::Ours(Kind::SnapshotClass) => {
            &[Kind::Sandbox, Kind::SnapshotClaim, Kind::SnapshotClaimTemplate, Kind::SnapshotClass]
        }
        Resource::Ours(Kind::Sandbox | Kind::SnapshotClaimTemplate) | Resource::Namespace => &[],
    }
}

/// Lists what decides, and returns the Sandboxes whose checkpoints depend on an object.
pub(super) async fn of(client: &ApiClient, target: ObjectName<'_>) -> Result<Users, ApiError> {
    let listed = async {
        let mut objects = Objects::default();
        for kind in kinds(target.kind) {
            listing::add(client, *kind, "", &mut objects).await?;
        }
        Ok(objects)
    };
    let objects = in_time(LOOK_UP, listed).await?;
    objects.checkpoints_on(target).map_err(|error| ApiError::Malformed(error.to_string()))
}
