//! Properties that hold for every body, however strange.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sandbox_admission::admission::Phase;
use sandbox_admission::api::Kind;
use sandbox_admission::catalog::Objects;
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{Action, RULES, RuleSet, Settings};
use sandbox_admission::webhook::{self, Reply};
use serde_json::{Value, json};

use crate::support::answer::Said;
use crate::support::{cases, samples};

/// Names and values that mean something to a rule.
const WORDS: [&str; 28] = [
    "",
    "spec",
    "status",
    "metadata",
    "name",
    "namespace",
    "generateName",
    "annotations",
    "operatingMode",
    "Suspended",
    "Running",
    "suspensionStrategy",
    "type",
    "Hibernate",
    "Stop",
    "hibernate",
    "snapshotClaimName",
    "snapshotClaimTemplateName",
    "snapshotProviderRef",
    "snapshotClassName",
    "parameters",
    "bucket",
    "provisioner",
    "labels",
    "snapshot",
    "default-claim",
    "deletionTimestamp",
    "\u{7}\n",
];

/// Real bodies, and one for each case.
static BODIES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let samples = samples::all().into_iter().map(|sample| sample.body);
    let cases = cases::load("tests/cases".as_ref()).into_iter().map(|case| case.body());
    samples.chain(cases).map(|body| serde_json::from_slice(&body).unwrap()).collect()
});

/// The other objects in the samples' namespace, so that rules find something.
static CATALOG: LazyLock<Objects> = LazyLock::new(|| {
    let default = json!({"snapshotclass.agents.x-k8s.io/is-default-class": "true"});
    let held = json!({"snapshotUID": "u", "snapshotClassName": "c", "snapshotClaimName": "c"});
    let hibernate = json!({"type": "Hibernate", "hibernate": {}});
    let mut catalog = Objects::default();
    for (kind, object) in [
        (Kind::SnapshotClass, json!({"metadata": {"name": "c", "annotations": default}})),
        (Kind::SnapshotClaim, json!({"metadata": {"name": "default-claim"}})),
        (Kind::SnapshotClaimTemplate, json!({"metadata": {"name": "team-a-s3"}})),
        (Kind::SnapshotProvider, json!({"metadata": {"name": "s3-fast"}})),
        (Kind::Sandbox, json!({"metadata": {"name": "holder"}, "status": {"snapshot": held}})),
        (
            Kind::Sandbox,
            json!({
                "metadata": {"name": "hibernating"},
                "spec": {"operatingMode": "Suspended", "suspensionStrategy": hibernate},
            }),
        ),
    ] {
        catalog.insert(kind, "team-a", &object.to_string()).unwrap();
    }
    catalog
});

/// The defaults, and a configuration with every rule on.
static RULE_SETS: LazyLock<[RuleSet; 2]> = LazyLock::new(|| {
    let strictest = |actions: &[Action]| {
        [Action::Deny, Action::On].into_iter().find(|action| actions.contains(action))
    };
    let actions: BTreeMap<_, _> =
        RULES.iter().filter_map(|rule| Some((rule.id, strictest(rule.actions())?))).collect();
    let mut strict = Settings { actions, ..Settings::default() };
    strict.options.suspension_types.retain(|name| *name != "Freeze");
    strict.options.checkpoint_writers.push("system:masters".to_owned());
    [RuleSet::new(Settings::default()), RuleSet::new(strict)]
});

const PHASES: [Phase; 2] = [Phase::Mutating, Phase::Validating];

fn reply(phase: Phase, body: &[u8], rules: &RuleSet) -> Reply {
    webhook::answer(phase, body, rules, &PolicySet::default(), &*CATALOG).0
}

/// Checks that every way to ask gives a well-formed answer, and the same one twice.
fn is_answered(body: &[u8]) -> Result<(), TestCaseError> {
    for phase in PHASES {
        for rules in &*RULE_SETS {
            let first = reply(phase, body, rules);
            prop_assert_eq!(&first, &reply(phase, body, rules));
            match first {
                Reply::Review(answer) => {
                    let uid = uid(body).expect("only a review with a uid is answered");
                    let said = Said::from_review(&answer, &uid);
                    prop_assert!(said.is_ok(), "{:?}", said);
                    let may_patch = phase == Phase::Mutating;
                    prop_assert!(may_patch || said.unwrap().patch.is_none());
                }
                Reply::NotAReview(text) => prop_assert!(!text.is_empty()),
                Reply::Undecided(reason) => prop_assert!(false, "undecided: {}", reason),
            }
        }
    }
    Ok(())
}

fn uid(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Review {
        request: Request,
    }
    #[derive(serde::Deserialize)]
    struct Request {
        uid: String,
    }
    // Not as a `Value`: some bodies nest deeper than it may.
    Some(serde_json::from_slice::<Review>(body).ok()?.request.uid)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(&WORDS[..]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            4 => select(&WORDS[..]).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// The place in a tree, and the value to put there; `None` removes it.
type Edit = (Vec<prop::sample::Index>, Option<Value>);

fn any_edit() -> impl Strategy<Value = Edit> {
    (vec(any::<prop::sample::Index>(), 1..7), proptest::option::weighted(0.7, any_json()))
}

/// A real body with a few subtrees dropped or replaced.
fn near_review() -> impl Strategy<Value = Value> {
    let body = any::<prop::sample::Index>().prop_map(|index| index.get(&BODIES).clone());
    (body, vec(any_edit(), 0..4)).prop_map(|(mut body, edits)| {
        for (path, change) in edits {
            edit(&mut body["request"], &path, change);
        }
        body
    })
}

/// A write of an object whose defaults may be filled in, if it is one.
fn defaultable_review() -> impl Strategy<Value = Value> {
    const FIELDS: [&str; 4] =
        ["operatingMode", "snapshotClassName", "parameters", "suspensionStrategy"];
    let spec = prop_oneof![
        Just(json!([])),
        any_json(),
        proptest::collection::btree_map(select(&FIELDS[..]), any_json(), 0..3)
            .prop_map(|spec| json!(spec)),
    ];
    let kinds = select(&[Kind::Sandbox, Kind::SnapshotClaim][..]);
    (kinds, proptest::option::weighted(0.9, spec), any_json()).prop_map(|(kind, spec, odd)| {
        let object = spec.map_or(odd, |spec| json!({"metadata": {"name": "new"}, "spec": spec}));
        review(kind, "CREATE", &object, &Value::Null)
    })
}

fn edit(value: &mut Value, path: &[prop::sample::Index], change: Option<Value>) {
    let Some((first, rest)) = path.split_first() else { return };
    match value {
        Value::Object(members) if !members.is_empty() => {
            let key = first.get(&members.keys().cloned().collect::<Vec<_>>()).clone();
            match (rest, change) {
                ([], None) => drop(members.remove(&key)),
                ([], Some(new)) => drop(members.insert(key, new)),
                (_, change) => edit(&mut members[&key], rest, change),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let index = first.index(items.len());
            match (rest, change) {
                ([], None) => drop(items.remove(index)),
                ([], Some(new)) => items[index] = new,
                (_, change) => edit(&mut items[index], rest, change),
            }
        }
        leaf => *leaf = change.unwrap_or_default(),
    }
}

proptest! {
    // The default number of cases, so that PROPTEST_CASES can ask for more, as .ci/run does.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_answered(body in vec(any::<u8>(), 0..512)) {
        is_answered(&body)?;
    }

    #[test]
    fn arbitrary_json_is_answered(body in any_json()) {
        is_answered(&serde_json::to_vec(&body).unwrap())?;
    }

    #[test]
    fn reviews_with_mistakes_are_answered(body in near_review()) {
        is_answered(&serde_json::to_vec(&body).unwrap())?;
    }

    #[test]
    fn arbitrary_objects_are_answered(
        kind in select(&Kind::ALL[..]),
        operation in select(&["CREATE", "UPDATE", "DELETE"][..]),
        object in any_json(),
        old in any_json(),
    ) {
        is_answered(&serde_json::to_vec(&review(kind, operation, &object, &old)).unwrap())?;
    }

    #[test]
    fn a_patch_applies_is_needed_once_and_changes_no_verdict(
        body in prop_oneof![near_review(), defaultable_review()],
    ) {
        for rules in &*RULE_SETS {
            let text = serde_json::to_vec(&body).unwrap();
            let Reply::Review(answer) = reply(Phase::Mutating, &text, rules) else { continue };
            let said = Said::from_review(&answer, body["request"]["uid"].as_str().unwrap());
            let Some(patch) = said.unwrap().patch else { continue };
            let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
            let mut patched = body.clone();
            let applied = json_patch::patch(&mut patched["request"]["object"], &patch);
            prop_assert!(applied.is_ok(), "{:?}", applied);
            prop_assert_ne!(&patched, &body);

            let patched = serde_json::to_vec(&patched).unwrap();
            let Reply::Review(again) = reply(Phase::Mutating, &patched, rules) else {
                return Err(TestCaseError::fail("the patched object is not answered"));
            };
            let again: Value = serde_json::from_slice(&again).unwrap();
            prop_assert_eq!(&again["response"]["patch"], &Value::Null);
            prop_assert_eq!(
                reply(Phase::Validating, &patched, rules),
                reply(Phase::Validating, &text, rules)
            );
        }
    }
}

fn review(kind: Kind, operation: &str, object: &Value, old: &Value) -> Value {
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u",
            "kind": {"group": "agents.x-k8s.io", "version": "v1beta1", "kind": kind.name()},
            "name": "holder",
            "namespace": "team-a",
            "operation": operation,
            "object": object,
            "oldObject": old,
        },
    })
}

#[test]
fn no_depth_of_nesting_overflows_the_stack() {
    const DEPTH: usize = 100_000;
    let lists = "[".repeat(DEPTH) + &"]".repeat(DEPTH);
    let objects = r#"{"spec":"#.repeat(DEPTH) + "5" + &"}".repeat(DEPTH);
    let bodies = [
        "DEEP".to_owned(),
        r#"{"request":DEEP}"#.to_owned(),
        review(Kind::Sandbox, "CREATE", &json!("DEEP"), &Value::Null).to_string(),
        review(Kind::Sandbox, "UPDATE", &json!({}), &json!("DEEP")).to_string(),
        review(Kind::Sandbox, "CREATE", &json!({"spec": {"podTemplate": "DEEP"}}), &Value::Null)
            .to_string(),
        review(
            Kind::Sandbox,
            "UPDATE",
            &json!({"spec": {"podTemplate": ["DEEP"]}}),
            &json!({
                "spec": {"podTemplate": "DEEP", "suspensionStrategy": {"type": "Hibernate"}},
                "status": {"snapshot": {}},
            }),
        )
        .to_string(),
        review(Kind::SnapshotClass, "CREATE", &json!({"parameters": {"a": "DEEP"}}), &Value::Null)
            .to_string(),
        review(
            Kind::SnapshotClaimTemplate,
            "UPDATE",
            &json!({"spec": {"metadata": {"name": "DEEP"}}}),
            &json!({"spec": {"metadata": {"name": "DEEP"}, "spec": "DEEP"}}),
        )
        .to_string(),
        review(
            Kind::SnapshotClaim,
            "UPDATE",
            &json!({"metadata": {"labels": "DEEP"}, "spec": {"parameters": "DEEP"}}),
            &json!({"spec": {"parameters": "DEEP"}}),
        )
        .to_string(),
    ];
    for body in bodies {
        for deep in [&lists, &objects] {
            is_answered(body.replace(r#""DEEP""#, deep).replace("DEEP", deep).as_bytes()).unwrap();
        }
    }
}
