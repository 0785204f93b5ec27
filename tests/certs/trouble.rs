//! Replicas whose API server fails.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::StatusCode;
use serde_json::Value;
use tokio::time::sleep;

use super::fake::{Fake, MUTATING, SECRET, SECRETS};
use super::running::{Replica, all_serve_the_secret, bundle, is_published, settled, until};
use crate::support::alone;

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_down_at_first_is_waited_for() {
    for part in ["GET /api/", "GET /apis/", SECRETS, "PATCH"] {
        let fake = Fake::registered();
        fake.state().refusals.push((part, StatusCode::SERVICE_UNAVAILABLE));
        let replica = Replica::start(&fake);
        sleep(Duration::from_mins(10)).await;
        assert!(!replica.is_ready(), "{part}");
        assert!((10..=60).contains(&replica.failures()), "{part}: {}", replica.failures());
        fake.state().refusals.clear();
        until(|| replica.is_ready()).await;
        assert!(is_published(&fake), "{part}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_says_nothing_is_asked_again() {
    let fake = Fake::registered();
    fake.state().silence = Some("GET /api");
    let replica = Replica::start(&fake);
    until(|| replica.failures() > 2).await;
    fake.state().silence = None;
    until(|| replica.is_ready()).await;
}

#[tokio::test(start_paused = true)]
async fn losing_the_api_server_changes_nothing_about_what_is_served() {
    let (fake, replicas) = settled().await;
    fake.state().refusals.push(("/", StatusCode::INTERNAL_SERVER_ERROR));
    sleep(Duration::from_hours(5)).await;
    assert!(replicas.iter().all(Replica::is_ready));
    assert!(all_serve_the_secret(&fake, &replicas).await);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_served_that_nobody_could_be_told_to_trust() {
    let fake = Fake::registered();
    fake.state().refusals.push(("PATCH", StatusCode::FORBIDDEN));
    let replica = Replica::start(&fake);
    sleep(Duration::from_mins(10)).await;
    let why = replica.certificates.not_ready(std::time::SystemTime::now());
    assert_eq!(why.as_deref(), Some("there is no serving certificate yet"));
    assert!(fake.get(SECRET).is_some(), "which does not keep it from what it can do");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_cannot_be_changed_is_still_served() {
    let fake = Fake::registered();
    fake.put(SECRET, super::running::made(3000, 300));
    fake.state().refusals.push(("PUT", StatusCode::FORBIDDEN));
    let replica = Replica::start(&fake);
    until(|| replica.is_ready()).await;
    assert!(all_serve_the_secret(&fake, &[replica]).await);
}

#[tokio::test(start_paused = true)]
async fn one_who_overwrites_all_the_time_does_not_make_us_busy() {
    let (fake, replicas) = settled().await;
    let mut overwritten = fake.get(MUTATING).unwrap();
    overwritten["webhooks"][0]["clientConfig"]["caBundle"] = Value::Null;
    let before = fake.count("PATCH");
    let minutes = 1;
    for _ in 0..minutes * 60 * 10 {
        fake.put(MUTATING, overwritten.clone());
        sleep(Duration::from_millis(100)).await;
    }
    let patches = fake.count("PATCH") - before;
    assert!(patches <= minutes * 60 * 2 + 20, "about one a second and replica: {patches}");
    until(|| is_published(&fake)).await;
    assert!(bundle(&fake, MUTATING, 0).is_some());
    assert!(replicas.iter().all(Replica::is_ready));
}

/// The log, as lines.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let writer = move || log.clone();
        let log = tracing_subscriber::fmt().with_writer(writer).with_ansi(false);
        tracing::subscriber::set_default(log.finish())
    }

    fn count(&self, part: &str) -> usize {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().matches(part).count()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_logged_once_and_so_is_its_end() {
    if !alone::in_own_process("certs::trouble::a_failure_is_logged_once_and_so_is_its_end") {
        return;
    }
    let log = Log::default();
    let _guard = log.start();
    let fake = Fake::registered();
    let refuse = |code| fake.state().refusals = vec![("GET /api/", code)];
    refuse(StatusCode::FORBIDDEN);
    let replica = Replica::start(&fake);
    until(|| replica.failures() > 5).await;
    assert_eq!(log.count("cannot read the Secret"), 1);
    refuse(StatusCode::INTERNAL_SERVER_ERROR);
    let so_far = replica.failures();
    until(|| replica.failures() > so_far + 5).await;
    assert_eq!(log.count("cannot read the Secret"), 2, "another error in the same place");
    assert_eq!(log.count("(403)") + log.count("(500)"), 2, "with what the API server said");
    fake.state().refusals.clear();
    until(|| replica.is_ready()).await;
    sleep(Duration::from_mins(5)).await;
    assert_eq!(log.count("the shared certificate is in order again"), 1);
    assert_eq!(log.count("ERROR sandbox_admission"), 2);
}
