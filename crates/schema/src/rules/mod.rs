//! `x-kubernetes-validations`: rules in CEL.
//!
//! Rules are compiled with the definition, in a tree as that of its schema. A rule sees the value that its
//! schema describes as `self`, with the types that the schema declares, and before an update the old value as
//! `oldSelf`.

mod compile;
mod evaluate;
mod names;
mod types;
mod values;

use std::collections::BTreeMap;

use kubernetes_cel::Expression;
use serde_json::Value;

use crate::finding::Finding;
use crate::path::FieldPath;
use crate::schema::Schema;

/// The rules of a schema and of all below it.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    own: Vec<Rule>,
    /// True for the schema of an object with `apiVersion`, `kind` and `metadata`.
    is_resource: bool,
    properties: BTreeMap<String, Rules>,
    additional: Option<Box<Rules>>,
    items: Option<Box<Rules>>,
}

/// A rule that is compiled.
#[derive(Debug)]
struct Rule {
    /// The expression, or why it is none.
    expression: Result<Expression, String>,
    uses_old: bool,
    is_old_optional: bool,
    /// The message of the definition; else the source of the rule.
    text: String,
    /// The message where the rule is not met and has no expression for it.
    message: String,
    message_expression: Option<(Expression, String)>,
    reason: Option<String>,
    field: FieldPath,
}

impl Rules {
    /// Compiles the rules of a definition's schema; none if it has none.
    pub fn of_resource(schema: &Schema) -> Option<Self> {
        Some(compile::compile(schema)).filter(|rules| !rules.is_empty())
    }

    /// Evaluates the rules on an object.
    pub fn judge(
        &self,
        schema: &Schema,
        old: Option<&Value>,
        new: &Value,
        findings: &mut Vec<Finding>,
    ) {
        evaluate::judge(self, schema, old, new, findings);
    }

    fn is_empty(&self) -> bool {
        self.own.is_empty()
            && self.properties.is_empty()
            && self.additional.is_none()
            && self.items.is_none()
    }
}
