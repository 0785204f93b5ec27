//! The answers of failed policies: reasons, warnings, audit annotations; and requests that are never judged.

use sandbox_admission::admission::Phase;
use sandbox_admission::catalog::cluster::Found;
use sandbox_admission::catalog::{Catalog, Objects, Retention, Unconfirmed};
use sandbox_admission::policy::{PolicyResult, PolicySet, policies};
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook::confirm::{Confirmed, ConfirmingCatalog};
use sandbox_admission::webhook::{self, Outcome, Reply, Verdict, judge};
use serde_json::{Value, json};

use super::policy;

fn set(rest: &str) -> PolicySet {
    policies(&kubernetes_manifest::parse("p.yaml", &policy("p", rest)).unwrap()).unwrap()
}

pub fn object(name: &str) -> Value {
    json!({
        "apiVersion": "agents.x-k8s.io/v1beta1",
        "kind": "Sandbox",
        "metadata": {"name": name, "namespace": "team-a"},
        "spec": {},
    })
}

pub fn ask(policies: &PolicySet, old: &Value, new: &Value, user: &str) -> (Value, Outcome) {
    ask_with(policies, old, new, user, &Objects::new(Retention::Whole))
}

fn review(old: &Value, new: &Value, user: &str) -> Vec<u8> {
    let operation = match (old.is_null(), new.is_null()) {
        (true, _) => "CREATE",
        (false, false) => "UPDATE",
        (false, true) => "DELETE",
    };
    let subject = if new.is_null() { old } else { new };
    let review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u",
            "kind": {"group": "agents.x-k8s.io", "version": "v1beta1", "kind": subject["kind"]},
            "name": subject["metadata"]["name"],
            "namespace": "team-a",
            "operation": operation,
            "userInfo": {"username": user},
            "object": new,
            "oldObject": old,
        },
    });
    serde_json::to_vec(&review).unwrap()
}

fn ask_with(
    policies: &PolicySet,
    old: &Value,
    new: &Value,
    user: &str,
    catalog: &dyn Catalog,
) -> (Value, Outcome) {
    let (rules, body) = (RuleSet::new(Settings::default()), review(old, new, user));
    let (reply, outcome) = webhook::answer(Phase::Validating, &body, &rules, policies, catalog);
    let Reply::Review(answer) = reply else { return (json!(format!("{reply:?}")), outcome) };
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    (answer["response"].clone(), outcome)
}

fn create(policies: &PolicySet) -> (Value, Outcome) {
    ask(policies, &Value::Null, &object("x"), "dev")
}

#[test]
fn a_reason_is_mapped_as_kubernetes_does() {
    for (reason, code) in [
        ("Invalid", 422),
        ("Forbidden", 403),
        ("Unauthorized", 401),
        ("RequestEntityTooLarge", 413),
    ] {
        let policies = set(&format!(
            "  validations: [{{expression: 'false', message: denied, reason: {reason}}}]\n  \
             validationActions: [Deny]\n"
        ));
        let (answer, outcome) = create(&policies);
        let status = &answer["status"];
        assert_eq!((&status["reason"], &status["code"]), (&json!(reason), &json!(code)));
        assert!(status["message"].as_str().unwrap().contains("denied [p]"), "{answer}");
        assert_eq!(outcome.checks, [("p".into(), PolicyResult::Denied)]);
    }
}

/// `kubectl apply --force` would delete and create again what is *Invalid*.
#[test]
fn no_denial_calls_a_sandbox_invalid_that_holds_a_checkpoint() {
    for reason in ["Invalid", "Unauthorized", "RequestEntityTooLarge"] {
        let policies = set(&format!(
            "  validations: [{{expression: 'false', message: denied, reason: {reason}}}]\n  \
             validationActions: [Deny]\n"
        ));
        let mut sandbox = object("x");
        sandbox["status"] = json!({"snapshot": {"snapshotUID": "u", "snapshotClassName": "std"}});
        let (answer, _) = ask(&policies, &sandbox, &sandbox, "dev");
        let status = &answer["status"];
        assert_eq!((&status["reason"], &status["code"]), (&json!("Forbidden"), &json!(403)));
        let message = status["message"].as_str().unwrap();
        assert!(message.starts_with("sandboxes.agents.x-k8s.io \"x\" is forbidden: "), "{message}");
        assert!(message.ends_with("denied [p]"), "{message}");
    }
}

#[test]
fn all_failures_are_told_at_once_with_the_rules_findings() {
    let policies = set("  validations:\n  - {expression: object.spec.a == 1, message: one}\n  \
                        - {expression: object.spec.b == 1}\n  failurePolicy: Fail\n  \
                        validationActions: [Deny]\n");
    let mut sandbox = object("x");
    sandbox["spec"] = json!({"operatingMode": "Paused", "a": 2, "b": 2});
    let (answer, _) = ask(&policies, &Value::Null, &sandbox, "dev");
    let causes = answer["status"]["details"]["causes"].as_array().unwrap();
    let causes: Vec<_> = causes.iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(causes, ["spec.operatingMode", "spec.a", "spec.b"]);
    let message = answer["status"]["message"].as_str().unwrap();
    assert!(message.contains("spec.b: Invalid value: failed expression: object.spec.b == 1 [p]"));
}

#[test]
fn the_longest_name_of_a_policy_leaves_room_for_what_its_warning_says() {
    let rest = "  validations: [{expression: 'false', message: tidy up}]\n  \
                validationActions: [Warn]\n";
    let name = "n".repeat(253);
    let documents = kubernetes_manifest::parse("p.yaml", &policy(&name, rest)).unwrap();
    let (warned, _) = create(&policies(&documents).unwrap());
    let due = format!("Sandbox \"x\": tidy up [{}...]", "n".repeat(60));
    assert_eq!(warned["warnings"], json!([due]));
}

#[test]
fn warn_and_audit_let_the_write_pass_and_say_so() {
    let failing = "  validations: [{expression: 'false', message: tidy up}]\n";
    let (warned, outcome) = create(&set(&format!("{failing}  validationActions: [Warn]\n")));
    assert_eq!(warned["allowed"], true);
    assert_eq!(warned["warnings"], json!(["Sandbox \"x\": tidy up [p]"]));
    assert_eq!(outcome.checks, [("p".into(), PolicyResult::Warned)]);

    let (audited, outcome) = create(&set(&format!(
        "{failing}  auditAnnotations: [{{key: who, valueExpression: request.userInfo.username}}]\n  \
         validationActions: [Audit]\n"
    )));
    assert_eq!((&audited["allowed"], audited.get("warnings")), (&json!(true), None));
    let annotations = &audited["auditAnnotations"];
    assert_eq!(annotations["p.who"], "dev");
    let failures: Value =
        serde_json::from_str(annotations["validation_failure"].as_str().unwrap()).unwrap();
    let due = json!([{
        "message": "tidy up", "policy": "p", "expressionIndex": 0, "validationActions": ["Audit"],
    }]);
    assert_eq!(failures, due);
    assert_eq!(outcome.checks, [("p".into(), PolicyResult::Audited)]);
}

#[test]
fn what_cannot_be_evaluated_is_decided_by_the_failure_policy() {
    let failing = "  validations: [{expression: object.spec.missing == 1, message: denied}]\n  \
                   validationActions: [Deny]\n";
    let (denied, outcome) = create(&set(failing));
    let message = denied["status"]["message"].as_str().unwrap();
    let due = "expression 'object.spec.missing == 1' resulted in error: no such key: missing [p]";
    assert!(message.contains(due), "{message}");
    assert_eq!(outcome.checks, [("p".into(), PolicyResult::Failed)]);

    let (passed, outcome) = create(&set(&format!("{failing}  failurePolicy: Ignore\n")));
    assert_eq!(passed["allowed"], true);
    assert_eq!(outcome.checks, [("p".into(), PolicyResult::Failed)]);
}

#[test]
fn a_policy_whose_conditions_are_not_met_is_silent() {
    let rest = "  matchConditions: [{name: c, expression: object.metadata.name != 'x'}]\n  \
                validations: [{expression: 'false'}]\n  validationActions: [Deny]\n";
    let (answer, outcome) = create(&set(rest));
    assert_eq!(answer["allowed"], true);
    assert_eq!(outcome.checks, []);
}

#[test]
fn nobody_is_kept_from_finishing_a_deletion() {
    let rest = "  validations: [{expression: 'false'}]\n  validationActions: [Deny]\n";
    let text = policy("p", rest).replace("[CREATE, UPDATE]", "[CREATE, UPDATE, DELETE]");
    let policies = policies(&kubernetes_manifest::parse("p.yaml", &text).unwrap()).unwrap();
    let stored = object("x");
    let (denied, _) = ask(&policies, &stored, &Value::Null, "dev");
    assert_eq!(denied["allowed"], false);
    for controller in ["namespace-controller", "generic-garbage-collector"] {
        let user = format!("system:serviceaccount:kube-system:{controller}");
        assert_eq!(ask(&policies, &stored, &Value::Null, &user).0["allowed"], true, "{controller}");
    }
    let mut terminating = object("x");
    terminating["metadata"]["deletionTimestamp"] = "2026-11-23T18:00:00Z".into();
    assert_eq!(ask(&policies, &terminating, &Value::Null, "dev").0["allowed"], true);
    assert_eq!(ask(&policies, &terminating, &terminating, "dev").0["allowed"], true);
}

#[test]
fn selectors_and_names_choose_what_is_judged() {
    let rest = "  validations: [{expression: 'false'}]\n  validationActions: [Deny]\n";
    let allowed = |constraint: &str, object: &Value, catalog: &Objects| {
        let text = policy("p", rest).replacen(
            "    resourceRules:",
            &format!("{constraint}    resourceRules:"),
            1,
        );
        let policies = policies(&kubernetes_manifest::parse("p.yaml", &text).unwrap()).unwrap();
        ask_with(&policies, &Value::Null, object, "dev", catalog).0["allowed"].as_bool().unwrap()
    };
    let nothing = Objects::new(Retention::Whole);
    let mut labelled = object("x");
    labelled["metadata"]["labels"] = json!({"tier": "gold"});
    let gold = "    objectSelector: {matchLabels: {tier: gold}}\n";
    assert!(!allowed(gold, &labelled, &nothing));
    assert!(allowed(gold, &object("x"), &nothing));

    let mut namespaces = Objects::new(Retention::Whole);
    let namespace = json!({"metadata": {"name": "team-a", "labels": {"env": "prod"}}});
    namespaces
        .insert(sandbox_admission::catalog::Resource::Namespace, "", &namespace.to_string())
        .unwrap();
    let prod =
        "    namespaceSelector: {matchExpressions: [{key: env, operator: In, values: [prod]}]}\n";
    assert!(!allowed(prod, &object("x"), &namespaces));
    assert!(allowed(prod, &object("x"), &nothing));

    let excluded = "    excludeResourceRules:\n    - {apiGroups: [agents.x-k8s.io], apiVersions: [v1beta1], operations: ['*'], resources: [sandboxes], resourceNames: [x]}\n";
    assert!(allowed(excluded, &object("x"), &nothing));
    assert!(!allowed(excluded, &object("y"), &nothing));
}

#[test]
fn what_the_catalog_cannot_tell_is_no_denial() {
    let rest =
        "  validations: [{expression: snapshotClaim != null}]\n  validationActions: [ACTION]\n";
    let mut sandbox = object("x");
    sandbox["spec"] = json!({
        "suspensionStrategy": {"type": "Hibernate", "hibernate": {"snapshotClaimName": "c"}},
    });
    // Such a catalog was not made for policies.
    let mut essentials = Objects::default();
    let claim = json!({"metadata": {"name": "c", "namespace": "team-a"}, "spec": {}});
    essentials.insert(sandbox_admission::api::Kind::SnapshotClaim, "", &claim.to_string()).unwrap();
    let ask = |action: &str| {
        let policies = set(&rest.replace("ACTION", action));
        ask_with(&policies, &Value::Null, &sandbox, "dev", &essentials).0
    };
    assert!(ask("Deny").as_str().unwrap().starts_with("Undecided("), "{}", ask("Deny"));
    // A policy that would only warn does not fail the request.
    assert_eq!(ask("Warn")["allowed"], true);
}

#[test]
fn what_a_policy_is_told_to_be_missing_is_looked_up_first() {
    let policies = set("  validations: [{expression: snapshotClass == null, message: found}]\n  \
                        validationActions: [Deny]\n");
    let mut sandbox = object("x");
    sandbox["spec"] = json!({
        "suspensionStrategy": {"type": "Hibernate", "hibernate": {"snapshotClaimName": "c"}},
    });
    let catalog = Objects::new(Retention::Whole);
    let mut confirmed = Confirmed::default();
    let mut asked = Vec::new();
    // As the server does: one round for the claim, and one for its class.
    let outcome = loop {
        let both = ConfirmingCatalog::new(&catalog, &confirmed);
        let review = review(&Value::Null, &sandbox, "dev");
        let rules = RuleSet::new(Settings::default());
        let answer = judge(Phase::Validating, &review, &rules, &policies, &both);
        let unconfirmed = both.unconfirmed();
        if unconfirmed.is_empty() {
            break answer.outcome;
        }
        assert!(answer.rests_on.absence, "{unconfirmed:?}");
        for unconfirmed in unconfirmed {
            let Unconfirmed::Missing(object) = &unconfirmed else { panic!("{unconfirmed:?}") };
            let json = json!({
                "metadata": {"name": object.name, "namespace": object.namespace},
                "spec": {"snapshotClassName": "fast"},
                "provisioner": "example.com/s3",
            });
            asked.push(object.to_string());
            confirmed.note(unconfirmed, Ok(Found::Object(json.to_string().into())));
        }
    };
    assert_eq!(asked, ["SnapshotClaim team-a/c", "SnapshotClass fast"]);
    assert_eq!(outcome.verdict, Verdict::Denied);
}

#[test]
fn what_holds_checkpoints_on_a_claim_is_told() {
    let text = policy(
        "p",
        "  validations:\n  - expression: usage.count == 0\n    \
         messageExpression: \"'used by ' + usage.sandboxes.join(', ')\"\n  validationActions: [Warn]\n",
    );
    let text = text.replace("[sandboxes]", "[snapshotclaims]").replace("UPDATE", "DELETE");
    let policies = policies(&kubernetes_manifest::parse("p.yaml", &text).unwrap()).unwrap();
    let mut sandbox = object("holder");
    sandbox["status"] = json!({"snapshot": {
        "snapshotUID": "u", "snapshotClassName": "fast", "snapshotClaimName": "c",
    }});
    let mut catalog = Objects::new(Retention::Whole);
    catalog.insert(sandbox_admission::api::Kind::Sandbox, "", &sandbox.to_string()).unwrap();
    let claim = json!({"kind": "SnapshotClaim", "metadata": {"name": "c", "namespace": "team-a"}});
    // The built-in rule denies; the policy's finding is in the same answer.
    let (answer, _) = ask_with(&policies, &claim, &Value::Null, "dev", &catalog);
    assert_eq!(answer["warnings"], json!(["SnapshotClaim \"c\": used by team-a/holder [p]"]));
}

#[test]
fn a_deletion_is_judged_by_what_the_stored_object_refers_to() {
    let rest = "  validations: [{expression: target.parameters.bucket != 'b', message: kept}]\n  \
                validationActions: [Deny]\n";
    let text = policy("p", rest)
        .replace("[sandboxes]", "[snapshotproviders]")
        .replace("[CREATE, UPDATE]", "[DELETE]");
    let policies = policies(&kubernetes_manifest::parse("p.yaml", &text).unwrap()).unwrap();
    let provider = json!({
        "kind": "SnapshotProvider",
        "metadata": {"name": "x"},
        "spec": {"providerType": "gvisor-s3", "s3": {"bucket": "b"}},
    });
    let (answer, _) = ask(&policies, &provider, &Value::Null, "dev");
    assert_eq!(answer["allowed"], false, "{answer}");
}

#[test]
fn parameters_come_from_the_files() {
    let text = policy(
        "p",
        "  paramKind: {apiVersion: v1, kind: ConfigMap}\n  paramRef: {name: names}\n  validations:\n  \
         - expression: object.metadata.name == params.data.allowed\n    message: wrong\n  \
         validationActions: [Deny]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: names}\n\
         data: {allowed: x}\n",
    );
    let policies = policies(&kubernetes_manifest::parse("p.yaml", &text).unwrap()).unwrap();
    assert_eq!(create(&policies).0["allowed"], true);
    assert_eq!(ask(&policies, &Value::Null, &object("y"), "dev").0["allowed"], false);
}
