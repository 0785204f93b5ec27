//! Bounds on the work that is accepted at once. Beyond them the answer is "try again", because a
//! queue would grow without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus_client::metrics::gauge::Gauge;

/// The size from which on a body is large. Large bodies together take at most three quarters of
/// the memory, so that there is always room for those of a usual size.
const LARGE: usize = 1 << 20;

/// The bounds over all requests of all workers.
pub(super) struct Limits {
    /// The metric is also the count, so that no second one can disagree with it.
    in_flight: Gauge,
    max_in_flight: i64,
    bytes: AtomicUsize,
    max_bytes: usize,
}

impl Limits {
    pub(super) fn new(in_flight: Gauge, max_in_flight: usize, max_bytes: usize) -> Self {
        Self {
            in_flight,
            max_in_flight: i64::try_from(max_in_flight).unwrap_or(i64::MAX),
            bytes: AtomicUsize::new(0),
            max_bytes,
        }
    }

    /// Lets one more request in, unless that would be one too many.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Ticket> {
        let before = self.in_flight.inc();
        let ticket = Ticket(Arc::clone(self));
        (before < self.max_in_flight).then_some(ticket)
    }
}

/// One request in flight, until it is dropped.
pub(super) struct Ticket(Arc<Limits>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

/// One body's share of the memory, given back on drop.
pub(super) struct Claim {
    limits: Arc<Limits>,
    bytes: usize,
}

impl Claim {
    pub(super) fn new(limits: &Arc<Limits>) -> Self {
        Self { limits: Arc::clone(limits), bytes: 0 }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Raises the claim to so many bytes; returns whether there is room for them. It is to be
    /// called as bytes arrive and not by `Content-Length`, because announcing much costs a client
    /// nothing.
    pub(super) fn raise(&mut self, to: usize) -> bool {
        let Limits { bytes, max_bytes, .. } = &*self.limits;
        let most = if to > LARGE { max_bytes - max_bytes / 4 } else { *max_bytes };
        let more = to.saturating_sub(self.bytes);
        let sum = |held: usize| held.checked_add(more).filter(|sum| *sum <= most);
        let has_room = bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok();
        if has_room {
            self.bytes += more;
        }
        has_room
    }

    /// Raises the claim for memory that others are just giving back.
    pub(super) fn raise_anyway(&mut self, to: usize) {
        let more = to.saturating_sub(self.bytes);
        self.limits.bytes.fetch_add(more, Ordering::Relaxed);
        self.bytes += more;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.limits.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_too_many_is_not_admitted_until_another_ends() {
        let limits = Arc::new(Limits::new(Gauge::default(), 2, 100));
        let first = limits.admit();
        let second = limits.admit();
        assert!(first.is_some() && second.is_some());
        assert!(limits.admit().is_none());
        drop(first);
        assert!(limits.admit().is_some());
        drop(second);
        assert_eq!(limits.in_flight.get(), 0);
    }

    #[test]
    fn bytes_are_counted_over_all_bodies_and_given_back() {
        let limits = Arc::new(Limits::new(Gauge::default(), 9, 100));
        let (mut first, mut second) = (Claim::new(&limits), Claim::new(&limits));
        assert!(first.raise(60));
        assert!(!second.raise(41));
        assert!(second.raise(10));
        drop(second);
        assert!(first.raise(100));
        first.raise_anyway(120);
        drop(first);
        assert_eq!(limits.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn large_bodies_leave_room_for_others() {
        let limits = Arc::new(Limits::new(Gauge::default(), 9, 8 * LARGE));
        let (mut large, mut usual) = (Claim::new(&limits), Claim::new(&limits));
        assert!(large.raise(6 * LARGE));
        assert!(!large.raise(6 * LARGE + 1));
        assert!(usual.raise(LARGE));
    }
}
