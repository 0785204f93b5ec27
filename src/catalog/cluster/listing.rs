//! All objects of a kind, for a question that no single object answers.

use kube::core::{ApiResource, GroupVersionKind};

use crate::api::{GROUP, Kind, VERSION};
use crate::catalog::{Objects, Resource};
use crate::client::{ApiClient, ApiError, Collection};

/// Returns where the objects of a kind are: all, or those in a namespace that is not empty.
pub(super) fn collection(kind: Resource, namespace: &str) -> Collection {
    let (group, version) = match kind {
        Resource::Ours(_) => (GROUP, VERSION),
        Resource::Namespace => ("", "v1"),
    };
    let kind_in_group = GroupVersionKind::gvk(group, version, kind.name());
    let resource = ApiResource::from_gvk_with_plural(&kind_in_group, kind.plural());
    Collection::new(&resource, Some(namespace).filter(|it| !it.is_empty()))
}

/// Adds the objects of a kind that the API server has now: all, or those in a namespace. Gives up
/// after so many, and returns whether it got to the end. Counts its `requests`.
pub(super) async fn add(
    client: &ApiClient,
    kind: Kind,
    namespace: &str,
    most: usize,
    objects: &mut Objects,
    requests: &mut u32,
) -> Result<bool, ApiError> {
    let collection = collection(kind.into(), namespace);
    let mut listing = client.list(&collection);
    let mut count = 0;
    let before = *requests;
    loop {
        // The first is on its way at once.
        *requests = before + listing.requests().max(1);
        let object = match listing.next().await {
            Ok(Some(object)) => object,
            // The kind is not installed: there are none.
            Ok(None) | Err(ApiError::NotFound(_)) => return Ok(true),
            Err(error) => return Err(error),
        };
        count += 1;
        if count > most {
            return Ok(false);
        }
        // What cannot be read was skipped with a warning when the watch brought it.
        let _ = objects.insert_stored(kind, namespace, object.get());
    }
}
