//! One policy's expressions on the values of one request.

use kubernetes_cel::{Activation, Budget, EvaluationError, Expression};

use super::compile::{Policy, Validation};
use super::definition::FailurePolicy;
use super::read::MAX_MESSAGE;
use crate::rules::Refusal;

/// The longest value of an audit annotation, in bytes, as the API server has it.
const MAX_ANNOTATION: usize = 10 << 10;

/// What a policy says of a request.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// What is wrong.
    pub failures: Vec<Failure>,
    /// What goes into the audit log, by key.
    pub annotations: Vec<(String, String)>,
    /// Whether an expression could not be evaluated, whatever that amounts to.
    pub has_erred: bool,
}

/// A validation that failed, or could not be evaluated where that counts as failure.
#[derive(Debug)]
pub struct Failure {
    /// Which of the policy's validations; `None` for another expression.
    pub index: Option<usize>,
    /// What the user is told.
    pub message: String,
    /// The field at fault.
    pub field: String,
    /// How a denial is answered.
    pub refusal: Refusal,
}

impl Policy {
    /// Evaluates all that it says; `None` where its match conditions are not met.
    pub fn evaluate<'a>(
        &'a self,
        activation: &Activation<'a>,
        budget: &mut Budget,
    ) -> Option<Evaluation> {
        let mut said = Evaluation::default();
        match self.conditions_are_met(activation, budget) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(message) => {
                said.err(self.failure_policy, None, String::new(), message);
                return Some(said);
            }
        }
        let definitions = self.variables.iter().map(|(name, it)| (&**name, it));
        let activation = activation.with_definitions(definitions);
        for (index, validation) in self.validations.iter().enumerate() {
            match validation.expression.evaluate_bool(&activation, budget) {
                Ok(true) => {}
                Ok(false) => said.failures.push(Failure {
                    index: Some(index),
                    message: validation.message(&activation, budget),
                    field: validation.field.clone(),
                    refusal: validation.refusal,
                }),
                Err(error) => {
                    let message = resulted(&validation.source, &error);
                    let field = validation.field.clone();
                    said.err(self.failure_policy, Some(index), field, message);
                    if error == EvaluationError::BudgetExceeded {
                        break;
                    }
                }
            }
        }
        for (key, expression) in &self.annotations {
            match expression.evaluate_text(&activation, budget) {
                Ok(Some(text)) if !text.is_empty() => {
                    let end = text.floor_char_boundary(MAX_ANNOTATION);
                    let value = text.get(..end).unwrap_or_default().to_owned();
                    said.annotations.push((key.clone(), value));
                }
                Ok(_) => {}
                Err(error) => {
                    let message = resulted(&format!("auditAnnotations {key}"), &error);
                    said.err(self.failure_policy, None, String::new(), message);
                }
            }
        }
        Some(said)
    }

    /// As in Kubernetes, one that is false counts for more than one that cannot be evaluated.
    fn conditions_are_met(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
    ) -> Result<bool, String> {
        let mut trouble = None;
        for expression in &self.conditions {
            match expression.evaluate_bool(activation, budget) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(error) => trouble = trouble.or(Some(resulted("matchConditions", &error))),
            }
        }
        trouble.map_or(Ok(true), Err)
    }
}

impl Evaluation {
    fn err(&mut self, policy: FailurePolicy, index: Option<usize>, field: String, message: String) {
        self.has_erred = true;
        if policy == FailurePolicy::Fail {
            self.failures.push(Failure { index, message, field, refusal: Refusal::Invalid });
        }
    }
}

/// As the API server says it.
fn resulted(source: &str, error: &EvaluationError) -> String {
    format!("expression '{source}' resulted in error: {error}")
}

impl Validation {
    /// What the user is told: what the message's expression gives if that is a proper message, else
    /// the message, else the expression that failed.
    fn message(&self, activation: &Activation<'_>, budget: &mut Budget) -> String {
        let made = |expression: &Expression| expression.evaluate_text(activation, budget).ok()?;
        let is_proper =
            |text: &String| !text.is_empty() && !text.contains('\n') && text.len() <= MAX_MESSAGE;
        let made = self.message_expression.as_ref().and_then(made);
        let made = made.map(|text| text.trim().to_owned()).filter(is_proper);
        made.or_else(|| self.message.clone())
            .unwrap_or_else(|| format!("failed expression: {}", self.source))
    }
}
