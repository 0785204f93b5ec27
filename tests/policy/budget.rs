//! How much the policies of one request may cost, each by itself and all together.

use kubernetes_manifest as manifest;
use sandbox_admission::policy::{PolicyResult, PolicySet, policies};
use serde_json::{Value, json};

use super::answers::{ask, object};
use super::{policy, run};

/// An expression that is true of an object of [`large`], for about this many tenths of what one
/// expression may cost.
fn costly(tenths: usize) -> String {
    let rounds: Vec<_> = (0..tenths).map(|at| at.to_string()).collect();
    format!("[{}].all(i, !object.spec.text.contains('b'))", rounds.join(","))
}

/// A Sandbox with a text whose reading takes a tenth of what one expression may cost.
fn large() -> Value {
    let mut sandbox = object("x");
    sandbox["spec"] = json!({"text": "a".repeat(1_000_000)});
    sandbox
}

/// A policy with validations of these expressions.
fn with(name: &str, expressions: &[String], action: &str, failure_policy: &str) -> String {
    let validations: Vec<_> = expressions
        .iter()
        .map(|it| format!("  - {{expression: \"{it}\", message: {name} says no}}\n"))
        .collect();
    let validations = validations.concat();
    policy(
        name,
        &format!(
            "  validations:\n{validations}  failurePolicy: {failure_policy}\n  \
             validationActions: [{action}]\n"
        ),
    )
}

fn set(documents: &[String]) -> PolicySet {
    policies(&manifest::parse("p.yaml", &documents.join("---\n")).unwrap()).unwrap()
}

/// As many policies that warn as are asked for, each with one expression that exhausts its budget.
fn exhausting(count: usize) -> Vec<String> {
    let policies = 0..count;
    policies.map(|at| with(&format!("dear-{at}"), &[costly(12)], "Warn", "Fail")).collect()
}

/// As many policies that warn as are asked for, each of which costs nearly all that one may.
fn expensive(count: usize) -> Vec<String> {
    let expressions = vec![costly(9); 10];
    let policies = 0..count;
    policies.map(|at| with(&format!("dear-{at:02}"), &expressions, "Warn", "Ignore")).collect()
}

fn create(documents: &[String]) -> (Value, Vec<(String, PolicyResult)>) {
    let (answer, outcome) = ask(&set(documents), &Value::Null, &large(), "dev");
    let checks = outcome.checks.into_iter().map(|(name, check)| (name.to_string(), check));
    (answer, checks.collect())
}

/// As many expensive policies cost far more than all may.
const TOO_MANY: usize = 10;

#[test]
fn a_policy_denies_however_much_those_before_it_cost() {
    let mut documents = exhausting(10);
    documents.push(with("cheap", &["false".to_owned()], "Deny", "Ignore"));
    let (answer, checks) = create(&documents);
    assert_eq!(answer["allowed"], false, "{answer}");
    assert!(answer["status"]["message"].as_str().unwrap().contains("cheap says no [cheap]"));
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 10);
    assert_eq!(checks.last().unwrap(), &("cheap".to_owned(), PolicyResult::Denied));
}

#[test]
fn the_innocent_is_not_denied_for_what_other_policies_cost() {
    let mut documents = exhausting(10);
    documents.push(with("cheap", &["true".to_owned()], "Deny", "Fail"));
    let (answer, checks) = create(&documents);
    assert_eq!(answer["allowed"], true, "{answer}");
    assert_eq!(checks.last().unwrap(), &("cheap".to_owned(), PolicyResult::Passed));
}

#[test]
fn what_one_policy_may_cost_is_a_matter_of_its_failure_policy() {
    let costs_too_much = vec![costly(9); 12];
    for (failure_policy, is_allowed) in [("Fail", false), ("Ignore", true)] {
        let (answer, checks) = create(&[with("dear", &costs_too_much, "Deny", failure_policy)]);
        assert_eq!(answer["allowed"], is_allowed, "{answer}");
        assert_eq!(checks, [("dear".to_owned(), PolicyResult::Failed)]);
    }
}

#[test]
fn what_all_policies_cost_together_ends_in_no_answer_that_says_what_to_do() {
    for (action, failure_policy) in [("Deny", "Fail"), ("Deny", "Ignore"), ("Warn", "Ignore")] {
        let mut documents = expensive(TOO_MANY);
        documents.push(with("cheap", &["true".to_owned()], action, failure_policy));
        let (answer, _) = create(&documents);
        let due = "the policies about this request cost more than 15000000 units or about a second together, \
                   most of it dear-00, so that these could not be asked: dear-01, dear-02, dear-03 and 7 \
                   more; let matchConstraints and matchConditions of the costly ones leave out what \
                   need not be judged, or let their expressions go through less";
        assert_eq!(answer, format!("Undecided(\"{due}\")"));
    }
}

#[test]
fn a_denial_stands_whatever_could_not_be_asked() {
    let mut documents = vec![with("first", &["false".to_owned()], "Deny", "Fail")];
    documents.extend(expensive(TOO_MANY));
    let (answer, checks) = create(&documents);
    assert_eq!(answer["status"]["code"], 422, "{answer}");
    assert_eq!(answer["warnings"], Value::Null, "{answer}");
    assert_eq!(checks.len(), TOO_MANY + 1);
    assert_eq!(checks.last().unwrap().1, PolicyResult::Failed);

    // So does that of a built-in rule.
    let mut sandbox = large();
    sandbox["spec"]["operatingMode"] = "Paused".into();
    let (answer, _) = ask(&set(&expensive(TOO_MANY)), &Value::Null, &sandbox, "dev");
    assert_eq!(answer["status"]["code"], 422, "{answer}");
}

#[test]
fn what_was_found_before_all_was_spent_counts() {
    let mut expressions = vec!["false".to_owned()];
    expressions.extend(vec![costly(9); 10]);
    let mut documents = expensive(1);
    documents.push(with("second", &expressions, "Deny", "Ignore"));
    documents.push(with("third", &["true".to_owned()], "Deny", "Fail"));
    let (answer, checks) = create(&documents);
    let causes = answer["status"]["details"]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 1, "what was spent by others is no fault of the object: {answer}");
    assert_eq!(causes[0]["message"], "Invalid value: second says no [second]");
    let failed = ["second", "third"].map(|name| (name.to_owned(), PolicyResult::Failed));
    assert_eq!(checks[1..], failed);
}

#[test]
fn check_says_of_which_object_it_could_not_ask_all_policies() {
    let sandbox = |mode: &str| {
        let mut sandbox = large();
        sandbox["spec"]["operatingMode"] = mode.into();
        sandbox.to_string()
    };
    let policies = expensive(TOO_MANY).join("---\n");
    let check = |sandbox: &str| {
        let files = [("s.json", sandbox), ("p.yaml", &*policies)];
        run(&files, &["check", "s.json", "--policy", "p.yaml"])
    };
    let undecided = check(&sandbox("Running"));
    assert_eq!(undecided.code, 2, "{}", undecided.stderr);
    let due = "s.json:1:1: Sandbox team-a/x: the policies about this request cost more than";
    assert!(undecided.stderr.contains(due), "{}", undecided.stderr);
    // As in the server, a rule's denial stands.
    assert_eq!(check(&sandbox("Paused")).code, 1);
}
