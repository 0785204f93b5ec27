//! A review's way from its bytes to its answer.
//!
//! `judge` decodes the review, asks rules and policies, and encodes the answer; it is pure. Where
//! the answer rests on something that the catalog does not know and the cluster may, `confirm` asks
//! the API server and lets it be judged again.

pub mod confirm;
mod judge;

use std::fmt::Write as _;
use std::panic::resume_unwind;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

pub use self::judge::{Answer, Denied, Fired, Outcome, Reply, RestsOn, Verdict, answer, judge};

use self::confirm::{Confirmed, ConfirmingCatalog};
use crate::admission::Phase;
use crate::catalog::cluster::{Cluster, Connected};
use crate::catalog::files::Files;
use crate::policy::Policies;
use crate::rules::RuleSet;

/// Bodies from this size on are judged on a thread of their own: it takes milliseconds, for which
/// the other connections of this thread would wait.
const LARGE_BODY: usize = 512 << 10;

/// The source of what is known about other objects.
pub enum Source {
    /// Files. They are never behind.
    Files(Arc<Files>),
    /// A cluster.
    Cluster {
        /// What is known of it.
        cluster: Arc<Cluster>,
        /// It is followed for as long as this exists.
        connected: Connected,
    },
}

/// Answers reviews by rules and policies over what exists.
pub struct Webhook {
    /// The rules.
    pub rules: RuleSet,
    /// The operator's own rules.
    pub policies: Arc<Policies>,
    /// What else exists.
    pub source: Source,
}

impl Webhook {
    /// Answers a review, by `until` at the latest where something has to be confirmed.
    pub async fn review(
        self: Arc<Self>,
        phase: Phase,
        body: Bytes,
        until: Instant,
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
                confirm::review(&**cluster, until, judge).await
            }
        }
    }

    /// Why not every review can be answered yet; `None` when all is known.
    pub fn not_ready(&self) -> Option<String> {
        let Source::Cluster { cluster, .. } = &self.source else {
            // Without its files the server does not start: they were read before.
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

/// Runs something here, or on a thread of its own where it takes long.
async fn on_a_thread_if<T: Send + 'static>(
    takes_long: bool,
    run: impl FnOnce() -> T + Send + 'static,
) -> T {
    if !takes_long {
        return run();
    }
    match tokio::task::spawn_blocking(run).await {
        Ok(result) => result,
        Err(error) => resume_unwind(error.into_panic()),
    }
}
