//! Bounds on the work that is accepted at once. Beyond them the answer is "try again", because a
//! queue would grow without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus_client::metrics::gauge::Gauge;

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
        let ticket = Ticket { limits: Arc::clone(self), bytes: 0 };
        (before < self.max_in_flight).then_some(ticket)
    }
}

/// One request's share of the limits, given back on drop.
pub(super) struct Ticket {
    limits: Arc<Limits>,
    bytes: usize,
}

impl Ticket {
    /// Claims memory for bytes that have arrived; returns whether there is room for them. It is
    /// claimed as bytes arrive and not by `Content-Length`, because announcing much costs a client
    /// nothing.
    pub(super) fn hold(&mut self, bytes: usize) -> bool {
        let before = self.limits.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        before.saturating_add(bytes) <= self.limits.max_bytes
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.limits.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.limits.in_flight.dec();
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
    fn bytes_are_counted_over_all_requests_and_given_back() {
        let limits = Arc::new(Limits::new(Gauge::default(), 9, 100));
        let mut first = limits.admit().unwrap();
        let mut second = limits.admit().unwrap();
        assert!(first.hold(60));
        assert!(!second.hold(41));
        drop(second);
        assert!(first.hold(40));
        drop(first);
        assert_eq!(limits.bytes.load(Ordering::Relaxed), 0);
    }
}
