//! Live look-ups of who uses an object: their results, and that they need few requests.

use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::api::Kind;
use sandbox_admission::catalog::cluster::LookUp;
use sandbox_admission::catalog::{Catalog, ObjectName, Unconfirmed};
use sandbox_admission::webhook::confirm::{Confirmed, ConfirmingCatalog};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::fake::{Fake, Mood};
use super::look_ups::gate;
use super::running::{Running, claim, class, hibernated};

const CLASS: Kind = Kind::SnapshotClass;

/// The Sandboxes whose checkpoints depend on a class, from the catalog and the confirmed facts.
fn users(running: &Running, confirmed: &Confirmed) -> String {
    let both = ConfirmingCatalog::new(&*running.cluster, confirmed);
    both.checkpoints_on(ObjectName::class("fast")).unwrap().users().to_string()
}

fn use_of_class() -> Unconfirmed {
    Unconfirmed::Unused(ObjectName::class("fast").into())
}

#[tokio::test(start_paused = true)]
async fn a_use_that_the_watch_has_not_shown_yet_is_found() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    running.fake.apply(CLASS, "", "fast", class());
    let confirmed = running.settle(use_of_class()).await.unwrap().unwrap();
    assert_eq!(users(&running, &confirmed), "");
    let suspended = json!({"spec": {"operatingMode": "Suspended", "suspensionStrategy": {
        "type": "Hibernate", "hibernate": {"snapshotClaimName": "main"},
    }}});
    running.fake.apply(Kind::SnapshotClaim, "team-a", "main", claim("fast"));
    running.fake.apply(Kind::Sandbox, "team-a", "on-its-way", suspended);
    running.fake.apply(Kind::Sandbox, "team-b", "asleep", hibernated("fast", "main"));
    // More than a page.
    for number in 0..300 {
        running.fake.apply(Kind::Sandbox, "team-c", &format!("{number}"), json!({}));
    }
    let confirmed = running.settle(use_of_class()).await.unwrap().unwrap();
    assert_eq!(users(&running, &confirmed), "team-a/on-its-way, team-b/asleep");
    // Each time the watch did not know of the class, either.
    assert_eq!((running.ended(LookUp::Missing), running.ended(LookUp::Found)), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn of_a_kind_that_is_not_installed_there_are_no_users() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "fast", class());
    fake.state().absent = vec!["snapshotclaims", "snapshotclaimtemplates"];
    let running = Running::start(fake);
    running.until(|it| it.cluster.unfilled().next().is_none()).await;
    running.fake.state().is_mute = true;
    running.fake.apply(Kind::Sandbox, "team-a", "asleep", hibernated("fast", "main"));
    let confirmed = running.settle(use_of_class()).await.unwrap().unwrap();
    assert_eq!(users(&running, &confirmed), "team-a/asleep");
}

#[tokio::test(start_paused = true)]
async fn who_asks_while_users_are_listed_gets_a_listing_of_his_own() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "fast", class());
    let running = Running::filled(fake).await;
    running.fake.state().is_mute = true;
    let gate = gate(&running);
    let (listings, before) = ("sandboxes?limit", running.fake.count("sandboxes?limit"));
    let early: Vec<_> = (0..3).map(|_| running.settle(use_of_class())).collect();
    running.until(|it| it.fake.count(listings) == before + 1).await;
    // The API server has looked, and found none.
    running.fake.apply(Kind::Sandbox, "team-a", "asleep", hibernated("fast", "main"));
    let late: Vec<_> = (0..3).map(|_| running.settle(use_of_class())).collect();
    sleep(Duration::from_millis(10)).await;
    gate.add_permits(100);
    for question in early {
        assert_eq!(users(&running, &question.await.unwrap().unwrap()), "");
    }
    for question in late {
        assert_eq!(users(&running, &question.await.unwrap().unwrap()), "team-a/asleep");
    }
    assert_eq!(running.fake.count(listings), before + 2);
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_does_not_list_lets_nothing_pass() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "fast", class());
    let running = Running::filled(fake).await;
    running.fake.state().mood = Mood::Failing(StatusCode::TOO_MANY_REQUESTS);
    let error = running.settle(use_of_class()).await.unwrap().unwrap_err().0;
    let start = "cannot tell whether SnapshotClass fast is in use: the API server says: ";
    assert!(error.starts_with(start), "{error}");
    running.fake.state().mood = Mood::Silent;
    let start = Instant::now();
    assert!(running.settle(use_of_class()).await.unwrap().is_err());
    assert!(start.elapsed() <= Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn in_a_large_cluster_nothing_is_listed_for_a_question() {
    let fake = Fake::default();
    fake.apply(CLASS, "", "fast", class());
    for number in 0..=10_000 {
        fake.apply(Kind::Sandbox, "team-a", &format!("agent-{number}"), json!({}));
    }
    let running = Running::filled(fake).await;
    let before = running.fake.count("?limit");
    let confirmed = running.settle(use_of_class()).await.unwrap().unwrap();
    assert_eq!(users(&running, &confirmed), "");
    assert_eq!(running.fake.count("?limit"), before);
}

/// The Sandboxes whose checkpoints depend on a claim.
fn users_of_claim(running: &Running, confirmed: &Confirmed, name: &str) -> String {
    let both = ConfirmingCatalog::new(&*running.cluster, confirmed);
    both.checkpoints_on(ObjectName::claim("team-a", name)).unwrap().users().to_string()
}

fn unused_claim(namespace: &str, name: &str) -> Unconfirmed {
    Unconfirmed::Unused(ObjectName::claim(namespace, name).into())
}

fn used_claim(name: &str) -> Unconfirmed {
    Unconfirmed::Used(ObjectName::claim("team-a", name).into())
}

/// An API server with claims of these names in a namespace.
fn with_claims(namespace: &str, names: impl Iterator<Item = String>) -> Fake {
    let fake = Fake::default();
    for name in names {
        fake.apply(Kind::SnapshotClaim, namespace, &name, claim("fast"));
    }
    fake
}

#[tokio::test(start_paused = true)]
async fn the_use_of_a_claim_that_the_watch_has_not_shown_yet_is_found() {
    let running = Running::filled(with_claims("team-a", ["main".to_owned()].into_iter())).await;
    running.fake.state().is_mute = true;
    running.fake.apply(Kind::Sandbox, "team-a", "asleep", hibernated("fast", "main"));
    running.fake.apply(Kind::Sandbox, "team-b", "elsewhere", hibernated("fast", "main"));
    let before = running.fake.count("sandboxes?limit");
    let confirmed = running.settle(unused_claim("team-a", "main")).await.unwrap().unwrap();
    assert_eq!(users_of_claim(&running, &confirmed, "main"), "team-a/asleep");
    assert_eq!(running.fake.count("namespaces/team-a/sandboxes?limit"), 1);
    assert_eq!(running.fake.count("sandboxes?limit"), before + 1, "no other namespace is listed");
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_its_sandbox_has_just_got_is_found_by_its_owner() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().is_mute = true;
    let hibernate = json!({"snapshotClaimTemplateName": "t"});
    let strategy = json!({"type": "Hibernate", "hibernate": hibernate});
    running.fake.apply(
        Kind::Sandbox,
        "team-a",
        "s",
        json!({
            "metadata": {"uid": "u"},
            "spec": {"operatingMode": "Suspended", "suspensionStrategy": strategy},
        }),
    );
    running.fake.apply(
        Kind::SnapshotClaim,
        "team-a",
        "s-t-1",
        json!({
            "metadata": {"ownerReferences": [{"kind": "Sandbox", "name": "s", "uid": "u"}]},
        }),
    );
    running.fake.apply(Kind::SnapshotClaim, "team-a", "s-t-2", json!({}));
    for (claim, users) in [("s-t-1", "team-a/s"), ("s-t-2", "")] {
        let confirmed = running.settle(unused_claim("team-a", claim)).await.unwrap().unwrap();
        assert_eq!(users_of_claim(&running, &confirmed, claim), users);
    }
}

#[tokio::test(start_paused = true)]
async fn for_a_claim_that_does_not_exist_nothing_is_listed() {
    let running = Running::filled(Fake::default()).await;
    let before = running.fake.count("?limit");
    for number in 0..20 {
        let name = format!("random-{number}");
        let confirmed = running.settle(unused_claim("team-a", &name)).await.unwrap().unwrap();
        assert_eq!(users_of_claim(&running, &confirmed, &name), "");
    }
    assert_eq!(running.fake.count("?limit"), before);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_listing_of_a_namespace_shares_it() {
    let names = || (0..30).map(|number| format!("claim-{number}"));
    let running = Running::filled(with_claims("team-a", names())).await;
    let gate = gate(&running);
    let listings = "namespaces/team-a/sandboxes?limit";
    let first = running.settle(unused_claim("team-a", "claim-0"));
    running.until(|it| it.fake.count(listings) == 1).await;
    let others: Vec<_> =
        names().skip(1).map(|name| running.settle(unused_claim("team-a", &name))).collect();
    sleep(Duration::from_millis(10)).await;
    assert_eq!(running.fake.count(listings), 1);
    gate.add_permits(1000);
    for question in [first].into_iter().chain(others) {
        question.await.unwrap().unwrap();
    }
    assert_eq!(running.fake.count(listings), 2);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_listed_for_at_most_half_of_the_time() {
    let running = Running::filled(with_claims("team-a", ["main".to_owned()].into_iter())).await;
    let gate = gate(&running);
    let listings = "namespaces/team-a/sandboxes?limit";
    let first = running.settle(unused_claim("team-a", "main"));
    running.until(|it| it.fake.count(listings) == 1).await;
    sleep(Duration::from_secs(1)).await;
    gate.add_permits(1000);
    first.await.unwrap().unwrap();
    let start = Instant::now();
    running.settle(unused_claim("team-a", "main")).await.unwrap().unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(running.fake.count(listings), 2);
}

#[tokio::test(start_paused = true)]
async fn one_namespace_is_listed_at_a_time_and_few_questions_wait() {
    let fake = Fake::default();
    for number in 0..=64 {
        fake.apply(Kind::SnapshotClaim, &format!("team-{number}"), "main", claim("fast"));
    }
    let running = Running::filled(fake).await;
    let gate = gate(&running);
    let before = running.fake.count("/sandboxes?limit");
    let ask = |number: usize| running.settle(unused_claim(&format!("team-{number}"), "main"));
    let questions: Vec<_> = (0..64).map(ask).collect();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(running.fake.count("/sandboxes?limit"), before + 1);
    let error = ask(64).await.unwrap().unwrap_err().0;
    assert_eq!(
        error,
        "cannot tell whether SnapshotClaim team-64/main is in use: too many look-ups at once"
    );
    // A question about one object neither waits nor is refused.
    running.fake.state().gate = None;
    running.look_up("gone").await.unwrap();
    gate.add_permits(1000);
    for question in questions {
        question.await.unwrap().unwrap();
    }
    assert_eq!(running.ended(LookUp::Shed), 1);
}

#[tokio::test(start_paused = true)]
async fn one_namespace_does_not_take_all_the_places() {
    let names = || (0..40).map(|number| format!("claim-{number}"));
    let fake = with_claims("team-a", names());
    fake.apply(Kind::SnapshotClaim, "team-b", "main", claim("fast"));
    let running = Running::filled(fake).await;
    let gate = gate(&running);
    let questions: Vec<_> =
        names().map(|name| running.settle(unused_claim("team-a", &name))).collect();
    sleep(Duration::from_millis(100)).await;
    let other = running.settle(unused_claim("team-b", "main"));
    gate.add_permits(1000);
    other.await.unwrap().unwrap();
    let mut refused = Vec::new();
    for question in questions {
        refused.extend(question.await.unwrap().err().map(|error| error.0));
    }
    assert_eq!(refused.len(), 40 - 33);
    let end = "is in use: too many ask about this namespace at once";
    assert!(refused.iter().all(|error| error.ends_with(end)), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_user_that_is_gone_is_not_believed() {
    let fake = with_claims("team-a", ["main".to_owned()].into_iter());
    for name in ["a", "b"] {
        fake.apply(Kind::Sandbox, "team-a", name, hibernated("fast", "main"));
    }
    let running = Running::filled(fake).await;
    running.fake.state().is_mute = true;
    let before = running.fake.count("?limit");
    running.fake.delete(Kind::Sandbox, "team-a", "a");
    let confirmed = running.settle(used_claim("main")).await.unwrap().unwrap();
    assert_eq!(users_of_claim(&running, &confirmed, "main"), "team-a/b");
    assert_eq!(running.fake.count("?limit"), before, "one user that is there is enough");

    running.fake.apply(Kind::Sandbox, "team-a", "b", json!({}));
    let confirmed = running.settle(used_claim("main")).await.unwrap().unwrap();
    assert_eq!(users_of_claim(&running, &confirmed, "main"), "");
    assert_eq!(running.ended(LookUp::Missing), 1);
}

#[tokio::test(start_paused = true)]
async fn where_all_that_are_named_are_gone_the_others_are_looked_for() {
    let fake = with_claims("team-a", ["main".to_owned()].into_iter());
    for name in ["a", "b", "c", "d", "e"] {
        fake.apply(Kind::Sandbox, "team-a", name, hibernated("fast", "main"));
    }
    let running = Running::filled(fake).await;
    running.fake.state().is_mute = true;
    for name in ["a", "b", "c", "d"] {
        running.fake.delete(Kind::Sandbox, "team-a", name);
    }
    let confirmed = running.settle(used_claim("main")).await.unwrap().unwrap();
    assert_eq!(users_of_claim(&running, &confirmed, "main"), "team-a/e");
}
