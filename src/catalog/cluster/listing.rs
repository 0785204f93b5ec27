//! All objects of a kind, for a question that no single object answers.

use kube::Client;

use super::api::{self, ApiError, Page};
use crate::api::Kind;
use crate::catalog::Objects;

/// Adds the objects of a kind that the API server has now: all, or those in a namespace.
pub(super) async fn add(
    client: &Client,
    kind: Kind,
    namespace: &str,
    objects: &mut Objects,
) -> Result<(), ApiError> {
    let mut token = None;
    loop {
        let body = match api::list(client, kind.into(), namespace, token.as_deref()).await {
            // The kind is not installed: there are none.
            Err(ApiError::NotFound) => return Ok(()),
            body => body?,
        };
        let page = Page::read(&body)?;
        for object in &page.items {
            // What cannot be read was skipped with a warning when the watch brought it.
            let _ = objects.insert(kind, namespace, object.get());
        }
        token = page.next();
        if token.is_none() {
            return Ok(());
        }
    }
}
