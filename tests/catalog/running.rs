//! A catalog at work for one test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandbox_admission::api::Kind;
use sandbox_admission::catalog::cluster::{Cluster, LookUp, Report};
use sandbox_admission::catalog::{ObjectName, Retention, Unavailable, Unconfirmed};
use sandbox_admission::webhook::confirm::Confirmed;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::fake::Fake;

/// A catalog that follows a fake; dropping it stops it.
pub struct Running {
    pub fake: Fake,
    pub cluster: Arc<Cluster>,
    reports: Arc<Mutex<Vec<Report>>>,
    panics_on: Arc<Mutex<Option<Kind>>>,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    pub fn start(fake: Fake) -> Self {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let panics_on = Arc::new(Mutex::new(None));
        let (noted, panics) = (Arc::clone(&reports), Arc::clone(&panics_on));
        let (cluster, follower) = Cluster::new(Retention::Essentials, move |report| {
            noted.lock().unwrap().push(report);
            if let Report::Heard(kind, _) = report {
                let panics =
                    panics.lock().unwrap().take_if(|it: &mut Kind| kind == (*it).into()).is_some();
                assert!(!panics, "as asked");
            }
        });
        let task = tokio::spawn(follower.run(fake.client()));
        Self { fake, cluster, reports, panics_on, task }
    }

    /// One that knows all that the fake holds.
    pub async fn filled(fake: Fake) -> Self {
        let running = Self::start(fake);
        running.until(|it| it.cluster.unfilled().next().is_none()).await;
        // All watches are open, too.
        running.until(|it| it.fake.count("watch=true") >= Kind::ALL.len()).await;
        running
    }

    /// Waits until something holds; time flies meanwhile.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < Duration::from_mins(20), "it never came to hold");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// The next time that something is heard of a kind, its task panics.
    pub fn panic_on(&self, kind: Kind) {
        *self.panics_on.lock().unwrap() = Some(kind);
    }

    /// How many objects of a kind there were when it was last listed or heard of.
    pub fn counted(&self, kind: Kind) -> Option<usize> {
        self.reports.lock().unwrap().iter().rev().find_map(|report| match report {
            Report::Listed(of, count) | Report::Heard(of, count) if *of == kind.into() => {
                Some(*count)
            }
            _ => None,
        })
    }

    /// How many look-ups ended like this.
    pub fn ended(&self, how: LookUp) -> usize {
        let reports = self.reports.lock().unwrap();
        reports.iter().filter(|report| **report == Report::LookedUp(how)).count()
    }

    /// How often something failed.
    pub fn failures(&self) -> usize {
        let reports = self.reports.lock().unwrap();
        reports.iter().filter(|report| **report == Report::Failed).count()
    }

    /// Asks the API server for what is not confirmed.
    pub fn settle(&self, unconfirmed: Unconfirmed) -> JoinHandle<Result<Confirmed, Unavailable>> {
        let cluster = Arc::clone(&self.cluster);
        tokio::spawn(async move {
            let found = cluster.look_up(&unconfirmed).await?;
            let mut confirmed = Confirmed::default();
            confirmed.note(unconfirmed, Ok(found));
            Ok(confirmed)
        })
    }

    /// Looks a class up.
    pub async fn look_up(&self, name: &str) -> Result<Confirmed, Unavailable> {
        self.ask(name).await.unwrap()
    }

    /// The same on the side.
    pub fn ask(&self, name: &str) -> JoinHandle<Result<Confirmed, Unavailable>> {
        self.settle(existence(name))
    }
}

fn existence(name: &str) -> Unconfirmed {
    Unconfirmed::Missing(ObjectName::class(name).into())
}

/// A class.
pub fn class() -> Value {
    json!({"provisioner": "example.com/snapshots"})
}

/// A claim that selects a class.
pub fn claim(class: &str) -> Value {
    json!({"spec": {"snapshotClassName": class}})
}

/// A Sandbox with a checkpoint.
pub fn hibernated(class: &str, claim: &str) -> Value {
    json!({
        "spec": {"operatingMode": "Suspended", "suspensionStrategy": {
            "type": "Hibernate", "hibernate": {"snapshotClaimName": claim},
        }},
        "status": {"snapshot": {"snapshotClassName": class, "snapshotClaimName": claim}},
    })
}
