//! The results of expressions, and the messages where they have none.

use std::fmt::Write;
use std::sync::LazyLock;

use super::{
    Activation, Budget, CompileError, Environment, EvaluationError, Expression, Fields, Scope,
    Type, Value, decode,
};

mod projection;

/// The object of the cases.
const OBJECT: &str = include_str!("object.json");

fn compile(source: &str) -> Result<Expression, CompileError> {
    static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::new().unwrap());
    let scope = Scope::new().with("object", Type::Dyn).with("oldObject", Type::Dyn);
    Expression::compile(&ENVIRONMENT, source, &scope)
}

/// The result as text, `error: ` before what went wrong.
fn result(expression: &Expression, activation: &Activation<'_>, budget: &mut Budget) -> String {
    match expression.evaluate(activation, budget) {
        Ok(value) => show(&value),
        Err(error) => format!("error: {error}"),
    }
}

/// The result on [`OBJECT`], `refused: ` before what is wrong at load.
fn evaluate(source: &str) -> String {
    let expression = match compile(source) {
        Ok(expression) => expression,
        Err(error) => return format!("refused: {error}"),
    };
    let mut activation = Activation::new();
    for (variable, json) in [("object", OBJECT), ("oldObject", "null")] {
        if let Some(fields) = expression.reads().of(variable) {
            activation.bind(variable, decode(json, fields).unwrap());
        }
    }
    result(&expression, &activation, &mut Budget::default())
}

/// The result on [`OBJECT`], and its cost.
fn evaluate_with_cost(source: &str) -> String {
    let expression = compile(source).unwrap();
    let mut activation = Activation::new();
    if let Some(fields) = expression.reads().of("object") {
        activation.bind("object", decode(OBJECT, fields).unwrap());
    }
    let mut budget = Budget::default();
    let before = budget.left();
    let result = result(&expression, &activation, &mut budget);
    format!("{result}, costs {}", before - budget.left())
}

/// A value as an expression would write it.
fn show(value: &Value<'_>) -> String {
    let all = |items: &[Value<'_>]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match value {
        Value::String(text) => format!("'{}'", &**text),
        Value::Optional(None) => "none".to_owned(),
        Value::Optional(Some(inner)) => format!("of({})", show(inner)),
        Value::List(list) => format!("[{}]", all(list.items())),
        Value::Map(map) => {
            let entries = map.entries().iter();
            let entries = entries.map(|(key, value)| format!("{}: {}", show(key), show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => format!("{value}u"),
        Value::Double(value) => format!("{value:?}"),
        Value::Null => "null".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Cases of a file: the expressions, and after each its result. What follows `#` is a comment.
fn assert_results(cases: &str, says: impl Fn(&str) -> String) {
    let mut source = String::new();
    let mut wrong = String::new();
    for line in cases.lines().filter(|line| !line.starts_with('#')) {
        if let Some(expected) = line.strip_prefix("    = ") {
            let found = says(source.trim_end()).replace('\n', "\\n");
            if found != expected {
                write!(wrong, "{source}  is {found}\n not {expected}\n\n").unwrap();
            }
            source.clear();
        } else if !(line.is_empty() && source.is_empty()) {
            source += line;
            source.push('\n');
        }
    }
    assert!(source.is_empty(), "no result for {source}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn expressions_evaluate_as_in_kubernetes() {
    assert_results(include_str!("evaluates.txt"), evaluate);
}

#[test]
fn functions_evaluate_as_in_kubernetes() {
    assert_results(include_str!("functions.txt"), evaluate);
}

#[test]
fn results_cost_what_they_cost_in_kubernetes() {
    assert_results(include_str!("costs.txt"), evaluate_with_cost);
}

#[test]
fn macros_evaluate_as_in_kubernetes() {
    assert_results(include_str!("macros.txt"), evaluate);
}

#[test]
fn what_can_be_known_to_fail_is_refused_at_load() {
    assert_results(include_str!("refused.txt"), |source| match evaluate(source) {
        found if found.starts_with("refused: ") => found.replacen("refused: ", "", 1),
        found => format!("evaluated: {found}"),
    });
}

#[test]
fn a_definition_is_evaluated_when_it_is_asked_for_and_once() {
    let environment = Environment::new().unwrap();
    let mut scope = Scope::new().with("object", Type::Dyn);
    let mut definitions = Vec::new();
    for (name, source) in [
        ("name", "object.name"),
        ("greeting", "'Hello ' + string(variables.name)"),
        ("broken", "object.missing"),
        ("costly", "object.list.map(x, x + 1)"),
    ] {
        let expression = Expression::compile(&environment, source, &scope).unwrap();
        scope.define(name, &expression);
        definitions.push((name, expression));
    }
    let mut activation = Activation::new();
    let list = vec![Value::from(1_i64); 50_000];
    activation.bind("object", Value::object([("name", "Jo".into()), ("list", list.into())]));
    let activation = activation.with_definitions(definitions.iter().map(|(name, it)| (*name, it)));
    let says = |source: &str| match Expression::compile(&environment, source, &scope) {
        Ok(expression) => result(&expression, &activation, &mut Budget::default()),
        Err(error) => format!("refused: {error}"),
    };
    for (source, expected) in [
        ("variables.greeting", "'Hello Jo'"),
        ("variables.broken || true", "true"),
        ("variables.broken", "error: variables.broken: no such key: missing"),
        ("variables.costly.size() + variables.costly.size() + variables.costly.size()", "150000"),
        ("has(variables.name)", "true"),
        (
            "variables.greeting + 1",
            "refused: 1:20: found no matching overload for '_+_' applied to '(string, int)'",
        ),
        (
            "variables.greting",
            "refused: 1:11: undeclared reference to 'variables.greting', did you mean 'variables.greeting'?",
        ),
        ("[1].all(variables, variables > 0)", "true"),
    ] {
        assert_eq!(says(source), expected, "{source}");
    }
}

#[test]
fn definitions_of_definitions_do_not_overflow_the_stack() {
    let environment = Environment::new().unwrap();
    let mut scope = Scope::new();
    let mut definitions = Vec::new();
    let refused = loop {
        let before = definitions.last().map(|(name, _)| format!("variables.{name}"));
        let source = format!("{} + 1 + 1 + 1 + 1 + 1 + 1", before.unwrap_or("1".to_owned()));
        match Expression::compile(&environment, &source, &scope) {
            Ok(expression) => {
                let name = format!("v{}", definitions.len());
                scope.define(&name, &expression);
                definitions.push((name, expression));
            }
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains("nested less deeply"), "{refused}");
    let (name, _) = definitions.last().unwrap();
    let deepest = Expression::compile(&environment, &format!("variables.{name}"), &scope).unwrap();
    let activation = Activation::new();
    let activation =
        activation.with_definitions(definitions.iter().map(|(name, it)| (name.as_str(), it)));
    assert_eq!(
        result(&deepest, &activation, &mut Budget::default()),
        (1 + 6 * definitions.len()).to_string()
    );
}

/// What comes of evaluating the same again and again.
fn evaluated(budget: &mut Budget, times: usize) -> Vec<Result<bool, EvaluationError>> {
    let expression = compile("[1, 2, 3].all(x, x > 0)").unwrap();
    (0..times).map(|_| expression.evaluate_bool(&Activation::new(), budget)).collect()
}

#[test]
fn each_expression_and_those_that_belong_together_have_budgets() {
    let mut costs = Budget::new(1_000, 1_000, 1_000);
    evaluated(&mut costs, 1)[0].as_ref().unwrap();
    let cost = 1_000 - costs.left();

    let exceeded = Err(EvaluationError::BudgetExceeded);
    let mut each = Budget::new(cost - 1, 1_000, 1_000);
    assert_eq!(evaluated(&mut each, 2), [exceeded.clone(), exceeded.clone()]);

    let mut group = Budget::new(1_000, 2 * cost + 1, 1_000);
    assert_eq!(evaluated(&mut group, 3), [Ok(true), Ok(true), exceeded.clone()]);
    group.begin_group(2 * cost + 1);
    assert_eq!(evaluated(&mut group, 3), [Ok(true), Ok(true), exceeded]);
    assert!(!group.is_used_up());
}

#[test]
fn what_all_expressions_may_spend_is_told_apart_from_their_own_budgets() {
    let mut budget = Budget::new(1_000, 1_000, 100);
    let mut results = Vec::new();
    for _ in 0..20 {
        budget.begin_group(1_000);
        results.extend(evaluated(&mut budget, 1));
    }
    assert_eq!(results.first(), Some(&Ok(true)));
    assert_eq!(results.last(), Some(&Err(EvaluationError::AllSpent)));
    assert!(budget.is_used_up());
}

#[test]
fn a_definition_that_costs_too_much_is_one_that_failed() {
    let environment = Environment::new().unwrap();
    let mut scope = Scope::new();
    let all = Expression::compile(&environment, "[1, 2, 3].all(x, x < 3)", &scope).unwrap();
    scope.define("all", &all);
    let reads = |source: &str| {
        let expression = Expression::compile(&environment, source, &scope).unwrap();
        let activation = Activation::new().with_definitions([("all", &all)]);
        expression.evaluate_bool(&activation, &mut Budget::new(5, 1_000, 1_000))
    };
    assert_eq!(reads("variables.all || true"), Ok(true));
    assert!(reads("variables.all").is_err());
}

#[test]
fn a_result_of_another_type_is_an_error() {
    let mut budget = Budget::default();
    let none = Activation::new();
    let text = |source: &str| compile(source).unwrap().evaluate_text(&none, &mut Budget::default());
    assert_eq!(text("'a' + 'b'"), Ok(Some("ab".to_owned())));
    assert_eq!(text("null"), Ok(None));
    assert_eq!(text("1").unwrap_err().to_string(), "must evaluate to string but evaluates to int");
    let bool = compile("dyn('a')").unwrap().evaluate_bool(&none, &mut budget);
    assert_eq!(bool.unwrap_err().to_string(), "must evaluate to bool but evaluates to string");
    let refused = compile("'a'").unwrap().expect(&[Type::Bool]).unwrap_err();
    assert_eq!(refused.to_string(), "1:1: must evaluate to bool but evaluates to string");
}

#[test]
fn what_is_too_large_is_refused_at_load() {
    let long = |part: &str, times: usize| format!("1{}", part.repeat(times));
    for (source, refused) in [
        (format!("'{}'", "a".repeat(100_000)), "must have no more than 100000 characters"),
        (long(" + 1", 1_000), "must be nested less deeply"),
        (format!("object.a{}", " + object.a".repeat(251)), "must be nested less deeply"),
        ("(".repeat(4_000), "must be nested less deeply"),
        ("[".repeat(4_000), "must be nested less deeply"),
        (format!("object{}", ".a".repeat(2_000)), "must be nested less deeply"),
    ] {
        let error = compile(&source).unwrap_err();
        assert!(error.message.starts_with(refused), "{error}");
        assert!(error.message.len() < 1_000, "{error}");
    }
}

#[test]
fn many_choices_of_what_to_read_compile_at_once() {
    let mut source = "object".to_owned();
    for _ in 0..40 {
        source = format!("cel.bind(a, {source}, true ? a.x : a.y)");
    }
    assert!(compile(&source).is_ok());
}

#[test]
fn deep_json_is_an_error() {
    let json = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let error = decode(&json, Fields::whole()).unwrap_err();
    assert!(error.to_string().starts_with("more than 100 levels deep"), "{error}");
    let json = format!("{}{}", r#"{"a":"#.repeat(20_000), "}".repeat(20_000));
    assert!(decode(&json, &Fields::default()).is_err());
}
