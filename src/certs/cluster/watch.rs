//! Notices that something changed; a look then finds out what.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::objects::ObjectPath;
use crate::client::{ApiClient, ApiError, Backoff, WatchEvent};

/// The pauses after watches.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Notifies of each change of one object, and each time that changes may have been missed. Without
/// the right to watch it does nothing.
pub(super) async fn watch(client: &ApiClient, object: &ObjectPath, changed: &Notify) {
    let mut backoff = Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE);
    loop {
        match follow(client, object, changed).await {
            Ok(()) => backoff.reset(),
            Err(error) => tracing::debug!(%error, name = object.name, "the watch has failed"),
        }
        sleep(backoff.pause()).await;
    }
}

/// Goes on until the watch ends.
async fn follow(client: &ApiClient, object: &ObjectPath, changed: &Notify) -> Result<(), ApiError> {
    // Metadata will do, and holds no key.
    let mut watch = client.watch_metadata(&object.collection, &object.name).await?;
    while let Some(event) = watch.next().await? {
        match event {
            WatchEvent::Changed(_) | WatchEvent::Deleted(_) => changed.notify_one(),
            WatchEvent::Bookmark(_) => {}
        }
    }
    Ok(())
}
