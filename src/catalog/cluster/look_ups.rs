//! Live look-ups: whether an object that the catalog does not know exists after all, whether there is
//! a default, whether what seems to be used is used, or what seems not to be is not, and whether a
//! user may use a class.
//!
//! Anyone who reaches the server may send reviews, with names and users that he made up. His questions
//! must not make us a burden to the API server:
//!
//! - Equal questions share one request.
//! - Of what the catalog does not know, each client may ask for a few things a second. What more it
//!   asks for waits, or is refused. Where several clients wait, the one that has asked least goes first.
//! - What the catalog knows has bounds of its own ([`Listings`]).
//! - A question for a name that was not there a moment ago waits for the watch before it is asked again.
//! - Each client leaves places to others ([`Room`]).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::listings::Listings;
use super::pace::Paces;
use super::rights::{self, RememberedRights};
use super::room::Room;
use super::users::CheckpointsNow;
use super::{Cluster, defaults, listing};
use crate::catalog::{Checkpoints, ObjectName, ObjectRef, Resource, Unavailable, Unconfirmed};
use crate::client::limits::{self, in_time};
use crate::client::{ApiClient, ApiError};

/// The most requests under way.
const UNDER_WAY: usize = 16;
/// The most calls of one client that wait for an answer; further ones are answered that nothing is
/// known.
const WAITING: usize = 256;
/// The most calls of one client about use that wait. Each may ask for all Sandboxes of a namespace, so
/// they take neither the places nor the turns of questions about one object.
const WAITING_FOR_USERS: usize = 64;
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
/// The time for which they wait. Someone may create the object and use it at once; where the watch does
/// not show it in time, which happens under load, the API server is asked for it again.
const GRACE: Duration = Duration::from_millis(250);

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

/// The end of a look-up, from a closed set: safe as a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUp {
    /// The object exists, or is used; the user has the right.
    Found,
    /// It does not exist, or is not used; the user does not have the right.
    Missing,
    /// It did not exist a moment ago, or the right was asked for a moment ago, and the API server was
    /// not asked again.
    Remembered,
    /// The API server gave no answer.
    Failed,
    /// Too many were waiting.
    Shed,
    /// Its client asked for too much that the catalog does not know.
    Throttled,
}

impl LookUp {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Found, Self::Missing, Self::Remembered, Self::Failed, Self::Shed, Self::Throttled];
}

/// The questions, and the callers that wait for their answers.
#[derive(Debug)]
pub(super) struct LookUps {
    room: Room,
    room_for_users: Room,
    state: Mutex<State>,
    /// Notified when there may be a question to ask.
    changed: Notify,
}

#[derive(Debug)]
struct State {
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
    rights: RememberedRights,
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

impl LookUps {
    pub(super) fn new() -> Self {
        let state = State {
            asked: HashMap::new(),
            under_way: 0,
            clients: Paces::new(AT_ONCE, EVERY),
            all: Paces::new(AT_ONCE_FOR_ALL, EVERY_FOR_ALL),
            callers: 0,
            absent: HashMap::new(),
            rights: RememberedRights::default(),
        };
        Self {
            room: Room::for_each(WAITING),
            room_for_users: Room::for_each(WAITING_FOR_USERS),
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    /// Asks the API server for a client. What is remembered counts only while the kind
    /// `is_followed`: nothing else would show that the object is there now.
    pub(super) async fn look_up(
        &self,
        unconfirmed: &Unconfirmed,
        peer: IpAddr,
        is_followed: bool,
    ) -> (LookUp, Result<Found, Unavailable>) {
        let cannot = |why| Err(Unavailable(format!("cannot tell {unconfirmed}: {why}")));
        let room = if unconfirmed.is_about_use() { &self.room_for_users } else { &self.room };
        let Some(_place) = room.enter(peer) else {
            return (LookUp::Shed, cannot("too many look-ups at once"));
        };
        if let Unconfirmed::Allowed(right) = unconfirmed
            && let Some(is_there) = self.state().rights.get(right)
        {
            return (LookUp::Remembered, Ok(Found::Right { is_there }));
        }
        if is_followed && let Some(turned_up) = self.remembered(unconfirmed) {
            if timeout(GRACE, turned_up).await.is_ok() {
                return (LookUp::Remembered, Ok(Found::InCatalog));
            }
            // A default takes a listing, which may be long.
            if matches!(unconfirmed, Unconfirmed::NoDefault { .. }) {
                return (LookUp::Remembered, Ok(Found::Nothing));
            }
        }
        let Some(answer) = self.ask(unconfirmed, peer) else {
            return (LookUp::Throttled, cannot("too many look-ups in this second"));
        };
        let answer = answer.await.unwrap_or_else(|_| cannot("the server is going down"));
        let how = match &answer {
            Ok(
                Found::Object(_)
                | Found::Default(_)
                | Found::InCatalog
                | Found::Right { is_there: true },
            ) => LookUp::Found,
            Ok(Found::Checkpoints(users)) if !users.is_empty() => LookUp::Found,
            Ok(Found::Nothing | Found::Checkpoints(_) | Found::Right { .. }) => LookUp::Missing,
            Err(_) => LookUp::Failed,
        };
        (how, answer)
    }

    /// A future that resolves as soon as the watch shows what is remembered as absent; `None` for
    /// what is not.
    fn remembered(&self, unconfirmed: &Unconfirmed) -> Option<impl Future<Output = ()> + use<>> {
        let state = self.state();
        let absent = state.absent.get(unconfirmed).filter(|it| it.until > Instant::now())?;
        // Made under the lock, so that what turns up from now on is noticed.
        Some(Arc::clone(&absent.turned_up).notified_owned())
    }

    /// Asks, together with all other callers of the same question; `None` where this client has too
    /// many questions already.
    fn ask(
        &self,
        unconfirmed: &Unconfirmed,
        peer: IpAddr,
    ) -> Option<oneshot::Receiver<Result<Found, Unavailable>>> {
        let mut state = self.state();
        if !state.has_room_for(unconfirmed, peer) {
            return None;
        }
        let (answer, receiver) = oneshot::channel();
        state.callers += 1;
        let waiting = Waiting { peer, number: state.callers, answer };
        state.asked.entry(unconfirmed.clone()).or_default().unsent().push(waiting);
        self.changed.notify_one();
        Some(receiver)
    }

    /// Notes that the watch shows an object.
    pub(super) fn turned_up(&self, kind: Resource, namespace: &str, name: &str) {
        let mut state = self.state();
        if state.absent.is_empty() && state.asked.is_empty() {
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
        if let Some(pending) = state.asked.get_mut(&existence) {
            for caller in pending.unsent().drain(..) {
                let _ = caller.answer.send(Ok(Found::InCatalog));
            }
        }
        for unconfirmed in [Some(existence), default].into_iter().flatten() {
            if let Some(it) = state.absent.remove(&unconfirmed) {
                it.turned_up.notify_waiters();
            }
        }
    }

    /// The next question whose turn it is. It counts as sent from now on.
    async fn next(&self) -> Unconfirmed {
        loop {
            let next = self.state().next(Instant::now());
            match next {
                Next::Ask(unconfirmed) => return unconfirmed,
                Next::At(time) => _ = timeout_at(time, self.changed.notified()).await,
                Next::Later => self.changed.notified().await,
            }
        }
    }

    fn answer(&self, unconfirmed: &Unconfirmed, answer: &Result<Found, Unavailable>) {
        let mut state = self.state();
        if is_one_request(unconfirmed) {
            state.under_way = state.under_way.saturating_sub(1);
        }
        self.changed.notify_one();
        let Some(Pending { mut waiting, mut next, .. }) = state.asked.remove(unconfirmed) else {
            return;
        };
        match (unconfirmed, answer) {
            (Unconfirmed::Allowed(right), Ok(Found::Right { is_there })) => {
                state.rights.remember(right, *is_there);
            }
            (_, Ok(Found::Nothing)) => state.remember(unconfirmed),
            _ => {}
        }
        if !matches!(answer, Ok(Found::Nothing | Found::Checkpoints(_))) {
            waiting.append(&mut next);
        } else if !next.is_empty() {
            let again = Pending { waiting: next, ..Pending::default() };
            state.asked.insert(unconfirmed.clone(), again);
        }
        for waiting in waiting {
            let _ = waiting.answer.send(answer.clone());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether one request answers a question.
fn is_one_request(question: &Unconfirmed) -> bool {
    matches!(question, Unconfirmed::Missing(_) | Unconfirmed::Allowed(_))
}

/// The time of the next question.
enum Next {
    /// Now, and this one.
    Ask(Unconfirmed),
    /// When a client may ask again.
    At(Instant),
    /// When there is another question, or another answer.
    Later,
}

impl State {
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
    fn next(&mut self, now: Instant) -> Next {
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

pub(super) async fn get(client: &ApiClient, object: &ObjectRef) -> Result<Found, ApiError> {
    let collection = listing::collection(object.kind, &object.namespace);
    match in_time(limits::LOOK_UP, client.get(&collection, &object.name)).await {
        Ok(json) => Ok(Found::Object(json)),
        Err(ApiError::NotFound(_)) => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

/// Asks the API server the questions that come, for ever.
pub(super) async fn serve(cluster: Arc<Cluster>, client: ApiClient) {
    let listings = Arc::new(Listings::default());
    let checkpoints = CheckpointsNow::new(Arc::clone(&cluster), client.clone(), listings.clone());
    let checkpoints = Arc::new(checkpoints);
    loop {
        let unconfirmed = cluster.look_ups.next().await;
        let (cluster, client) = (Arc::clone(&cluster), client.clone());
        let (checkpoints, listings) = (Arc::clone(&checkpoints), Arc::clone(&listings));
        tokio::spawn(async move {
            let found = match &unconfirmed {
                Unconfirmed::Missing(object) => {
                    get(&client, object).await.map_err(|error| error.to_string())
                }
                Unconfirmed::NoDefault { kind, namespace } => {
                    let found = defaults::of(&client, &listings, *kind, namespace).await;
                    let found = found.map(|json| json.map_or(Found::Nothing, Found::Default));
                    found.map_err(|error| error.to_string())
                }
                Unconfirmed::Unused(object) | Unconfirmed::Used(object) => {
                    checkpoints.on(object.as_name()).await.map(Found::Checkpoints)
                }
                Unconfirmed::Allowed(right) => {
                    let answer = rights::ask(&client, right).await;
                    answer.map(|is_there| Found::Right { is_there }).map_err(|it| it.to_string())
                }
            };
            let answer =
                found.map_err(|error| Unavailable(format!("cannot tell {unconfirmed}: {error}")));
            cluster.look_ups.answer(&unconfirmed, &answer);
        });
    }
}
