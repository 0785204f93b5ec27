//! Reviews for which something is looked up before they are answered.

use hyper::StatusCode;

use crate::running::Running;
use crate::support::Answer;

async fn answer(path: &str, body: impl Into<bytes::Bytes>) -> (Answer, u64) {
    let server = Running::start().await;
    let answer = server.client.http1().await.unwrap().post(path, body).await.unwrap();
    let failed = "requests_total{phase=\"validating\",kind=\"other\",operation=\"other\",\
        verdict=\"failed\"}";
    (answer, server.metric(failed).await)
}

#[tokio::test]
async fn a_review_is_answered_by_what_was_looked_up() {
    let (answer, failed) = answer("/validate", "?").await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, r#"{"looked up":1}"#));
    assert_eq!(failed, 0);
}

#[tokio::test]
async fn a_look_up_in_vain_leaves_the_decision_to_the_failure_policy() {
    let (answer, failed) = answer("/validate", "look up in vain").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.text(), "the API server is out of reach");
    assert_eq!((answer.header("retry-after"), failed), ("1", 1));
}

#[tokio::test]
async fn a_look_up_ends_with_the_deadline() {
    let start = std::time::Instant::now();
    let (answer, failed) = answer("/validate?timeout=300ms", "look up too long").await;
    assert!(start.elapsed().as_millis() < 2_000, "{:?}", start.elapsed());
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((answer.header("retry-after"), failed), ("1", 1));
}

#[tokio::test]
async fn what_is_certain_is_said_though_a_look_up_was_in_vain() {
    for body in ["wrong anyway", "wrong, but late"] {
        let (answer, failed) = answer("/validate?timeout=300ms", body).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!((answer.text(), failed), (r#"{"denied":"by what is certain"}"#, 0));
    }
}

#[tokio::test]
async fn looking_up_comes_to_an_end() {
    let (answer, failed) = answer("/validate", "look up for ever").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(failed, 1);
}

#[tokio::test]
async fn for_large_bodies_things_are_looked_up_as_well() {
    let (answer, _) = answer("/validate", vec![b'?'; 600_000]).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, r#"{"looked up":1}"#));
}
