//! Lines of the log about things that a client can make happen as often as it likes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time between two lines.
const INTERVAL: Duration = Duration::from_mins(1);

/// An event that is worth at most one line a minute.
pub(super) struct Rarely(Mutex<Events>);

struct Events {
    last_line: Option<Instant>,
    since: u64,
}

impl Rarely {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Events { last_line: None, since: 0 }))
    }

    /// Notes that it happened. When a line is due, returns how often it also happened since the
    /// last one.
    pub(super) fn occurred(&self) -> Option<u64> {
        self.occurred_at(Instant::now())
    }

    fn occurred_at(&self, now: Instant) -> Option<u64> {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if events.last_line.is_some_and(|last| now.duration_since(last) < INTERVAL) {
            events.since += 1;
            return None;
        }
        events.last_line = Some(now);
        Some(std::mem::take(&mut events.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_a_minute_that_says_how_many() {
        let rarely = Rarely::new();
        let start = Instant::now();
        assert_eq!(rarely.occurred_at(start), Some(0));
        for millis in 0..5_700 {
            assert_eq!(rarely.occurred_at(start + Duration::from_millis(millis)), None);
        }
        assert_eq!(rarely.occurred_at(start + INTERVAL), Some(5_700));
        assert_eq!(rarely.occurred_at(start + INTERVAL), None);
        assert_eq!(rarely.occurred_at(start + INTERVAL * 2), Some(1));
    }
}
