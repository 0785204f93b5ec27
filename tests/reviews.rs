//! The review itself: those that a real kube-apiserver sent, bodies that are no review, and
//! questions without an answer.

use std::path::Path;
use std::sync::Arc;

use sandbox_admission::admission::Phase;
use sandbox_admission::api::Kind;
use sandbox_admission::catalog::{
    Catalog, Checkpoints, Claim, Class, Kept, Lookup, ObjectName, Objects, Unavailable, Users,
};
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook::confirm::{Confirmed, ConfirmingCatalog};
use sandbox_admission::webhook::{self, Reply, Verdict};
use serde_json::{Value, json};

use crate::support::answer::Said;
use crate::support::samples::{self, Sample};

fn answer(phase: Phase, body: &[u8], catalog: &dyn Catalog) -> Reply {
    let rules = RuleSet::new(Settings::default());
    webhook::answer(phase, body, &rules, &PolicySet::default(), catalog).0
}

/// The whole answer to one sample.
fn said(file: &str, catalog: &Objects) -> Value {
    let sample = Sample::read(&Path::new(samples::FOLDER).join(file));
    match answer(sample.phase, &sample.body, catalog) {
        Reply::Review(body) => serde_json::from_slice(&body).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn catalog(objects: &[Value]) -> Objects {
    let mut catalog = Objects::default();
    for object in objects {
        let kind = Kind::from_name(object["kind"].as_str().unwrap()).unwrap();
        catalog.insert(kind, "team-a", &object.to_string()).unwrap();
    }
    catalog
}

/// The objects that the samples' client had applied before.
fn applied() -> Vec<Value> {
    vec![
        json!({"kind": "SnapshotClass", "metadata": {"name": "gvisor-fast"}, "provisioner": "p"}),
        json!({
            "kind": "SnapshotClaim",
            "metadata": {"name": "default-claim"},
            "spec": {"snapshotClassName": "gvisor-fast"},
        }),
        json!({
            "kind": "SnapshotClaimTemplate",
            "metadata": {"name": "team-a-s3"},
            "spec": {"spec": {"snapshotClassName": "gvisor-fast"}},
        }),
    ]
}

#[test]
fn every_sample_gets_a_well_formed_answer() {
    let samples = samples::all();
    assert_eq!(samples.len(), 38);
    for catalog in [Objects::default(), catalog(&applied())] {
        for Sample { file, phase, body } in &samples {
            let uid = serde_json::from_slice::<Value>(body).unwrap()["request"]["uid"].take();
            let Reply::Review(answer) = answer(*phase, body, &catalog) else { panic!("{file}") };
            let said = Said::from_review(&answer, uid.as_str().unwrap());
            said.unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    }
}

#[test]
fn samples_of_what_was_applied_in_order_are_allowed_in_silence() {
    let loud = ["mutate-Sandbox-UPDATE-both.json", "validate-Sandbox-UPDATE-both.json"];
    let catalog = catalog(&applied());
    for Sample { file, phase, body } in samples::all() {
        if loud.contains(&file.as_str()) || file.contains("SnapshotClass-DELETE") {
            continue;
        }
        let rules = RuleSet::new(Settings::default());
        let (_, outcome) = webhook::answer(phase, &body, &rules, &PolicySet::default(), &catalog);
        assert_eq!(outcome.verdict, Verdict::Allowed, "{file}: {outcome:?}");
    }
}

#[test]
fn the_sample_with_both_references_is_denied_field_by_field() {
    let message = "Invalid value: at most one of snapshotClaimName, snapshotClaimTemplateName and \
                   snapshotProviderRef may be set, and here are snapshotClaimName \
                   (\"default-claim\") and snapshotClaimTemplateName (\"team-a-s3\"); keep one and \
                   remove the rest (a merge patch sets them to null) [hibernate-source-exclusive]";
    let field = "spec.suspensionStrategy.hibernate";
    let said = said("validate-Sandbox-UPDATE-both.json", &catalog(&applied()));
    assert_eq!(
        said,
        json!({
            "kind": "AdmissionReview",
            "apiVersion": "admission.k8s.io/v1",
            "response": {
                "uid": said["response"]["uid"],
                "allowed": false,
                "status": {
                    "status": "Failure",
                    "code": 403,
                    "reason": "Forbidden",
                    "message": format!(
                        "sandboxes.agents.x-k8s.io \"billing-agent-42\" is forbidden: {field}: \
                         {message}"
                    ),
                    "details": {
                        "name": "billing-agent-42",
                        "group": "agents.x-k8s.io",
                        "kind": "sandboxes",
                        "causes": [
                            {"reason": "FieldValueInvalid", "message": message, "field": field},
                        ],
                    },
                },
                "auditAnnotations": {
                    "deny": "hibernate-source-exclusive",
                    "warn": "checkpoint-retarget",
                },
                "warnings": [
                    "spec.suspensionStrategy: the live checkpoint \"ck-1\" stays on SnapshotClass \
                     \"gvisor-fast\" and is restored from there; the change counts from the next \
                     suspend on [checkpoint-retarget]",
                ],
            },
        })
    );
}

#[test]
fn the_sample_that_suspends_is_denied_where_its_claim_has_vanished() {
    let said = said("validate-Sandbox-UPDATE-mergepatch-suspend.json", &Objects::default());
    let status = &said["response"]["status"];
    assert_eq!(status["code"], 422);
    assert_eq!(
        status["details"]["causes"][0]["field"],
        "spec.suspensionStrategy.hibernate.snapshotClaimName"
    );
}

#[test]
fn the_sample_that_deletes_a_claim_is_denied_while_it_is_in_use() {
    let holder = json!({
        "kind": "Sandbox",
        "metadata": {"name": "billing-agent-42"},
        "status": {"snapshot": {"snapshotUID": "ck-1", "snapshotClaimName": "default-claim"}},
    });
    let said = said("validate-SnapshotClaim-DELETE-delete.json", &catalog(&[holder]));
    assert_eq!(said["response"]["allowed"], false);
    assert_eq!(
        said["response"]["status"],
        json!({
            "status": "Failure",
            "code": 403,
            "reason": "Forbidden",
            "message": "snapshotclaims.agents.x-k8s.io \"default-claim\" is forbidden: \
                        team-a/billing-agent-42 holds a checkpoint on it and is Running already: \
                        wait until its controller has cleared status.snapshot, or delete that \
                        Sandbox [snapshot-claim-in-use]",
            "details": {
                "name": "default-claim",
                "group": "agents.x-k8s.io",
                "kind": "snapshotclaims",
                "causes": [{
                    "reason": "FieldValueForbidden",
                    "message": "Forbidden: team-a/billing-agent-42 holds a checkpoint on it and is \
                                Running already: wait until its controller has cleared \
                                status.snapshot, or delete that Sandbox [snapshot-claim-in-use]",
                    "field": "",
                }],
            },
        })
    );
}

#[test]
fn a_user_without_groups_may_have_null_for_them() {
    let body = br#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"1",
        "kind":{"group":"agents.x-k8s.io","version":"v1beta1","kind":"Sandbox"},"operation":"CREATE",
        "name":"s","namespace":"a","userInfo":{"username":"u","groups":null},
        "object":{"metadata":{"name":"s"},"spec":{}}}}"#;
    let reply = answer(Phase::Validating, body, &Objects::default());
    assert!(matches!(reply, Reply::Review(_)), "{reply:?}");
}

#[test]
fn a_body_that_is_no_review_is_a_bad_request_that_says_why() {
    let review = |request: &str| {
        format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{request}}}"#
        )
    };
    let kind = r#""kind":{"group":"agents.x-k8s.io","version":"v1beta1","kind":"Sandbox"}"#;
    let cases = [
        (String::new(), "not an AdmissionReview"),
        ("hello".to_owned(), "not an AdmissionReview"),
        ("null".to_owned(), "an object"),
        ("[]".to_owned(), "an object"),
        (r#"["admission.k8s.io/v1","AdmissionReview",null]"#.to_owned(), "an object"),
        ("{}".to_owned(), "AdmissionReview"),
        (r#"{"kind":"Pod","apiVersion":"v1"}"#.to_owned(), "Pod"),
        (
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"}"#.to_owned(),
            "v1beta1",
        ),
        (review("null"), "no request"),
        (review("[]"), "an object"),
        (review("{}"), "uid"),
        (review(&format!(r#"{{"uid":"","operation":"DELETE",{kind},"oldObject":{{}}}}"#)), "uid"),
        (review(&format!(r#"{{"uid":"u","operation":"PATCH",{kind}}}"#)), "PATCH"),
        (review(&format!(r#"{{"uid":"u","operation":"CREATE",{kind}}}"#)), "request.object"),
        (
            review(&format!(r#"{{"uid":"u","operation":"UPDATE",{kind},"object":{{}}}}"#)),
            "request.oldObject",
        ),
        (review(&format!(r#"{{"uid":"u","operation":"DELETE",{kind}}}"#)), "request.oldObject"),
    ];
    for (body, part) in cases {
        for phase in [Phase::Mutating, Phase::Validating] {
            match answer(phase, body.as_bytes(), &Objects::default()) {
                Reply::NotAReview(text) => assert!(text.contains(part), "{body}: {text}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
    let reply = answer(Phase::Validating, b"\xff\xfe", &Objects::default());
    assert!(matches!(reply, Reply::NotAReview(text) if text.contains("UTF-8")));
}

/// A catalog that was never filled.
struct Unreachable;

fn cannot_tell<T>() -> Result<T, Unavailable> {
    Err(Unavailable("the cluster is out of reach".to_owned()))
}

impl Catalog for Unreachable {
    fn object(&self, _: ObjectName<'_>) -> Result<Option<Kept>, Unavailable> {
        cannot_tell()
    }
    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        cannot_tell()
    }
    fn default_claim(&self, _: &str) -> Lookup<Claim> {
        cannot_tell()
    }
    fn nearest(&self, _: ObjectName<'_>) -> Option<String> {
        None
    }
    fn checkpoints_on(&self, _: ObjectName<'_>) -> Result<Checkpoints, Unavailable> {
        cannot_tell()
    }
    fn selecting_class(&self, _: &str) -> Result<Users, Unavailable> {
        cannot_tell()
    }
    fn naming_template(&self, _: &str, _: &str) -> Result<Users, Unavailable> {
        cannot_tell()
    }
}

fn review(operation: &str, object: &Value, old: &Value) -> Vec<u8> {
    let kind = if object.is_null() { &old["kind"] } else { &object["kind"] };
    let review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u",
            "kind": {"group": "agents.x-k8s.io", "version": "v1beta1", "kind": kind},
            "namespace": "team-a",
            "operation": operation,
            "object": object,
            "oldObject": old,
        },
    });
    serde_json::to_vec(&review).unwrap()
}

#[test]
fn what_is_unknown_is_neither_allowed_nor_denied() {
    let hibernates = json!({
        "kind": "Sandbox",
        "spec": {
            "operatingMode": "Suspended",
            "suspensionStrategy": {"type": "Hibernate", "hibernate": {"snapshotClaimName": "c"}},
        },
    });
    let claim = json!({"kind": "SnapshotClaim", "spec": {"snapshotClassName": "std"}});
    for body in [
        review("CREATE", &hibernates, &Value::Null),
        review("CREATE", &claim, &Value::Null),
        review("DELETE", &Value::Null, &claim),
    ] {
        let reply = answer(Phase::Validating, &body, &Unreachable);
        assert_eq!(reply, Reply::Undecided("the cluster is out of reach".to_owned()));
    }
}

#[test]
fn what_needs_no_other_object_is_decided_all_the_same() {
    let structural = json!({
        "kind": "Sandbox",
        "spec": {
            "operatingMode": "Bogus",
            "suspensionStrategy": {"type": "Hibernate", "hibernate": {"snapshotClaimName": "c"}},
        },
    });
    let stop = json!({"kind": "Sandbox", "spec": {"suspensionStrategy": {"type": "Stop"}}});
    let template = json!({"kind": "SnapshotClaimTemplate", "spec": {"spec": {}}});
    // At worst a warning is missing.
    let classless = json!({"kind": "SnapshotClaim", "spec": {}});
    for (body, allowed) in [
        (review("CREATE", &structural, &Value::Null), false),
        (review("CREATE", &stop, &Value::Null), true),
        (review("DELETE", &Value::Null, &template), true),
        (review("CREATE", &classless, &Value::Null), true),
        (review("CREATE", &template, &Value::Null), true),
    ] {
        let Reply::Review(answer) = answer(Phase::Validating, &body, &Unreachable) else {
            panic!("{}", String::from_utf8_lossy(&body));
        };
        assert_eq!(Said::from_review(&answer, "u").unwrap().allowed, allowed);
    }
}

#[test]
fn a_denial_stands_by_what_is_certain_where_a_name_could_not_be_looked_up() {
    let sandbox = json!({
        "kind": "Sandbox",
        "spec": {
            "operatingMode": "Suspended",
            "suspensionStrategy": {"type": "Hibernate", "hibernate": {
                "snapshotClaimName": "c", "snapshotClaimTemplateName": "t",
            }},
        },
    });
    let mut confirmed = Confirmed::default();
    confirmed.give_up(Unavailable("the cluster is out of reach".to_owned()));
    let known = Objects::default();
    let body = review("CREATE", &sandbox, &Value::Null);
    let reply = answer(Phase::Validating, &body, &ConfirmingCatalog::new(&known, &confirmed));
    let Reply::Review(answer) = reply else { panic!("{reply:?}") };
    let review: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(
        review["response"]["auditAnnotations"],
        json!({"deny": "hibernate-source-exclusive"})
    );
    let causes = review["response"]["status"]["details"]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 1, "{causes:?}");
}

#[test]
fn an_object_full_of_mistakes_gets_an_answer_of_reasonable_size() {
    let labels: serde_json::Map<String, Value> =
        (0..50_000).map(|number| (format!("!{number}"), "".into())).collect();
    let template = json!({
        "kind": "SnapshotClaimTemplate",
        "spec": {"spec": {}, "metadata": {"labels": labels}},
    });
    let body = review("CREATE", &template, &Value::Null);
    let Reply::Review(answer) = answer(Phase::Validating, &body, &Objects::default()) else {
        panic!("no review");
    };
    let said = Said::from_review(&answer, "u").unwrap();
    let message = said.status.unwrap().message;
    assert!(answer.len() < 256 * 1024, "{} bytes", answer.len());
    assert!(message.contains("more"), "{}", &message[message.len() - 200..]);
}

#[test]
fn a_warning_that_is_too_long_is_cut_and_not_left_out() {
    let body = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u",
            "kind": {"group": "example.com", "version": "v1", "kind": "X".repeat(10_000)},
            "operation": "CREATE",
            "object": {},
        },
    });
    let body = serde_json::to_vec(&body).unwrap();
    let Reply::Review(answer) = answer(Phase::Validating, &body, &Objects::default()) else {
        panic!("no review");
    };
    let said = Said::from_review(&answer, "u").unwrap();
    assert!(said.warnings[0].contains("has no rules for example.com/v1"), "{said:?}");
}

#[test]
fn an_object_that_is_none_has_no_path_to_point_to() {
    let body = review("CREATE", &json!({"kind": "SnapshotClass"}), &Value::Null);
    let body = String::from_utf8(body).unwrap().replace(r#"{"kind":"SnapshotClass"}"#, "[]");
    let Reply::Review(answer) = answer(Phase::Validating, body.as_bytes(), &Objects::default())
    else {
        panic!("no review");
    };
    let message = Said::from_review(&answer, "u").unwrap().status.unwrap().message;
    assert!(message.contains(r#""" is invalid: Invalid value: "#), "{message}");
}

#[test]
fn parameters_of_more_than_256_kib_are_too_long() {
    let class = |length: usize| {
        json!({
            "kind": "SnapshotClass",
            "provisioner": "gvisor",
            "parameters": {"key": "x".repeat(length)},
        })
    };
    let max = 256 * 1024 - "key".len();
    let judge = |new: &Value, old: &Value| {
        let operation = if old.is_null() { "CREATE" } else { "UPDATE" };
        match answer(Phase::Validating, &review(operation, new, old), &Objects::default()) {
            Reply::Review(answer) => Said::from_review(&answer, "u").unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert!(judge(&class(max), &Value::Null).allowed);
    let said = judge(&class(max + 1), &Value::Null);
    assert_eq!(said.causes[0].field, "parameters");
    assert!(said.causes[0].message.contains("Too long: may not be more than 262144 bytes"));
    // Fixed step by step, never made worse.
    assert!(judge(&class(max + 1), &class(max + 2)).allowed);
    assert!(!judge(&class(max + 3), &class(max + 2)).allowed);
}
