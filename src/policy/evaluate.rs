//! One policy's expressions on the values of one request.

use kubernetes_cel::{Activation, Budget, EvaluationError, Expression, Value};

use super::compile::{Policy, Validation};
use super::definition::OnError;
use super::read::MAX_MESSAGE;
use super::variables::NAMESPACE;
use crate::rules::Refusal;

/// The longest value of an audit annotation, in bytes, as the API server has it.
const MAX_ANNOTATION: usize = 10 << 10;

/// The result of a policy for a request.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// The failed validations, and the errors that count as failures.
    pub failures: Vec<Failure>,
    /// The values for the audit log, by key.
    pub annotations: Vec<(String, String)>,
    /// True where an expression could not be evaluated, whatever the effect of that.
    pub has_erred: bool,
}

/// A validation that failed, or could not be evaluated where that counts as failure.
#[derive(Debug)]
pub struct Failure {
    /// The index among the policy's validations; `None` for another expression.
    pub index: Option<usize>,
    /// The message for the user.
    pub message: String,
    /// The field at fault.
    pub field: String,
    /// The status of a denial.
    pub refusal: Refusal,
}

impl Policy {
    /// Evaluates all that it says; `None` where its match conditions are not met. As in Kubernetes,
    /// the conditions have a budget, the validations with their messages have one, and so have the
    /// annotations.
    pub fn evaluate<'a>(
        &'a self,
        activation: &Activation<'a>,
        budget: &mut Budget,
    ) -> Option<Evaluation> {
        let mut evaluation = Evaluation::default();
        budget.begin_group(Budget::CONDITIONS);
        match self.conditions_are_met(activation, budget) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                evaluation.err(self, Place::of("matchConditions"), &error);
                return Some(evaluation);
            }
        }
        // For each of the three the variables are evaluated anew, which counts in their budgets.
        let defined =
            || activation.with_definitions(self.variables.iter().map(|(name, it)| (&**name, it)));
        budget.begin_group(Budget::GROUP);
        self.validate(&defined(), budget, &mut evaluation);
        if !evaluation.failures.is_empty() {
            self.word(&defined(), budget, &mut evaluation);
        }
        if !self.annotations.is_empty() {
            budget.begin_group(Budget::GROUP);
            self.annotate(&defined(), budget, &mut evaluation);
        }
        Some(evaluation)
    }

    fn validate(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
        evaluation: &mut Evaluation,
    ) {
        for (index, validation) in self.validations.iter().enumerate() {
            match validation.expression.evaluate_bool(activation, budget) {
                Ok(true) => {}
                // As in Kubernetes, what is not true has failed.
                Ok(false) | Err(EvaluationError::WrongType { .. }) => {
                    evaluation.failures.push(Failure {
                        index: Some(index),
                        message: String::new(),
                        field: validation.field.clone(),
                        refusal: validation.refusal,
                    });
                }
                Err(error) => {
                    let (source, field) = (&validation.source, &validation.field);
                    evaluation.err(self, Place { source, index: Some(index), field }, &error);
                    if budget.is_group_used_up() {
                        break;
                    }
                }
            }
        }
    }

    /// Writes the messages of what failed, after all validations: a costly message takes nothing from
    /// them.
    fn word(&self, activation: &Activation<'_>, budget: &mut Budget, evaluation: &mut Evaluation) {
        for failure in evaluation.failures.iter_mut().filter(|it| it.message.is_empty()) {
            let validation = failure.index.and_then(|index| self.validations.get(index));
            failure.message =
                validation.map(|it| it.message(activation, budget)).unwrap_or_default();
        }
    }

    fn annotate(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
        evaluation: &mut Evaluation,
    ) {
        for (key, expression) in &self.annotations {
            match expression.evaluate_text(activation, budget) {
                Ok(Some(text)) if !text.is_empty() => {
                    let end = text.floor_char_boundary(MAX_ANNOTATION);
                    let value = text.get(..end).unwrap_or_default().to_owned();
                    evaluation.annotations.push((key.clone(), value));
                }
                Ok(_) => {}
                Err(error) => {
                    let source = format!("auditAnnotations {key}");
                    evaluation.err(self, Place::of(&source), &error);
                }
            }
        }
    }

    /// As in Kubernetes, one that is false counts for more than one that cannot be evaluated.
    fn conditions_are_met(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
    ) -> Result<bool, EvaluationError> {
        if self.conditions.is_empty() {
            return Ok(true);
        }
        // There is no namespace for conditions in Kubernetes either.
        let mut activation = activation.clone();
        activation.bind(NAMESPACE, Value::Null);
        let mut first = None;
        for expression in &self.conditions {
            match expression.evaluate_bool(&activation, budget) {
                // As in Kubernetes, only false keeps a policy from being asked.
                Ok(true) | Err(EvaluationError::WrongType { .. }) => {}
                Ok(false) => return Ok(false),
                Err(error) => first = first.or(Some(error)),
            }
        }
        first.map_or(Ok(true), Err)
    }
}

/// An expression's place in its policy.
#[derive(Clone, Copy)]
struct Place<'p> {
    source: &'p str,
    index: Option<usize>,
    field: &'p str,
}

impl<'p> Place<'p> {
    /// That of one that is about the object as a whole.
    fn of(source: &'p str) -> Self {
        Self { source, index: None, field: "" }
    }
}

impl Evaluation {
    /// Notes an error. The policy's author decided its effect, unless the policy did not cause it.
    fn err(&mut self, policy: &Policy, place: Place<'_>, error: &EvaluationError) {
        self.has_erred = true;
        if policy.failure_policy == OnError::Fail && *error != EvaluationError::AllSpent {
            let Place { source, index, field } = place;
            // As the API server words it.
            let message = format!("expression '{source}' resulted in error: {error}");
            let (field, refusal) = (field.to_owned(), Refusal::Invalid);
            self.failures.push(Failure { index, message, field, refusal });
        }
    }
}

impl Validation {
    /// The message for the user: the text that the message's expression gives if that is a proper
    /// message, else the message, else the expression that failed.
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
