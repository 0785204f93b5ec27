//! Reads a policy's `spec`, which is that of a `ValidatingAdmissionPolicy`.
//!
//! Read by hand though `k8s-openapi` has its type: serde passes over a key that it does not know,
//! stops at the first mistake, and cannot say in which line an expression stands.

use std::collections::HashSet;

use kubernetes_cel::names;
use kubernetes_manifest::{Node, Position};

use super::constraints::Constraints;
use super::definition::{
    Actions, ExpressionSource, Named, OnError, ParamKind, Spec, ValidationSource,
};
use crate::rules::Refusal;
use crate::strict::{Mapping, Strict};

/// The longest list of anything; the API server allows as many match conditions.
pub const MAX_ITEMS: usize = 64;
/// As the API server has it.
const MAX_AUDIT_ANNOTATIONS: usize = 20;
/// The longest message, in bytes, as the API server has it.
pub const MAX_MESSAGE: usize = 5 << 10;

/// The keys of a `ValidatingAdmissionPolicy`'s spec.
const KEYS: [&str; 7] = [
    "paramKind",
    "matchConstraints",
    "matchConditions",
    "variables",
    "validations",
    "auditAnnotations",
    "failurePolicy",
];
const VALIDATION_KEYS: [&str; 4] = ["expression", "message", "messageExpression", "reason"];
const REASONS: [(&str, Refusal); 4] = [
    ("Invalid", Refusal::Invalid),
    ("Forbidden", Refusal::Forbidden),
    ("Unauthorized", Refusal::Unauthorized),
    ("RequestEntityTooLarge", Refusal::TooLarge),
];
const FAILURE_POLICIES: [(&str, OnError); 2] =
    [("Fail", OnError::Fail), ("Ignore", OnError::Ignore)];

/// The members of a policy's spec. An `AdmissionPolicy` (`is_ours`) also has those of a binding.
pub fn members<'n>(strict: &mut Strict<'_>, node: &'n Node, is_ours: bool) -> Mapping<'n> {
    let own: &[&str] = if is_ours { &["validationActions", "paramRef"] } else { &[] };
    strict.mapping(node, "spec", &[&KEYS, own].concat())
}

/// Reads a spec.
pub fn spec(strict: &mut Strict<'_>, spec: Mapping<'_>, is_ours: bool) -> Spec {
    let constraints = spec.get("matchConstraints");
    let constraints = constraints
        .map(|node| Constraints::read(strict, node, "matchConstraints", is_ours))
        .unwrap_or_default();
    if !constraints.has_rules() {
        let at = spec.position_of("matchConstraints");
        strict.report(at, "matchConstraints.resourceRules is missing: it says what is judged");
    }
    let read = Spec {
        constraints,
        match_conditions: named(strict, spec, &CONDITIONS),
        variables: named(strict, spec, &VARIABLES),
        validations: validations(strict, spec, is_ours),
        audit_annotations: named(strict, spec, &AUDIT_ANNOTATIONS),
        failure_policy: strict
            .word(spec.get("failurePolicy"), "failurePolicy", &FAILURE_POLICIES)
            .unwrap_or(OnError::Fail),
        param_kind: spec.get("paramKind").map(|node| param_kind(strict, node)),
    };
    if read.validations.is_empty() && read.audit_annotations.is_empty() {
        let text = "a policy needs validations or auditAnnotations: without them it does nothing";
        strict.report(spec.position, text);
    }
    read
}

/// A list of expressions with names.
struct List {
    key: &'static str,
    item: &'static str,
    name: &'static str,
    expression: &'static str,
    max: usize,
    error: fn(&str) -> Option<String>,
}

const CONDITIONS: List = List {
    key: "matchConditions",
    item: "a match condition",
    name: "name",
    expression: "expression",
    max: MAX_ITEMS,
    error: names::qualified_name_error,
};
const VARIABLES: List = List {
    key: "variables",
    item: "a variable",
    name: "name",
    expression: "expression",
    max: MAX_ITEMS,
    error: identifier_error,
};
/// As the API server, which puts the policy's name before it, wants the key of an annotation.
fn key_error(key: &str) -> Option<String> {
    let has_prefix = key.contains('/').then(|| "the key has no slash".to_owned());
    has_prefix.or_else(|| names::qualified_name_error(key))
}

const AUDIT_ANNOTATIONS: List = List {
    key: "auditAnnotations",
    item: "an audit annotation",
    name: "key",
    expression: "valueExpression",
    max: MAX_AUDIT_ANNOTATIONS,
    error: key_error,
};

fn named(strict: &mut Strict<'_>, spec: Mapping<'_>, list: &List) -> Vec<Named> {
    let mut seen = HashSet::new();
    let mut read = Vec::new();
    for node in strict.list(spec.get(list.key), list.key, list.max) {
        let item = strict.mapping(node, list.item, &[list.name, list.expression]);
        let expression = expression(strict, item, list.expression);
        let Some(name) = required(strict, item, list.name) else { continue };
        if let Some(error) = (list.error)(name) {
            strict.report(item.position_of(list.name), format!("{}: {error}", list.name));
        }
        if !seen.insert(name) {
            let text = format!("{}: there is a \"{name}\" above already", list.key);
            strict.report(item.position_of(list.name), text);
        }
        if let Some(expression) = expression {
            read.push(Named { name: name.to_owned(), expression });
        }
    }
    read
}

fn identifier_error(name: &str) -> Option<String> {
    let is_word = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    let starts_well = !name.starts_with(|char: char| char.is_ascii_digit());
    (!is_word || !starts_well).then(|| {
        "a variable's name has letters, digits and underscores, and no digit in front".to_owned()
    })
}

fn validations(strict: &mut Strict<'_>, spec: Mapping<'_>, is_ours: bool) -> Vec<ValidationSource> {
    let own: &[&str] = if is_ours { &["fieldPath"] } else { &[] };
    let known = [&VALIDATION_KEYS, own].concat();
    let items = strict.list(spec.get("validations"), "validations", MAX_ITEMS);
    let read = items.iter().filter_map(|node| {
        let item = strict.mapping(node, "a validation", &known);
        let message = strict.text(item.get("message"), "message");
        if let Some(error) = message.and_then(message_error) {
            strict.report(item.position_of("message"), error);
        }
        let message_expression = item.get("messageExpression");
        let field_path = strict.text(item.get("fieldPath"), "fieldPath").unwrap_or_default();
        let reason = strict.word(item.get("reason"), "reason", &REASONS);
        Some(ValidationSource {
            expression: expression(strict, item, "expression")?,
            message: message.map(|it| it.trim().to_owned()),
            message_expression: match message_expression {
                Some(_) => expression(strict, item, "messageExpression"),
                None => None,
            },
            refusal: reason.unwrap_or(Refusal::Invalid),
            field_path: field_path.strip_prefix('.').unwrap_or(field_path).to_owned(),
        })
    });
    read.collect()
}

/// Returns the fault of a message; the API server reports the same.
fn message_error(message: &str) -> Option<&'static str> {
    let message = message.trim();
    if message.is_empty() {
        Some("the message is empty: leave it out, or say what to do")
    } else if message.contains('\n') {
        Some("a message has one line: in YAML, fold it with `>-`")
    } else {
        (message.len() > MAX_MESSAGE).then_some("a message has at most 5120 bytes")
    }
}

/// A text that must be there and not be empty.
pub fn required<'n>(strict: &mut Strict<'_>, item: Mapping<'n>, key: &str) -> Option<&'n str> {
    let Some(node) = item.get(key) else {
        missing(strict, item.position, key);
        return None;
    };
    let text = strict.text(Some(node), key)?.trim();
    if text.is_empty() {
        missing(strict, item.position_of(key), key);
    }
    Some(text).filter(|text| !text.is_empty())
}

fn missing(strict: &mut Strict<'_>, position: Position, key: &str) {
    strict.report(position, format!("{key} is missing"));
}

fn expression(strict: &mut Strict<'_>, item: Mapping<'_>, key: &str) -> Option<ExpressionSource> {
    let Some(node) = item.get(key) else {
        missing(strict, item.position, key);
        return None;
    };
    let text = strict.text(Some(node), key)?;
    if text.trim().is_empty() {
        missing(strict, node.position, key);
        return None;
    }
    Some(ExpressionSource { text: text.to_owned(), position: node.position })
}

fn param_kind(strict: &mut Strict<'_>, node: &Node) -> ParamKind {
    let kind = strict.mapping(node, "paramKind", &["apiVersion", "kind"]);
    let mut text = |key| required(strict, kind, key).unwrap_or_default().to_owned();
    ParamKind { api_version: text("apiVersion"), kind: text("kind") }
}

/// Reads `validationActions`, which must name one at least.
pub fn actions(strict: &mut Strict<'_>, spec: Mapping<'_>) -> Actions {
    #[derive(Clone, Copy)]
    enum Action {
        Deny,
        Warn,
        Audit,
    }
    const KEY: &str = "validationActions";
    let words = [("Deny", Action::Deny), ("Warn", Action::Warn), ("Audit", Action::Audit)];
    let mut actions = Actions::default();
    let items = strict.list(spec.get(KEY), KEY, words.len());
    for item in items {
        match strict.word(Some(item), "an action", &words) {
            Some(Action::Deny) => actions.deny = true,
            Some(Action::Warn) => actions.warn = true,
            Some(Action::Audit) => actions.audit = true,
            None => {}
        }
    }
    if items.is_empty() {
        strict.report(spec.position_of(KEY), format!("{KEY} is missing: Deny, Warn or Audit"));
    }
    if actions.deny && actions.warn {
        let text = format!("{KEY}: Deny and Warn would tell the user the same twice: keep one");
        strict.report(spec.position_of(KEY), text);
    }
    actions
}
