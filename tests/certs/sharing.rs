//! Replicas that share and repair the Secret and the bundles.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::fake::{Fake, MUTATING, SECRET, SECRETS, VALIDATING};
use super::running::{
    Replica, all_serve_the_secret, bundle, cas, is_published, made, secret, settled, until,
};

#[tokio::test(start_paused = true)]
async fn two_replicas_that_start_at_once_share_one_ca() {
    let (fake, replicas) = settled().await;
    assert_eq!(cas(&secret(&fake, "ca.crt").unwrap()), 1);
    assert!(all_serve_the_secret(&fake, &replicas).await);
    assert_eq!(fake.count(&format!("POST {SECRETS}")), 2, "the second was too late");
    let secret = fake.get(SECRET).unwrap();
    assert_eq!(secret["type"], "kubernetes.io/tls");
    assert_eq!([replicas[0].failures(), replicas[1].failures()], [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn once_all_is_in_order_nothing_is_written() {
    let (fake, mut replicas) = settled().await;
    let writes = |fake: &Fake| {
        ["POST", "PUT", "PATCH"]
            .map(|method| fake.count(&format!("{method} /")))
            .iter()
            .sum::<usize>()
    };
    let before = writes(&fake);
    replicas[0] = Replica::start(&fake);
    until(|| replicas[0].is_ready()).await;
    sleep(Duration::from_mins(90)).await;
    assert_eq!(writes(&fake), before);
    let looks = fake.count(&format!("GET {SECRET}?"));
    assert!((90..=400).contains(&looks), "about one a minute and replica: {looks}");
}

#[tokio::test(start_paused = true)]
async fn an_overwritten_bundle_is_repaired_at_once_and_nothing_else_is_touched() {
    let (fake, _replicas) = settled().await;
    for (path, wrong) in [(MUTATING, json!("bm9uc2Vuc2U=")), (VALIDATING, Value::Null)] {
        let good = fake.get(path).unwrap();
        assert_eq!(bundle(&fake, path, 1), None, "somebody else's webhook");
        let mut overwritten = good.clone();
        overwritten["webhooks"][0]["clientConfig"]["caBundle"] = wrong;
        overwritten["webhooks"][0]["timeoutSeconds"] = json!(7);
        overwritten["metadata"]["labels"] = json!({"new": "label"});
        fake.put(path, overwritten.clone());
        let start = Instant::now();
        until(|| is_published(&fake)).await;
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        let mut repaired = fake.get(path).unwrap();
        repaired["metadata"]["resourceVersion"] = Value::Null;
        overwritten["metadata"]["resourceVersion"] = Value::Null;
        let bundle = &good["webhooks"][0]["clientConfig"]["caBundle"];
        overwritten["webhooks"][0]["clientConfig"]["caBundle"] = bundle.clone();
        assert_eq!(repaired, overwritten);
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_watch_the_next_look_repairs() {
    let fake = Fake::registered();
    fake.state().refusals.push(("watch=", hyper::StatusCode::FORBIDDEN));
    let replica = Replica::start(&fake);
    until(|| replica.is_ready()).await;
    let mut overwritten = fake.get(MUTATING).unwrap();
    overwritten["webhooks"][0]["clientConfig"]["caBundle"] = Value::Null;
    fake.put(MUTATING, overwritten);
    let start = Instant::now();
    until(|| is_published(&fake)).await;
    assert!(start.elapsed() < Duration::from_secs(65), "{:?}", start.elapsed());
    assert_eq!(replica.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_configuration_that_comes_later_is_told() {
    let fake = Fake::default();
    let replica = Replica::start(&fake);
    until(|| replica.is_ready()).await;
    fake.put(VALIDATING, Fake::registered().get(VALIDATING).unwrap());
    until(|| bundle(&fake, VALIDATING, 0) == secret(&fake, "ca.crt")).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_secret_is_replaced_while_every_client_still_trusts_what_is_served() {
    let (fake, mut replicas) = settled().await;
    let before = secret(&fake, "ca.crt").unwrap();
    fake.delete(SECRET);
    // A new replica, which has not seen the Secret, makes the new one.
    replicas[0] = Replica::start(&fake);
    let start = Instant::now();
    while start.elapsed() < Duration::from_mins(2) {
        let mut bundles = vec![bundle(&fake, MUTATING, 0), bundle(&fake, VALIDATING, 0)];
        if start.elapsed() < Duration::from_secs(25) {
            // API servers that lag behind.
            bundles.push(Some(before.clone()));
        }
        for trusted in bundles {
            assert!(replicas[1].served(&trusted.unwrap()).await.is_some(), "{:?}", start.elapsed());
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert!(is_published(&fake));
    assert!(all_serve_the_secret(&fake, &replicas).await);
    let after = secret(&fake, "ca.crt").unwrap();
    assert_eq!(cas(&after), 2, "the new CA and the one that others may serve by");
    assert!(String::from_utf8(after).unwrap().ends_with(std::str::from_utf8(&before).unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_new_ca_is_published_before_anything_signed_by_it_is_served() {
    let fake = Fake::registered();
    fake.put(SECRET, made(3000, 100));
    let replicas = [Replica::start(&fake), Replica::start(&fake)];
    let start = Instant::now();
    let mut before = Vec::new();
    while start.elapsed() < Duration::from_secs(100) {
        for path in [MUTATING, VALIDATING] {
            let trusted = bundle(&fake, path, 0).unwrap_or_default();
            for replica in replicas.iter().filter(|replica| replica.is_ready()) {
                assert!(replica.served(&trusted).await.is_some());
            }
            before.push((start.elapsed(), trusted));
        }
        // The bundle that an API server knows whose cache is 25 s behind.
        let late = start.elapsed().saturating_sub(Duration::from_secs(25));
        if let Some((_, trusted)) =
            before.iter().rfind(|(then, bundle)| *then < late && !bundle.is_empty())
        {
            for replica in &replicas {
                assert!(replica.served(trusted).await.is_some());
            }
        }
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(cas(&secret(&fake, "ca.crt").unwrap()), 2);
    assert!(all_serve_the_secret(&fake, &replicas).await);
    assert_eq!([replicas[0].replaced(), replicas[1].replaced()], [2, 2]);
}

#[tokio::test(start_paused = true)]
async fn after_a_long_power_off_all_is_made_anew() {
    let fake = Fake::registered();
    fake.put(SECRET, made(4000, 3900));
    let replicas = [Replica::start(&fake), Replica::start(&fake)];
    until(|| replicas.iter().all(Replica::is_ready)).await;
    assert!(all_serve_the_secret(&fake, &replicas).await);
}

#[tokio::test(start_paused = true)]
async fn nonsense_in_the_secret_is_replaced_and_what_is_not_ours_stays() {
    let (fake, replicas) = settled().await;
    let mut broken = fake.get(SECRET).unwrap();
    broken["metadata"]["labels"] = json!({"their": "label"});
    broken["data"] = json!({"tls.crt": "bm9uc2Vuc2U=", "their": "a2V5"});
    fake.put(SECRET, broken);
    until(|| secret(&fake, "ca.crt").is_some() && is_published(&fake)).await;
    sleep(Duration::from_mins(2)).await;
    assert!(all_serve_the_secret(&fake, &replicas).await);
    let secret = fake.get(SECRET).unwrap();
    assert_eq!(secret["metadata"]["labels"]["their"], "label");
    assert_eq!(secret["data"]["their"], "a2V5");
}
