//! A review is read together with its objects by the quick reader where it can, and step by step
//! where it cannot. Which of the two it was must never show.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use sandbox_admission::admission::Phase;
use sandbox_admission::catalog::{Objects, Retention, files};
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook::{Outcome, Reply, answer};
use serde::de::IgnoredAny;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn samples() -> Vec<String> {
    let folder = std::fs::read_dir(repository("tests/fixtures/samples")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
    let samples: Vec<_> = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(samples.len() > 3);
    samples
}

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::new(Settings::default()));
static CATALOG: LazyLock<Objects> = LazyLock::new(|| {
    let paths = ["examples/catalog", "benches/samples/catalog.yaml"].map(repository);
    let documents: Vec<_> =
        paths.iter().flat_map(|path| kubernetes_manifest::read(path).unwrap()).collect();
    files::objects(&documents, Retention::Essentials).unwrap()
});

/// The same review, but with a value so deep that the quick reader leaves it.
fn disguised(review: &str) -> String {
    let deep = ["[".repeat(80), "]".repeat(80)].concat();
    review.replacen('{', &format!(r#"{{"others":{deep},"#), 1)
}

fn is_taken_by_the_quick_reader(review: &str) -> bool {
    partial_json::ordinary::<IgnoredAny>(review).is_some()
}

fn judge(phase: Phase, review: &str) -> (Reply, Outcome) {
    let (reply, outcome) =
        answer(phase, review.as_bytes(), &RULES, &PolicySet::default(), &*CATALOG);
    match reply {
        // The message names a column, in which the two differ.
        Reply::NotAReview(_) => (Reply::NotAReview(String::new()), outcome),
        reply => (reply, outcome),
    }
}

#[test]
fn every_sample_is_answered_alike_by_both_readings() {
    for review in samples() {
        assert!(is_taken_by_the_quick_reader(&review), "{review}");
        assert!(!is_taken_by_the_quick_reader(&disguised(&review)), "{review}");
        for phase in [Phase::Mutating, Phase::Validating] {
            let at_once = judge(phase, &review);
            assert_eq!(at_once, judge(phase, &disguised(&review)), "{review}");
            assert!(matches!(at_once.0, Reply::Review(_)), "{review}");
        }
    }
}

#[test]
fn what_is_not_a_plain_sandbox_is_answered_alike_by_both_readings() {
    for (from, to) in [
        // The kind is not a Sandbox's, or another field looks like it.
        (r#""operation":"#, r#""subResource":"scale","operation":"#),
        (r#""operation":"#, r#""subResource":"status","operation":"#),
        (r#""version":"v1beta1""#, r#""version":"v1alpha1""#),
        (
            r#""kind":{"#,
            r#""other":{"group":"agents.x-k8s.io","version":"v1beta1","kind":"Sandbox"},"kind":{"#,
        ),
        (r#""kind":"Sandbox"}"#, r#""kind":"SnapshotClaim"}"#),
        (r#""kind":"AdmissionReview""#, r#""kind":"Review""#),
        // Objects that do not decode: the new, the old, both.
        (r#""object":{"#, r#""object":{"spec":[],"#),
        (r#""object":{"#, r#""object":{"status":7,"#),
        (r#""oldObject":{"#, r#""oldObject":{"status":7,"#),
        (r#"bject":{"#, r#"bject":{"status":7,"#),
        (r#""hibernate":{"#, r#""hibernate":{"snapshotProviderRef":"x","#),
        (r#""metadata":{"#, r#""metadata":{"name":7,"#),
        // Objects that are missing.
        (r#""object":"#, r#""object":null,"was":"#),
        (r#""oldObject":"#, r#""oldObject":null,"was":"#),
        (r#""operation":"UPDATE""#, r#""operation":"DELETE""#),
        (r#""operation":"UPDATE""#, r#""operation":"CONNECT""#),
        (r#""name":"billing-agent-42","namespace":"team-a","operation""#, r#""operation""#),
    ] {
        let mut hits = 0;
        for review in samples().iter().filter(|review| review.contains(from)) {
            hits += 1;
            let review = review.replace(from, to);
            for phase in [Phase::Mutating, Phase::Validating] {
                let at_once = judge(phase, &review);
                assert_eq!(at_once, judge(phase, &disguised(&review)), "{from} {to} {review}");
            }
        }
        assert!(hits > 0, "{from}");
    }
}

#[test]
fn templates_that_no_tree_can_hold_are_compared_all_the_same() {
    let template = |image: &str, is_turned: bool| {
        let (open, close) =
            if is_turned { (r#"{"b":0,"a":"#, "}") } else { (r#"{"a":"#, r#","b":0}"#) };
        let deep = open.repeat(5000) + &format!("{image:?}") + &close.repeat(5000);
        format!(r#"{{"spec":{{"containers":[{deep}]}}}}"#)
    };
    let sandbox = |template: &str| {
        format!(
            r#"{{"metadata":{{"name":"s"}},"spec":{{"operatingMode":"Suspended","podTemplate":{template},
            "suspensionStrategy":{{"type":"Hibernate","hibernate":{{}}}}}},
            "status":{{"snapshot":{{"snapshotUID":"u","snapshotClassName":"c"}}}}}}"#
        )
    };
    let fired = |old: &str, new: &str| {
        let (old, new) = (sandbox(old), sandbox(new));
        let review = format!(
            r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u",
            "kind":{{"group":"agents.x-k8s.io","version":"v1beta1","kind":"Sandbox"}},"name":"s",
            "operation":"UPDATE","object":{new},"oldObject":{old}}}}}"#
        );
        let (_, outcome) = judge(Phase::Validating, &review);
        outcome.fired.into_iter().map(|(rule, _)| rule.into_owned()).collect::<Vec<_>>()
    };
    let stored = template("a", false);
    assert_eq!(fired(&stored, &template("a", true)), [""; 0]);
    assert_eq!(fired(&stored, &template("b", true)), ["checkpoint-template-changed"]);
}

/// Texts that may be anywhere in a review.
fn snippet() -> impl Strategy<Value = String> {
    let snippets = [
        "",
        "null",
        "{}",
        "[]",
        "1",
        "true",
        "\"\"",
        "\"Sandbox\"",
        "\"status\"",
        "\"DELETE\"",
        "{",
        "}",
        "]",
        ",",
        "\"",
        "\\",
        "\\u0041",
        "\u{1}",
        "\"kind\":",
        "\"object\":",
        "\"oldObject\":null,",
        "\"metadata\":7,",
        "\"spec\":[],",
        "\"subResource\":\"status\",",
        "\"subResource\":\"scale\",",
        "\"Freeze\"",
    ];
    prop::sample::select(snippets.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_is_wrong_is_answered_alike_by_both_readings(
        sample in prop::sample::select(samples()),
        place in any::<prop::sample::Index>(),
        removed in 0..40_usize,
        inserted in snippet(),
        is_mutating in any::<bool>(),
    ) {
        // Edits are at delimiters, where the result has a chance to be JSON.
        let places: Vec<_> = sample.match_indices(['"', ',', ':', '{']).map(|(at, _)| at).collect();
        let start = places[place.index(places.len())];
        let end = sample.floor_char_boundary(start + removed);
        let review = [&sample[..start], &inserted, &sample[end..]].concat();
        let phase = if is_mutating { Phase::Mutating } else { Phase::Validating };
        prop_assert_eq!(judge(phase, &review), judge(phase, &disguised(&review)));
    }
}
