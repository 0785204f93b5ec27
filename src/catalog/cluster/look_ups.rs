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

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::listings::Listings;
use super::questions::{Found, Next, Questions};
use super::rights;
use super::room::Room;
use super::users::CheckpointsNow;
use super::{Cluster, defaults, listing};
use crate::catalog::{ObjectRef, Resource, Unavailable, Unconfirmed};
use crate::client::limits::{self, in_time};
use crate::client::{ApiClient, ApiError};

/// The most calls of one client that wait for an answer; further ones are answered that nothing is
/// known.
const WAITING: usize = 256;
/// The most calls of one client about use that wait. Each may ask for all Sandboxes of a namespace, so
/// they take neither the places nor the turns of questions about one object.
const WAITING_FOR_USERS: usize = 64;
/// The time for which a question about an object that was not there a moment ago waits for the watch.
/// Someone may create the object and use it at once; where the watch does not show it in time, which
/// happens under load, the API server is asked for it again.
const GRACE: Duration = Duration::from_millis(250);

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
    questions: Mutex<Questions>,
    /// Notified when there may be a question to ask.
    changed: Notify,
}

impl LookUps {
    pub(super) fn new() -> Self {
        Self {
            room: Room::for_each(WAITING),
            room_for_users: Room::for_each(WAITING_FOR_USERS),
            questions: Mutex::new(Questions::new()),
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
            && let Some(is_there) = self.questions().rights.get(right)
        {
            return (LookUp::Remembered, Ok(Found::Right { is_there }));
        }
        let turned_up = self.questions().remembered(unconfirmed);
        if is_followed && let Some(turned_up) = turned_up {
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

    fn ask(
        &self,
        unconfirmed: &Unconfirmed,
        peer: IpAddr,
    ) -> Option<oneshot::Receiver<Result<Found, Unavailable>>> {
        let answer = self.questions().ask(unconfirmed, peer);
        if answer.is_some() {
            self.changed.notify_one();
        }
        answer
    }

    /// Notes that the watch shows an object.
    pub(super) fn turned_up(&self, kind: Resource, namespace: &str, name: &str) {
        self.questions().turned_up(kind, namespace, name);
    }

    fn answer(&self, unconfirmed: &Unconfirmed, answer: &Result<Found, Unavailable>) {
        self.questions().answer(unconfirmed, answer);
        self.changed.notify_one();
    }

    /// The next question whose turn it is. It counts as sent from now on.
    async fn next(&self) -> Unconfirmed {
        loop {
            let next = self.questions().next(Instant::now());
            match next {
                Next::Ask(unconfirmed) => return unconfirmed,
                Next::At(time) => _ = timeout_at(time, self.changed.notified()).await,
                Next::Later => self.changed.notified().await,
            }
        }
    }

    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
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
