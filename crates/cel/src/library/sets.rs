//! Lists as sets. Numbers of different types are equal if their values are.

use super::arguments::{Answer, Arguments};
use super::size::{product, size_of};
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Value, equal};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("sets.contains(list(T), list(T)) -> bool", contains, Cost::WhereResolved(once)),
    Function::new(
        "sets.equivalent(list(T), list(T)) -> bool",
        equivalent,
        Cost::WhereResolved(twice),
    ),
    Function::new(
        "sets.intersects(list(T), list(T)) -> bool",
        intersects,
        Cost::WhereResolved(once),
    ),
];

fn once(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    1 + product(size_of(arguments, 0).saturating_mul(size_of(arguments, 1)), 1.0)
}

fn twice(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    1 + product(size_of(arguments, 0).saturating_mul(size_of(arguments, 1)), 2.0)
}

/// Returns whether a value equals another. One that has no equality with it does not.
pub(super) fn is_equal(
    value: &Value<'_>,
    other: &Value<'_>,
    meter: &mut Meter,
) -> Result<bool, Stop> {
    meter.work(1)?;
    match equal(value, other, meter) {
        Err(Stop::Failed(_)) => Ok(false),
        result => result,
    }
}

/// Returns whether a value is among others.
pub(crate) fn is_among<'v, 'a: 'v>(
    value: &Value<'_>,
    others: impl IntoIterator<Item = &'v Value<'a>>,
    meter: &mut Meter,
) -> Result<bool, Stop> {
    for other in others {
        if is_equal(value, other, meter)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_all(set: &[Value<'_>], wanted: &[Value<'_>], meter: &mut Meter) -> Result<bool, Stop> {
    for value in wanted {
        if !is_among(value, set, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn contains<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(has_all(arguments.items(0)?, arguments.items(1)?, meter)?.into())
}

fn equivalent<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (left, right) = (arguments.items(0)?, arguments.items(1)?);
    Ok((has_all(left, right, meter)? && has_all(right, left, meter)?).into())
}

fn intersects<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let others = arguments.items(1)?;
    for value in arguments.items(0)? {
        if is_among(value, others, meter)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}
