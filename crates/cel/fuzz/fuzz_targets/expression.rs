//! Any expression on any object: never a panic, never more than the budget, a mistake is told at a place
//! inside the source, and neither a result nor its cost shows which parts were not decoded.
//!
//! The input is an expression and, in its last line, the JSON of an object. The seeds are the cases
//! of `src/tests`: `.ci/fuzz` makes them.
#![no_main]

use std::sync::LazyLock;

use kubernetes_cel::{
    Activation, Budget, Environment, EvaluationError, Expression, Fields, Scope, Type, decode,
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
            assert!(!error.message.contains("panicked"), "{error}");
            let line = source.split('\n').nth(error.line - 1).expect("a line of the source");
            assert!(error.column <= line.chars().count() + 1, "{error}");
            return;
        }
    };
    let evaluate = |fields: &Fields| {
        let mut activation = Activation::new();
        activation.bind("object", decode(json, fields).expect("it was decoded before"));
        let mut budget = Budget::default();
        let result = expression.evaluate_text(&activation, &mut budget);
        (result, budget.left())
    };
    let whole = evaluate(Fields::whole());
    assert_ne!(whole.0, Err(EvaluationError::Panicked));
    if let Some(fields) = expression.reads().of("object") {
        assert_eq!(evaluate(fields), whole);
    }
});
