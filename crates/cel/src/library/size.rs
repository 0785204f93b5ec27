//! Sizes, by which Kubernetes counts the cost of calls. It multiplies them by factors in floating
//! point, so 30 characters cost 4 units of a tenth: `30.0 * 0.1` is a bit more than 3.

use crate::evaluate::{Meter, Stop};
use crate::value::Value;

/// The units for a character that is read: cel-go's `StringTraversalCostFactor`.
pub(crate) const CHARACTER: f64 = 0.1;

/// The units for a character of a regular expression: cel-go's `RegexStringLengthCostFactor`.
pub(crate) const PATTERN_CHARACTER: f64 = 0.25;

/// The size of an argument; none where there is no such argument.
pub(crate) fn size_of(arguments: &[Value<'_>], index: usize) -> u64 {
    arguments.get(index).map_or(0, Value::cost_size)
}

/// `size * factor` in whole units, the last one begun.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "Kubernetes counts in floating point"
)]
pub(crate) fn times(size: u64, factor: f64) -> u64 {
    (size as f64 * factor).ceil() as u64
}

/// `size * factor` in whole units, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "Kubernetes counts in floating point"
)]
pub(crate) fn product(size: u64, factor: f64) -> u64 {
    (size as f64 * factor) as u64
}

/// The units for reading the first argument once.
pub(crate) fn of_first(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    times(size_of(arguments, 0), CHARACTER)
}

/// The units for reading the first argument twice, or for reading it and making another from it.
pub(crate) fn twice_first(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    times(size_of(arguments, 0).saturating_mul(2), CHARACTER)
}

/// The units of the functions that read a list or a text to the end, like `sum` and `indexOf`.
pub(crate) fn of_tree(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    arguments.first().map_or(0, tree)
}

/// The units for reading a tree of values: of texts a tenth of their bytes, rounded down.
fn tree(value: &Value<'_>) -> u64 {
    let bytes = |length: usize| product(u64::try_from(length).unwrap_or(u64::MAX), CHARACTER);
    match value {
        Value::String(text) => bytes(text.len()),
        Value::Bytes(of) => bytes(of.len()),
        Value::List(list) => list.items().iter().map(tree).sum(),
        Value::Map(map) => map.entries().iter().map(|(key, value)| tree(key) + tree(value)).sum(),
        _ => 1,
    }
}

/// Takes steps for a tree of values that is read to its end, like the count of its cost. Trees may share
/// their parts and be far larger than the memory they take.
pub(crate) fn take_steps(value: &Value<'_>, meter: &mut Meter) -> Result<(), Stop> {
    match value {
        Value::List(list) => {
            meter.work(list.items().len())?;
            list.items().iter().try_for_each(|item| take_steps(item, meter))
        }
        Value::Map(map) => {
            meter.work(map.entries().len())?;
            map.entries().iter().try_for_each(|(_, value)| take_steps(value, meter))
        }
        _ => Ok(()),
    }
}
