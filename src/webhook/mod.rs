//! The way of a review from its bytes to its answer.
//!
//! `judge` decodes the review, asks rules and policies, and encodes the answer; it is pure. Where
//! the answer rests on something that the catalog does not know but the cluster may, `confirm` asks
//! the API server, and the review is judged again.

pub mod confirm;
mod judge;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::panic::resume_unwind;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::Instant;

pub use self::judge::{Answer, Denied, Fired, Outcome, Reply, RestsOn, Verdict, answer, judge};

use self::confirm::{Confirmed, ConfirmingCatalog};
use crate::admission::Phase;
use crate::catalog::cluster::{Cluster, Connected};
use crate::catalog::files::Files;
use crate::policy::Policies;
use crate::rules::RuleSet;

/// The size from which on a body is judged on a thread of its own: it takes milliseconds, and the
/// other connections of this thread would wait.
const LARGE_BODY: usize = 512 << 10;

/// The most large bodies that are judged at once in the whole process. Judging one takes about as much
/// memory again as the body does, and more where policies read much of it.
static LARGE_BODIES: Semaphore = Semaphore::const_new(2);

/// The source of what is known about other objects.
pub enum Source {
    /// Files. They are never behind.
    Files(Arc<Files>),
    /// A cluster.
    Cluster {
        /// The objects that are known of it.
        cluster: Arc<Cluster>,
        /// The connection: the cluster is followed for as long as this exists.
        connected: Connected,
    },
}

/// The client that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// Its address; of an IPv6 address the network (/64), within which a client may choose.
    pub peer: IpAddr,
    /// The time when the answer is due.
    pub until: Instant,
}

/// Answers reviews by rules and policies over what exists.
pub struct Webhook {
    /// The rules.
    pub rules: RuleSet,
    /// The operator's own rules.
    pub policies: Arc<Policies>,
    /// The source of what is known about other objects.
    pub source: Source,
}

impl Webhook {
    /// Answers a review, in time for the caller where something has to be confirmed.
    pub async fn review(
        self: Arc<Self>,
        phase: Phase,
        body: Bytes,
        caller: Caller,
    ) -> (Reply, Outcome) {
        match &self.source {
            Source::Files(files) => {
                let (webhook, files) = (Arc::clone(&self), Arc::clone(files));
                let size = body.len();
                let Answer { reply, outcome, .. } = on_a_thread_if(size >= LARGE_BODY, move || {
                    let current = files.current();
                    judge(phase, &body, &webhook.rules, &webhook.policies.current(), &**current)
                })
                .await;
                (reply, outcome)
            }
            Source::Cluster { cluster, .. } => {
                let judge = |confirmed: Confirmed| {
                    let (webhook, cluster) = (Arc::clone(&self), Arc::clone(cluster));
                    let body = body.clone();
                    on_a_thread_if(body.len() >= LARGE_BODY, move || {
                        let catalog = ConfirmingCatalog::new(&*cluster, &confirmed);
                        let policies = webhook.policies.current();
                        let answer = judge(phase, &body, &webhook.rules, &policies, &catalog);
                        (answer, catalog.unconfirmed(), confirmed)
                    })
                };
                confirm::review(&**cluster, caller, judge).await
            }
        }
    }

    /// The reason why not every review can be answered yet; `None` when everything is known.
    pub fn not_ready(&self) -> Option<String> {
        let Source::Cluster { cluster, .. } = &self.source else {
            // The server does not start without its files: they have been read before.
            return None;
        };
        let mut why = String::new();
        for kind in cluster.unfilled() {
            let start = if why.is_empty() { "not read from the cluster yet: " } else { ", " };
            // Writing into a `String` cannot fail.
            let _ = write!(why, "{start}{}", kind.plural());
        }
        (!why.is_empty()).then_some(why)
    }
}

/// Runs something here, or on a thread of its own where it takes long. Who no longer waits for it does
/// not end it, so it keeps its place until it has ended.
async fn on_a_thread_if<T: Send + 'static>(
    takes_long: bool,
    run: impl FnOnce() -> T + Send + 'static,
) -> T {
    if !takes_long {
        return run();
    }
    // The semaphore is never closed.
    let place = LARGE_BODIES.acquire().await;
    let run = move || {
        let _place = place;
        run()
    };
    match tokio::task::spawn_blocking(run).await {
        Ok(result) => result,
        Err(error) => resume_unwind(error.into_panic()),
    }
}
