//! Notices that something changed. What, a look will tell.

use std::fmt::Debug;
use std::time::Duration;

use http_body_util::BodyExt as _;
use kube::api::WatchParams;
use kube::client::Body;
use kube::{Client, Resource};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// After a watch that ended in good order; doubled with each that did not, up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The longest watch, in seconds. The API server ends it.
const LONGEST_WATCH: u32 = 290;
/// It did not: the connection is dead.
const SILENCE: Duration = Duration::from_mins(5);

/// Notifies of each change of one object, and each time that changes may have been missed. Without
/// the right to watch it does nothing.
pub(super) async fn watch<K>(client: &Client, namespace: Option<&str>, name: &str, changed: &Notify)
where
    K: Resource<DynamicType = ()> + Debug,
{
    let path = K::url_path(&(), namespace);
    let mut pause = SHORTEST_PAUSE;
    loop {
        match follow(client, &path, name, changed).await {
            Ok(()) => pause = SHORTEST_PAUSE,
            Err(error) => {
                let kind = K::kind(&());
                tracing::debug!(error = &*error, %kind, name, "the watch has failed");
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        sleep(pause).await;
    }
}

type WatchError = Box<dyn std::error::Error + Send + Sync>;

/// Until the watch ends. Every chunk of the answer is news.
async fn follow(
    client: &Client,
    path: &str,
    name: &str,
    changed: &Notify,
) -> Result<(), WatchError> {
    let params =
        WatchParams::default().fields(&format!("metadata.name={name}")).timeout(LONGEST_WATCH);
    // From now on, after an event for the object as it is. Metadata will do, and holds no key.
    let request = kube::core::Request::new(path).watch_metadata(&params, "0")?;
    let answer = timeout(SILENCE, client.send(request.map(Body::from))).await??;
    if !answer.status().is_success() {
        return Err(answer.status().to_string().into());
    }
    let mut body = answer.into_body();
    while let Some(frame) = timeout(SILENCE, body.frame()).await? {
        frame?;
        changed.notify_one();
    }
    Ok(())
}
