//! Live look-ups: whether an object that the catalog does not know exists after all, whether there is
//! a default, whether what seems to be used is used, or what seems not to be is not, and whether a
//! user may use a class.
//!
//! Questions for names that do not exist must not make us a burden to the API server: equal
//! questions share one request, few are under way at a time, few wait, and a question for a name that
//! was not there a moment ago waits for the watch before it is asked again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::rights::{self, RememberedRights};
use super::users::CheckpointsNow;
use super::{Cluster, defaults, listing};
use crate::catalog::{Checkpoints, ObjectName, ObjectRef, Resource, Unavailable, Unconfirmed};
use crate::client::limits::{self, in_time};
use crate::client::{ApiClient, ApiError};

/// The most requests under way.
const UNDER_WAY: usize = 16;
/// The most questions that wait for an answer; further ones are answered that nothing is known.
const WAITING: usize = 256;
/// The most questions about use that wait. Each may ask for all Sandboxes of a namespace, so they
/// take neither the places nor the turns of questions about one object.
const WAITING_FOR_USERS: usize = 64;
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
}

impl LookUp {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Found, Self::Missing, Self::Remembered, Self::Failed, Self::Shed];
}

/// The callers that get an answer.
type Waiting = Vec<oneshot::Sender<Result<Found, Unavailable>>>;

/// The questions, and the callers that wait for their answers.
#[derive(Debug)]
pub(super) struct LookUps {
    places: Semaphore,
    places_for_users: Semaphore,
    to_ask: mpsc::UnboundedSender<Unconfirmed>,
    state: Mutex<State>,
}

/// Questions to ask; the places bound their number.
pub(super) type ToAsk = mpsc::UnboundedReceiver<Unconfirmed>;

#[derive(Debug, Default)]
struct State {
    asked: HashMap<Unconfirmed, Pending>,
    absent: HashMap<Unconfirmed, Absent>,
    rights: RememberedRights,
}

/// The callers of a question.
#[derive(Debug, Default)]
struct Pending {
    /// True once the request is on its way.
    is_sent: bool,
    /// The callers that get its answer.
    waiting: Waiting,
    /// The callers that came after it was sent: the object may have been created or used in
    /// between, so that "no" is no answer to them.
    next: Waiting,
}

#[derive(Debug)]
struct Absent {
    until: Instant,
    /// Notified when the watch shows the object.
    turned_up: Arc<Notify>,
}

impl LookUps {
    pub(super) fn new() -> (Self, ToAsk) {
        let (to_ask, asked) = mpsc::unbounded_channel();
        let (places, places_for_users) =
            (Semaphore::new(WAITING), Semaphore::new(WAITING_FOR_USERS));
        (Self { places, places_for_users, to_ask, state: Mutex::default() }, asked)
    }

    /// Asks the API server. What is remembered counts only while the kind `is_followed`: nothing
    /// else would show that the object is there now.
    pub(super) async fn look_up(
        &self,
        unconfirmed: &Unconfirmed,
        is_followed: bool,
    ) -> (LookUp, Result<Found, Unavailable>) {
        let places = if unconfirmed.is_about_use() { &self.places_for_users } else { &self.places };
        let Ok(_place) = places.try_acquire() else {
            let reason = format!("too many look-ups at once to tell {unconfirmed}");
            return (LookUp::Shed, Err(Unavailable(reason)));
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
        let answer = self.ask(unconfirmed).await.unwrap_or_else(|_| {
            Err(Unavailable(format!("cannot tell {unconfirmed}: the server is going down")))
        });
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

    /// Asks, together with all other callers of the same question.
    fn ask(&self, unconfirmed: &Unconfirmed) -> oneshot::Receiver<Result<Found, Unavailable>> {
        let (sender, receiver) = oneshot::channel();
        match self.state().asked.entry(unconfirmed.clone()) {
            Entry::Occupied(mut asked) => {
                let asked = asked.get_mut();
                if asked.is_sent { &mut asked.next } else { &mut asked.waiting }.push(sender);
            }
            Entry::Vacant(place) => {
                place.insert(Pending { waiting: vec![sender], ..Pending::default() });
                // With nobody left to ask, the question is dropped with its sender.
                let _ = self.to_ask.send(unconfirmed.clone());
            }
        }
        receiver
    }

    /// Notes that the watch shows an object.
    pub(super) fn turned_up(&self, kind: Resource, namespace: &str, name: &str) {
        let absent = &mut self.state().absent;
        if absent.is_empty() {
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
        for unconfirmed in [Some(existence), default].into_iter().flatten() {
            if let Some(it) = absent.remove(&unconfirmed) {
                it.turned_up.notify_waiters();
            }
        }
    }

    /// Returns whether anyone still waits for an answer; if so, the question counts as sent from now on.
    fn send(&self, unconfirmed: &Unconfirmed) -> bool {
        let mut state = self.state();
        let Some(asked) = state.asked.get_mut(unconfirmed) else { return false };
        asked.waiting.retain(|waiting| !waiting.is_closed());
        if asked.waiting.is_empty() {
            state.asked.remove(unconfirmed);
            return false;
        }
        asked.is_sent = true;
        true
    }

    fn answer(&self, unconfirmed: &Unconfirmed, answer: &Result<Found, Unavailable>) {
        let mut state = self.state();
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
            let _ = self.to_ask.send(unconfirmed.clone());
        }
        for waiting in waiting {
            let _ = waiting.send(answer.clone());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
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
pub(super) async fn serve(cluster: Arc<Cluster>, mut to_ask: ToAsk, client: ApiClient) {
    let slots = Arc::new(Semaphore::new(UNDER_WAY));
    let checkpoints = Arc::new(CheckpointsNow::new(Arc::clone(&cluster), client.clone()));
    while let Some(unconfirmed) = to_ask.recv().await {
        // What waits for a listing must not keep others waiting.
        let slot = if unconfirmed.is_about_use() {
            None
        } else {
            // The semaphore is never closed.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            Some(slot)
        };
        if !cluster.look_ups.send(&unconfirmed) {
            continue;
        }
        let (cluster, client) = (Arc::clone(&cluster), client.clone());
        let checkpoints = Arc::clone(&checkpoints);
        tokio::spawn(async move {
            let found = match &unconfirmed {
                Unconfirmed::Missing(object) => {
                    get(&client, object).await.map_err(|error| error.to_string())
                }
                Unconfirmed::NoDefault { kind, namespace } => {
                    let found = defaults::of(&client, *kind, namespace).await;
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
            drop(slot);
        });
    }
}
