//! Optionals. `or` and `orValue` evaluate their argument only if it is needed, so the evaluator knows them.

use super::arguments::{Answer, Arguments, failed, no_overload, optional};
use crate::evaluate::Meter;
use crate::function::{Cost, Function};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("optional.of(T) -> optional_type(T)", of, Cost::One),
    Function::new("optional.ofNonZeroValue(T) -> optional_type(T)", of_non_zero, Cost::One),
    Function::new("optional.none() -> optional_type(T)", none, Cost::One),
    Function::new("optional_type(T).value() -> T", value, Cost::One),
    Function::new("optional_type(T).hasValue() -> bool", has_value, Cost::One),
    Function::new("optional_type(T).or(optional_type(T)) -> optional_type(T)", lazy, Cost::One),
    Function::new("optional_type(T).orValue(T) -> T", lazy, Cost::One),
    Function::new("optional.unwrap(list(optional_type(T))) -> list(T)", unwrap, Cost::One),
    Function::new("list(optional_type(T)).unwrapOpt() -> list(T)", unwrap, Cost::One),
];

/// The error of reading the value of an optional that has none.
const NO_VALUE: &str = "optional.none() has no value";

fn of<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(optional(Some(arguments.value(0)?.clone())))
}

fn of_non_zero<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let value = arguments.value(0)?;
    Ok(optional((!value.is_zero()).then(|| value.clone())))
}

#[expect(clippy::unnecessary_wraps, reason = "as all functions")]
fn none<'a>(_: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(optional(None))
}

fn value<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let Value::Optional(optional) = arguments.value(0)? else { return no_overload() };
    optional.as_deref().cloned().ok_or_else(|| failed(NO_VALUE))
}

fn has_value<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let Value::Optional(optional) = arguments.value(0)? else { return no_overload() };
    Ok(optional.is_some().into())
}

/// Never called: the evaluator has `or` and `orValue` as steps of their own.
fn lazy<'a>(_: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    no_overload()
}

/// The values of the optionals that have one.
fn unwrap<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let items = arguments.items(0)?;
    meter.work(items.len())?;
    let mut values = Vec::new();
    for item in items {
        let Value::Optional(optional) = item else {
            return Err(failed("the list has items that are no optionals"));
        };
        values.extend(optional.as_deref().cloned());
    }
    Ok(values.into())
}
