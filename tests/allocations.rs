//! The memory that answers take. A program of its own, because it counts the allocations of the whole
//! process: of one test at a time.
#![cfg(test)] // clippy lets only tests unwrap, index and panic

#[path = "support/samples.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod samples;

use std::alloc::System;
use std::fmt::Write as _;
use std::sync::Mutex;

use sandbox_admission::admission::Phase;
use sandbox_admission::catalog::Objects;
use sandbox_admission::policy::{PolicySet, policies};
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Held by the test that counts.
static COUNTING: Mutex<()> = Mutex::new(());

const POLICY: &str = "\
apiVersion: policy.sandbox-admission.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: classes}
spec:
  matchConstraints:
    resourceRules:
    - apiGroups: [agents.x-k8s.io]
      apiVersions: [v1beta1]
      operations: [CREATE, UPDATE]
      resources: [snapshotclasses]
  validations: [{expression: object.metadata.name != 'x', message: another name}]
  validationActions: [Deny]
";

/// Allocations and bytes of one answer.
fn cost(body: &[u8], policies: &PolicySet) -> (usize, usize) {
    let (rules, catalog) = (RuleSet::new(Settings::default()), Objects::default());
    let region = Region::new(ALLOCATOR);
    let answer = webhook::answer(Phase::Validating, body, &rules, policies, &catalog);
    let change = region.change();
    drop(answer);
    (change.allocations + change.reallocations, change.bytes_allocated)
}

#[test]
fn a_request_that_no_policy_is_about_allocates_nothing_more() {
    let _counting = COUNTING.lock().unwrap();
    let documents = kubernetes_manifest::parse("p.yaml", POLICY).unwrap();
    let (none, one) = (PolicySet::default(), policies(&documents).unwrap());
    let mut compared = 0;
    for sample in samples::all() {
        if sample.phase != Phase::Validating {
            continue;
        }
        let is_about_a_class = sample.file.contains("SnapshotClass-");
        let (without, with) = (cost(&sample.body, &none), cost(&sample.body, &one));
        let writes = is_about_a_class && !sample.file.contains("DELETE");
        assert_eq!(without != with, writes, "{}: {without:?}, {with:?}", sample.file);
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}

/// A review of a new object whose JSON begins and ends like this, with many entries in between.
fn flooded(kind: &str, start: &str, entry: impl Fn(usize) -> String, end: &str) -> Vec<u8> {
    let mut object = start.to_owned();
    for number in 0..100_000 {
        let comma = if number == 0 { "" } else { "," };
        write!(object, "{comma}{}", entry(number)).unwrap();
    }
    object.push_str(end);
    review(kind, &object, "\"groups\":[]")
}

fn review(kind: &str, object: &str, user: &str) -> Vec<u8> {
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u",
        "kind":{{"group":"agents.x-k8s.io","version":"v1beta1","kind":"{kind}"}},
        "name":"o","namespace":"n","operation":"CREATE","userInfo":{{"username":"u",{user}}},
        "object":{object}}}}}"#
    )
    .into_bytes()
}

#[test]
fn an_object_with_many_mistakes_takes_no_more_memory_than_its_size() {
    let _counting = COUNTING.lock().unwrap();
    let named = |rest: &str| format!(r#"{{"metadata":{{"name":"o"}},{rest}"#);
    let metadata = |rest: &str| named(&format!(r#""spec":{{"spec":{{}},"metadata":{{{rest}"#));
    let pair = |start: &'static str, value: &'static str| {
        move |number: usize| format!(r#""{start}{number}":{value}"#)
    };
    let (template, claim) = ("SnapshotClaimTemplate", "SnapshotClaim");
    let long = "token".repeat(200_000);
    let parameters = named(r#""spec":{"parameters":{"#);
    let floods = [
        ("labels", flooded(template, &metadata(r#""labels":{"#), pair("-", "\"\""), "}}}}")),
        ("values", flooded(template, &metadata(r#""labels":{"#), pair("l", "\"-\""), "}}}}")),
        (
            "annotations",
            flooded(template, &metadata(r#""annotations":{"#), pair("-", "\"\""), "}}}}"),
        ),
        ("other metadata", flooded(template, &metadata(""), pair("f", "1"), "}}}")),
        ("credentials", flooded(claim, &parameters, pair("token", "\"\""), "}}}")),
        (
            "a class's parameters",
            flooded("SnapshotClass", &named(r#""parameters":{"#), pair("p", "\"\""), "}}"),
        ),
        ("wrong types", flooded(claim, &parameters, pair("p", "1"), "}}}")),
        ("owners", flooded(claim, r#"{"metadata":{"ownerReferences":["#, |_| "{}".into(), "]}}")),
        (
            "conditions",
            flooded(claim, &named(r#""status":{"conditions":["#), |_| "{}".into(), "]}}"),
        ),
        (
            "own annotations",
            flooded(
                "SnapshotClass",
                r#"{"metadata":{"annotations":{"#,
                pair("a.agents.x-k8s.io/", "\"\""),
                "}}}",
            ),
        ),
        ("groups", {
            let groups = vec!["\"\""; 100_000].join(",");
            review(claim, "{}", &format!("\"groups\":[{groups}]"))
        }),
        (
            "a long key",
            review(claim, &format!("{parameters}\"{long}\":\"\"}}}}}}"), "\"groups\":[]"),
        ),
        (
            "a long text",
            review(
                "Sandbox",
                &named(&format!(r#""spec":{{"replicas":1,"suspensionStrategy":"{long}"}}}}"#)),
                "\"groups\":[]",
            ),
        ),
        ("a long name", {
            let object = format!(r#"{{"metadata":{{"name":"{long}"}}}}"#);
            review("SnapshotClass", &object, "\"groups\":[]")
        }),
        ("a long kind", review(&long, "{}", "\"groups\":[]")),
    ];
    let none = PolicySet::default();
    let mut too_much = Vec::new();
    for (what, body) in &floods {
        let (_, bytes) = cost(body, &none);
        println!("{what}: {} KiB allocated for {} KiB", bytes >> 10, body.len() >> 10);
        if bytes > 2 * body.len() + (1 << 20) {
            too_much.push(*what);
        }
    }
    assert!(too_much.is_empty(), "{too_much:?}");
}
