//! Pauses before another attempt.
//!
//! Forty lines of our own: `backon`, which kube-runtime uses, retries one future until it is done,
//! while our loops go on for ever and decide after each attempt what the next one is.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Pauses between attempts: each is twice as long as the one before, up to the longest.
#[derive(Debug)]
pub(crate) struct Backoff {
    shortest: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, next: shortest }
    }

    /// Returns how long to wait now.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        jitter(pause)
    }

    /// Begins with the shortest pause again.
    pub(crate) const fn reset(&mut self) {
        self.next = self.shortest;
    }

    /// Returns whether the next pause is the first.
    pub(crate) fn is_reset(&self) -> bool {
        self.next == self.shortest
    }
}

/// Returns a time between half of a pause and the whole: after an outage not all come back at the
/// same moment.
pub(crate) fn jitter(pause: Duration) -> Duration {
    // Keys of the standard library's hash maps are random.
    let random = RandomState::new().hash_one(()) % 1024;
    let half = pause / 2;
    half + half.mul_f64(f64::from(u32::try_from(random).unwrap_or_default()) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(5);

    #[test]
    fn pauses_double_up_to_the_longest_until_all_is_well() {
        let mut backoff = Backoff::new(SHORTEST, LONGEST);
        assert!(backoff.is_reset());
        for seconds in [1, 2, 4, 5, 5] {
            let (pause, whole) = (backoff.pause(), Duration::from_secs(seconds));
            assert!((whole / 2..=whole).contains(&pause), "{pause:?} of {whole:?}");
        }
        assert!(!backoff.is_reset());
        backoff.reset();
        assert!(backoff.is_reset() && backoff.pause() <= SHORTEST);
    }

    #[test]
    fn those_who_failed_together_do_not_come_back_together() {
        let pauses = [0; 20].map(|_| jitter(LONGEST));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
