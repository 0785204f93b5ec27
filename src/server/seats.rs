//! The open connections, and which of them goes when there are too many.
//!
//! A newcomer is always accepted. For it goes, in this order: a connection that has never asked
//! anything, the oldest; the one that has been idle longest, of the peer with most connections; one
//! with a request under way, if there is no other. The newest of those that have asked nothing are
//! left in peace, so that a client has the time for its handshake and first request while others
//! come in a flood.
//!
//! Connections live on the threads of workers. Each says what it does in an atomic number, so that
//! a request takes no lock; one that must go receives a message.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::future::Future as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::oneshot;

use super::limit_metrics::LimitMetrics;
use super::peer::Peer;
use super::rarely::Rarely;

static FULL: Rarely = Rarely::new();

/// One in so many connections may be new and silent while others have asked something.
const SILENT_SHARE: usize = 16;

/// The thing that a connection is doing, as far as it matters to who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// It has never asked anything; it may be in its handshake.
    Silent,
    /// All its requests are answered, since then (in microseconds after the first connection).
    Idle(u64),
    /// A request is under way, since then.
    Busy(u64),
}

impl Doing {
    /// The names for metrics, by [`index`](Self::index).
    pub(super) const NAMES: [&str; 3] = ["silent", "idle", "busy"];

    pub(super) fn index(self) -> usize {
        match self {
            Self::Silent => 0,
            Self::Idle(_) => 1,
            Self::Busy(_) => 2,
        }
    }
}

/// What a connection does, where others can see it: a time and, in the lowest bit, whether it is
/// busy; 0 at first.
#[derive(Debug)]
pub(super) struct Standing {
    epoch: Instant,
    encoded: AtomicU64,
}

impl Standing {
    fn new(epoch: Instant) -> Self {
        Self { epoch, encoded: AtomicU64::new(0) }
    }

    /// Notes that requests are under way from now on, or that none are.
    pub(super) fn set(&self, is_busy: bool, now: Instant) {
        let since = now.saturating_duration_since(self.epoch).as_micros();
        // After the end of time a wrong order would do no harm.
        let since = u64::try_from(since).unwrap_or(u64::MAX) + 1;
        self.encoded.store(since << 1 | u64::from(is_busy), Ordering::Relaxed);
    }

    fn get(&self) -> Doing {
        let encoded = self.encoded.load(Ordering::Relaxed);
        match (encoded >> 1, encoded & 1) {
            (0, _) => Doing::Silent,
            (since, 0) => Doing::Idle(since),
            (since, _) => Doing::Busy(since),
        }
    }
}

/// All open connections.
pub(super) struct Seats {
    /// By number, and so by age.
    taken: Mutex<Taken>,
    max: usize,
    epoch: Instant,
    /// The number of those that are open.
    open: Gauge,
    metrics: LimitMetrics,
}

#[derive(Default)]
struct Taken {
    connections: BTreeMap<u64, Connection>,
    next: u64,
}

struct Connection {
    peer: Peer,
    standing: Arc<Standing>,
    /// Tells the connection that it must go.
    evict: oneshot::Sender<()>,
}

impl Seats {
    pub(super) fn new(max: usize, open: &Gauge, metrics: &LimitMetrics) -> Self {
        Self {
            taken: Mutex::default(),
            max: max.max(1),
            epoch: Instant::now(),
            open: open.clone(),
            metrics: metrics.clone(),
        }
    }

    /// Seats a new connection; another one goes for it when all seats are taken.
    pub(super) fn take(self: &Arc<Self>, peer: Peer) -> Seat {
        self.seat(peer, Arc::new(Standing::new(self.epoch)))
    }

    /// Gives a connection that has a seat elsewhere one of these, too.
    pub(super) fn share(self: &Arc<Self>, peer: Peer, other: &Seat) -> Seat {
        self.seat(peer, Arc::clone(&other.standing))
    }

    fn seat(self: &Arc<Self>, peer: Peer, standing: Arc<Standing>) -> Seat {
        let (evict, evicted) = oneshot::channel();
        let mut taken = self.taken();
        let loser = if taken.connections.len() >= self.max {
            let all = taken.connections.iter();
            let all = all.map(|(number, it)| (*number, it.peer, it.standing.get()));
            let loser = goes_first(all.collect(), peer, self.max / SILENT_SHARE);
            loser.and_then(|(number, doing)| {
                taken.connections.remove(&number).map(|connection| (connection, doing))
            })
        } else {
            None
        };
        let number = taken.next;
        taken.next += 1;
        let connection = Connection { peer, standing: Arc::clone(&standing), evict };
        taken.connections.insert(number, connection);
        drop(taken);
        self.open.inc();
        if let Some((connection, doing)) = loser {
            self.evict(connection, doing);
        }
        Seat { seats: Arc::clone(self), number, standing, evicted: Some(evicted) }
    }

    fn evict(&self, connection: Connection, doing: Doing) {
        // An error means that it is ending anyway.
        let _ = connection.evict.send(());
        self.metrics.evicted(doing);
        if let Some(others) = FULL.occurred() {
            tracing::warn!(
                peer = %connection.peer.0,
                others,
                "as many connections as allowed are open: one was closed for a newer one"
            );
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Nothing that runs with the lock can panic.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The seat of one connection, until it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    pub(super) standing: Arc<Standing>,
    /// Receives a message when the connection must go; `None` after that.
    evicted: Option<oneshot::Receiver<()>>,
}

impl Seat {
    /// Is ready when the connection must go, and from then on.
    pub(super) fn poll_evicted(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(evicted) = &mut self.evicted {
            // An error would mean that the seat is gone.
            let _ = ready!(Pin::new(evicted).poll(cx));
            self.evicted = None;
        }
        Poll::Ready(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().connections.remove(&self.number);
        self.seats.open.dec();
    }
}

/// The connections of one peer.
#[derive(Default)]
struct Count {
    all: usize,
    silent: usize,
}

/// Returns which of these connections, in the order of their age, goes for one of `newcomer`. Of
/// those that are silent, `spared` stay.
fn goes_first(
    connections: Vec<(u64, Peer, Doing)>,
    newcomer: Peer,
    spared: usize,
) -> Option<(u64, Doing)> {
    let mut peers = HashMap::<Peer, Count>::new();
    peers.entry(newcomer).or_default().all += 1;
    let mut silent = 0;
    for (_, peer, doing) in &connections {
        let count = peers.entry(*peer).or_default();
        count.all += 1;
        if *doing == Doing::Silent {
            count.silent += 1;
            silent += 1;
        }
    }
    let count = |peer: &Peer| peers.get(peer).map_or((0, 0), |count| (count.all, count.silent));
    // The higher, the sooner it goes.
    let rank = |number: u64, peer: &Peer, doing: Doing| {
        let (all, silent_of_peer) = count(peer);
        match doing {
            Doing::Silent => {
                let class = if silent > spared { 3 } else { 1 };
                (class, silent_of_peer, Reverse(number))
            }
            Doing::Idle(since) => (2, all, Reverse(since)),
            Doing::Busy(since) => (0, all, Reverse(since)),
        }
    };
    let last = connections
        .into_iter()
        .max_by_key(|(number, peer, doing)| (rank(*number, peer, *doing), Reverse(*number)));
    last.map(|(number, _, doing)| (number, doing))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::Doing::{Busy, Idle, Silent};
    use super::*;

    fn peer(last: u8) -> Peer {
        Peer(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)))
    }

    fn first(connections: &[(u8, Doing)], newcomer: u8, spared: usize) -> Option<usize> {
        let connections = connections.iter().enumerate();
        let connections =
            connections.map(|(number, (last, doing))| (number as u64, peer(*last), *doing));
        let goes = goes_first(connections.collect(), peer(newcomer), spared);
        goes.map(|(number, _)| usize::try_from(number).unwrap())
    }

    #[test]
    fn one_that_never_asked_anything_goes_before_all_others() {
        let connections = [(1, Idle(5)), (1, Busy(1)), (2, Silent), (2, Silent), (1, Idle(2))];
        assert_eq!(first(&connections, 3, 0), Some(2));
    }

    #[test]
    fn then_the_longest_idle_one_of_the_peer_with_most() {
        let connections = [(1, Idle(1)), (2, Busy(1)), (2, Idle(9)), (2, Idle(7)), (1, Idle(3))];
        assert_eq!(first(&connections, 3, 0), Some(3));
        // The newcomer counts.
        assert_eq!(first(&connections[..3], 1, 0), Some(0));
    }

    #[test]
    fn one_with_a_request_under_way_goes_only_when_there_is_no_other() {
        assert_eq!(first(&[(1, Busy(1)), (1, Busy(2)), (2, Idle(9))], 1, 0), Some(2));
        assert_eq!(first(&[(1, Busy(4)), (1, Busy(2)), (2, Busy(1))], 3, 0), Some(1));
    }

    #[test]
    fn the_newest_silent_ones_have_time_for_their_handshake() {
        let connections = [(1, Idle(1)), (1, Idle(2)), (2, Silent), (1, Silent)];
        assert_eq!(first(&connections, 1, 2), Some(0));
        assert_eq!(first(&connections, 1, 1), Some(2));
        // The peer that comes in a flood pays for it, and not a single newcomer.
        let connections = [(1, Idle(1)), (2, Silent), (1, Silent), (1, Silent)];
        assert_eq!(first(&connections, 1, 1), Some(2));
    }

    fn doing() -> impl Strategy<Value = Doing> {
        prop_oneof![Just(Silent), (1..100_u64).prop_map(Idle), (1..100_u64).prop_map(Busy)]
    }

    proptest! {
        #[test]
        fn a_request_under_way_is_never_the_price_while_there_is_another(
            mut connections in prop::collection::vec((0..4_u8, doing()), 1..40),
            other in any::<Index>(),
            spared in 0..4_usize,
            newcomer in 0..4_u8,
        ) {
            let at = other.index(connections.len());
            if matches!(connections[at].1, Busy(_)) {
                connections[at].1 = Silent;
            }
            let goes = first(&connections, newcomer, spared).unwrap();
            prop_assert!(!matches!(connections[goes].1, Busy(_)));
            let silent = connections.iter().filter(|it| it.1 == Silent).count();
            if silent > spared {
                prop_assert_eq!(connections[goes].1, Silent);
            }
        }
    }

    #[test]
    fn a_standing_says_what_was_set_last() {
        let standing = Standing::new(Instant::now());
        assert_eq!(standing.get(), Silent);
        standing.set(true, standing.epoch);
        assert_eq!(standing.get(), Busy(1));
        standing.set(false, standing.epoch + std::time::Duration::from_micros(7));
        assert_eq!(standing.get(), Idle(8));
    }
}
