//! A load like that of people and controllers: steady, bounded creations and suspensions through the API
//! server, and the result of each request.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sandbox_admission::api::Kind::{Sandbox, SnapshotClaim, SnapshotClass};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::cluster::client::{Client, Refused, claim, suspended};
use crate::cluster::process::eventually;

/// The namespace of the load.
pub const NAMESPACE: &str = "load";
/// The class that its claims select.
pub const CLASS: &str = "steady";
/// A class that a checkpoint holds.
pub const CLASS_IN_USE: &str = "kept";

/// The number of clients.
const CLIENTS: usize = 4;
/// The pause of a client between two requests.
const PAUSE: Duration = Duration::from_millis(25);
/// The time-out of a client's request, longer than the API server's own.
const PATIENCE: Duration = Duration::from_secs(90);
/// The number of requests in a row that must end as they should before a failure counts as over.
const STEADY: usize = 60;

/// The reason why a request did not end as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The API server called the webhook and got no answer that it could use.
    CallFailed,
    /// The webhook refused a correct object.
    WronglyDenied,
    /// A wrong object was stored, or a missing value was not filled in.
    Unjudged,
    /// The API server did not answer the client, or could not answer the webhook.
    ApiServer,
}

impl Cause {
    pub const ALL: [Self; 4] =
        [Self::CallFailed, Self::WronglyDenied, Self::Unjudged, Self::ApiServer];

    pub const fn name(self) -> &'static str {
        match self {
            Self::CallFailed => "webhook call failed",
            Self::WronglyDenied => "wrongly denied",
            Self::Unjudged => "passed unjudged",
            Self::ApiServer => "API server away",
        }
    }

    fn of(message: &str) -> Self {
        if message.contains("failed calling webhook") {
            Self::CallFailed
        } else if message.contains("denied the request") {
            Self::WronglyDenied
        } else {
            Self::ApiServer
        }
    }
}

/// The time of a request. One that was under way when the drill began counts as made meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Before,
    Meanwhile,
    Afterwards,
}

/// The results of the requests of a phase.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub requests: usize,
    /// The number of requests since the last failure.
    in_a_row: usize,
    /// The number of failures, and the API server's message about the first.
    failures: BTreeMap<Cause, (usize, String)>,
}

impl Tally {
    pub fn count(&self, cause: Cause) -> usize {
        self.failures.get(&cause).map_or(0, |(count, _)| *count)
    }

    pub fn failed(&self) -> usize {
        self.failures.values().map(|(count, _)| count).sum()
    }

    /// Panics if there was a failure of another cause than these.
    pub fn assert_only(&self, when: &str, permitted: &[Cause]) {
        for (cause, (count, message)) in &self.failures {
            let cause_name = cause.name();
            assert!(permitted.contains(cause), "{when}: {cause_name}, {count} requests: {message}");
        }
    }
}

/// A running load; dropping it ends it.
pub struct Load {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    is_over: AtomicBool,
    progress: Mutex<Progress>,
}

struct Progress {
    phase: Phase,
    tallies: [Tally; 3],
}

impl Load {
    /// Starts a load, with objects named after `name`.
    pub fn start(kubeconfig: &Path, name: String) -> Self {
        let progress = Progress { phase: Phase::Before, tallies: Default::default() };
        let shared =
            Arc::new(Shared { is_over: AtomicBool::new(false), progress: Mutex::new(progress) });
        let (people, kubeconfig) = (Arc::clone(&shared), kubeconfig.to_owned());
        let thread = thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(async {
                let client = Arc::new(Client::new(&kubeconfig).await);
                let people = (0..CLIENTS).map(|number| Person {
                    client: Arc::clone(&client),
                    shared: Arc::clone(&people),
                    name: format!("{name}-{number}"),
                });
                people.map(Person::work).collect::<JoinSet<_>>().join_all().await;
            });
        });
        Self { shared, thread: Some(thread) }
    }

    /// Waits until no request fails any more.
    pub fn wait_until_steady(&self) {
        self.wait(|tally| tally.in_a_row >= STEADY);
    }

    /// Begins the phase in which requests may fail.
    pub fn meanwhile(&self) {
        self.shared.progress.lock().unwrap().phase = Phase::Meanwhile;
    }

    /// Begins the phase in which no request may fail; waits for as many requests, whatever their result.
    pub fn afterwards(&self) {
        self.shared.progress.lock().unwrap().phase = Phase::Afterwards;
        self.wait(|tally| tally.requests >= STEADY);
    }

    /// Ends the load. Returns the results of the requests before, meanwhile and afterwards.
    pub fn end(mut self) -> [Tally; 3] {
        self.stop().unwrap();
        self.shared.progress.lock().unwrap().tallies.clone()
    }

    fn stop(&mut self) -> thread::Result<()> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.thread.take().map_or(Ok(()), JoinHandle::join)
    }

    fn wait(&self, holds: impl Fn(&Tally) -> bool) {
        let tally = || {
            let progress = self.shared.progress.lock().unwrap();
            progress.tallies[progress.phase as usize].clone()
        };
        assert!(eventually(|| holds(&tally())), "{:?}", tally());
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // A test that needs the result has called `end` before.
        let _ = self.stop();
    }
}

struct Person {
    client: Arc<Client>,
    shared: Arc<Shared>,
    name: String,
}

impl Person {
    async fn work(self) {
        let mut round = 0;
        while !self.shared.is_over.load(Ordering::Relaxed) {
            round += 1;
            // A failure ends the round: the next steps need the object of the failed one.
            let _ = self.live(&format!("{}-{round}", self.name)).await;
        }
    }

    /// Creates a Sandbox, suspends it and gives it another strategy; then makes two mistakes.
    async fn live(&self, name: &str) -> Option<()> {
        let (client, strategy) = (&self.client, json!({"snapshotClaimName": name}));
        self.expect(client.create(SnapshotClaim, NAMESPACE, name, claim(CLASS)), passed).await?;
        let mut sandbox = suspended(&strategy);
        sandbox["spec"].as_object_mut().unwrap().remove("operatingMode");
        self.expect(client.create(Sandbox, NAMESPACE, name, sandbox), |answer| {
            let stored = answer.map_err(|(_, message)| (Cause::of(&message), message))?;
            match stored["spec"]["operatingMode"].as_str() {
                Some("Running") => Ok(()),
                other => Err((Cause::Unjudged, format!("its mode is {other:?}"))),
            }
        })
        .await?;
        for change in [
            json!({"spec": {"operatingMode": "Suspended"}}),
            json!({"spec": {"suspensionStrategy": {"type": "Stop", "hibernate": null}}}),
        ] {
            self.expect(client.patch(Sandbox, NAMESPACE, name, &change), passed).await?;
        }

        let missing = format!("no-{name}");
        let wrong = suspended(&json!({"snapshotClaimName": missing}));
        let wrong = client.create(Sandbox, NAMESPACE, &missing, wrong);
        self.expect(wrong, |answer| {
            // The webhook asks the API server before it denies this; until it answers there is no verdict.
            const NO_VERDICT: [&str; 3] =
                ["context deadline exceeded", "looked up in time", "cannot tell whether"];
            refused(answer, "[snapshot-claim-exists]").map_err(|(cause, message)| {
                let is_left_open = NO_VERDICT.iter().any(|why| message.contains(why));
                (if is_left_open { Cause::ApiServer } else { cause }, message)
            })
        })
        .await?;
        let fatal = client.try_delete(SnapshotClass, "", CLASS_IN_USE);
        self.expect(fatal, |answer| refused(answer, "[snapshot-class-in-use]")).await
    }

    /// Makes a request. Returns `None` if it does not end as it should.
    async fn expect(
        &self,
        request: impl Future<Output = Result<Value, Refused>>,
        judge: impl FnOnce(Result<Value, Refused>) -> Result<(), (Cause, String)>,
    ) -> Option<()> {
        sleep(PAUSE).await;
        let begun = self.shared.progress.lock().unwrap().phase;
        let answer = timeout(PATIENCE, request).await;
        let judged = judge(answer.unwrap_or_else(|_| Err((0, "no answer".to_owned()))));
        let progress = &mut *self.shared.progress.lock().unwrap();
        let phase =
            if begun == Phase::Before { progress.phase.min(Phase::Meanwhile) } else { begun };
        let tally = &mut progress.tallies[phase as usize];
        tally.requests += 1;
        if let Err((cause, message)) = judged {
            tally.in_a_row = 0;
            tally.failures.entry(cause).or_insert((0, message)).0 += 1;
            return None;
        }
        tally.in_a_row += 1;
        Some(())
    }
}

fn passed(answer: Result<Value, Refused>) -> Result<(), (Cause, String)> {
    answer.map(|_| ()).map_err(|(_, message)| (Cause::of(&message), message))
}

fn refused(answer: Result<Value, Refused>, rule: &str) -> Result<(), (Cause, String)> {
    match answer {
        Ok(_) => Err((Cause::Unjudged, format!("not refused: {rule}"))),
        Err((_, message)) if message.contains("denied the request") && message.contains(rule) => {
            Ok(())
        }
        Err((_, message)) => Err((Cause::of(&message), message)),
    }
}
