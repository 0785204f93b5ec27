//! The default that counts where nothing is named, by what the API server says now.

use super::listing;
use super::listings::Listings;
use crate::api::Kind;
use crate::catalog::{Catalog as _, Objects, RawObject, Retention};
use crate::client::limits::{LOOK_UP, in_time};
use crate::client::{ApiClient, ApiError};

/// Lists what may be the default, chooses as the catalog would, and returns the object as JSON, if
/// there is one.
pub(super) async fn of(
    client: &ApiClient,
    listings: &Listings,
    kind: Kind,
    namespace: &str,
) -> Result<RawObject, ApiError> {
    let mut objects = Objects::new(Retention::Whole);
    let list = async |requests: &mut u32| {
        listing::add(client, kind, namespace, usize::MAX, &mut objects, requests).await
    };
    in_time(LOOK_UP, listings.alone(namespace, list)).await?;
    let found = if kind == Kind::SnapshotClass {
        objects.default_class().map(|class| class.and_then(|class| class.whole.clone()))
    } else {
        objects.default_claim(namespace).map(|claim| claim.and_then(|claim| claim.whole.clone()))
    };
    found.map_err(|error| ApiError::Malformed(error.to_string()))
}
