//! The question who may use a class, which only the source can answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::MINUTE;
use super::fake::{Fake, Says, create, create_claim, delete_claim, delete_class, sandbox};
use crate::api::Kind;
use crate::rules::InUseNames;
use crate::webhook::{Reply, Verdict};

const MAY_USE: &str = r#"whether user "dev" may use SnapshotClass fast"#;

/// The rule is on, and the catalog knows the class.
fn fake() -> Fake {
    let class = json!({"metadata": {"name": "fast"}, "provisioner": "example.com/s"});
    Fake::default().with("snapshot-class-use", "deny").knows(Kind::SnapshotClass, &class)
}

fn claim() -> Value {
    json!({"metadata": {"name": "main"}, "spec": {"snapshotClassName": "fast"}})
}

#[tokio::test]
async fn a_class_is_used_by_those_alone_who_have_the_right() {
    for (is_there, verdict) in [(true, Verdict::Allowed), (false, Verdict::Denied)] {
        let fake = fake().says(MAY_USE, Says::Right(is_there));
        let (reply, outcome) = fake.review(create_claim(&claim()), MINUTE).await;
        assert_eq!(outcome.verdict, verdict, "{reply:?}");
        assert_eq!(fake.asked(), [MAY_USE]);
    }
}

#[tokio::test]
async fn nobody_asks_for_rights_while_the_rule_is_off() {
    let fake = fake().with("snapshot-class-use", "off");
    let (_, outcome) = fake.review(create_claim(&claim()), MINUTE).await;
    assert_eq!((outcome.verdict, fake.asked().len()), (Verdict::Allowed, 0));
}

#[tokio::test]
async fn a_right_that_cannot_be_told_leaves_the_decision_to_the_failure_policy() {
    let fake = fake().says(MAY_USE, Says::Unavailable("out of reach"));
    let (reply, _) = fake.review(create_claim(&claim()), MINUTE).await;
    assert_eq!(reply, Reply::Undecided("out of reach".to_owned()));
    let late = fake.says(MAY_USE, Says::Nothing { after: MINUTE });
    let (reply, _) = late.review(create_claim(&claim()), Duration::from_millis(10)).await;
    assert!(matches!(reply, Reply::Undecided(why) if why.contains("looked up in time")));
}

#[tokio::test]
async fn a_warning_is_not_worth_a_failed_request() {
    let fake =
        fake().with("snapshot-class-use", "warn").says(MAY_USE, Says::Unavailable("out of reach"));
    let (_, outcome) = fake.review(create_claim(&claim()), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Allowed);
}

#[tokio::test]
async fn a_denial_stands_by_what_is_certain_where_a_right_cannot_be_told() {
    let fake = fake().says(MAY_USE, Says::Unavailable("out of reach"));
    let mut wrong = claim();
    wrong["spec"]["parameters"] = json!({"": "no key"});
    let (reply, outcome) = fake.review(create_claim(&wrong), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Denied, "{reply:?}");
    let message = outcome.denied.unwrap().message;
    assert!(!message.contains("snapshot-class-use"), "{message}");
}

#[tokio::test]
async fn a_default_that_is_not_known_yet_is_the_class_whose_right_counts() {
    const EVERY: &str = r#"whether user "dev" may use SnapshotClass *"#;
    const DEFAULT: &str = "whether there is a default SnapshotClass";
    let class = json!({"metadata": {"name": "fast", "annotations": {
        "snapshotclass.agents.x-k8s.io/is-default-class": "true",
    }}});
    let classless = json!({"metadata": {"name": "main"}, "spec": {}});
    for (is_there, verdict) in [(true, Verdict::Allowed), (false, Verdict::Denied)] {
        let fake = Fake::default()
            .with("snapshot-class-use", "deny")
            .says(EVERY, Says::Right(false))
            .says(DEFAULT, Says::Default(class.clone()))
            .says(MAY_USE, Says::Right(is_there));
        let (reply, outcome) = fake.review(create_claim(&classless), MINUTE).await;
        assert_eq!(outcome.verdict, verdict, "{reply:?}");
        assert_eq!(fake.asked(), [EVERY, DEFAULT, MAY_USE]);
    }
}

#[tokio::test]
async fn a_default_claim_that_is_not_known_yet_needs_no_right() {
    const DEFAULT: &str = "whether there is a default SnapshotClaim in namespace team-a";
    let class = json!({"metadata": {"name": "fast", "annotations": {
        "snapshotclass.agents.x-k8s.io/is-default-class": "true",
    }}});
    let mut default = claim();
    default["metadata"]["annotations"] =
        json!({"snapshotclaim.agents.x-k8s.io/is-default-claim": "true"});
    let fake = Fake::default()
        .with("snapshot-class-use", "deny")
        .knows(Kind::SnapshotClass, &class)
        .says(MAY_USE, Says::Right(false))
        .says(DEFAULT, Says::Default(default));
    let (reply, outcome) = fake.review(create(&sandbox(&json!({}))), MINUTE).await;
    assert_eq!(outcome.verdict, Verdict::Allowed, "{reply:?}");
}

#[tokio::test]
async fn a_user_of_megabytes_is_not_asked_about() {
    let fake = fake();
    let body = String::from_utf8(create_claim(&claim())).unwrap();
    let body =
        body.replace(r#"["team-a"]"#, &json!(vec!["a-group-with-a-long-name"; 20_000]).to_string());
    let (reply, _) = fake.review(body.into_bytes(), MINUTE).await;
    assert!(matches!(reply, Reply::Undecided(why) if why.contains("too long")));
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn who_uses_a_class_is_told_to_those_who_may_list_them() {
    const MAY_LIST: &str = r#"whether user "dev" may list sandboxes in all namespaces"#;
    const IN_USE: &str = "whether SnapshotClass fast is in use";
    for (says, is_told) in [
        (Says::Right(true), true),
        (Says::Right(false), false),
        (Says::Unavailable("out of reach"), false),
    ] {
        let fake = Fake::default()
            .naming(InUseNames::ByAccess)
            .says(IN_USE, Says::User("agent"))
            .says(MAY_LIST, says);
        let (_, outcome) = fake.review(delete_class("fast"), MINUTE).await;
        assert_eq!(outcome.verdict, Verdict::Denied);
        let message = outcome.denied.unwrap().message;
        assert_eq!(message.contains("team-a/agent holds a checkpoint"), is_told, "{message}");
        assert_eq!(message.contains("1 Sandbox holds a checkpoint"), !is_told, "{message}");
        assert_eq!(fake.asked(), [IN_USE, MAY_LIST]);
    }
}

#[tokio::test]
async fn who_writes_in_a_namespace_reads_its_names() {
    let fake = Fake::default()
        .naming(InUseNames::ByAccess)
        .says("whether SnapshotClaim team-a/nightly is in use", Says::User("agent"));
    let (_, outcome) = fake.review(delete_claim("nightly"), MINUTE).await;
    assert!(outcome.denied.unwrap().message.contains("team-a/agent"));
    assert_eq!(fake.asked().len(), 1, "nobody asks for rights");
}
