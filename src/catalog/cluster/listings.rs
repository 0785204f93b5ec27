//! Live listings for questions about use: one at a time for each namespace, and few in all.
//!
//! Every tenant may delete his claims as often as he likes, and each such deletion may ask for all
//! Sandboxes of a namespace. Who asks while others wait for a listing of the same namespace shares
//! theirs, if it has not begun. After a listing the namespace rests for as long as the listing took:
//! whoever asks, and however often, an API server lists a namespace for at most half of the time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::catalog::Objects;
use crate::client::ApiError;

/// The most listings under way.
const UNDER_WAY: usize = 3;
/// The most calls that wait for listings of one namespace, so that there is room for others.
const WAITING: usize = 32;

/// The objects as a listing showed them, or the reason why there is none.
pub(super) type Listed = Result<Arc<Objects>, String>;

/// The listings of all namespaces.
#[derive(Debug)]
pub(super) struct Listings {
    namespaces: StdMutex<HashMap<String, Arc<Mutex<Turn>>>>,
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
        let (namespaces, clock) = (StdMutex::default(), AtomicU64::default());
        Self { namespaces, clock, under_way: Semaphore::new(UNDER_WAY) }
    }
}

impl Listings {
    /// A listing of a namespace, or of all where it is empty, that begins after this call. `list`
    /// makes one; others may be waiting for it. The asynchronous lock is their queue.
    pub(super) async fn of(
        &self,
        namespace: &str,
        list: impl AsyncFnOnce() -> Result<Objects, ApiError>,
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
        sleep_until(previous.rests_until).await;
        // The semaphore is never closed.
        let _place = self.under_way.acquire().await;
        let (began, start) = (self.tick(), Instant::now());
        let listed = list().await.map(Arc::new).map_err(|error| error.to_string());
        let rests_until = Instant::now() + start.elapsed();
        let is_awaited = Arc::strong_count(&turn) > 2;
        *previous =
            Turn { began, listed: Some(listed.clone()).filter(|_| is_awaited), rests_until };
        listed
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
}
