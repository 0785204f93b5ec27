//! Fields that their kind does not have, which the API server prunes without a warning.
//!
//! Found by hand though `jsonschema` exists: that crate says whether a value is valid, which an
//! object with unknown fields is. What is pruned is Kubernetes' own idea.

use kubernetes_cel::nearest;
use kubernetes_manifest::{Content, Node};
use serde_json::{Map, Value};

use super::LocatedFinding;
use crate::api::{Kind, schema};
use crate::rules::UNKNOWN_FIELD;

/// The unknown fields in our part of an object: a Sandbox's suspension strategy, and all of the
/// other kinds but `metadata`, which is the API machinery's.
pub fn find(kind: Kind, root: &Node) -> Vec<LocatedFinding> {
    const STRATEGY: &str = "suspensionStrategy";
    let mut found = Found::default();
    if kind == Kind::Sandbox {
        if let Some(strategy) = root.get("spec").and_then(|spec| spec.get(STRATEGY)) {
            walk(schema::suspension_strategy(), strategy, &format!("spec.{STRATEGY}"), &mut found);
        }
    } else {
        walk_members(schema::schema(kind), root, "", &mut found);
    }
    found.into_findings(root)
}

/// The most unknown fields of an object that are listed: more than anyone reads.
const MAX_LISTED: usize = 64;

/// The unknown fields that were found.
#[derive(Default)]
struct Found {
    listed: Vec<LocatedFinding>,
    unlisted: usize,
}

impl Found {
    fn into_findings(mut self, root: &Node) -> Vec<LocatedFinding> {
        if self.unlisted > 0 {
            self.listed.push(LocatedFinding {
                rule: UNKNOWN_FIELD.into(),
                field: String::new(),
                position: root.position,
                message: format!("and {} more unknown fields", self.unlisted),
            });
        }
        self.listed
    }
}

fn walk(schema: &Value, node: &Node, path: &str, found: &mut Found) {
    match &node.content {
        Content::Mapping(_) => walk_members(schema, node, path, found),
        Content::Sequence(items) => {
            let Some(schema) = schema.get("items") else { return };
            for (index, item) in items.iter().enumerate() {
                walk(schema, item, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

fn walk_members(schema: &Value, node: &Node, path: &str, found: &mut Found) {
    let Content::Mapping(entries) = &node.content else { return };
    let known = schema.get("properties").and_then(Value::as_object);
    for entry in entries {
        let field = match path {
            "" => entry.key.clone(),
            path => format!("{path}.{}", entry.key),
        };
        if path.is_empty() && entry.key == "metadata" {
            continue;
        }
        if let Some(schema) = known.and_then(|known| known.get(&entry.key)) {
            walk(schema, &entry.value, &field, found);
        } else if let Some(schema) = schema.get("additionalProperties") {
            walk(schema, &entry.value, &format!("{path}[{}]", entry.key), found);
        } else {
            if found.listed.len() == MAX_LISTED {
                found.unlisted += 1;
                continue;
            }
            found.listed.push(LocatedFinding {
                rule: UNKNOWN_FIELD.into(),
                field,
                position: entry.position,
                message: message(&entry.key, known),
            });
        }
    }
}

fn message(name: &str, known: Option<&Map<String, Value>>) -> String {
    let names = || known.into_iter().flat_map(Map::keys).map(String::as_str);
    let hint = match nearest(name, names()) {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => format!("known here: {}", names().collect::<Vec<_>>().join(", ")),
    };
    format!("unknown field, which the API server drops in silence; {hint}")
}
