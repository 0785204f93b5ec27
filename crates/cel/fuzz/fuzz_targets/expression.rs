//! Any expression on any object: never a panic, never more than the budget, and no result shows
//! which parts were not decoded.
//!
//! The input is an expression and, in its last line, the JSON of an object. The seeds are the cases
//! of `src/tests`: `.ci/fuzz` makes them.
#![no_main]

use std::sync::LazyLock;

use kubernetes_cel::{
    Activation, Budget, CompileError, Environment, EvaluationError, Expression, Fields, Scope,
    Type, decode,
};
use libfuzzer_sys::fuzz_target;

static ENVIRONMENT: LazyLock<Environment> =
    LazyLock::new(|| Environment::new().expect("the functions have different signatures"));

/// The object for expressions that come without one, as the seeds do.
const OBJECT: &str = include_str!("../../src/tests/object.json");

fuzz_target!(|input: &[u8]| {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let (source, json) = input.rsplit_once('\n').unwrap_or((input, OBJECT));
    let json = if decode(json, Fields::whole()).is_ok() { json } else { OBJECT };
    let scope = Scope::new().with("object", Type::Dyn);
    let expression = match Expression::compile(&ENVIRONMENT, source, &scope) {
        Ok(expression) => expression,
        Err(error) => {
            assert!(error.message.len() < 10_000, "a message of {} bytes", error.message.len());
            assert_ne!(error.message, CompileError::PANICKED);
            return;
        }
    };
    let evaluate = |fields: &Fields| {
        let mut activation = Activation::new();
        activation.bind("object", decode(json, fields).expect("it was decoded before"));
        expression.evaluate_text(&activation, &mut Budget::default())
    };
    let whole = evaluate(Fields::whole());
    assert_ne!(whole, Err(EvaluationError::Panicked));
    if let Some(fields) = expression.reads().of("object") {
        let projected = evaluate(fields);
        // Parts that are left out cost nothing, so the budget may last longer.
        if whole != Err(EvaluationError::BudgetExceeded) {
            assert_eq!(projected, whole);
        }
    }
});
