//! The question who may use a class: it is asked seldom, and the answer does not count for long.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::admission::UserInfo;
use sandbox_admission::catalog::cluster::LookUp;
use sandbox_admission::catalog::{Catalog, ObjectName, Objects, Right, Unconfirmed};
use sandbox_admission::webhook::confirm::{Confirmed, ConfirmingCatalog};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::fake::{Fake, Mood};
use super::running::Running;

const REVIEWS: &str = "subjectaccessreviews";

fn user(group: &'static str) -> UserInfo<'static> {
    UserInfo { username: "dev".into(), groups: vec![group.into()], ..UserInfo::default() }
}

fn right(group: &'static str, class: &str) -> Unconfirmed {
    let right = Right::to_use(&user(group), ObjectName::class(class)).unwrap();
    Unconfirmed::Allowed(Arc::new(right))
}

/// What the confirmed facts say of the class `fast`.
fn may_use(confirmed: &Confirmed) -> bool {
    let nothing = Objects::default();
    let both = ConfirmingCatalog::new(&nothing, confirmed);
    let answer = both.may_use(&user("team-a"), ObjectName::class("fast")).unwrap();
    assert_eq!(both.unconfirmed(), []);
    answer.unwrap()
}

async fn ask(running: &Running) -> bool {
    may_use(&running.settle(right("team-a", "fast")).await.unwrap().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_granted_or_taken_away_counts_after_ten_seconds() {
    let running = Running::filled(Fake::default()).await;
    for allows in [true, false] {
        assert_eq!(ask(&running).await, !allows);
        running.fake.state().allows = allows;
        let start = Instant::now();
        while ask(&running).await != allows {
            sleep(Duration::from_millis(100)).await;
        }
        let passed = start.elapsed();
        let due = Duration::from_millis(9_900)..Duration::from_millis(10_200);
        assert!(due.contains(&passed), "{passed:?}");
    }
    assert_eq!(running.fake.count(REVIEWS), 3);
    assert_eq!((running.ended(LookUp::Found), running.ended(LookUp::Missing)), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn equal_questions_at_a_time_share_a_request_even_after_it_was_sent() {
    let running = Running::filled(Fake::default()).await;
    let gate = Arc::new(Semaphore::new(0));
    running.fake.state().gate = Some(Arc::clone(&gate));
    let mut questions: Vec<_> = (0..20).map(|_| running.settle(right("team-a", "fast"))).collect();
    running.until(|it| it.fake.count(REVIEWS) == 1).await;
    questions.extend((0..20).map(|_| running.settle(right("team-a", "fast"))));
    sleep(Duration::from_millis(10)).await;
    gate.add_permits(1);
    for question in questions {
        assert!(!may_use(&question.await.unwrap().unwrap()));
    }
    assert_eq!(running.fake.count(REVIEWS), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_for_one_user_with_these_groups_and_for_one_class() {
    let running = Running::filled(Fake::default()).await;
    for _ in 0..2 {
        for (group, class) in [("team-a", "fast"), ("team-b", "fast"), ("team-a", "slow")] {
            running.settle(right(group, class)).await.unwrap().unwrap();
        }
    }
    assert_eq!(running.fake.count(REVIEWS), 3);
}

#[tokio::test(start_paused = true)]
async fn users_that_a_client_makes_up_cost_ten_requests_a_second() {
    let running = Running::filled(Fake::default()).await;
    let attacker = IpAddr::from([10, 0, 0, 66]);
    let start = Instant::now();
    let mut questions = Vec::new();
    while start.elapsed() < Duration::from_secs(2) {
        let class = format!("class-{}", questions.len());
        questions.push(running.settle_for(attacker, right("team-a", &class)));
        sleep(Duration::from_millis(1)).await;
    }
    let count = running.fake.count(REVIEWS);
    assert!((10..=20).contains(&count), "{count}");
    let start = Instant::now();
    running.settle(right("team-a", "fast")).await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
    for question in questions {
        let _ = question.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_does_not_say_is_asked_again() {
    let running = Running::filled(Fake::default()).await;
    running.fake.state().mood = Mood::Failing(StatusCode::FORBIDDEN);
    let error = running.settle(right("team-a", "fast")).await.unwrap().unwrap_err().0;
    assert_eq!(
        error,
        "cannot tell whether user \"dev\" may use SnapshotClass fast: the API server says: as told \
         (403)"
    );
    running.fake.state().mood = Mood::Healthy;
    running.fake.state().allows = true;
    assert!(ask(&running).await);
}
