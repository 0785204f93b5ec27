//! The default that counts where nothing is named, by what the API server says now.

use super::listing;
use crate::catalog::{Catalog as _, DefaultOf, Objects, RawObject, Retention};
use crate::client::limits::{LOOK_UP, in_time};
use crate::client::{ApiClient, ApiError};

/// Lists what may be the default, and chooses as the catalog would: the object as JSON, if there is
/// one.
pub(super) async fn of(client: &ApiClient, default: &DefaultOf) -> Result<RawObject, ApiError> {
    let mut objects = Objects::new(Retention::Whole);
    let listed = listing::add(client, default.kind(), default.namespace(), &mut objects);
    in_time(LOOK_UP, listed).await?;
    let found = match default {
        DefaultOf::Cluster => {
            objects.default_class().map(|class| class.and_then(|class| class.whole.clone()))
        }
        DefaultOf::Namespace(name) => {
            objects.default_claim(name).map(|claim| claim.and_then(|claim| claim.whole.clone()))
        }
    };
    found.map_err(|error| ApiError::Malformed(error.to_string()))
}
