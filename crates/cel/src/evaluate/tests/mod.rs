//! Results and costs, as Kubernetes' own library has them.

use std::fmt::Write;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{Activation, Meter, Stop};
use crate::compile::Expression;
use crate::decode::decode;
use crate::environment::Environment;
use crate::projection::Fields;
use crate::scope::Scope;
use crate::types::Type;
use crate::value::Value;

const OBJECT: &str = include_str!("object.json");

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::new().unwrap());

fn scope() -> Scope {
    Scope::new().with("object", Type::Dyn)
}

fn compile(source: &str, scope: &Scope) -> Expression {
    Expression::compile(&ENVIRONMENT, source, scope).unwrap_or_else(|it| panic!("{source}: {it}"))
}

fn activation<'a>() -> Activation<'a> {
    let mut activation = Activation::new();
    activation.bind("object", decode(OBJECT, Fields::whole()).unwrap());
    activation
}

/// The result and the units that it took, with so many steps.
fn run<'a>(
    expression: &Expression,
    activation: &Activation<'a>,
    limits: (u64, u64),
) -> (Result<Value<'a>, Stop>, u64) {
    let mut meter = Meter::new(limits.0, limits.1);
    let result = activation.run(expression, &mut meter);
    (result, meter.units())
}

fn cost(source: &str) -> u64 {
    run(&compile(source, &scope()), &activation(), (u64::MAX, u64::MAX)).1
}

/// A value as it is written in the file of costs.
fn show(value: &Value<'_>, quote: char) -> String {
    let inner = |value: &Value<'_>| show(value, '"');
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::String(text) => format!("{quote}{}{quote}", &**text),
        Value::List(list) => {
            format!("[{}]", list.items().iter().map(inner).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let entries = map.entries().iter().map(|(k, v)| format!("{}: {}", inner(k), inner(v)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Timestamp(at) => format!("timestamp({}.{:09})", at.seconds, at.nanoseconds),
        Value::Optional(None) => "optional()".to_owned(),
        Value::Optional(Some(value)) => format!("optional({})", inner(value)),
        other => format!("{other:?}"),
    }
}

#[test]
fn results_and_costs_are_those_of_kubernetes() {
    let mut wrong = String::new();
    let lines = include_str!("costs.txt").lines();
    for line in lines.filter(|line| line.starts_with(|first: char| first.is_ascii_digit())) {
        let (expected, rest) = line.split_once(' ').unwrap();
        let (source, result) = rest.trim().split_once("  =>  ").unwrap();
        let (found, cost) = run(&compile(source, &scope()), &activation(), (u64::MAX, u64::MAX));
        let found = found.map_or("-".to_owned(), |value| show(&value, '\''));
        if (found.as_str(), cost.to_string().as_str()) != (result, expected) {
            writeln!(wrong, "{source}\n  is {found} for {cost}\n not {result} for {expected}")
                .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_limit_is_exceeded_by_one_unit_more_and_nothing_absorbs_it() {
    let expression = compile("object.ports.all(p, p > 400) || true", &scope());
    let (_, cost) = run(&expression, &activation(), (u64::MAX, u64::MAX));
    assert!(run(&expression, &activation(), (cost, u64::MAX)).0.is_ok());
    let (result, _) = run(&expression, &activation(), (cost - 1, u64::MAX));
    assert_eq!(result.unwrap_err(), Stop::OverLimit);
}

#[test]
fn nothing_absorbs_that_the_steps_are_used_up() {
    let expression = compile("object.ports.all(p, p > 400) || true", &scope());
    assert_eq!(run(&expression, &activation(), (u64::MAX, 5)).0.unwrap_err(), Stop::Exhausted);
}

#[test]
fn has_takes_back_a_unit_that_was_not_taken() {
    // In Kubernetes the cost is then about 2^64, and over every limit.
    let expression = compile("has((true ? object : object).?y.x)", &scope());
    assert_eq!(run(&expression, &activation(), (1_000, 1_000)).0.unwrap_err(), Stop::OverLimit);
}

#[test]
fn what_go_cannot_hash_ends_the_evaluation() {
    for source in ["dyn(b'a') in [1] || true", "{b'a': object.name} == {}"] {
        let (result, _) = run(&compile(source, &scope()), &activation(), (1_000, 1_000));
        assert!(matches!(result, Err(Stop::Aborted(_))), "{source}");
    }
}

#[test]
fn maps_find_none_and_no_other_optional() {
    for (source, expected) in [
        ("optional.none() in {optional.none(): object.name}", true),
        ("optional.of(1) in {optional.of(1): object.name}", false),
    ] {
        let (found, _) = run(&compile(source, &scope()), &activation(), (1_000, 1_000));
        assert!(matches!(found, Ok(Value::Bool(found)) if found == expected), "{source}");
    }
}

#[test]
fn constants_that_cannot_be_converted_are_refused() {
    for source in ["int('x')", "dyn(object)[null]", "dyn([1])[b'a']", "double('1e400') > 0.0"] {
        assert!(Expression::compile(&ENVIRONMENT, source, &scope()).is_err(), "{source}");
    }
}

#[test]
fn a_variable_costs_those_who_read_it_first_and_has_a_limit_of_its_own() {
    let mut scope = scope();
    let sum = compile("object.ports.sum() + 1", &scope);
    scope.define("sum", &sum);
    let bad = compile("1 / (object.replicas - 3)", &scope);
    scope.define("bad", &bad);
    let twice = compile("variables.sum + variables.sum", &scope);
    let own = cost("object.ports.sum() + 1");

    let activation = activation().with_definitions([("sum", &sum), ("bad", &bad)]);
    let (first, of_first) = run(&twice, &activation, (5.max(own), 1_000));
    assert!(first.is_ok(), "a limit of {own} is enough for each");
    assert_eq!(of_first, 5 + own);
    assert_eq!(run(&twice, &activation, (1_000, 1_000)).1, 5);

    for (source, expected) in [
        ("!has(variables.bad)", None),
        ("variables.?bad.hasValue()", None),
        ("variables.bad == 1 || true", Some(true)),
    ] {
        let (result, _) = run(&compile(source, &scope), &activation, (1_000, 1_000));
        let found = match result {
            Ok(Value::Bool(found)) => Some(found),
            _ => None,
        };
        assert_eq!(found, expected, "{source}");
    }
}

#[test]
fn a_loop_that_collects_takes_time_in_proportion_to_its_turns() {
    let steps = |items: i64| {
        let mut activation = Activation::new();
        activation.bind("object", vec![Value::Int(1); usize::try_from(items).unwrap()].into());
        let mut meter = Meter::new(u64::MAX, u64::MAX);
        let source = "object.map(x, x + 1).filter(x, x > 0).size()";
        activation.run(&compile(source, &scope()), &mut meter).unwrap();
        u64::MAX - meter.steps()
    };
    assert!(steps(10_000) < 11 * steps(1_000), "{} {}", steps(10_000), steps(1_000));
}

/// A tree as deep as an expression may be, of what recurs most.
fn deep() -> [String; 6] {
    let around = |before: &str, inner: &str, after: &str, times: usize| {
        format!("{}{inner}{}", before.repeat(times), after.repeat(times))
    };
    [
        format!("1{}", " + 1".repeat(240)),
        around("-(", "object.replicas", ")", 100),
        around("[", "object.replicas", "]", 100),
        around("(object.replicas == 3 ? ", "1", " : 2)", 60),
        around("[1].map(x, ", "object", ")", 20),
        around("dyn(", "object.replicas", ")", 100),
    ]
}

#[test]
fn the_deepest_expressions_fit_on_the_stack_of_a_thread() {
    let evaluate = || {
        for source in deep() {
            let (result, _) =
                run(&compile(&source, &scope()), &activation(), (1_000_000, 1_000_000));
            assert!(result.is_ok(), "{source}: {result:?}");
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(evaluate).unwrap().join().unwrap();
}

/// Expressions of any kind, most of them with types that are only known when they are evaluated.
fn any_expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "object.replicas",
        "object.ports",
        "object.mixed",
        "object.limits",
        "object.nothing",
        "object.missing",
        "object.?class",
        "object.?missing",
        "object",
        "1",
        "2u",
        "0.0 / 0.0",
        "''",
        "'a'",
        "b'a'",
        "null",
        "[]",
        "{}",
        "[1, 2]",
        "{'a': 1}",
        "int",
        "duration('1s')",
        "optional.none()",
        "optional.of(1)",
        "quantity('1')",
    ]);
    let leaf = leaf.prop_map(|source| format!("dyn({source})"));
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "in", "&&", "||",
        ]);
        let one = prop::sample::select(vec![
            "!(@)",
            "-(@)",
            "(@).a",
            "(@).?a",
            "has((@).a)",
            "(@)[0]",
            "(@)[?'a']",
            "size(@)",
            "type(@)",
            "string(@)",
            "[@]",
            "{@: 1}",
            "(@).map(x, x)",
            "(@).filter(x, x)",
            "(@).all(x, x)",
            "(@).exists(i, x, x == i)",
            "(@).transformMap(k, v, v)",
            "(@).transformMapEntry(k, v, {v: k})",
            "optional.of(@)",
            "(@).value()",
            "(@).optMap(x, [x])",
            "[?(@)]",
            "optional.ofNonZeroValue(@)",
            "(@).sort()",
            "(@).distinct()",
            "(@).flatten()",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(a, op, b)| format!("dyn(({a}) {op} ({b}))")),
            (one, inner.clone()).prop_map(|(form, it)| format!("dyn({})", form.replace('@', &it))),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("dyn({a}).orValue({b})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_expression_panics_or_costs_more_than_a_call_over_its_limit(
        source in any_expression(),
        limit in 0_u64..60,
    ) {
        if let Ok(expression) = Expression::compile(&ENVIRONMENT, &source, &scope()) {
            let (_, whole) = run(&expression, &activation(), (u64::MAX, 100_000));
            let (result, cost) = run(&expression, &activation(), (limit, 100_000));
            if whole <= limit {
                prop_assert_eq!(cost, whole);
            } else if whole < u64::MAX / 2 {
                prop_assert_eq!(result.unwrap_err(), Stop::OverLimit);
                prop_assert!(cost <= limit + 100, "{} of {}", cost, limit);
            }
        }
    }
}
