//! The bodies that clients have begun to send, and have not sent to the end.
//!
//! They are no requests in flight yet, because a client may take its time, or never send the rest.
//! They have a place of their own, which peers share: when it is full, a newcomer is let in, and
//! the peer with most unread bodies loses its oldest. A body that is there at once, as nearly all
//! are, never comes here.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

use super::limit_metrics::LimitMetrics;
use super::peer::Peer;
use super::rarely::Rarely;
use super::shares::Shares;

static CROWDED: Rarely = Rarely::new();

/// The place of unread bodies.
pub(super) struct Arriving {
    bodies: Mutex<Shares<Unread>>,
    max: usize,
    metrics: LimitMetrics,
}

/// One of them.
struct Unread {
    peer: Peer,
    /// Tells it that it is given up.
    sender: oneshot::Sender<()>,
}

/// The reason why no more of a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivenUp {
    /// It was not there in time.
    Late,
    /// Its peer had most unread bodies, or the largest, and there were too many.
    Crowded,
}

impl Arriving {
    pub(super) fn new(max: usize, metrics: LimitMetrics) -> Self {
        Self { bodies: Mutex::new(Shares::new()), max, metrics }
    }

    /// Gives a body a place until the deadline.
    pub(super) fn enter(self: &Arc<Self>, peer: Peer, deadline: Instant) -> Place {
        let (sender, given_up) = oneshot::channel();
        let mut bodies = self.bodies();
        let number = bodies.enter(peer, Unread { peer, sender });
        let loser = if bodies.len() > self.max { bodies.evict() } else { None };
        drop(bodies);
        self.metrics.bodies_arriving.inc();
        if let Some(loser) = loser {
            self.give_up(loser);
        }
        let late = Box::pin(sleep_until(deadline));
        Place { arriving: Arc::clone(self), number, given_up, late }
    }

    fn give_up(&self, loser: Unread) {
        // An error means that the body was complete just now.
        let _ = loser.sender.send(());
        self.metrics.bodies_crowded_out.inc();
        if let Some(others) = CROWDED.occurred() {
            tracing::warn!(
                peer = %loser.peer.0,
                others,
                "too many bodies are not sent to their end: one was given up for another client's"
            );
        }
    }

    fn bodies(&self) -> MutexGuard<'_, Shares<Unread>> {
        // Nothing that runs with the lock can panic.
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one unread body, until it is dropped.
pub(super) struct Place {
    arriving: Arc<Arriving>,
    number: u64,
    given_up: oneshot::Receiver<()>,
    late: Pin<Box<Sleep>>,
}

impl Place {
    /// Is ready when the body is given up. Not to be polled again after that.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<GivenUp> {
        if Pin::new(&mut self.given_up).poll(cx).is_ready() {
            return Poll::Ready(GivenUp::Crowded);
        }
        self.late.as_mut().poll(cx).map(|()| {
            self.arriving.metrics.bodies_late.inc();
            GivenUp::Late
        })
    }

    /// Notes how many bytes the body holds.
    pub(super) fn weigh(&self, bytes: usize) {
        self.arriving.bodies().weigh(self.number, bytes);
    }

    /// Gives up bodies of peers that hold more than this one's, until that frees `bytes`. Returns
    /// whether it does; the memory is free a moment later.
    pub(super) fn make_room(&self, bytes: usize) -> bool {
        let mut freed = 0;
        while freed < bytes {
            let Some((loser, weight)) = self.arriving.bodies().evict_heavier_than(self.number)
            else {
                return false;
            };
            self.arriving.give_up(loser);
            freed += weight;
        }
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.arriving.bodies().leave(self.number);
        self.arriving.metrics.bodies_arriving.dec();
    }
}
