//! A policy as its author wrote it, checked for form; no expression is compiled yet.

use std::sync::Arc;

use kubernetes_manifest::{Document, Position};

use super::constraints::Constraints;
use crate::rules::Refusal;

/// A policy and one way in which it is bound.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name; with another binding of the same policy it comes a second time.
    pub name: Arc<str>,
    /// The document that it stands in.
    pub document: Arc<Document>,
    /// The policy's spec.
    pub spec: Arc<Spec>,
    /// The actions when it fails.
    pub actions: Actions,
    /// The further constraints of its binding.
    pub bound_to: Option<Constraints>,
    /// The object that parameterizes it, as JSON.
    pub params: Option<Arc<str>>,
}

/// The `spec` of a policy.
#[derive(Debug)]
pub struct Spec {
    /// The requests it is about.
    pub constraints: Constraints,
    /// All must be true, or the policy says nothing.
    pub match_conditions: Vec<Named>,
    /// The variables, `variables.NAME` in other expressions, each seeing those before it.
    pub variables: Vec<Named>,
    /// The checks that must hold.
    pub validations: Vec<ValidationSource>,
    /// The values for the audit log, by key.
    pub audit_annotations: Vec<Named>,
    /// The effect of an expression that cannot be evaluated.
    pub failure_policy: OnError,
    /// The kind of its parameters, where it has any.
    pub param_kind: Option<ParamKind>,
}

/// A text that is an expression, and where it stands.
#[derive(Debug, Clone)]
pub struct ExpressionSource {
    /// The expression.
    pub text: String,
    /// Where its YAML scalar begins.
    pub position: Position,
}

/// An expression with a name.
#[derive(Debug)]
pub struct Named {
    /// The name of a condition or a variable, or the key of an annotation.
    pub name: String,
    /// The expression.
    pub expression: ExpressionSource,
}

/// One entry of `validations`.
#[derive(Debug)]
pub struct ValidationSource {
    /// The expression that must be true.
    pub expression: ExpressionSource,
    /// The message for the user; `None`: the expression itself.
    pub message: Option<String>,
    /// The expression for the message, preferred where it gives a text.
    pub message_expression: Option<ExpressionSource>,
    /// The status of a denial.
    pub refusal: Refusal,
    /// The field that is at fault; empty for the object as a whole. An addition of ours.
    pub field_path: String,
}

/// `failurePolicy`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// As if the validation had failed.
    Fail,
    /// As if the policy were not there.
    Ignore,
}

/// `validationActions`: at least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Actions {
    /// The write is refused. Never with `warn`.
    pub deny: bool,
    /// The user is warned.
    pub warn: bool,
    /// The audit log says so.
    pub audit: bool,
}

/// `paramKind`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamKind {
    /// Group and version.
    pub api_version: String,
    /// The kind.
    pub kind: String,
}

impl Definition {
    /// Where in its file its name stands.
    pub fn position(&self) -> Position {
        self.document.root.locate("metadata.name")
    }
}

impl Actions {
    /// The actions as `validationActions` spells them.
    pub fn names(self) -> Vec<&'static str> {
        let all = [(self.deny, "Deny"), (self.warn, "Warn"), (self.audit, "Audit")];
        all.into_iter().filter(|(is_on, _)| *is_on).map(|(_, name)| name).collect()
    }
}
