//! The questions to the API server that wait for their turn, and who waits for each.
//!
//! Of what the catalog does not know, each client may ask for a few things a second. What more it asks
//! for waits, or is refused. Where several clients wait, the one that has asked least goes first.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::pace::Paces;
use super::rights::RememberedRights;
use crate::catalog::{Checkpoints, ObjectName, Resource, Unavailable, Unconfirmed};

/// The most requests under way.
const UNDER_WAY: usize = 16;
/// The requests at once for what one client asks.
const AT_ONCE: u32 = 2;
/// The time between its requests from then on. With those at once, it causes at most ten in any
/// second.
const EVERY: Duration = Duration::from_millis(125);
/// The most questions of one client that wait for their turn. Waiting costs the API server nothing, and
/// the watch answers most of them: hundreds of Sandboxes a second may be created right after their
/// claims, a moment before it shows those. The rest end with their callers' patience.
const QUEUED: usize = 64;
/// The requests at once for what all clients ask, and the time between them: ten clients that ask all
/// the time do not wait for each other.
const AT_ONCE_FOR_ALL: u32 = 10;
const EVERY_FOR_ALL: Duration = Duration::from_millis(10);
/// The time for which questions about an object that was not there wait for the watch first.
const MEMORY: Duration = Duration::from_secs(2);
/// The number of names that are remembered as absent.
const REMEMBERED: usize = 1024;
/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The object, as JSON.
    Object(Bytes),
    /// The default, as JSON.
    Default(Box<str>),
    /// There is none.
    Nothing,
    /// The catalog has just got it from the watch.
    InCatalog,
    /// The checkpoints that depend on the object, as of now.
    Checkpoints(Checkpoints),
    /// The API server's authorizers have answered.
    Right {
        /// Whether the user has the right.
        is_there: bool,
    },
}

/// The questions, what they have cost, and what is remembered of their answers.
#[derive(Debug)]
pub(super) struct Questions {
    asked: HashMap<Unconfirmed, Pending>,
    /// The requests on their way for single objects. What waits for a listing must not keep others
    /// waiting.
    under_way: usize,
    /// What each client's questions have cost, and those of all.
    clients: Paces<IpAddr>,
    all: Paces<()>,
    /// Orders the callers.
    callers: u64,
    absent: HashMap<Unconfirmed, Absent>,
    pub(super) rights: RememberedRights,
}

/// The callers of a question.
#[derive(Debug, Default)]
struct Pending {
    /// True once the request is on its way.
    is_sent: bool,
    /// The callers that get its answer.
    waiting: Vec<Waiting>,
    /// The callers that came after it was sent: the object may have been created or used in
    /// between, so that "no" is no answer to them.
    next: Vec<Waiting>,
}

/// A caller that waits for an answer.
#[derive(Debug)]
struct Waiting {
    peer: IpAddr,
    /// Its place in the order of callers.
    number: u64,
    answer: oneshot::Sender<Result<Found, Unavailable>>,
}

impl Pending {
    /// The callers for whom it is yet to be asked.
    fn unsent(&mut self) -> &mut Vec<Waiting> {
        if self.is_sent { &mut self.next } else { &mut self.waiting }
    }
}

#[derive(Debug)]
struct Absent {
    until: Instant,
    /// Notified when the watch shows the object.
    turned_up: Arc<Notify>,
}

/// Returns whether one request answers a question.
fn is_one_request(question: &Unconfirmed) -> bool {
    matches!(question, Unconfirmed::Missing(_) | Unconfirmed::Allowed(_))
}

/// The time of the next question.
pub(super) enum Next {
    /// Now, and this one.
    Ask(Unconfirmed),
    /// When a client may ask again.
    At(Instant),
    /// When there is another question, or another answer.
    Later,
}

impl Questions {
    pub(super) fn new() -> Self {
        Self {
            asked: HashMap::new(),
            under_way: 0,
            clients: Paces::new(AT_ONCE, EVERY),
            all: Paces::new(AT_ONCE_FOR_ALL, EVERY_FOR_ALL),
            callers: 0,
            absent: HashMap::new(),
            rights: RememberedRights::default(),
        }
    }

    /// A future that resolves as soon as the watch shows what is remembered as absent; `None` for
    /// what is not.
    pub(super) fn remembered(
        &self,
        unconfirmed: &Unconfirmed,
    ) -> Option<impl Future<Output = ()> + use<>> {
        let absent = self.absent.get(unconfirmed).filter(|it| it.until > Instant::now())?;
        // Made under the lock, so that what turns up from now on is noticed.
        Some(Arc::clone(&absent.turned_up).notified_owned())
    }

    /// Asks, together with all other callers of the same question; `None` where this client has too
    /// many questions already.
    pub(super) fn ask(
        &mut self,
        unconfirmed: &Unconfirmed,
        peer: IpAddr,
    ) -> Option<oneshot::Receiver<Result<Found, Unavailable>>> {
        if !self.has_room_for(unconfirmed, peer) {
            return None;
        }
        let (answer, receiver) = oneshot::channel();
        self.callers += 1;
        let waiting = Waiting { peer, number: self.callers, answer };
        self.asked.entry(unconfirmed.clone()).or_default().unsent().push(waiting);
        Some(receiver)
    }

    /// Notes that the watch shows an object.
    pub(super) fn turned_up(&mut self, kind: Resource, namespace: &str, name: &str) {
        if self.absent.is_empty() && self.asked.is_empty() {
            return;
        }
        let existence = Unconfirmed::Missing(ObjectName::new(kind, namespace, name).into());
        // It may be the default, or have become it.
        let default = match kind {
            Resource::Ours(kind) => {
                Some(Unconfirmed::NoDefault { kind, namespace: namespace.to_owned() })
            }
            Resource::Namespace => None,
        };
        if let Some(pending) = self.asked.get_mut(&existence) {
            for caller in pending.unsent().drain(..) {
                let _ = caller.answer.send(Ok(Found::InCatalog));
            }
        }
        for unconfirmed in [Some(existence), default].into_iter().flatten() {
            if let Some(it) = self.absent.remove(&unconfirmed) {
                it.turned_up.notify_waiters();
            }
        }
    }

    /// Gives the callers of a question its answer. Those who came too late for it are asked for again.
    pub(super) fn answer(
        &mut self,
        unconfirmed: &Unconfirmed,
        answer: &Result<Found, Unavailable>,
    ) {
        if is_one_request(unconfirmed) {
            self.under_way = self.under_way.saturating_sub(1);
        }
        let Some(Pending { mut waiting, mut next, .. }) = self.asked.remove(unconfirmed) else {
            return;
        };
        match (unconfirmed, answer) {
            (Unconfirmed::Allowed(right), Ok(Found::Right { is_there })) => {
                self.rights.remember(right, *is_there);
            }
            (_, Ok(Found::Nothing)) => self.remember(unconfirmed),
            _ => {}
        }
        if !matches!(answer, Ok(Found::Nothing | Found::Checkpoints(_))) {
            waiting.append(&mut next);
        } else if !next.is_empty() {
            let again = Pending { waiting: next, ..Pending::default() };
            self.asked.insert(unconfirmed.clone(), again);
        }
        for waiting in waiting {
            let _ = waiting.answer.send(answer.clone());
        }
    }
    /// Returns whether a client may ask this, too. What it asks for already is no further question,
    /// and what the catalog knows is not counted.
    fn has_room_for(&mut self, unconfirmed: &Unconfirmed, peer: IpAddr) -> bool {
        if unconfirmed.is_about_use() {
            return true;
        }
        let mut queued = 0;
        for (question, pending) in &mut self.asked {
            let is_waiting = |it: &Waiting| it.peer == peer && !it.answer.is_closed();
            if !question.is_about_use() && pending.unsent().iter().any(is_waiting) {
                if question == unconfirmed {
                    return true;
                }
                queued += 1;
            }
        }
        queued < QUEUED
    }

    /// Chooses the next question: one about use at once; of the others that of the client that has
    /// asked least of late, if it may ask now.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        // Nothing is asked for those who have given up.
        self.asked.retain(|_, pending| {
            pending.unsent().retain(|waiting| !waiting.answer.is_closed());
            pending.is_sent || !pending.waiting.is_empty()
        });
        let mut soonest: Option<Instant> = None;
        let mut chosen: Option<(_, &Unconfirmed, IpAddr)> = None;
        for (question, pending) in self.asked.iter().filter(|(_, it)| !it.is_sent) {
            if question.is_about_use() {
                let question = question.clone();
                return self.sent(question);
            }
            if self.under_way >= UNDER_WAY && is_one_request(question) {
                continue;
            }
            for Waiting { peer, number, .. } in &pending.waiting {
                let ready_at = self.clients.ready_at(peer, now);
                if ready_at > now {
                    soonest = Some(soonest.map_or(ready_at, |it| it.min(ready_at)));
                    continue;
                }
                let rank = (self.clients.rank(peer), *number);
                if chosen.as_ref().is_none_or(|(first, ..)| rank < *first) {
                    chosen = Some((rank, question, *peer));
                }
            }
        }
        let Some((_, question, peer)) = chosen else {
            return soonest.map_or(Next::Later, Next::At);
        };
        let ready_at = self.all.ready_at(&(), now);
        if ready_at > now {
            return Next::At(ready_at);
        }
        let question = question.clone();
        self.clients.step(peer, 1, now);
        self.all.step((), 1, now);
        self.under_way += usize::from(is_one_request(&question));
        self.sent(question)
    }

    fn sent(&mut self, question: Unconfirmed) -> Next {
        if let Some(pending) = self.asked.get_mut(&question) {
            pending.is_sent = true;
        }
        Next::Ask(question)
    }

    fn remember(&mut self, unconfirmed: &Unconfirmed) {
        let now = Instant::now();
        if self.absent.len() >= REMEMBERED {
            self.absent.retain(|_, absent| absent.until > now);
        }
        if self.absent.len() < REMEMBERED {
            let absent = Absent { until: now + MEMORY, turned_up: Arc::default() };
            self.absent.insert(unconfirmed.clone(), absent);
        }
    }
}
