//! The types that the checker finds, held against those of Kubernetes, and what it refuses.

#[path = "../../../tests/support/kubernetes.rs"]
mod kubernetes;

use std::fmt::Write;
use std::sync::LazyLock;

use crate::{CompileError, Environment, Expression, Scope, Type};

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::new().unwrap());

/// The scope of a policy with parameters and these definitions.
static SCOPE: LazyLock<Scope> = LazyLock::new(|| {
    let mut scope = Scope::new()
        .with("object", Type::Dyn)
        .with("oldObject", Type::Dyn)
        .with("params", Type::Dyn)
        .with("request", kubernetes::request())
        .with("namespaceObject", kubernetes::namespace());
    for (name, source) in [
        ("i", "1"),
        ("s", "'a'"),
        ("q", "quantity('1')"),
        ("l", "[[1]]"),
        ("m", "{'a': timestamp(1)}"),
        ("o", "optional.of(1)"),
        ("r", "request"),
        ("t", "type(1)"),
    ] {
        let expression = Expression::compile(&ENVIRONMENT, source, &scope).unwrap();
        scope.define(name, &expression);
    }
    scope
});

fn compile(source: &str) -> Result<Expression, CompileError> {
    Expression::compile(&ENVIRONMENT, source, &SCOPE)
}

fn check(source: &str) -> String {
    match compile(source) {
        Ok(expression) => expression.result().to_string(),
        Err(error) => error.to_string(),
    }
}

/// Cases of a file: an expression on a line, its answer on the next. What follows `#` is a comment.
fn assert_answers(cases: &str) {
    let mut wrong = String::new();
    let mut lines = cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    while let (Some(source), Some(expected)) = (lines.next(), lines.next()) {
        let (found, expected) = (check(source), expected.trim_start().trim_start_matches("= "));
        if found != expected {
            write!(wrong, "{source}\n  is {found}\n not {expected}\n\n").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn types_are_those_that_kubernetes_finds() {
    assert_answers(include_str!("types.txt"));
}

#[test]
fn what_kubernetes_refuses_is_refused() {
    assert_answers(include_str!("refused.txt"));
}

#[test]
fn all_mistakes_are_told_in_the_order_of_the_source() {
    let source = "objekt.x == 1 &&\n  'a' + 1 == request.nam";
    let mistakes = Expression::compile_or_all(&ENVIRONMENT, source, &SCOPE).unwrap_err();
    let told: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "1:1: undeclared reference to 'objekt', did you mean 'object'?",
            "2:7: found no matching overload for '_+_' applied to '(string, int)'",
            "2:22: type 'kubernetes.AdmissionRequest' has no field 'nam', did you mean 'name'?",
        ]
    );
    assert_eq!(compile(source).unwrap_err(), mistakes[0]);
}

#[test]
fn no_more_mistakes_are_told_than_a_person_reads() {
    let source = vec!["x"; 100].join(" + ");
    assert_eq!(Expression::compile_or_all(&ENVIRONMENT, &source, &SCOPE).unwrap_err().len(), 20);
}

#[test]
fn a_result_that_could_be_of_the_type_is_not_enough() {
    let expect = |source, expected: &[Type]| match compile(source).unwrap().expect(expected) {
        Ok(_) => "as expected".to_owned(),
        Err(error) => error.to_string(),
    };
    for (source, expected, answer) in [
        ("object.a == 1", &[Type::Bool][..], "as expected"),
        ("has(object.a)", &[Type::Bool], "as expected"),
        ("null", &[Type::String, Type::Null], "as expected"),
        (
            "object.a",
            &[Type::Bool],
            "1:1: must evaluate to bool but evaluates to dyn; write `== true` behind what may be \
             true or false",
        ),
        (
            "object.a",
            &[Type::String],
            "1:1: must evaluate to string but evaluates to dyn; write `string(...)` around what \
             may be a string",
        ),
        ("1", &[Type::Bool], "1:1: must evaluate to bool but evaluates to int"),
        (
            "1",
            &[Type::String, Type::Null],
            "1:1: must evaluate to string or null but evaluates to int",
        ),
    ] {
        assert_eq!(expect(source, expected), answer, "{source}");
    }
}

#[test]
fn a_definition_sees_those_before_it() {
    let mut scope = Scope::new().with("object", Type::Dyn);
    let check = |scope: &Scope, source| match Expression::compile(&ENVIRONMENT, source, scope) {
        Ok(expression) => expression.result().to_string(),
        Err(error) => error.message,
    };
    assert_eq!(
        check(&scope, "variables.one"),
        "undeclared reference to 'variables': there are none"
    );
    let one = Expression::compile(&ENVIRONMENT, "object.a + 1", &scope).unwrap();
    scope.define("one", &one);
    assert_eq!(check(&scope, "variables.one"), "int");
    assert_eq!(check(&scope, "variables.two"), "undeclared reference to 'variables.two'");
    assert_eq!(
        check(&scope, "variables.onee"),
        "undeclared reference to 'variables.onee', did you mean 'variables.one'?"
    );
    let two = Expression::compile(&ENVIRONMENT, "[variables.one]", &scope).unwrap();
    scope.define("two", &two);
    assert_eq!(check(&scope, "variables.two"), "list(int)");
    assert_eq!(check(&scope, "variables"), "kubernetes.variables");
}

#[test]
fn sources_that_are_nested_as_deep_as_the_parser_takes_compile_on_a_small_stack() {
    for (before, middle, after) in [
        ("[", "1", "]"),
        ("(", "1", ")"),
        ("{'a': ", "1", "}"),
        ("[1].all(x, ", "true", ")"),
        ("dyn(", "1", ")"),
        ("", "'a'", ".trim()"),
        ("", "object", ".a"),
        ("", "1", " + 1"),
        ("true ? 1 : ", "1", ""),
    ] {
        let source = format!("{}{middle}{}", before.repeat(240), after.repeat(240));
        let compile = move || compile(&source).map(drop);
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(compile).unwrap();
        thread.join().unwrap().unwrap_or_else(|error| panic!("{before}{middle}{after}: {error}"));
    }
}

#[test]
fn types_that_double_with_each_step_are_too_complex() {
    for source in [
        format!("[1]{}", ".map(x, {x: x})".repeat(60)),
        format!("[1]{} == [1]", ".map(x, {x: x})".repeat(60)),
    ] {
        let message = compile(&source).unwrap_err().message;
        assert!(message.starts_with("its types are too complex"), "{message}");
    }
}

#[test]
fn long_types_are_cut_in_messages() {
    let source = format!("[1]{}.all(x, x)", ".map(x, {x: [x, x]})".repeat(8));
    let message = compile(&source).unwrap_err().message;
    assert!(message.len() < 300 && message.contains("..."), "{message}");
}
