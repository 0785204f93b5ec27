//! The evaluation of an expression, for those who use this crate.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Activation, Stop};
use crate::budget::Budget;
use crate::compile::Expression;
use crate::error::EvaluationError;
use crate::value::Value;

impl Expression {
    /// Evaluates the expression.
    ///
    /// # Errors
    ///
    /// See [`EvaluationError`]. An exhausted budget is always an error, also where `||` or the like
    /// would absorb it.
    pub fn evaluate<'a>(
        &self,
        activation: &Activation<'a>,
        budget: &mut Budget,
    ) -> Result<Value<'a>, EvaluationError> {
        budget.run(|meter| {
            // Nothing in this crate panics; if something does, only this evaluation has no result.
            match catch_unwind(AssertUnwindSafe(|| activation.run(self, meter))) {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(Stop::Failed(failure) | Stop::Aborted(failure))) => {
                    Err(EvaluationError::Failed(failure.0.into_owned()))
                }
                Ok(Err(Stop::OverLimit | Stop::Exhausted)) => Err(EvaluationError::BudgetExceeded),
                Err(_) => Err(EvaluationError::Panicked),
            }
        })
    }

    /// Evaluates an expression that must be true or false.
    ///
    /// # Errors
    ///
    /// See [`Self::evaluate`]; or the result is of another type.
    pub fn evaluate_bool(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
    ) -> Result<bool, EvaluationError> {
        match self.evaluate(activation, budget)? {
            Value::Bool(bool) => Ok(bool),
            other => Err(wrong_type("bool", &other)),
        }
    }

    /// Evaluates an expression that must be text, or `null` for none.
    ///
    /// # Errors
    ///
    /// See [`Self::evaluate`]; or the result is of another type.
    pub fn evaluate_text(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
    ) -> Result<Option<String>, EvaluationError> {
        match self.evaluate(activation, budget)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.to_string())),
            other => Err(wrong_type("string", &other)),
        }
    }
}

fn wrong_type(want: &'static str, value: &Value<'_>) -> EvaluationError {
    EvaluationError::WrongType { want, got: value.type_name().to_owned() }
}
