//! Live look-ups: their results, and that they need few requests.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION, Kind};
use sandbox_admission::catalog::cluster::LookUp;
use sandbox_admission::catalog::{Catalog, Objects, Unconfirmed};
use sandbox_admission::webhook::confirm::{Confirmed, ConfirmingCatalog};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::fake::{Fake, Mood};
use super::running::{Running, claim, class, existence};

const CLASS: Kind = Kind::SnapshotClass;
const GET: &str = "snapshotclasses/";

/// Returns whether a class was found.
fn found(confirmed: &Confirmed, name: &str) -> bool {
    ConfirmingCatalog::new(&Objects::default(), confirmed).class(name).unwrap().is_some()
}

/// Returns whether a class was found not to exist.
fn absent(confirmed: &Confirmed, name: &str) -> bool {
    let nothing = Objects::default();
    let both = ConfirmingCatalog::new(&nothing, confirmed);
    both.class(name).unwrap().is_none() && both.unconfirmed().is_empty()
}

/// Holds back the answers to look-ups.
pub fn gate(running: &Running) -> Arc<Semaphore> {
    let gate = Arc::new(Semaphore::new(0));
    running.fake.state().gate = Some(Arc::clone(&gate));
    gate
}

#[tokio::test(start_paused = true)]
async fn what_the_watch_has_not_shown_yet_is_found() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    running.fake.apply(CLASS, "", "fast", class());
    let confirmed = running.look_up("fast").await.unwrap();
    assert!(found(&confirmed, "fast"));
    assert!(running.cluster.class("fast").unwrap().is_none(), "only the watch fills the catalog");
    assert!(absent(&running.look_up("fats").await.unwrap(), "fats"));
    assert_eq!((running.ended(LookUp::Found), running.ended(LookUp::Missing)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn equal_questions_share_a_request() {
    let running = Running::filled(Fake::default()).await;
    let questions: Vec<_> = (0..50).map(|_| running.ask("gone")).collect();
    for question in questions {
        assert!(absent(&question.await.unwrap().unwrap(), "gone"));
    }
    assert_eq!(running.fake.count(GET), 1);
}

#[tokio::test(start_paused = true)]
async fn who_asks_while_an_answer_is_under_way_does_not_get_that_one() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    let gate = gate(&running);
    let early = running.ask("fast");
    running.until(|it| it.fake.count(GET) == 1).await;
    // The API server has looked, and found nothing.
    running.fake.apply(CLASS, "", "fast", class());
    let late: Vec<_> = (0..3).map(|_| running.ask("fast")).collect();
    sleep(Duration::from_millis(10)).await;
    gate.add_permits(2);
    assert!(absent(&early.await.unwrap().unwrap(), "fast"));
    for question in late {
        assert!(found(&question.await.unwrap().unwrap(), "fast"));
    }
    assert_eq!(running.fake.count(GET), 2);
}

#[tokio::test(start_paused = true)]
async fn few_requests_are_under_way() {
    let running = Running::filled(Fake::default()).await;
    let gate = gate(&running);
    let clients = (0..20).map(|it| IpAddr::from([10, 0, 1, it]));
    let ask = |(peer, it)| running.settle_for(peer, existence(&format!("gone-{peer}-{it}")));
    let questions: Vec<_> =
        clients.flat_map(|peer| (0..10).map(move |it| (peer, it))).map(ask).collect();
    sleep(Duration::from_secs(4)).await;
    assert_eq!(running.fake.count(GET), 16);
    gate.add_permits(200);
    for question in questions {
        question.await.unwrap().unwrap();
    }
    assert_eq!(running.fake.count(GET), 200);
}

#[tokio::test(start_paused = true)]
async fn few_calls_wait() {
    let running = Running::filled(Fake::default()).await;
    let gate = gate(&running);
    let questions: Vec<_> = (0..256).map(|_| running.ask("gone")).collect();
    sleep(Duration::from_millis(100)).await;
    let error = running.look_up("one-too-many").await.unwrap_err();
    assert_eq!(
        error.0,
        "cannot tell whether SnapshotClass one-too-many exists: too many look-ups at once"
    );
    assert_eq!(running.ended(LookUp::Shed), 1);
    gate.add_permits(1);
    for question in questions {
        question.await.unwrap().unwrap();
    }
    assert_eq!(running.fake.count(GET), 1);
    // There is room again.
    running.fake.state().gate = None;
    running.look_up("one-too-many").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_those_who_have_given_up() {
    let running = Running::filled(Fake::default()).await;
    for it in 0..10 {
        let question = running.ask(&format!("gone-{it}"));
        sleep(Duration::from_millis(10)).await;
        question.abort();
    }
    sleep(Duration::from_secs(5)).await;
    assert_eq!(running.fake.count(GET), 2, "those that were asked for at once");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_was_not_there_is_asked_for_again_four_times_a_second_at_most() {
    let running = Running::filled(Fake::default()).await;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let questions: Vec<_> = (0..5).map(|_| running.ask("gone")).collect();
        for question in questions {
            assert!(absent(&question.await.unwrap().unwrap(), "gone"));
        }
    }
    assert!(running.fake.count(GET) <= 50, "{}", running.fake.count(GET));
}

#[tokio::test(start_paused = true)]
async fn a_remembered_name_whose_event_is_late_is_found_all_the_same() {
    let running = Running::filled(Fake::default()).await;
    assert!(absent(&running.look_up("fast").await.unwrap(), "fast"));
    running.fake.state().is_mute = true;
    running.fake.apply(CLASS, "", "fast", class());
    assert!(found(&running.look_up("fast").await.unwrap(), "fast"));
}

#[tokio::test(start_paused = true)]
async fn an_event_for_a_remembered_name_clears_it() {
    let running = Running::filled(Fake::default()).await;
    running.look_up("fast").await.unwrap();
    // Created and used at once: the watch shows it a little later than the question comes.
    let question = running.ask("fast");
    sleep(Duration::from_millis(20)).await;
    running.fake.apply(CLASS, "", "fast", class());
    let confirmed = question.await.unwrap().unwrap();
    assert!(!absent(&confirmed, "fast"), "it must be looked for in the catalog again");
    assert!(running.cluster.class("fast").unwrap().is_some());

    running.fake.delete(CLASS, "", "fast");
    running.until(|it| it.cluster.class("fast").unwrap().is_none()).await;
    running.look_up("fast").await.unwrap();
    assert_eq!(running.fake.count(GET), 2, "forgotten, so asked for again");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_remembered_of_a_kind_that_is_not_watched() {
    let fake = Fake::default();
    fake.state().absent = vec!["snapshotclasses"];
    let running = Running::start(fake);
    running.until(|it| it.cluster.unfilled().next().is_none()).await;
    assert!(absent(&running.look_up("fast").await.unwrap(), "fast"));
    running.fake.apply(CLASS, "", "fast", class());
    assert!(found(&running.look_up("fast").await.unwrap(), "fast"));
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_does_not_say_makes_no_denial() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().mood = Mood::Failing(StatusCode::TOO_MANY_REQUESTS);
    let error = running.look_up("fast").await.unwrap_err().0;
    let start = "cannot tell whether SnapshotClass fast exists: the API server says: ";
    assert!(error.starts_with(start), "{error}");
    running.fake.state().mood = Mood::Silent;
    let start = Instant::now();
    assert!(running.look_up("fast").await.is_err());
    assert!(start.elapsed() <= Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(running.ended(LookUp::Failed), 2);
}

#[tokio::test(start_paused = true)]
async fn an_object_with_a_value_of_a_wrong_type_is_not_missing() {
    let running = Running::filled(Fake::default()).await;
    running.fake.apply(CLASS, "", "odd", json!({"parameters": 7}));
    assert!(found(&running.look_up("odd").await.unwrap(), "odd"));
}

/// The default claim of a namespace and the default class, from the confirmed facts alone.
fn defaults(confirmed: &Confirmed) -> [Option<String>; 2] {
    let nothing = Objects::default();
    let both = ConfirmingCatalog::new(&nothing, confirmed);
    let claim = both.default_claim("team-a").unwrap().map(|it| it.name.clone());
    [claim, both.default_class().unwrap().map(|it| it.name.clone())]
}

fn no_default(kind: Kind, namespace: &str) -> Unconfirmed {
    Unconfirmed::NoDefault { kind, namespace: namespace.to_owned() }
}

fn annotated(mut object: Value, annotation: &str) -> Value {
    object["metadata"] = json!({"annotations": {annotation: "true"}});
    object
}

#[tokio::test(start_paused = true)]
async fn a_default_that_the_watch_has_not_shown_yet_is_found() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    let default_class = annotated(class(), DEFAULT_CLASS_ANNOTATION);
    let default_claim = annotated(claim("fast"), DEFAULT_CLAIM_ANNOTATION);
    running.fake.apply(CLASS, "", "plain", class());
    running.fake.apply(CLASS, "", "fast", default_class);
    running.fake.apply(Kind::SnapshotClaim, "team-b", "elsewhere", default_claim.clone());

    let by_claim = no_default(Kind::SnapshotClaim, "team-a");
    let confirmed = running.settle(no_default(CLASS, "")).await.unwrap().unwrap();
    assert_eq!(defaults(&confirmed), [None, Some("fast".to_owned())]);
    let confirmed = running.settle(by_claim.clone()).await.unwrap().unwrap();
    assert_eq!(defaults(&confirmed), [None, None]);

    // Not asked for again for a moment, unless the watch shows a claim there.
    running.fake.state().is_mute = false;
    running.fake.apply(Kind::SnapshotClaim, "team-b", "another", claim("fast"));
    running.settle(by_claim.clone()).await.unwrap().unwrap();
    let listings = "namespaces/team-a/snapshotclaims?limit";
    assert_eq!((running.ended(LookUp::Remembered), running.fake.count(listings)), (1, 1));
    running.fake.apply(Kind::SnapshotClaim, "team-a", "main", default_claim);
    running.until(|it| it.cluster.claim("team-a", "main").unwrap().is_some()).await;
    let confirmed = running.settle(by_claim).await.unwrap().unwrap();
    assert_eq!(defaults(&confirmed), [Some("main".to_owned()), None]);
    assert_eq!(running.fake.count(listings), 2);
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_does_not_list_denies_no_default() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().mood = Mood::Failing(StatusCode::TOO_MANY_REQUESTS);
    let error = running.settle(no_default(CLASS, "")).await.unwrap().unwrap_err().0;
    let start = "cannot tell whether there is a default SnapshotClass: the API server says: ";
    assert!(error.starts_with(start), "{error}");
}
