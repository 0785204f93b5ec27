//! Follows one kind: reads all its objects, then watches it from there on, for ever.
//!
//! Objects are read one by one: as a stream, which goes on as the watch, where the API server can do
//! that (`WatchList`, on by default since Kubernetes 1.34), and from pages elsewhere.
//!
//! This is the reflector of client-go without its store: objects go straight into the catalog, which
//! keeps little of each.
//!
//! kube-runtime 5's `watcher` was tried with a type that keeps raw JSON: 250 objects of 1 MB take
//! 489 MiB by pages, 15 by a streaming list (a loop like this: 11). It ends silent watches too. But it hides bookmarks, which tell that a quiet kind is followed; has no way back
//! to pages where streaming lists are missing; bounds no line; and adds 24 crates, two in a second
//! version, 260 KB of program and 17 s of CPU time to a build, to save a hundred lines.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use super::{Cluster, listing};
use crate::catalog::{NameDigests, Resource};
use crate::client::limits::{self, in_time};
use crate::client::{ApiClient, ApiError, Backoff, Collection, Watch, WatchEvent, jitter};

/// The time between two looks for a definition that is not installed.
const LOOK_FOR_DEFINITION: Duration = Duration::from_secs(10);
/// The pauses after failures.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Keeps what the cluster knows of a kind up to date.
pub(super) async fn follow(kind: Resource, client: ApiClient, cluster: Arc<Cluster>) {
    let collection = listing::collection(kind, "");
    let backoff = Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE);
    let can_stream = true;
    Reflector { kind, collection, client, cluster, backoff, can_stream, reported: None }
        .run()
        .await;
}

/// Follows a kind again, after a pause.
pub(super) async fn again(follow: impl Future<Output = ()>) {
    sleep(jitter(LONGEST_PAUSE)).await;
    follow.await;
}

/// The namespace, the name and the version of an object.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub(super) namespace: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
}

impl<'a> Metadata<'a> {
    /// Returns `None` for what has no readable metadata.
    pub(super) fn of(object: &'a RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct WithMetadata<'a> {
            #[serde(borrow)]
            metadata: Metadata<'a>,
        }
        serde_json::from_str::<WithMetadata<'a>>(object.get()).ok().map(|object| object.metadata)
    }
}

struct Reflector {
    kind: Resource,
    collection: Collection,
    client: ApiClient,
    cluster: Arc<Cluster>,
    backoff: Backoff,
    /// False once the API server has shown that it cannot stream lists.
    can_stream: bool,
    /// The error that was logged last.
    reported: Option<String>,
}

/// The end of a watch.
enum End {
    /// It can be resumed where it was.
    Interrupted(Option<ApiError>),
    /// Only a new listing helps.
    Lost(Option<ApiError>),
}

impl Reflector {
    async fn run(mut self) {
        loop {
            match self.read_all().await {
                Ok((version, watch)) => {
                    self.note_recovery();
                    self.watch_from(version, watch).await;
                }
                Err(ApiError::NotFound(_)) => self.wait_for_definition().await,
                // A page's token has grown too old.
                Err(ApiError::Gone) => self.rest(None).await,
                Err(error) => self.rest(Some(error)).await,
            }
        }
    }

    /// Reads all objects; returns their version, and the watch from there on if it is open already.
    /// Objects that are gone stay until all have been read, so that a question meanwhile is answered
    /// as before.
    async fn read_all(&mut self) -> Result<(String, Option<Watch>), ApiError> {
        let cluster = Arc::clone(&self.cluster);
        // The semaphore is never closed.
        let _place = cluster.filling.acquire().await;
        if self.can_stream {
            match self.stream().await {
                Ok((version, watch)) => return Ok((version, Some(watch))),
                Err(ApiError::Refused { code: 400 | 422, .. }) => self.can_stream = false,
                Err(error) => {
                    // One that never ends them may still list them.
                    self.can_stream = !matches!(error, ApiError::Silent);
                    return Err(error);
                }
            }
            debug!("{} are listed in pages: lists are not streamed here", self.kind.plural());
        }
        self.list().await.map(|version| (version, None))
    }

    async fn stream(&self) -> Result<(String, Watch), ApiError> {
        let mut seen = NameDigests::default();
        let mut watch = self.client.stream(&self.collection).await?;
        loop {
            let event = in_time(limits::PAGE, watch.next()).await?;
            let event =
                event.ok_or_else(|| ApiError::Malformed("a stream cut short".to_owned()))?;
            let is_over = event.ends_initial_events();
            let metadata = self.take(&event);
            match (&event, metadata) {
                (WatchEvent::Changed(_), Some(metadata)) => {
                    seen.insert(&metadata.namespace, &metadata.name);
                }
                (WatchEvent::Bookmark(_), Some(metadata)) if is_over => {
                    let version = metadata.resource_version.into_owned();
                    self.cluster.filled(self.kind, &seen);
                    return Ok((version, watch));
                }
                _ => {}
            }
        }
    }

    async fn list(&self) -> Result<String, ApiError> {
        let mut seen = NameDigests::default();
        let mut listing = self.client.list(&self.collection);
        while let Some(object) = listing.next().await? {
            if let Some(metadata) = self.apply(object) {
                seen.insert(&metadata.namespace, &metadata.name);
            }
        }
        self.cluster.filled(self.kind, &seen);
        Ok(listing.version().to_owned())
    }

    /// Watches until the history is gone.
    async fn watch_from(&mut self, mut version: String, mut open: Option<Watch>) {
        loop {
            let end = self.watch(&mut version, open.take()).await;
            self.cluster.interrupted(self.kind);
            match end {
                End::Interrupted(error) => self.rest(error).await,
                End::Lost(error) => return self.rest(error).await,
            }
        }
    }

    async fn watch(&mut self, version: &mut String, open: Option<Watch>) -> End {
        let opened = match open {
            Some(watch) => Ok(watch),
            None => self.client.watch(&self.collection, version).await,
        };
        let mut watch = match opened {
            Ok(watch) => watch,
            // Not found: the definition was removed. The listing will find out.
            Err(ApiError::Gone | ApiError::NotFound(_)) => return End::Lost(None),
            Err(error) => return End::Interrupted(Some(error)),
        };
        self.cluster.followed(self.kind);
        loop {
            let event = match watch.next().await {
                Ok(Some(event)) => event,
                Ok(None) => return End::Interrupted(None),
                Err(error @ (ApiError::Unreachable(_) | ApiError::Silent)) => {
                    return End::Interrupted(Some(error));
                }
                Err(ApiError::Gone) => return End::Lost(None),
                Err(error) => return End::Lost(Some(error)),
            };
            if let Some(metadata) = self.take(&event)
                && !metadata.resource_version.is_empty()
            {
                *version = metadata.resource_version.into_owned();
            }
            self.note_recovery();
            self.backoff.reset();
        }
    }

    /// Takes over an event.
    fn take<'e>(&self, event: &WatchEvent<'e>) -> Option<Metadata<'e>> {
        let metadata = match event {
            WatchEvent::Changed(object) => self.apply(object),
            WatchEvent::Deleted(object) => {
                let metadata = Metadata::of(object);
                if let Some(Metadata { namespace, name, .. }) = &metadata {
                    self.cluster.removed(self.kind, namespace, name);
                }
                metadata
            }
            WatchEvent::Bookmark(object) => Metadata::of(object),
        };
        self.cluster.heard_of(self.kind);
        metadata
    }

    /// Takes an object over; one that cannot be read is skipped, and what was known of it stays.
    fn apply<'o>(&self, object: &'o RawValue) -> Option<Metadata<'o>> {
        let kind = self.kind.name();
        let Some(metadata) = Metadata::of(object) else {
            warn!("skipped a {kind} without readable metadata");
            return None;
        };
        let (namespace, name) = (&metadata.namespace, &metadata.name);
        match self.cluster.applied(self.kind, &metadata, object.get()) {
            Ok(None) => {}
            Ok(Some(fault)) => {
                warn!(%namespace, %name, "a stored {kind} has a value of a wrong type: {fault}");
            }
            Err(error) => warn!(%namespace, %name, "skipped a {kind} that cannot be read: {error}"),
        }
        Some(metadata)
    }

    async fn wait_for_definition(&mut self) {
        let plural = self.kind.plural();
        let none = format!("{plural} are not installed, so there are none");
        if self.is_news(&none) {
            info!("{none}; looking for their definition every {LOOK_FOR_DEFINITION:?}");
            self.cluster.filled(self.kind, &NameDigests::default());
        }
        self.cluster.heard_of(self.kind);
        sleep(jitter(LOOK_FOR_DEFINITION)).await;
    }

    /// Waits before the next attempt, longer each time until a watch brings an event. After a watch
    /// that brought one and ended in good order it does not wait.
    async fn rest(&mut self, error: Option<ApiError>) {
        let plural = self.kind.plural();
        let was_fine = error.is_none();
        match error.map(|error| error.to_string()) {
            // Watches end every few minutes.
            None => debug!("resuming {plural}"),
            Some(error) => {
                self.cluster.failed();
                if self.is_news(&error) {
                    warn!("cannot follow {plural}, so what is known of them stays: {error}");
                }
            }
        }
        let is_first = self.backoff.is_reset();
        let pause = self.backoff.pause();
        if !(was_fine && is_first) {
            sleep(pause).await;
        }
    }

    fn note_recovery(&mut self) {
        if self.reported.take().is_some() {
            info!("following {} again", self.kind.plural());
        }
    }

    fn is_news(&mut self, message: &str) -> bool {
        let is_news = self.reported.as_deref() != Some(message);
        if is_news {
            self.reported = Some(message.to_owned());
        }
        is_news
    }
}
