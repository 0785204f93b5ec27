//! Clients that ask too much: what they cost the API server, and that others do not notice.

use std::net::IpAddr;
use std::time::Duration;

use sandbox_admission::api::Kind;
use sandbox_admission::catalog::cluster::LookUp;
use sandbox_admission::catalog::{Catalog, ObjectName, Unconfirmed};
use sandbox_admission::webhook::confirm::{Confirmed, ConfirmingCatalog};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::fake::Fake;
use super::look_ups::gate;
use super::running::{API_SERVER, Running, claim, class, existence, hibernated};

const ATTACKER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 66));

/// That a class of this name is not used, which decides on its deletion.
fn unused(class: &str) -> Unconfirmed {
    Unconfirmed::Unused(ObjectName::class(class).into())
}

/// The Sandboxes that use a claim or class, as the confirmed facts say.
fn users(running: &Running, confirmed: &Confirmed, target: ObjectName<'_>) -> String {
    let both = ConfirmingCatalog::new(&*running.cluster, confirmed);
    both.checkpoints_on(target).unwrap().users().to_string()
}

#[tokio::test(start_paused = true)]
async fn names_that_a_client_makes_up_cost_ten_requests_a_second() {
    let fake = Fake::default();
    for number in 0..300 {
        fake.apply(Kind::Sandbox, "team-a", &format!("agent-{number}"), json!({}));
    }
    let running = Running::filled(fake).await;
    let before = running.fake.state().requests.len();
    let listed = running.fake.count("?limit");
    let (mut attack, mut seconds) = (Vec::new(), Vec::new());
    for second in 0..4 {
        let so_far = running.fake.state().requests.len();
        for number in 0..200 {
            attack.push(running.settle_for(ATTACKER, unused(&format!("random-{second}-{number}"))));
            sleep(Duration::from_millis(5)).await;
        }
        seconds.push(running.fake.state().requests.len() - so_far);
    }
    assert!(seconds.iter().all(|it| *it <= 10), "{seconds:?}");
    let cost = running.fake.state().requests.len() - before;
    assert!(cost >= 4 * 8, "they get their share: {cost}");
    assert_eq!(running.fake.count("?limit"), listed, "nothing is listed");
    assert!(running.ended(LookUp::Throttled) > 700);
    let mut reasons = Vec::new();
    for answer in attack {
        reasons.extend(answer.await.unwrap().err().map(|error| error.0));
    }
    assert!(reasons[0].ends_with(" exists: too many look-ups in this second"), "{reasons:?}");
}

#[tokio::test(start_paused = true)]
async fn another_client_does_not_wait_for_one_that_asks_too_much() {
    let fake = Fake::default();
    fake.apply(Kind::SnapshotClass, "", "fast", class());
    fake.apply(Kind::SnapshotClaim, "team-a", "main", claim("fast"));
    let running = Running::filled(fake).await;
    let start = Instant::now();
    let (mut attack, mut answers) = (Vec::new(), Vec::new());
    while start.elapsed() < Duration::from_secs(2) {
        for _ in 0..20 {
            attack.push(running.settle_for(ATTACKER, unused(&format!("random-{}", attack.len()))));
        }
        if attack.len() % 1000 == 0 {
            for unconfirmed in [
                existence(&format!("missing-{}", attack.len())),
                unused("fast"),
                Unconfirmed::Unused(ObjectName::claim("team-a", "main").into()),
            ] {
                let asked = Instant::now();
                let answer = running.settle(unconfirmed);
                answers.push(async move { answer.await.unwrap().map(|_| asked.elapsed()) });
            }
        }
        sleep(Duration::from_millis(5)).await;
    }
    assert!(answers.len() >= 12 && attack.len() > 2000);
    for answer in answers {
        answer.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn where_many_clients_ask_the_one_that_asks_least_goes_first() {
    let running = Running::filled(Fake::default()).await;
    let before = running.fake.state().requests.len();
    let start = Instant::now();
    let mut attack = Vec::new();
    while start.elapsed() < Duration::from_secs(2) {
        for client in 0..60 {
            let peer = IpAddr::from([10, 0, 2, client]);
            let name = format!("random-{}", attack.len());
            attack.push(running.settle_for(peer, existence(&name)));
        }
        sleep(Duration::from_millis(20)).await;
    }
    let cost = running.fake.state().requests.len() - before;
    assert!(cost <= 210, "a hundred a second for all: {cost}");
    let asked = Instant::now();
    running.settle_for(API_SERVER, existence("missing")).await.unwrap().unwrap();
    assert!(asked.elapsed() <= Duration::from_millis(50), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn equal_questions_of_a_client_are_one() {
    let running = Running::filled(Fake::default()).await;
    let gate = gate(&running);
    let mut distinct: Vec<_> = (0..2).map(|it| running.ask(&format!("missing-{it}"))).collect();
    sleep(Duration::from_millis(1)).await;
    distinct.extend((2..66).map(|it| running.ask(&format!("missing-{it}"))));
    sleep(Duration::from_millis(1)).await;
    let equal: Vec<_> = (0..50).map(|_| running.ask("missing-65")).collect();
    let error = running.look_up("another").await.unwrap_err().0;
    assert_eq!(
        error,
        "cannot tell whether SnapshotClass another exists: too many look-ups in this second"
    );
    // Another client, which asks the same, has its own turn.
    let other = running.settle_for(ATTACKER, existence("missing-65"));
    gate.add_permits(100);
    let asked = Instant::now();
    other.await.unwrap().unwrap();
    assert!(asked.elapsed() <= Duration::from_millis(50), "{:?}", asked.elapsed());
    for question in distinct.into_iter().chain(equal) {
        question.await.unwrap().unwrap();
    }
    assert!(asked.elapsed() <= Duration::from_secs(8), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_the_watch_shows_meanwhile_needs_no_request() {
    let running = Running::filled(Fake::default()).await;
    let questions: Vec<_> = (0..10).map(|it| running.ask(&format!("new-{it}"))).collect();
    sleep(Duration::from_millis(1)).await;
    for number in 0..10 {
        running.fake.apply(Kind::SnapshotClass, "", &format!("new-{number}"), class());
    }
    let start = Instant::now();
    for question in questions {
        question.await.unwrap().unwrap();
    }
    assert!(start.elapsed() <= Duration::from_millis(20), "{:?}", start.elapsed());
    assert_eq!(running.fake.count("snapshotclasses/"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_class_that_is_known_is_listed_once_a_second_for_all_who_ask() {
    let fake = Fake::default();
    for number in 0..20 {
        fake.apply(Kind::SnapshotClass, "", &format!("class-{number}"), class());
    }
    let running = Running::filled(fake).await;
    let (listings, before) = ("sandboxes?limit", running.fake.count("sandboxes?limit"));
    let requests = running.fake.state().requests.len();
    let start = Instant::now();
    let mut asked = Vec::new();
    while start.elapsed() < Duration::from_secs(5) {
        for number in 0..20 {
            let peer = IpAddr::from([10, 0, 3, number]);
            asked.push(running.settle_for(peer, unused(&format!("class-{number}"))));
        }
        sleep(Duration::from_millis(400)).await;
    }
    for answer in asked {
        answer.await.unwrap().unwrap();
    }
    let listed = running.fake.count(listings) - before;
    assert!((4..=8).contains(&listed), "{listed}");
    let requests = running.fake.state().requests.len() - requests;
    assert!(requests <= 50, "{requests}");
}

#[tokio::test(start_paused = true)]
async fn one_who_deletes_claim_after_claim_is_not_held_up_at_first() {
    let fake = Fake::default();
    for number in 0..30 {
        fake.apply(Kind::SnapshotClaim, "team-a", &format!("claim-{number}"), claim("fast"));
    }
    let running = Running::filled(fake).await;
    let delete = async |number: usize| {
        let claim = format!("claim-{number}");
        let claim = ObjectName::claim("team-a", &claim);
        running.settle(Unconfirmed::Unused(claim.into())).await.unwrap().unwrap();
    };
    let start = Instant::now();
    for number in 0..10 {
        delete(number).await;
    }
    assert!(start.elapsed() <= Duration::from_millis(100), "{:?}", start.elapsed());
    for number in 10..30 {
        delete(number).await;
    }
    // Three requests for each, ten a second.
    assert!(start.elapsed() <= Duration::from_secs(7), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_repeated_is_confirmed_ten_times_a_second() {
    let fake = Fake::default();
    fake.apply(Kind::SnapshotClaim, "team-a", "main", claim("fast"));
    fake.apply(Kind::Sandbox, "team-a", "asleep", hibernated("fast", "main"));
    let running = Running::filled(fake).await;
    let main = ObjectName::claim("team-a", "main");
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        let used = running.settle(Unconfirmed::Used(main.into()));
        let confirmed = used.await.unwrap().unwrap();
        assert_eq!(users(&running, &confirmed, main), "team-a/asleep");
        sleep(Duration::from_millis(1)).await;
    }
    let count = running.fake.count("sandboxes/asleep");
    assert!(count <= 30 + 30 + 1, "{count}");
}
