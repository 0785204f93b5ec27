//! A running catalog for one test.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandbox_admission::api::Kind;
use sandbox_admission::catalog::cluster::{CatalogReport, Cluster, LookUp};
use sandbox_admission::catalog::{ObjectName, Retention, Unavailable, Unconfirmed};
use sandbox_admission::webhook::confirm::Confirmed;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::fake::{Fake, Streams};

/// The client for which is asked where there is no other.
pub const API_SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// A catalog that follows a fake; dropping it stops it.
pub struct Running {
    pub fake: Fake,
    pub cluster: Arc<Cluster>,
    reports: Arc<Mutex<Vec<CatalogReport>>>,
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
            if let CatalogReport::Heard(kind, _) = report {
                let panics =
                    panics.lock().unwrap().take_if(|it: &mut Kind| kind == (*it).into()).is_some();
                assert!(!panics, "as asked");
            }
        });
        let task = tokio::spawn(follower.run(fake.client()));
        Self { fake, cluster, reports, panics_on, task }
    }

    /// Starts a catalog and waits until it knows all that the fake holds.
    pub async fn filled(fake: Fake) -> Self {
        let running = Self::start(fake);
        running.until(|it| it.cluster.unfilled().next().is_none()).await;
        // By then all watches are open, too.
        let is_watched =
            |it: &Self, kind| it.fake.state().streams == Streams::Sent || it.fake.watches(kind) > 0;
        running.until(|it| Kind::ALL.into_iter().all(|kind| is_watched(it, kind))).await;
        running
    }

    /// Waits until a condition holds; the paused clock jumps forward meanwhile.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < Duration::from_mins(20), "it never came to hold");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Makes the task of a kind panic at its next event.
    pub fn panic_on(&self, kind: Kind) {
        *self.panics_on.lock().unwrap() = Some(kind);
    }

    /// The number of objects of a kind when it was last listed or an event of it came.
    pub fn counted(&self, kind: Kind) -> Option<usize> {
        self.reports.lock().unwrap().iter().rev().find_map(|report| match report {
            CatalogReport::Listed(of, count) | CatalogReport::Heard(of, count)
                if *of == kind.into() =>
            {
                Some(*count)
            }
            _ => None,
        })
    }

    /// The number of look-ups with a result.
    pub fn ended(&self, how: LookUp) -> usize {
        let reports = self.reports.lock().unwrap();
        reports.iter().filter(|report| **report == CatalogReport::LookedUp(how)).count()
    }

    /// The number of failures.
    pub fn failures(&self) -> usize {
        let reports = self.reports.lock().unwrap();
        reports.iter().filter(|report| **report == CatalogReport::Failed).count()
    }

    /// Asks the API server about an unconfirmed fact.
    pub fn settle(&self, unconfirmed: Unconfirmed) -> JoinHandle<Result<Confirmed, Unavailable>> {
        self.settle_for(API_SERVER, unconfirmed)
    }

    /// Asks the API server about an unconfirmed fact, on behalf of a client.
    pub fn settle_for(
        &self,
        peer: IpAddr,
        unconfirmed: Unconfirmed,
    ) -> JoinHandle<Result<Confirmed, Unavailable>> {
        let cluster = Arc::clone(&self.cluster);
        tokio::spawn(async move {
            let found = cluster.look_up(&unconfirmed, peer).await?;
            let mut confirmed = Confirmed::default();
            confirmed.note(unconfirmed, Ok(found));
            Ok(confirmed)
        })
    }

    /// Looks a class up.
    pub async fn look_up(&self, name: &str) -> Result<Confirmed, Unavailable> {
        self.ask(name).await.unwrap()
    }

    /// Looks a class up in a task of its own.
    pub fn ask(&self, name: &str) -> JoinHandle<Result<Confirmed, Unavailable>> {
        self.settle(existence(name))
    }
}

pub fn existence(name: &str) -> Unconfirmed {
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
