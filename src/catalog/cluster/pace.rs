//! Bounds on how often something is done: a few times at once, and from then on once in a while.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// The keys that are remembered before those that have rested are forgotten.
const REMEMBERED: usize = 1024;

/// A pace for each key.
///
/// All that is remembered of a key is the time by which everything so far would have been done one by
/// one. A key may be that far ahead of its time; one that is not ahead has rested, and needs no
/// memory. Whoever waits until a key is ready before each step can make only so many keys busy.
#[derive(Debug)]
pub(super) struct Paces<K> {
    every: Duration,
    /// How far ahead a key may be.
    ahead: Duration,
    done_by: HashMap<K, Instant>,
}

impl<K: Eq + Hash> Paces<K> {
    /// Paces of `at_once` steps at once, and then one in each `every`.
    pub(super) fn new(at_once: u32, every: Duration) -> Self {
        let ahead = every.saturating_mul(at_once.saturating_sub(1));
        Self { every, ahead, done_by: HashMap::new() }
    }

    /// The time of a key's next step; it may have passed.
    pub(super) fn ready_at<Q>(&self, key: &Q, now: Instant) -> Instant
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let done_by = self.done_by.get(key).copied();
        done_by.and_then(|it| it.checked_sub(self.ahead)).unwrap_or(now)
    }

    /// The order of keys that wait for the same thing: the one that has done least of late comes first.
    pub(super) fn rank(&self, key: &K) -> Option<Instant> {
        self.done_by.get(key).copied()
    }

    /// Notes steps of a key.
    pub(super) fn step(&mut self, key: K, steps: u32, now: Instant) {
        if self.done_by.len() >= REMEMBERED {
            self.done_by.retain(|_, done_by| *done_by > now);
        }
        let done_by = self.done_by.entry(key).or_insert(now);
        *done_by = (*done_by).max(now) + self.every.saturating_mul(steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: Duration = Duration::from_millis(100);

    #[test]
    fn a_few_steps_may_be_taken_at_once_and_then_one_by_one() {
        let mut paces = Paces::new(3, TENTH);
        let start = Instant::now();
        let mut at = start;
        let mut steps = Vec::new();
        for _ in 0..6 {
            at = at.max(paces.ready_at("a", at));
            paces.step("a", 1, at);
            steps.push((at - start).as_millis());
        }
        assert_eq!(steps, [0, 0, 0, 100, 200, 300]);
        assert!(paces.ready_at("b", at) <= at, "each key has its own pace");
        paces.step("c", 1, at);
        assert!(paces.rank(&"b") < paces.rank(&"c") && paces.rank(&"c") < paces.rank(&"a"));
    }

    #[test]
    fn keys_that_have_rested_are_forgotten() {
        let mut paces = Paces::new(1, TENTH);
        let mut now = Instant::now();
        for key in 0..10_000 {
            now += Duration::from_millis(1);
            paces.step(key, 1, now);
        }
        assert!(paces.done_by.len() <= REMEMBERED, "{}", paces.done_by.len());
    }
}
