//! The match conditions of `src/install/entries.rs`, evaluated as the API server does: it sends us
//! what a rule could act on, and keeps the rest.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use kubernetes_cel::{Activation, Budget, Environment, Expression, Scope, Type, decode};
use sandbox_admission::admission::Phase;
use sandbox_admission::api::{GROUP, Kind, VERSION};
use sandbox_admission::catalog::{Catalog, Objects};
use sandbox_admission::install::entries::{ENTRIES, Entry};
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{Action, Options, RULES, RuleSet, Settings};
use sandbox_admission::webhook;
use serde_json::{Value, json};

use crate::support::cases;
use crate::support::rights::WithRights;

/// The variables of the conditions; `request` has more than what they use of it.
const VARIABLES: [&str; 3] = ["object", "oldObject", "request"];

/// Each entry with its conditions, compiled.
static COMPILED: LazyLock<Vec<(&Entry, Vec<Expression>)>> = LazyLock::new(|| {
    let compiled =
        |entry: &Entry| entry.conditions.iter().map(|it| compile(it.expression)).collect();
    ENTRIES.iter().map(|entry| (*entry, compiled(entry))).collect()
});

fn compile(condition: &str) -> Expression {
    static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::new().unwrap());
    let scope = VARIABLES.iter().fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn));
    Expression::compile(&ENVIRONMENT, condition, &scope)
        .and_then(|expression| expression.expect(&[Type::Bool]))
        .unwrap_or_else(|error| panic!("{condition}: {error}"))
}

/// Returns whether a condition holds for the texts of the variables.
fn holds(condition: &Expression, texts: &[String; 3], review: &Value) -> bool {
    let mut activation = Activation::new();
    for (name, json) in VARIABLES.iter().zip(texts) {
        if let Some(fields) = condition.reads().of(name) {
            activation.bind(name, decode(json, fields).unwrap());
        }
    }
    let held = condition.evaluate_bool(&activation, &mut Budget::default());
    held.unwrap_or_else(|error| panic!("{error} for {review}"))
}

/// The entries that send a review.
fn senders(review: &Value) -> Vec<&'static Entry> {
    let request = &review["request"];
    let kind = |kind: &Kind| {
        request["kind"] == json!({"group": GROUP, "version": VERSION, "kind": kind.name()})
    };
    let texts = VARIABLES.map(|name| match name {
        "request" => request.to_string(),
        object => request[object].to_string(),
    });
    let sends = |(entry, conditions): &&(&Entry, Vec<Expression>)| {
        request["subResource"].is_null()
            && entry.kinds.iter().any(kind)
            && entry.operations.iter().any(|it| request["operation"] == it.name())
            && conditions.iter().all(|condition| holds(condition, &texts, review))
    };
    COMPILED.iter().filter(sends).map(|(entry, _)| *entry).collect()
}

/// The first labels of their names.
fn sent_by(review: &Value) -> Vec<&'static str> {
    senders(review).iter().map(|entry| entry.name.split_once('.').unwrap().0).collect()
}

/// Fails where a rule acts on a review that no entry of the phase sends, or that several send: a client
/// would read each warning as often. Returns the rules.
fn assert_sent(
    phase: Phase,
    review: &Value,
    rules: &RuleSet,
    catalog: &dyn Catalog,
) -> Vec<String> {
    let body = serde_json::to_vec(review).unwrap();
    let (_, outcome) = webhook::answer(phase, &body, rules, &PolicySet::default(), catalog);
    let fired: Vec<_> = outcome.fired.into_iter().map(|(rule, _)| rule.into_owned()).collect();
    let fired: Vec<_> =
        fired.into_iter().filter(|id| !REGISTERED_BY_OPERATORS.contains(&&**id)).collect();
    if !fired.is_empty() {
        let sent = senders(review).iter().filter(|entry| entry.phase == phase).count();
        // A value that is filled in twice is the same.
        let is_right = sent == 1 || sent > 1 && phase == Phase::Mutating;
        assert!(is_right, "{fired:?} act on what is sent {sent} times: {review:#}");
    }
    fired
}

/// The rules whose requests operators register themselves: those on `sandboxes/status`, and the one on
/// annotations that only they know.
const REGISTERED_BY_OPERATORS: [&str; 3] =
    ["checkpoint-record-valid", "checkpoint-record-writer", "restore-authority"];

#[test]
fn each_case_in_which_a_rule_acts_is_sent() {
    let mut acted = BTreeSet::new();
    for case in cases::load(Path::new("tests/cases")) {
        let review: Value = serde_json::from_slice(&case.body()).unwrap();
        if review["request"]["subResource"].is_null() {
            let fired =
                assert_sent(case.phase(), &review, &RuleSet::new(case.settings()), &case.catalog());
            acted.extend(fired);
        }
    }
    let sent: BTreeSet<_> = RULES
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !REGISTERED_BY_OPERATORS.contains(id))
        .map(str::to_owned)
        .collect();
    assert_eq!(acted, sent);
}

fn review(operation: &str, old: &Value, new: &Value) -> Value {
    let subject = if new.is_null() { old } else { new };
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": GROUP, "version": VERSION, "kind": subject["kind"]},
            "name": subject["metadata"]["name"],
            "namespace": "team-a",
            "operation": operation,
            "userInfo": {"username": "dev@team-a", "groups": ["system:authenticated"]},
            "object": new,
            "oldObject": old,
        },
    })
}

fn sandbox(mode: &Value, strategy: &Value, image: &str) -> Value {
    let mut spec = json!({"podTemplate": {"spec": {"containers": [{"image": image}]}}});
    for (field, value) in [("operatingMode", mode), ("suspensionStrategy", strategy)] {
        if !value.is_null() {
            spec[field] = value.clone();
        }
    }
    json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "Sandbox",
        "metadata": {"name": "s", "namespace": "team-a"},
        "spec": spec,
    })
}

/// Strategies that make rules act: one for each mistake, and two without mistakes.
fn strategies() -> Vec<Value> {
    let hibernate = |hibernate: Value| json!({"type": "Hibernate", "hibernate": hibernate});
    vec![
        Value::Null,
        json!({"type": "Stop"}),
        json!({"type": "Freeze", "hibernate": {}}),
        json!({"type": "Pause"}),
        json!({"hibernate": {}}),
        json!({"type": "Hibernate"}),
        hibernate(json!({})),
        hibernate(json!({"snapshotClaimName": "fine"})),
        hibernate(json!({"snapshotClaimName": "missing"})),
        hibernate(json!({"snapshotClaimName": "unbound"})),
        hibernate(json!({"snapshotClaimName": "going"})),
        hibernate(json!({"snapshotClaimTemplateName": "t".repeat(250)})),
        hibernate(json!({"snapshotProviderRef": {"name": "missing"}})),
        hibernate(json!({"snapshotProviderRef": {}})),
        hibernate(json!({"snapshotClaimName": "Bad_Name", "snapshotClassName": "std"})),
        hibernate(json!({"snapshotClaimName": "fine", "snapshotClaimTemplateName": "t"})),
        hibernate(json!({"snapshotClaimName": "fine", "snapshotClass": "std"})),
    ]
}

/// Objects, of which nobody may use any.
fn sandboxes_catalog() -> WithRights {
    let claim = |name: &str, class: &str, bound: &str| {
        json!({
            "metadata": {"name": name, "namespace": "team-a"},
            "spec": {"snapshotClassName": class},
            "status": {"conditions": [{"type": "Bound", "status": bound}]},
        })
    };
    let mut objects = Objects::default();
    for (kind, object) in [
        (Kind::SnapshotClass, json!({"metadata": {"name": "std"}, "provisioner": "x/y"})),
        (Kind::SnapshotClaim, claim("fine", "std", "True")),
        (Kind::SnapshotClaim, claim("unbound", "gone", "False")),
    ] {
        objects.insert(kind, "", &object.to_string()).unwrap();
    }
    let mut going = claim("going", "std", "True");
    going["metadata"]["deletionTimestamp"] = json!("2026-11-23T08:00:00Z");
    objects.insert(Kind::SnapshotClaim, "", &going.to_string()).unwrap();
    WithRights { objects, may_use: Some(Vec::new()) }
}

fn all_rules_on() -> Settings {
    let mut settings = Settings::default();
    settings.options.suspension_types = vec!["Hibernate", "Freeze"];
    for rule in RULES.iter().filter(|rule| rule.default == Action::Off) {
        settings.actions.insert(rule.id, *rule.actions().first().unwrap());
    }
    settings
}

#[test]
fn no_change_of_a_sandbox_on_which_a_rule_acts_stays_in_the_api_server() {
    let (rules, catalog) = (RuleSet::new(all_rules_on()), sandboxes_catalog());
    let modes = [json!(null), json!(""), json!("Running"), json!("Suspended"), json!("Paused")];
    let mut acted = BTreeSet::new();
    let mut ask = |operation: &str, old: &Value, new: &Value| {
        let review = review(operation, old, new);
        acted.extend(assert_sent(Phase::Validating, &review, &rules, &catalog));
        if old["metadata"]["deletionTimestamp"].is_null() {
            acted.extend(assert_sent(Phase::Mutating, &review, &rules, &catalog));
        }
    };
    for mode in &modes {
        for strategy in &strategies() {
            let new = sandbox(mode, strategy, "a");
            ask("CREATE", &Value::Null, &new);
            for old_mode in &modes {
                let another = json!({"type": "Hibernate", "hibernate": {"snapshotClaimName": "b"}});
                for old_strategy in [strategy, &Value::Null, &json!({"type": "Stop"}), &another] {
                    for (image, has_checkpoint, is_terminating) in [
                        ("a", false, false),
                        ("b", false, false),
                        ("a", true, false),
                        ("b", true, false),
                        ("b", true, true),
                    ] {
                        let mut old = sandbox(old_mode, old_strategy, image);
                        let mut new = new.clone();
                        if has_checkpoint {
                            let record = json!({"snapshotUID": "u", "snapshotClassName": "std"});
                            old["status"] = json!({"snapshot": record});
                            new["status"] = old["status"].clone();
                        }
                        if is_terminating {
                            old["metadata"]["deletionTimestamp"] = json!("2026-11-23T08:00:00Z");
                        }
                        ask("UPDATE", &old, &new);
                        ask("DELETE", &old, &Value::Null);
                    }
                }
            }
        }
    }
    let of_sandboxes = RULES.iter().filter(|rule| rule.kinds.contains(&Kind::Sandbox));
    let due = of_sandboxes.map(|rule| rule.id).filter(|id| !REGISTERED_BY_OPERATORS.contains(id));
    assert_eq!(acted, due.map(str::to_owned).collect::<BTreeSet<_>>());
}

#[test]
fn recorded_requests_are_sent_where_they_concern_a_rule_and_nowhere_else() {
    for (name, entries) in [
        ("Sandbox-CREATE-apply", &["validate-sandboxes"] as &[_]),
        ("Sandbox-CREATE-dryrun", &["validate-sandboxes"]),
        ("Sandbox-CREATE-ssa", &["validate-sandboxes"]),
        ("Sandbox-CREATE-generatename", &[]), // without a strategy, as warm pools create
        ("Sandbox-UPDATE-mergepatch-suspend", &["validate-sandboxes"]),
        ("Sandbox-UPDATE-both", &["guard-checkpoints", "validate-sandboxes"]),
        ("Sandbox-UPDATE-keepalive", &[]),
        ("Sandbox-UPDATE-resume", &[]),
        ("Sandbox-UPDATE-status", &[]),
        ("Sandbox-DELETE-delete", &[]),
        ("Sandbox-DELETE-nsdelete", &[]),
        ("SnapshotClaim-CREATE-claim", &["validate-snapshots"]),
        ("SnapshotClaim-DELETE-delete", &["protect-snapshots"]),
        ("SnapshotClaimTemplate-CREATE-template", &["validate-snapshots"]),
        ("SnapshotClaimTemplate-UPDATE-mergepatch", &["validate-snapshots"]),
        ("SnapshotClaimTemplate-DELETE-nsdelete", &[]),
        ("SnapshotClass-CREATE-class", &["validate-snapshotclasses"]),
        ("SnapshotClass-DELETE-delete", &["protect-snapshots"]),
        ("SnapshotProvider-CREATE-provider", &["validate-snapshots"]),
    ] {
        let file = format!("tests/fixtures/samples/validate-{name}.json");
        let review: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(sent_by(&review), entries, "{name}");
    }
}

/// An UPDATE that changes only the value at `path` (a JSON pointer).
fn change(old: &Value, path: &str, value: Value) -> Value {
    let mut new = old.clone();
    let (parent, field) = path.rsplit_once('/').unwrap();
    new.pointer_mut(parent).unwrap()[field] = value;
    review("UPDATE", old, &new)
}

#[test]
fn of_the_owners_of_a_claim_only_new_ones_are_sent() {
    let owner = |uid: &str| json!({"kind": "ConfigMap", "name": "x", "uid": uid});
    let claim = json!({"kind": "SnapshotClaim", "spec": {}, "metadata": {
        "name": "c", "ownerReferences": [owner("a"), owner("b")],
    }});
    for (owners, entries) in [
        (json!([owner("a"), owner("b"), owner("c")]), &["validate-claim-owners"] as &[_]),
        (json!([owner("c")]), &["validate-claim-owners"]),
        (json!([owner("b")]), &[]),
        (json!([]), &[]),
    ] {
        let changed = change(&claim, "/metadata/ownerReferences", owners.clone());
        assert_eq!(sent_by(&changed), entries, "{owners}");
    }
    let mut both = claim.clone();
    both["metadata"]["ownerReferences"] = json!([owner("c")]);
    both["spec"]["snapshotClassName"] = "std".into();
    assert_eq!(sent_by(&review("UPDATE", &claim, &both)), ["validate-snapshots"]);
    let mut collected = change(&claim, "/metadata/ownerReferences", json!([owner("c")]));
    collected["request"]["userInfo"]["username"] =
        "system:serviceaccount:kube-system:generic-garbage-collector".into();
    assert_eq!(sent_by(&collected), [""; 0]);
}

#[test]
fn what_no_rule_reads_never_leaves_the_api_server() {
    let hibernate = json!({"type": "Hibernate", "hibernate": {"snapshotClaimName": "c"}});
    let running = json!("Running");
    let mut sandbox = sandbox(&running, &hibernate, "a");
    sandbox["status"] = json!({"snapshot": {"snapshotUID": "u", "snapshotClassName": "std"}});
    let object =
        |kind: &str, spec: Value| json!({"kind": kind, "metadata": {"name": "o"}, "spec": spec});
    let mut class = object("SnapshotClass", Value::Null);
    class["provisioner"] = json!("x/y");
    class["metadata"]["annotations"] = json!({});
    for old in [
        sandbox.clone(),
        class.clone(),
        object("SnapshotClaim", json!({"snapshotClassName": "std"})),
        object("SnapshotClaimTemplate", json!({"spec": {}})),
        object("SnapshotProvider", json!({"providerType": "x"})),
    ] {
        for (path, value) in [
            ("/metadata/labels", json!({"a": "b"})),
            ("/metadata/finalizers", json!(["x.example/y"])),
            ("/metadata/managedFields", json!([{"manager": "m"}])),
            ("/status", json!({"conditions": []})),
        ] {
            assert_eq!(sent_by(&change(&old, path, value)), [""; 0], "{path} of {old}");
        }
    }
    for old in [&sandbox, &class] {
        let owned = change(old, "/metadata/ownerReferences", json!([{"kind": "Pod", "uid": "u"}]));
        assert_eq!(sent_by(&owned), [""; 0]);
    }
    let keep_alive = change(&sandbox, "/spec/shutdownTime", json!("2026-12-01T00:00:00Z"));
    assert_eq!(sent_by(&keep_alive), [""; 0]);
    let pin = json!({"annotations": {"podsnapshot.gke.io/ps-name": "x"}});
    let pinned = change(&sandbox, "/spec/podTemplate/metadata", pin);
    assert_eq!(sent_by(&pinned), [""; 0]);
    let annotation = change(&class, "/metadata/annotations/team", json!("a"));
    assert_eq!(sent_by(&annotation), [""; 0]);
}

/// A Sandbox of a warm pool: it has no strategy.
fn pooled(name: &str) -> Value {
    let mut sandbox = sandbox(&json!("Running"), &Value::Null, "a");
    sandbox["metadata"] = json!({"generateName": "pool-", "name": name, "namespace": "team-a"});
    sandbox
}

#[test]
fn warm_pools_keep_alives_and_wakes_cause_no_call() {
    let mut calls = Vec::new();
    let mut count = 0;
    let mut send = |review: &Value| {
        count += 1;
        calls.extend(sent_by(review));
    };
    for index in 0..300 {
        let created = pooled(&format!("pool-{index}"));
        send(&review("CREATE", &Value::Null, &created));
        // A claim adopts it: upstream's controller writes the whole object.
        let mut adopted = created.clone();
        adopted["metadata"]["ownerReferences"] = json!([{"kind": "SandboxClaim", "name": "c"}]);
        adopted["spec"]["podTemplate"]["metadata"] = json!({"labels": {"claim": "c"}});
        send(&review("UPDATE", &created, &adopted));
        // It lives with a new image on each wake, as clients of Stop have it.
        send(&change(&adopted, "/spec/shutdownTime", json!("2026-12-01T00:00:00Z")));
        send(&change(&adopted, "/spec/operatingMode", json!("Suspended")));
        let mut suspended = adopted.clone();
        suspended["spec"]["operatingMode"] = json!("Suspended");
        let mut woken = adopted.clone();
        woken["spec"]["podTemplate"]["spec"] = json!({"containers": [{"image": "b"}]});
        send(&review("UPDATE", &suspended, &woken));
        send(&review("DELETE", &woken, &Value::Null));
    }
    // Keep-alives, of Sandboxes with a strategy and a checkpoint too.
    let hibernate = json!({"type": "Hibernate", "hibernate": {"snapshotClaimName": "c"}});
    for mode in ["Running", "Suspended"] {
        let mut held = sandbox(&json!(mode), &hibernate, "a");
        held["status"] = json!({"snapshot": {"snapshotUID": "u", "snapshotClassName": "std"}});
        for minute in 0..60 {
            let time = format!("2026-12-01T00:{minute:02}:00Z");
            send(&change(&held, "/spec/shutdownTime", time.into()));
        }
        send(&change(&held, "/spec/operatingMode", json!("Running")));
    }
    assert_eq!((count, calls), (1922, Vec::new()));
}

#[test]
fn what_changes_under_a_checkpoint_is_sent_once_and_by_the_entry_that_is_open() {
    let hibernate = json!({"type": "Hibernate", "hibernate": {"snapshotClaimName": "c"}});
    let record = json!({"snapshot": {"snapshotUID": "u", "snapshotClassName": "std"}});
    let held = |mode: &str, strategy: &Value, image: &str| {
        let mut sandbox = sandbox(&json!(mode), strategy, image);
        sandbox["status"] = record.clone();
        sandbox
    };
    let asleep = held("Suspended", &hibernate, "a");
    for (what, old, new, entries) in [
        ("a new image", &asleep, held("Suspended", &hibernate, "b"), &["validate-pod-templates"]),
        ("a wake", &asleep, held("Running", &hibernate, "b"), &["validate-pod-templates"]),
        (
            "a suspend",
            &sandbox(&json!("Running"), &hibernate, "a"),
            sandbox(&json!("Suspended"), &hibernate, "b"),
            &["validate-sandboxes"],
        ),
        (
            "while it is being hibernated",
            &sandbox(&json!("Suspended"), &hibernate, "a"),
            sandbox(&json!("Suspended"), &hibernate, "b"),
            &["validate-pod-templates"],
        ),
        (
            "another claim, too",
            &asleep,
            held("Suspended", &json!({}), "b"),
            &["validate-sandboxes"],
        ),
        ("erased", &asleep, held("Suspended", &Value::Null, "a"), &["validate-sandboxes"]),
        (
            "erased and resumed",
            &asleep,
            held("Running", &Value::Null, "b"),
            &["validate-sandboxes"],
        ),
    ] {
        let mut sent = sent_by(&review("UPDATE", old, &new));
        // The one that forbids, before the definition calls it invalid, answers no warnings.
        sent.retain(|entry| *entry != "guard-checkpoints");
        assert_eq!(sent, entries, "{what}");
    }
    assert_eq!(sent_by(&review("DELETE", &asleep, &Value::Null)), ["protect-checkpoints"]);
}

#[test]
fn whose_deletions_are_never_sent_is_exempt_anyway() {
    let claim = json!({"kind": "SnapshotClaim", "metadata": {"name": "c"}});
    let mut held = sandbox(&json!("Suspended"), &Value::Null, "a");
    held["status"] = json!({"snapshot": {"snapshotUID": "u", "snapshotClassName": "std"}});
    for (object, entry) in [(claim, "protect-snapshots"), (held, "protect-checkpoints")] {
        let mut review = review("DELETE", &object, &Value::Null);
        assert_eq!(sent_by(&review), [entry]);
        for user in Options::default().exempt_users {
            review["request"]["userInfo"]["username"] = user.into();
            assert_eq!(sent_by(&review), [""; 0]);
        }
        // A second DELETE, while finalizers are at work.
        review["request"]["userInfo"]["username"] = "dev@team-a".into();
        let time = "2026-11-23T08:00:00Z";
        review["request"]["oldObject"]["metadata"]["deletionTimestamp"] = time.into();
        assert_eq!(sent_by(&review), [""; 0]);
    }
}

/// The conditions of the entries in docs/install.md, which operators add themselves, compiled.
fn documented_conditions() -> Vec<Vec<Expression>> {
    let page = std::fs::read_to_string("docs/install.md").unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let conditions = blocks.filter(|block| block.contains("matchConditions")).map(|block| {
        let text = format!("patch:\n{block}");
        let documents = kubernetes_manifest::parse("install.md", &text).unwrap();
        let root = serde_json::to_value(&documents[0].root).unwrap();
        let conditions = root["patch"][0]["value"]["matchConditions"].as_array().unwrap().clone();
        conditions.iter().map(|it| compile(it["expression"].as_str().unwrap())).collect()
    });
    conditions.collect()
}

#[test]
fn the_documented_entry_for_restores_sends_each_write_that_the_rule_refuses_and_no_keep_alive() {
    let entries = documented_conditions();
    let [_, restores] = entries.as_slice() else { panic!("two entries are documented") };
    let sends = |review: &Value| {
        let texts = VARIABLES.map(|name| review["request"][name].to_string());
        restores.iter().all(|condition| holds(condition, &texts, review))
    };
    let cases = cases::load(Path::new("tests/cases/restore-authority"));
    assert!(!cases.is_empty());
    for case in cases {
        let review: Value = serde_json::from_slice(&case.body()).unwrap();
        let fires = case.fires().is_some_and(|fires| !fires.is_empty());
        assert!(sends(&review) || !fires, "{case}");
    }
    let keep_alive = change(
        &sandbox(&json!("Running"), &Value::Null, "a"),
        "/spec/shutdownTime",
        json!("2026-12-01T00:00:00Z"),
    );
    assert!(!sends(&keep_alive));
}
