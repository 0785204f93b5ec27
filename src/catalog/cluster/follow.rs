//! Follows one kind: lists it page by page, then watches it from there on, for ever.
//!
//! What client-go calls a reflector, without its store: objects go straight into the catalog, which
//! keeps little of each.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use serde_json::value::RawValue;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use super::Cluster;
use super::api::{self, ApiError, Event, Head, Page};
use crate::catalog::{NameDigests, Resource};

/// How often a kind whose definition is not installed is looked for.
const LOOK_FOR_DEFINITION: Duration = Duration::from_secs(10);
/// The pause after a first failure; it doubles up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Keeps what the cluster knows of a kind up to date.
pub(super) async fn follow(kind: Resource, client: Client, cluster: Arc<Cluster>) {
    Reflector { kind, client, cluster, pause: SHORTEST_PAUSE, trouble: None }.run().await;
}

/// The same once more, after a pause.
pub(super) async fn again(follow: impl Future<Output = ()>) {
    sleep(jitter(LONGEST_PAUSE)).await;
    follow.await;
}

struct Reflector {
    kind: Resource,
    client: Client,
    cluster: Arc<Cluster>,
    pause: Duration,
    /// What was said last about what is wrong.
    trouble: Option<String>,
}

/// Why a watch has ended.
enum End {
    /// It can be resumed where it was.
    Interrupted(Option<ApiError>),
    /// Nothing less than a new listing helps.
    Lost(Option<ApiError>),
}

impl Reflector {
    async fn run(mut self) {
        loop {
            match self.list().await {
                Ok(version) => {
                    self.trouble_is_over();
                    self.watch_from(version).await;
                }
                Err(ApiError::NotFound) => self.wait_for_definition().await,
                // A page's token has grown too old.
                Err(ApiError::Gone) => self.rest(None).await,
                Err(error) => self.rest(Some(error)).await,
            }
        }
    }

    /// Lists all objects; the version as of which that is. Objects that are gone stay until the
    /// listing is complete, so that a question meanwhile is answered as before.
    async fn list(&self) -> Result<String, ApiError> {
        let mut seen = NameDigests::default();
        let mut token = None;
        loop {
            let body = api::list(&self.client, self.kind, "", token.as_deref()).await?;
            let page = Page::read(&body)?;
            for object in &page.items {
                if let Some(head) = self.apply(object) {
                    seen.insert(&head.namespace, &head.name);
                }
            }
            token = page.next();
            if token.is_none() {
                self.cluster.filled(self.kind, &seen);
                return Ok(page.version());
            }
        }
    }

    /// Watches until the history is gone.
    async fn watch_from(&mut self, mut version: String) {
        loop {
            let end = self.watch(&mut version).await;
            self.cluster.interrupted(self.kind);
            match end {
                End::Interrupted(trouble) => self.rest(trouble).await,
                End::Lost(trouble) => return self.rest(trouble).await,
            }
        }
    }

    async fn watch(&mut self, version: &mut String) -> End {
        let mut lines = match api::watch(&self.client, self.kind, version).await {
            Ok(lines) => lines,
            // Not found: the definition was removed. The listing will find out.
            Err(ApiError::Gone | ApiError::NotFound) => return End::Lost(None),
            Err(error) => return End::Interrupted(Some(error)),
        };
        self.cluster.followed(self.kind);
        loop {
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => return End::Interrupted(None),
                Err(error) => return End::Interrupted(Some(error)),
            };
            let event = match Event::read(&line) {
                Ok(event) => event,
                Err(error) => return End::Lost(Some(error)),
            };
            match self.take(&event) {
                Ok(Some(head)) if !head.resource_version.is_empty() => {
                    *version = head.resource_version.into_owned();
                }
                Ok(_) => {}
                Err(ApiError::Gone) => return End::Lost(None),
                Err(error) => return End::Lost(Some(error)),
            }
            self.trouble_is_over();
            self.pause = SHORTEST_PAUSE;
        }
    }

    /// What an event says.
    fn take<'e>(&self, event: &Event<'e>) -> Result<Option<Head<'e>>, ApiError> {
        let head = match &*event.r#type {
            "ADDED" | "MODIFIED" => self.apply(event.object),
            "DELETED" => {
                let head = Head::of(event.object);
                if let Some(Head { namespace, name, .. }) = &head {
                    self.cluster.removed(self.kind, namespace, name);
                }
                head
            }
            "BOOKMARK" => Head::of(event.object),
            "ERROR" => return Err(event.error()),
            other => return Err(ApiError::Malformed(format!("an event of type {other:?}"))),
        };
        self.cluster.heard_of(self.kind);
        Ok(head)
    }

    /// Takes an object over; one that cannot be read is skipped, and what was known of it stays.
    fn apply<'o>(&self, object: &'o RawValue) -> Option<Head<'o>> {
        let kind = self.kind.name();
        let Some(head) = Head::of(object) else {
            warn!("skipped a {kind} without readable metadata");
            return None;
        };
        if let Err(error) = self.cluster.applied(self.kind, &head, object.get()) {
            let (namespace, name) = (&head.namespace, &head.name);
            warn!(%namespace, %name, "skipped a {kind} that cannot be read: {error}");
        }
        Some(head)
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

    /// Waits before the next attempt, longer each time until a watch brings something; not at all
    /// after one that did and then ended in good order.
    async fn rest(&mut self, trouble: Option<ApiError>) {
        let plural = self.kind.plural();
        let was_fine = trouble.is_none();
        match trouble.map(|error| error.to_string()) {
            // Watches end every few minutes.
            None => debug!("resuming {plural}"),
            Some(trouble) => {
                self.cluster.failed();
                if self.is_news(&trouble) {
                    warn!("cannot follow {plural}, so what is known of them stays: {trouble}");
                }
            }
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        if was_fine && pause == SHORTEST_PAUSE {
            return;
        }
        sleep(jitter(pause)).await;
    }

    fn trouble_is_over(&mut self) {
        if self.trouble.take().is_some() {
            info!("following {} again", self.kind.plural());
        }
    }

    fn is_news(&mut self, trouble: &str) -> bool {
        let is_news = self.trouble.as_deref() != Some(trouble);
        if is_news {
            self.trouble = Some(trouble.to_owned());
        }
        is_news
    }
}

/// Between half of a pause and the whole: after an outage not all come back at the same moment.
fn jitter(pause: Duration) -> Duration {
    // Keys of the standard library's hash maps are random.
    let random = RandomState::new().hash_one(()) % 1024;
    let half = pause / 2;
    half + half.mul_f64(f64::from(u32::try_from(random).unwrap_or_default()) / 1024.0)
}
