//! Those who must be served meanwhile: an API server that asks 50 times a second over a connection that it
//! keeps, one that connects anew each time, and a kubelet.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::api_server::{CLAIM, NAMESPACE};
use crate::support::client::{Client, Http1, try_get};
use crate::target::Target;

/// The time between two questions over a connection that is kept.
const EACH: Duration = Duration::from_millis(20);
/// The time between two new connections, and between two questions of the kubelet.
const EACH_NEW: Duration = Duration::from_millis(250);
/// The time from which on an answer is late: the kubelet's own limit for a probe. Webhooks have five
/// seconds, but an API server's user waits for them.
const LATE: Duration = Duration::from_secs(1);
/// One of so many questions needs to be looked up in the cluster.
const LOOKED_UP: usize = 25;

/// Threads that ask until they are stopped.
pub struct Regular {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Served>,
}

/// How they were served.
#[derive(Debug, Default)]
pub struct Served {
    pub answers: usize,
    pub slowest: Duration,
    /// What was late, missing or wrong.
    failures: Vec<String>,
}

impl Served {
    /// An error unless every question was answered well and in time.
    pub fn check(&self) -> Result<(), Failed> {
        let Some(first) = self.failures.first() else { return Ok(()) };
        let (all, failed) = (self.answers + self.failures.len(), self.failures.len());
        Err(format!("of {all} regular questions {failed} were not answered well: {first}").into())
    }

    fn note(&mut self, start: Instant, answer: Result<(), String>) {
        let took = start.elapsed();
        self.slowest = self.slowest.max(took);
        match answer {
            Ok(()) if took <= LATE => self.answers += 1,
            Ok(()) => self.failures.push(format!("an answer after {took:?}")),
            Err(why) => self.failures.push(format!("after {took:?}: {why}")),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.answers += other.answers;
        self.slowest = self.slowest.max(other.slowest);
        self.failures.extend(other.failures);
        self
    }
}

impl Regular {
    pub fn start(target: &Target) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let (client, health) = (target.client(1), target.server.health);
        let end = Arc::clone(&ended);
        // A runtime of its own, which the attackers' does not keep waiting.
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (kept, new, probes) = tokio::join!(
                    keep_asking(&client, &end),
                    connect(&client, &end),
                    probe(health, &end)
                );
                kept.and(new).and(probes)
            })
        });
        Self { ended, thread }
    }

    pub fn stop(self) -> Served {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Asks over one connection, which must last.
async fn keep_asking(client: &Client, ended: &AtomicBool) -> Served {
    let mut served = Served::default();
    let mut connection: Option<Http1> = None;
    let mut ticks = interval(EACH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        ticks.tick().await;
        let start = Instant::now();
        let (question, is_allowed) = question(number);
        let asked = async {
            let connection = match &mut connection {
                Some(connection) if connection.is_open() => connection,
                _ => {
                    let new = client.http1().await;
                    connection.insert(new.map_err(|error| format!("connecting: {error}"))?)
                }
            };
            let answer = connection.post("/validate?timeout=5s", question).await;
            let answer = answer.map_err(|error| error.to_string())?;
            judged(answer.status.as_u16(), &answer.body, is_allowed)
        };
        let answer = timeout(LATE * 4, asked).await.unwrap_or_else(|_| Err("no answer".to_owned()));
        served.note(start, answer);
    }
    served
}

/// Asks over a new connection each time.
async fn connect(client: &Client, ended: &AtomicBool) -> Served {
    let mut served = Served::default();
    let mut ticks = interval(EACH_NEW);
    while !ended.load(Ordering::Relaxed) {
        ticks.tick().await;
        let start = Instant::now();
        let asked = async {
            let mut connection =
                client.http1().await.map_err(|error| format!("connecting: {error}"))?;
            let answer = connection.post("/validate?timeout=5s", question(0).0).await;
            let answer = answer.map_err(|error| format!("on a new connection: {error}"))?;
            judged(answer.status.as_u16(), &answer.body, true)
        };
        let answer = timeout(LATE * 4, asked).await;
        served.note(
            start,
            answer.unwrap_or_else(|_| Err("no answer on a new connection".to_owned())),
        );
    }
    served
}

/// Asks for the probe pages.
async fn probe(health: SocketAddr, ended: &AtomicBool) -> Served {
    let mut served = Served::default();
    let mut ticks = interval(EACH_NEW);
    while !ended.load(Ordering::Relaxed) {
        for page in ["/livez", "/readyz"] {
            ticks.tick().await;
            let start = Instant::now();
            let answer = match timeout(LATE * 4, try_get(health, page)).await {
                Err(_) => Err(format!("no answer to {page}")),
                Ok(Err(error)) => Err(format!("{page}: {error}")),
                Ok(Ok(answer)) if answer.status.is_success() => Ok(()),
                Ok(Ok(answer)) => Err(format!("{page}: {} {}", answer.status, answer.text())),
            };
            served.note(start, answer);
        }
    }
    served
}

/// A write, and whether it is to be admitted: a Sandbox is suspended to a claim that is there, or, now and
/// then, to one that is not, which the server must ask the cluster about.
fn question(number: usize) -> (Vec<u8>, bool) {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let is_allowed = number % LOOKED_UP != LOOKED_UP - 1;
    let claim = if is_allowed {
        CLAIM.to_owned()
    } else {
        format!("regular-{}", ASKED.fetch_add(1, Ordering::Relaxed))
    };
    (suspended(&claim).to_string().into_bytes(), is_allowed)
}

/// A review of a Sandbox that becomes suspended, with the claim of this name.
pub fn suspended(claim: &str) -> Value {
    let sandbox = |mode: &str| {
        json!({
            "apiVersion": "agents.x-k8s.io/v1beta1",
            "kind": "Sandbox",
            "metadata": {"name": "agent", "namespace": NAMESPACE, "uid": "u-1"},
            "spec": {
                "operatingMode": mode,
                "podTemplate": {"spec": {"containers": [{"name": "agent", "image": "agent:1"}]}},
                "suspensionStrategy": {"type": "Hibernate", "hibernate": {"snapshotClaimName": claim}},
            },
        })
    };
    review("UPDATE", "sandboxes", Some(&sandbox("Suspended")), Some(&sandbox("Running")))
}

/// A review as an API server sends it, of an object that has a kind and a name.
pub fn review(operation: &str, plural: &str, object: Option<&Value>, old: Option<&Value>) -> Value {
    let one = object.or(old).unwrap();
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "agents.x-k8s.io", "version": "v1beta1", "kind": one["kind"]},
            "resource": {"group": "agents.x-k8s.io", "version": "v1beta1", "resource": plural},
            "operation": operation,
            "name": one["metadata"]["name"],
            "namespace": one["metadata"].get("namespace"),
            "userInfo": {"username": "someone"},
            "object": object,
            "oldObject": old,
        },
    })
}

fn judged(status: u16, body: &[u8], is_allowed: bool) -> Result<(), String> {
    let text = || String::from_utf8_lossy(body).chars().take(300).collect::<String>();
    let review: Value = serde_json::from_slice(body).unwrap_or_default();
    match review["response"]["allowed"].as_bool() {
        Some(allowed) if allowed == is_allowed => Ok(()),
        _ => Err(format!("{status}, allowed should be {is_allowed}: {}", text())),
    }
}
