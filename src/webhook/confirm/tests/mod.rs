//! The live re-check with a catalog that knows nothing, and a source that gives prepared answers.

mod catalog;
mod fake;
mod rights;

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use self::fake::{Fake, Says, create, delete_claim, delete_class, holding, sandbox};
use crate::api::Kind;
use crate::webhook::{Reply, Verdict};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn what_the_source_has_is_not_missing() {
    let fake = Fake::default()
        .says(
            "whether SnapshotClaim team-a/nightly exists",
            Says::Object(json!({
                "metadata": {"name": "nightly"}, "spec": {"snapshotClassName": "fast"},
            })),
        )
        .says(
            "whether SnapshotClass fast exists",
            Says::Object(json!({
                "metadata": {"name": "fast"},
            })),
        );
    let (reply, outcome) =
        fake.review(create(&sandbox(&json!({"snapshotClaimName": "nightly"}))), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Allowed, "{reply:?}");
    // First the claim, then the class that it selects.
    assert_eq!(
        fake.asked(),
        ["whether SnapshotClaim team-a/nightly exists", "whether SnapshotClass fast exists",]
    );
}

#[tokio::test]
async fn what_the_source_does_not_have_is_denied() {
    let fake = Fake::default();
    let (_, outcome) =
        fake.review(create(&sandbox(&json!({"snapshotClaimName": "nightly"}))), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Denied);
    assert_eq!(fake.asked(), ["whether SnapshotClaim team-a/nightly exists"]);
}

#[tokio::test]
async fn a_certain_answer_asks_nothing() {
    let fake = Fake::default();
    let stop = json!({"metadata": {"name": "x"}, "spec": {"suspensionStrategy": {"type": "Stop"}}});
    let (_, outcome) = fake.review(create(&stop), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Allowed);
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn a_source_that_cannot_tell_leaves_the_decision_to_the_failure_policy() {
    let fake = Fake::default()
        .says("whether SnapshotClaim team-a/nightly exists", Says::Unavailable("out of reach"));
    let (reply, outcome) =
        fake.review(create(&sandbox(&json!({"snapshotClaimName": "nightly"}))), MINUTE).await;
    assert_eq!(reply, Reply::Undecided("out of reach".to_owned()));
    assert_eq!((outcome.verdict, outcome.kind.is_some()), (Verdict::Failed, true));
}

#[tokio::test]
async fn each_answer_of_the_source_counts_by_itself() {
    // One reference is certainly missing; the other cannot be looked up.
    let fake = Fake::default()
        .says("whether SnapshotClaim team-a/nightly exists", Says::Unavailable("out of reach"));
    let both = json!({"snapshotClaimName": "nightly", "snapshotProviderRef": {"name": "s3"}});
    let mut stored = sandbox(&both);
    stored["spec"]["operatingMode"] = "Running".into();
    let (reply, outcome) = fake.review(fake::update(&stored, &sandbox(&both)), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Denied, "{reply:?}");
    let message = outcome.denied.unwrap().message;
    assert!(message.contains("there is no SnapshotProvider of this name"), "{message}");
    assert!(!message.contains("SnapshotClaim of this name"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_late_counts_as_one_that_cannot_tell() {
    let fake = Fake::default()
        .says("whether SnapshotClaim team-a/nightly exists", Says::Nothing { after: MINUTE });
    let start = Instant::now();
    let limit = Duration::from_secs(2);
    let (reply, _) =
        fake.review(create(&sandbox(&json!({"snapshotClaimName": "nightly"}))), limit).await;
    assert_eq!(start.elapsed(), limit);
    assert!(matches!(reply, Reply::Undecided(why) if why.contains("looked up in time")));
}

#[tokio::test]
async fn asking_comes_to_an_end_where_the_answers_keep_changing() {
    let fake = Fake::default().says("whether SnapshotClaim team-a/nightly exists", Says::InCatalog);
    let (reply, _) =
        fake.review(create(&sandbox(&json!({"snapshotClaimName": "nightly"}))), MINUTE).await;
    assert_eq!(fake.asked().len(), 3);
    assert_eq!(reply, Reply::Undecided("what the object refers to keeps changing".to_owned()));
}

#[tokio::test]
async fn a_class_goes_only_when_the_source_too_knows_nobody_who_uses_it() {
    let fake = Fake::default().says("whether SnapshotClass fast is in use", Says::User("agent"));
    let (_, outcome) = fake.review(delete_class("fast"), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Denied);
    assert!(outcome.denied.unwrap().message.contains("team-a/agent"));

    let (_, outcome) = Fake::default().review(delete_class("fast"), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Allowed);
}

#[tokio::test]
async fn a_claim_goes_only_when_the_source_too_knows_nobody_who_uses_it() {
    const QUESTION: &str = "whether SnapshotClaim team-a/nightly is in use";
    let fake = Fake::default().says(QUESTION, Says::User("agent"));
    let (_, outcome) = fake.review(delete_claim("nightly"), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Denied);
    assert!(outcome.denied.unwrap().message.contains("team-a/agent holds a checkpoint on it"));
    assert_eq!(fake.asked(), [QUESTION]);

    let (_, outcome) = Fake::default().review(delete_claim("nightly"), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Allowed);

    let fake = Fake::default().says(QUESTION, Says::Unavailable("out of reach"));
    let (reply, _) = fake.review(delete_claim("nightly"), MINUTE).await;
    assert_eq!(reply, Reply::Undecided("out of reach".to_owned()));
}

#[tokio::test]
async fn a_claim_is_not_refused_for_a_sandbox_that_is_gone() {
    const QUESTION: &str = "whether SnapshotClaim team-a/nightly is still in use";
    let known = || Fake::default().knows(Kind::Sandbox, &holding("nightly"));
    let fake = known();
    let (_, outcome) = fake.review(delete_claim("nightly"), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Allowed);
    assert_eq!(fake.asked(), [QUESTION]);

    let fake = known().says(QUESTION, Says::User("holder"));
    let (_, outcome) = fake.review(delete_claim("nightly"), MINUTE).await;
    assert_eq!((outcome.verdict, fake.asked().len()), (Verdict::Denied, 1));
}

#[tokio::test]
async fn what_was_in_use_is_protected_while_the_source_cannot_tell() {
    let fake = Fake::default().knows(Kind::Sandbox, &holding("nightly")).says(
        "whether SnapshotClaim team-a/nightly is still in use",
        Says::Unavailable("out of reach"),
    );
    let (_, outcome) = fake.review(delete_claim("nightly"), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Denied);
    assert!(outcome.denied.unwrap().message.contains("team-a/holder"));
}

#[tokio::test]
async fn a_name_is_suggested_once_and_in_the_last_answer() {
    let claim = json!({"metadata": {"name": "nightly"}});
    let suggestion =
        r#"there is no SnapshotClaim of this name in namespace "team-a"; did you mean "nightly"?"#;
    let suspended = sandbox(&json!({"snapshotClaimName": "nigthly"}));
    let mut running = suspended.clone();
    running["spec"]["operatingMode"] = "Running".into();
    for (sandbox, verdict, asked) in
        [(suspended, Verdict::Denied, 1), (running, Verdict::Warned, 0)]
    {
        let fake = Fake::default().knows(Kind::SnapshotClaim, &claim);
        let (reply, outcome) = fake.review(create(&sandbox), MINUTE).await;
        let Reply::Review(body) = reply else { panic!("{reply:?}") };
        let answer = String::from_utf8(body).unwrap().replace('\\', "");
        assert!(answer.contains(suggestion), "{answer}");
        assert_eq!((outcome.verdict, fake.asked().len()), (verdict, asked));
        assert_eq!(fake.suggestions(), 1);
    }
}
