//! Live listings: one at a time, and each namespace at a pace of its own.
//!
//! Every tenant may delete his claims as often as he likes, and each such deletion may ask for all
//! Sandboxes of a namespace; anyone who knows the name of a class may ask for all of the cluster. So
//!
//! - who asks while others wait for a listing of the same namespace shares theirs, if it has not begun;
//! - where many ask, it begins a second after the last one: an older one would not show what was
//!   written since, so it is the next one that all of a second share;
//! - a namespace is listed for at most half of the time;
//! - listings of a namespace, and what is read instead of them, make so many requests at once and then
//!   ten a second. The whole cluster counts as a namespace.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::pace::Paces;
use crate::catalog::Objects;
use crate::client::ApiError;

/// The most calls that wait for listings of one namespace, so that there is room for others.
const WAITING: usize = 32;
/// The time between the listings of a namespace where many ask.
const SHARED: Duration = Duration::from_secs(1);
/// The requests at once for a namespace.
const AT_ONCE: u32 = 30;
/// The time between its requests from then on.
const EVERY: Duration = Duration::from_millis(100);

/// The objects as a listing showed them, or the reason why there is none.
pub(super) type Listed = Result<Arc<Objects>, String>;

/// The listings of all namespaces.
#[derive(Debug)]
pub(super) struct Listings {
    namespaces: StdMutex<HashMap<String, Arc<Mutex<Turn>>>>,
    paces: StdMutex<Paces<String>>,
    /// Orders questions and listings.
    clock: AtomicU64,
    under_way: Semaphore,
}

/// The last listing of a namespace.
#[derive(Debug)]
struct Turn {
    /// The time when it began, by the clock of the listings.
    began: u64,
    /// Kept while others wait.
    listed: Option<Listed>,
    rests_until: Instant,
}

impl Default for Listings {
    fn default() -> Self {
        Self {
            namespaces: StdMutex::default(),
            paces: StdMutex::new(Paces::new(AT_ONCE, EVERY)),
            clock: AtomicU64::default(),
            under_way: Semaphore::new(1),
        }
    }
}

impl Listings {
    /// A listing of a namespace, or of all where it is empty, that begins after this call. `list`
    /// makes one and counts its requests; others may be waiting for it. The asynchronous lock is
    /// their queue.
    pub(super) async fn of(
        &self,
        namespace: &str,
        list: impl AsyncFnOnce(&mut u32) -> Result<Objects, ApiError>,
    ) -> Listed {
        let asked = self.tick();
        let turn = self.turn(namespace);
        // Besides those who wait, this call and the map have it.
        if Arc::strong_count(&turn) > WAITING + 2 {
            return Err("too many ask about this namespace at once".to_owned());
        }
        let mut previous = turn.lock().await;
        if previous.began > asked
            && let Some(listed) = &previous.listed
        {
            return listed.clone();
        }
        let start = self.run(namespace, &mut previous, async |requests| {
            (self.tick(), Instant::now(), list(requests).await)
        });
        let (began, start, listed) = start.await;
        let listed = listed.map(Arc::new).map_err(|error| error.to_string());
        let is_awaited = Arc::strong_count(&turn) > 2;
        previous.began = began;
        previous.listed = Some(listed.clone()).filter(|_| is_awaited);
        if is_awaited {
            previous.rests_until = previous.rests_until.max(start + SHARED);
        }
        listed
    }

    /// Another listing of a namespace, while there is no other.
    pub(super) async fn alone<T>(
        &self,
        namespace: &str,
        list: impl AsyncFnOnce(&mut u32) -> T,
    ) -> T {
        let turn = self.turn(namespace);
        let mut turn = turn.lock().await;
        self.run(namespace, &mut turn, list).await
    }

    /// Waits until a namespace allows a request, and counts it.
    pub(super) async fn request(&self, namespace: &str) {
        self.until_ready(namespace).await;
        self.paces().step(namespace.to_owned(), 1, Instant::now());
    }

    async fn run<T>(
        &self,
        namespace: &str,
        turn: &mut Turn,
        list: impl AsyncFnOnce(&mut u32) -> T,
    ) -> T {
        sleep_until(turn.rests_until).await;
        self.until_ready(namespace).await;
        // The semaphore is never closed.
        let _place = self.under_way.acquire().await;
        let mut cost = Cost { listings: self, namespace, turn, start: Instant::now(), requests: 0 };
        list(&mut cost.requests).await
    }

    async fn until_ready(&self, namespace: &str) {
        loop {
            let now = Instant::now();
            let ready_at = self.paces().ready_at(namespace, now);
            if ready_at <= now {
                return;
            }
            sleep_until(ready_at).await;
        }
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::AcqRel)
    }

    /// The turn of a namespace; forgets those that nobody waits for and that rest no more.
    fn turn(&self, namespace: &str) -> Arc<Mutex<Turn>> {
        let mut namespaces = self.namespaces();
        let now = Instant::now();
        namespaces.retain(|_, turn| {
            Arc::strong_count(turn) > 1 || turn.try_lock().is_ok_and(|it| it.rests_until > now)
        });
        let turn = namespaces.entry(namespace.to_owned()).or_insert_with(|| {
            Arc::new(Mutex::new(Turn { began: 0, listed: None, rests_until: now }))
        });
        Arc::clone(turn)
    }

    fn namespaces(&self) -> MutexGuard<'_, HashMap<String, Arc<Mutex<Turn>>>> {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paces(&self) -> MutexGuard<'_, Paces<String>> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cost of a listing, which counts also where nobody waits until its end.
struct Cost<'l> {
    listings: &'l Listings,
    namespace: &'l str,
    turn: &'l mut Turn,
    start: Instant,
    requests: u32,
}

impl Drop for Cost<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        self.turn.rests_until = now + self.start.elapsed();
        self.listings.paces().step(self.namespace.to_owned(), self.requests, now);
    }
}
