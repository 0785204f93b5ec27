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

/// The objects in a page. A page is in memory as a whole, and a few look-ups list at once.
const PAGE_OBJECTS: u32 = 25;

/// Adds the objects of a kind that the API server has now: all, or those in a namespace. Gives up
/// after so many, and returns whether it got to the end.
pub(super) async fn add(
    client: &ApiClient,
    kind: Kind,
    namespace: &str,
    most: usize,
    objects: &mut Objects,
) -> Result<bool, ApiError> {
    let collection = collection(kind.into(), namespace);
    let mut listing = client.list(&collection).in_pages_of(PAGE_OBJECTS);
    let mut count = 0;
    loop {
        let page = match listing.next().await {
            Ok(Some(page)) => page,
            // The kind is not installed: there are none.
            Ok(None) | Err(ApiError::NotFound(_)) => return Ok(true),
            Err(error) => return Err(error),
        };
        count += page.items.len();
        if count > most {
            return Ok(false);
        }
        for object in &page.items {
            // What cannot be read was skipped with a warning when the watch brought it.
            let _ = objects.insert_stored(kind, namespace, object.get());
        }
    }
}
