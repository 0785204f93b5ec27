//! Label selectors: which objects, by their labels.
//!
//! Written by hand though `kube` has a `Selector`: most of this file is reading one with the
//! positions of its mistakes, which that does not do, and policies do without the client's crate.

use std::collections::BTreeMap;

use kubernetes_cel::names;
use kubernetes_manifest::{Content, Node};

use super::read::MAX_ITEMS;
use crate::strict::{Mapping, Strict};

/// The labels of an object.
pub type Labels = BTreeMap<String, String>;

/// A `LabelSelector`; an empty one selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

const OPERATORS: [(&str, Operator); 4] = [
    ("In", Operator::In),
    ("NotIn", Operator::NotIn),
    ("Exists", Operator::Exists),
    ("DoesNotExist", Operator::DoesNotExist),
];

impl Selector {
    /// Returns whether it selects everything, so that no labels have to be known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether it selects an object with these labels.
    pub fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let is_listed = value.is_some_and(|value| requirement.values.contains(value));
            match requirement.operator {
                Operator::In => is_listed,
                Operator::NotIn => !is_listed,
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }

    /// Reads one; an absent one is empty.
    pub fn read(strict: &mut Strict<'_>, node: Option<&Node>, what: &str) -> Self {
        let Some(node) = node else { return Self::default() };
        let selector = strict.mapping(node, what, &["matchLabels", "matchExpressions"]);
        let mut requirements = Vec::new();
        if let Some(labels) = selector.get("matchLabels") {
            requirements.extend(equalities(strict, labels));
        }
        for item in strict.list(selector.get("matchExpressions"), "matchExpressions", MAX_ITEMS) {
            let item = strict.mapping(item, "a requirement", &["key", "operator", "values"]);
            requirements.extend(requirement(strict, item));
        }
        Self(requirements)
    }
}

fn equalities(strict: &mut Strict<'_>, node: &Node) -> Vec<Requirement> {
    let Content::Mapping(entries) = &node.content else {
        strict.report(node.position, "matchLabels is a mapping of labels to values");
        return Vec::new();
    };
    let mut requirements = Vec::new();
    for entry in entries {
        if let Some(error) = names::qualified_name_error(&entry.key) {
            strict.report(entry.position, error);
        }
        let value = strict.text(Some(&entry.value), "the value of a label").unwrap_or_default();
        requirements.push(Requirement {
            key: entry.key.clone(),
            operator: Operator::In,
            values: vec![value.to_owned()],
        });
    }
    requirements
}

fn requirement(strict: &mut Strict<'_>, item: Mapping<'_>) -> Option<Requirement> {
    let key = strict.text(item.get("key"), "key").unwrap_or_default().to_owned();
    if let Some(error) = names::qualified_name_error(&key) {
        strict.report(item.position_of("key"), error);
    }
    let values = strict.texts(item.get("values"), "values", MAX_ITEMS);
    let Some(operator) = strict.word(item.get("operator"), "operator", &OPERATORS) else {
        if item.get("operator").is_none() {
            strict.report(item.position, "operator is missing: In, NotIn, Exists or DoesNotExist");
        }
        return None;
    };
    let wants_values = matches!(operator, Operator::In | Operator::NotIn);
    if wants_values == values.is_empty() {
        let text =
            if wants_values { "In and NotIn need" } else { "Exists and DoesNotExist have no" };
        strict.report(item.position_of("values"), format!("{text} values"));
    }
    Some(Requirement { key, operator, values })
}
