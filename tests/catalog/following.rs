//! Listing and watching, and the failures of both.

use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::api::Kind;
use sandbox_admission::catalog::{Catalog, ObjectName};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::fake::{Fake, Mood, Streams};
use super::running::{Running, claim, class, hibernated};

const CLASS: Kind = Kind::SnapshotClass;
const CLAIM: Kind = Kind::SnapshotClaim;

fn knows_class(running: &Running, name: &str) -> bool {
    running.cluster.class(name).unwrap().is_some()
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_told_before_the_cluster_was_listed() {
    let fake = Fake::default();
    fake.state().mood = Mood::Failing(StatusCode::FORBIDDEN);
    let running = Running::start(fake);
    sleep(Duration::from_mins(1)).await;
    assert_eq!(running.cluster.unfilled().count(), Kind::ALL.len());
    assert!(running.cluster.class("any").is_err());
    assert!(running.cluster.claim("team-a", "any").is_err());
    assert!(running.cluster.checkpoints_on(ObjectName::provider("any")).is_err());
    running.fake.state().mood = Mood::Healthy;
    running.until(|it| it.cluster.unfilled().next().is_none()).await;
    assert!(running.cluster.class("any").unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_question_waits_for_the_kinds_that_it_needs_and_no_others() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "fast", class());
    let running = Running::start(fake);
    running.until(|it| it.cluster.class("fast").is_ok()).await;
    running.fake.state().mood = Mood::Silent;
    assert!(knows_class(&running, "fast"));
}

#[tokio::test(start_paused = true)]
async fn a_large_kind_is_listed_page_by_page() {
    let fake = Fake::default();
    for number in 0..600 {
        fake.apply(CLAIM, "team-a", &format!("claim-{number}"), claim("fast"));
    }
    let running = Running::filled(fake).await;
    assert_eq!(running.fake.count("snapshotclaims?limit="), 4, "25, 250, 250, 75");
    assert_eq!(running.counted(CLAIM), Some(600));
    let last = running.cluster.claim("team-a", "claim-599").unwrap().unwrap();
    assert_eq!(last.class.as_deref(), Some("fast"));
}

#[tokio::test(start_paused = true)]
async fn where_lists_are_streamed_the_stream_goes_on_as_the_watch() {
    let fake = Fake::default();
    fake.state().streams = Streams::Sent;
    for number in 0..600 {
        fake.apply(CLAIM, "team-a", &format!("claim-{number}"), claim("fast"));
    }
    let running = Running::filled(fake).await;
    assert_eq!(running.counted(CLAIM), Some(600));
    running.fake.apply(CLAIM, "team-a", "new", claim("fast"));
    running.until(|it| it.cluster.claim("team-a", "new").unwrap().is_some()).await;
    assert_eq!((running.fake.count("limit="), running.fake.watches(CLAIM)), (0, 0));

    // A watch that ends is resumed where it was, and a history that is gone is streamed again.
    running.fake.state().disconnect();
    running.fake.delete(CLAIM, "team-a", "new");
    running.until(|it| it.cluster.claim("team-a", "new").unwrap().is_none()).await;
    assert_eq!(running.fake.watches(CLAIM), 1);
    running.fake.state().is_mute = true;
    running.fake.delete(CLAIM, "team-a", "claim-1");
    running.fake.state().is_mute = false;
    running.fake.state().compact();
    running.fake.state().disconnect();
    running.until(|it| it.cluster.claim("team-a", "claim-1").unwrap().is_none()).await;
    assert_eq!(running.counted(CLAIM), Some(599));
    assert_eq!(running.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_refuses_streams_is_asked_for_one_once() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    running.fake.apply(CLASS, "", "fast", class());
    running.fake.state().is_mute = false;
    running.fake.state().compact();
    running.fake.state().disconnect();
    running.until(|it| knows_class(it, "fast")).await;
    assert_eq!(running.fake.count("snapshotclasses?limit="), 2);
    assert_eq!(running.fake.count("sendInitialEvents"), Kind::ALL.len());
    assert_eq!(running.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_never_ends_is_given_up_for_pages() {
    let fake = Fake::default();
    fake.state().streams = Streams::Endless;
    fake.apply(CLASS, "", "fast", class());
    let running = Running::start(fake);
    running.until(|it| it.cluster.unfilled().next().is_none()).await;
    assert!(knows_class(&running, "fast"));
    assert_eq!(running.fake.count("snapshotclasses?limit="), 1);
}

#[tokio::test(start_paused = true)]
async fn events_change_what_is_known() {
    let running = Running::filled(Fake::default()).await;
    running.fake.apply(CLAIM, "team-a", "main", claim("fast"));
    let selects = |it: &Running| {
        let claim = it.cluster.claim("team-a", "main").unwrap();
        claim.map(|claim| claim.class.clone().unwrap())
    };
    running.until(|it| selects(it).as_deref() == Some("fast")).await;
    running.fake.apply(CLAIM, "team-a", "main", claim("slow"));
    running.until(|it| selects(it).as_deref() == Some("slow")).await;
    assert_eq!(running.counted(CLAIM), Some(1));
    running.fake.delete(CLAIM, "team-a", "main");
    running.until(|it| selects(it).is_none()).await;
    assert_eq!(running.counted(CLAIM), Some(0));
}

#[tokio::test(start_paused = true)]
async fn what_vanished_while_nothing_was_watched_is_forgotten() {
    let fake = Fake::default();
    for name in ["stays", "goes"] {
        fake.apply(CLASS, "", name, class());
        fake.apply(CLAIM, "team-a", name, claim("stays"));
        fake.apply(Kind::SnapshotClaimTemplate, "team-a", name, json!({"spec": {}}));
        fake.apply(Kind::SnapshotProvider, "", name, json!({"spec": {}}));
        fake.apply(Kind::Sandbox, "team-a", name, hibernated("stays", name));
    }
    let running = Running::filled(fake).await;
    for kind in Kind::ALL {
        let namespace = if kind.is_namespaced() { "team-a" } else { "" };
        running.fake.state().is_mute = true;
        running.fake.delete(kind, namespace, "goes");
    }
    running.fake.state().is_mute = false;
    running.fake.state().compact();
    running.fake.state().disconnect();
    running.until(|it| Kind::ALL.iter().all(|kind| it.counted(*kind) == Some(1))).await;
    let cluster = &running.cluster;
    for (name, is_there) in [("stays", true), ("goes", false)] {
        assert_eq!(cluster.class(name).unwrap().is_some(), is_there);
        assert_eq!(cluster.claim("team-a", name).unwrap().is_some(), is_there);
        assert_eq!(cluster.template("team-a", name).unwrap().is_some(), is_there);
        assert_eq!(cluster.provider(name).unwrap().is_some(), is_there);
        let users = cluster.checkpoints_on(ObjectName::claim("team-a", name)).unwrap().users();
        assert_eq!(users.is_empty(), !is_there);
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_with_values_of_a_wrong_type_counts_as_far_as_it_can_be_read() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "broken", json!({"parameters": 7}));
    let status = json!({"snapshot": {"snapshotClassName": "broken", "sizeBytes": "12"}});
    fake.apply(Kind::Sandbox, "team-a", "asleep", json!({"spec": [], "status": status}));
    let running = Running::filled(fake).await;
    assert!(knows_class(&running, "broken"));
    let users = running.cluster.checkpoints_on(ObjectName::class("broken")).unwrap().users();
    assert_eq!(users.to_string(), "team-a/asleep");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_object_is_skipped_and_what_was_known_stays() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "b-whole", class());
    let running = Running::filled(fake).await;
    running.fake.state().send(CLASS.plural(), r#"{"type":"ADDED","object":[]}"#);
    running.fake.apply(CLASS, "", "c-whole", class());
    running.until(|it| knows_class(it, "c-whole")).await;
    assert!(knows_class(&running, "b-whole"));
    assert_eq!(running.fake.watches(CLASS), 1, "the watch was given up");
    assert_eq!(running.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_not_installed_has_no_objects_and_is_found_when_it_appears() {
    let fake = Fake::default();
    fake.state().absent = vec!["snapshotproviders"];
    let running = Running::start(fake);
    running.until(|it| it.cluster.unfilled().next().is_none()).await;
    assert!(running.cluster.provider("gcs").unwrap().is_none());
    assert_eq!(running.failures(), 0);

    running.fake.state().absent.clear();
    running.fake.apply(Kind::SnapshotProvider, "", "gcs", json!({"spec": {}}));
    let start = Instant::now();
    running.until(|it| it.cluster.provider("gcs").unwrap().is_some()).await;
    assert!(start.elapsed() <= Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn when_a_definition_is_removed_its_objects_are_forgotten() {
    let fake = Fake::default();
    fake.apply(Kind::SnapshotProvider, "", "gcs", json!({"spec": {}}));
    let running = Running::filled(fake).await;
    running.fake.state().absent = vec!["snapshotproviders"];
    running.fake.state().disconnect();
    running.until(|it| it.cluster.provider("gcs").unwrap().is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_is_resumed_where_it_was() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "old", class());
    let running = Running::filled(fake).await;
    running.fake.state().disconnect();
    running.fake.apply(CLASS, "", "new", class());
    let start = Instant::now();
    running.until(|it| knows_class(it, "new")).await;
    assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
    assert_eq!(running.fake.count("snapshotclasses?limit="), 1, "it was listed again");
    assert_eq!(running.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn while_the_api_server_is_away_the_last_known_state_answers_and_pauses_grow() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "fast", class());
    let running = Running::filled(fake).await;
    running.fake.state().mood = Mood::Failing(StatusCode::INTERNAL_SERVER_ERROR);
    running.fake.state().disconnect();
    sleep(Duration::from_hours(1)).await;
    assert!(knows_class(&running, "fast"));
    assert!(running.cluster.unfilled().next().is_none());
    // An hour of pauses of at least 15 s.
    assert!(running.fake.watches(CLASS) < 260);
    assert!(running.failures() > 0);

    running.fake.state().mood = Mood::Healthy;
    running.fake.apply(CLASS, "", "new", class());
    let start = Instant::now();
    running.until(|it| knows_class(it, "new")).await;
    assert!(start.elapsed() <= Duration::from_secs(30), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_brings_nothing_not_even_bookmarks_is_given_up() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    running.fake.apply(CLASS, "", "new", class());
    sleep(Duration::from_secs(100)).await;
    assert!(!knows_class(&running, "new"));
    running.until(|it| knows_class(it, "new")).await;
}

#[tokio::test(start_paused = true)]
async fn a_bookmark_keeps_a_quiet_watch_alive() {
    let running = Running::filled(Fake::default()).await;
    for _ in 0..10 {
        sleep(Duration::from_mins(1)).await;
        let bookmark = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}}"#;
        running.fake.state().send(CLASS.plural(), bookmark);
    }
    assert_eq!(running.fake.watches(CLASS), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_never_answered_is_given_up() {
    let fake = Fake::default();
    fake.state().mood = Mood::Silent;
    let running = Running::start(fake);
    sleep(Duration::from_secs(20)).await;
    running.fake.state().mood = Mood::Healthy;
    running.until(|it| it.cluster.unfilled().next().is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_no_event_leads_to_a_new_listing() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    running.fake.apply(CLASS, "", "unheard-of", class());
    running.fake.state().is_mute = false;
    running.fake.state().send(CLASS.plural(), "<html>");
    running.until(|it| knows_class(it, "unheard-of")).await;
    assert_eq!(running.fake.count("snapshotclasses?limit="), 2);
}

#[tokio::test(start_paused = true)]
async fn a_listing_whose_pages_expire_starts_over() {
    let fake = Fake::default();
    for number in 0..300 {
        fake.apply(CLASS, "", &format!("class-{number}"), class());
    }
    fake.state().expired_pages = 2;
    let running = Running::filled(fake).await;
    assert_eq!(running.counted(CLASS), Some(300));
    assert_eq!(running.fake.count("snapshotclasses?limit="), 2 + 2 + 3);
    assert_eq!(running.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_cannot_be_watched_is_not_listed_all_the_time() {
    let fake = Fake::default();
    fake.state().is_forgetful = true;
    let running = Running::start(fake);
    sleep(Duration::from_mins(10)).await;
    assert!(running.cluster.unfilled().next().is_none());
    // Ten minutes of pauses of at least 15 s, after six shorter ones.
    assert!(running.fake.count("snapshotclasses?limit=") < 47);
    running.fake.state().is_forgetful = false;
    running.fake.apply(CLASS, "", "new", class());
    running.until(|it| knows_class(it, "new")).await;
}

#[tokio::test(start_paused = true)]
async fn a_kind_whose_task_panics_is_followed_again() {
    let running = Running::filled(Fake::default()).await;
    running.panic_on(CLASS);
    running.fake.apply(CLASS, "", "first", class());
    sleep(Duration::from_secs(1)).await;
    running.fake.apply(CLASS, "", "second", class());
    running.until(|it| knows_class(it, "second")).await;
    assert_eq!(running.fake.count("snapshotclasses?limit="), 2, "it did not panic");
}
