//! Kubernetes' functions of lists, and cel-go's in the version that Kubernetes has.

use std::cmp::Ordering;

use super::arguments::{Answer, Arguments, failed, no_overload, optional};
use super::operators::add;
use super::sets::{is_among, is_equal};
use super::size::{self, product, size_of, take_steps};
use super::sort::{comparing, comparing_keys, sort, sort_by_keys};
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Duration, Value, compare};

/// One row for each type that has an order: with others the checker refuses a call, and evaluation
/// fails.
macro_rules! ordered {
    ($before:literal, $after:literal, $result:tt, $code:path, $cost:expr) => {
        [
            ordered!(@row $before, "int", $after, $result, $code, $cost),
            ordered!(@row $before, "uint", $after, $result, $code, $cost),
            ordered!(@row $before, "double", $after, $result, $code, $cost),
            ordered!(@row $before, "bool", $after, $result, $code, $cost),
            ordered!(@row $before, "duration", $after, $result, $code, $cost),
            ordered!(@row $before, "timestamp", $after, $result, $code, $cost),
            ordered!(@row $before, "string", $after, $result, $code, $cost),
            ordered!(@row $before, "bytes", $after, $result, $code, $cost),
        ]
    };
    (@row $before:literal, $type:literal, $after:literal, item, $code:path, $cost:expr) => {
        Function::new(concat!($before, $type, $after, $type), $code, $cost)
    };
    (@row $before:literal, $type:literal, $after:literal, list, $code:path, $cost:expr) => {
        Function::new(concat!($before, $type, $after, "list(", $type, ")"), $code, $cost).by_value()
    };
    (@row $before:literal, $type:literal, $after:literal, keyed, $code:path, $cost:expr) => {
        Function::new(concat!($before, $type, $after, "list(T)"), $code, $cost).by_value()
    };
    (@row $before:literal, $type:literal, $after:literal, $result:literal, $code:path, $cost:expr) => {
        Function::new(concat!($before, $type, $after, $result), $code, $cost)
    };
}

pub(super) const IS_SORTED: &[Function] =
    &ordered!("list(", ").isSorted() -> ", "bool", is_sorted, Cost::By(size::of_tree));
pub(super) const MIN: &[Function] =
    &ordered!("list(", ").min() -> ", item, min, Cost::By(size::of_tree));
pub(super) const MAX: &[Function] =
    &ordered!("list(", ").max() -> ", item, max, Cost::By(size::of_tree));
pub(super) const SORT: &[Function] =
    &ordered!("list(", ").sort() -> ", list, sort, Cost::OrPanic(comparing));
/// The function to which the macro `sortBy` expands.
pub(super) const SORT_BY_KEYS: &[Function] = &ordered!(
    "list(T).@sortByAssociatedKeys(list(",
    ")) -> ",
    keyed,
    sort_by_keys,
    Cost::OrPanic(comparing_keys)
);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("list(int).sum() -> int", sum_of_ints, Cost::By(size::of_tree)),
    Function::new("list(uint).sum() -> uint", sum_of_uints, Cost::By(size::of_tree)),
    Function::new("list(double).sum() -> double", sum_of_doubles, Cost::By(size::of_tree)),
    Function::new("list(duration).sum() -> duration", sum_of_durations, Cost::By(size::of_tree)),
    Function::new("list(T).indexOf(T) -> int", index_of, Cost::By(size::of_tree)),
    Function::new("list(T).lastIndexOf(T) -> int", last_index_of, Cost::By(size::of_tree)),
    Function::new("list(T).first() -> optional_type(T)", first, Cost::One),
    Function::new("list(T).last() -> optional_type(T)", last, Cost::One),
    Function::new("list(T).slice(int, int) -> list(T)", slice, Cost::WhereResolved(making)),
    Function::new("list(list(T)).flatten() -> list(T)", flatten, Cost::OrPanic(flattening))
        .by_value(),
    Function::new("list(dyn).flatten(int) -> list(dyn)", flatten, Cost::OrPanic(flattening))
        .by_value(),
    Function::new("list(T).distinct() -> list(T)", distinct, Cost::OrPanic(comparing)),
    Function::new("list(T).reverse() -> list(T)", reverse, Cost::WhereResolved(making)),
    Function::new("lists.range(int) -> list(int)", range, Cost::WhereResolved(making)),
];

/// The units for a call and for the list that it makes.
const MAKING: u64 = 1 + 10;

/// The units for making a list: each item by a factor.
pub(super) fn allocating(items: u64, factor: f64) -> u64 {
    product(items, factor).saturating_add(MAKING)
}

fn making(_: &[Value<'_>], result: &Value<'_>) -> u64 {
    allocating(result.cost_size(), 1.0)
}

/// The units for flattening: each item once a level. A negative depth has less than none, before the call
/// fails for it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "Kubernetes counts in floating point"
)]
fn flattening(arguments: &[Value<'_>], _: &Value<'_>) -> Option<u64> {
    let items = size_of(arguments, 0) as f64;
    Some(match arguments.get(1) {
        None => allocating(size_of(arguments, 0), 1.0),
        Some(Value::Int(depth)) if *depth < 0 => {
            let units = (items * *depth as f64) as i64;
            units.cast_unsigned().wrapping_add(MAKING)
        }
        Some(Value::Int(depth)) => allocating(size_of(arguments, 0), *depth as f64),
        Some(_) => return None,
    })
}

/// The items of the list, which is read to its end.
fn all<'s, 'a>(arguments: &'s [Value<'a>], meter: &mut Meter) -> Result<&'s [Value<'a>], Stop> {
    let list = arguments.items(0)?;
    take_steps(arguments.value(0)?, meter)?;
    Ok(list)
}

/// Returns whether values of the type have an order.
pub(super) fn has_order(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Double(_)
            | Value::String(_)
            | Value::Bytes(_)
            | Value::Duration(_)
            | Value::Timestamp(_)
    )
}

/// The order of two values; `None` for those that have none, like NaN or values of two types.
pub(super) fn order(
    left: &Value<'_>,
    right: &Value<'_>,
    meter: &mut Meter,
) -> Result<Option<Ordering>, Stop> {
    match compare(left, right, meter) {
        Ok(ordering) => Ok(Some(ordering)),
        Err(Stop::Failed(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// Returns whether no item is greater than the next. Neighbours without an order are in order, as in
/// Kubernetes, but each item must be of a type that has one.
fn is_sorted<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let mut previous = None;
    for item in all(arguments, meter)? {
        if !has_order(item) {
            return no_overload();
        }
        if let Some(previous) = previous
            && order(previous, item, meter)? == Some(Ordering::Greater)
        {
            return Ok(false.into());
        }
        previous = Some(item);
    }
    Ok(true.into())
}

fn min<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    extreme(arguments, Ordering::Less, meter)
}

fn max<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    extreme(arguments, Ordering::Greater, meter)
}

/// The smallest or the largest item; of equal ones, and of those without an order, the first.
fn extreme<'a>(arguments: &[Value<'a>], wanted: Ordering, meter: &mut Meter) -> Answer<'a> {
    let mut found: Option<&Value<'a>> = None;
    for item in all(arguments, meter)? {
        if !has_order(item) {
            return no_overload();
        }
        if match found {
            None => true,
            Some(found) => order(item, found, meter)? == Some(wanted),
        } {
            found = Some(item);
        }
    }
    found.cloned().ok_or_else(|| failed("the list is empty"))
}

/// The sum of the items from a zero of the type that was found, by `+`: so a timestamp after durations
/// is a timestamp.
fn sum<'a>(arguments: &[Value<'a>], zero: Value<'a>, meter: &mut Meter) -> Answer<'a> {
    let mut items = all(arguments, meter)?.iter();
    items.try_fold(zero, |sum, item| add(&[sum, item.clone()], meter))
}

fn sum_of_ints<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    sum(arguments, Value::Int(0), meter)
}

fn sum_of_uints<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    sum(arguments, Value::Uint(0), meter)
}

fn sum_of_doubles<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    sum(arguments, Value::Double(0.0), meter)
}

fn sum_of_durations<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    sum(arguments, Value::Duration(Duration(0)), meter)
}

fn index_of<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let wanted = arguments.value(1)?;
    for (index, item) in all(arguments, meter)?.iter().enumerate() {
        if is_equal(item, wanted, meter)? {
            return Ok(position(index));
        }
    }
    Ok(Value::Int(-1))
}

fn last_index_of<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let wanted = arguments.value(1)?;
    for (index, item) in all(arguments, meter)?.iter().enumerate().rev() {
        if is_equal(item, wanted, meter)? {
            return Ok(position(index));
        }
    }
    Ok(Value::Int(-1))
}

fn position<'a>(index: usize) -> Value<'a> {
    Value::Int(i64::try_from(index).unwrap_or(i64::MAX))
}

fn first<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(optional(arguments.items(0)?.first().cloned()))
}

fn last<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(optional(arguments.items(0)?.last().cloned()))
}

fn slice<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (items, start, end) = (arguments.items(0)?, arguments.int(1)?, arguments.int(2)?);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(found) = range.and_then(|(start, end)| items.get(start..end)) else {
        let why = format!("cannot slice({start}, {end}), the list has {} items", items.len());
        return Err(failed(why));
    };
    meter.work(found.len())?;
    Ok(found.to_vec().into())
}

fn flatten<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let depth = if arguments.len() > 1 { arguments.int(1)? } else { 1 };
    let depth = u64::try_from(depth).map_err(|_| failed("the depth must not be negative"))?;
    let mut flat = Vec::new();
    flatten_into(arguments.items(0)?, depth, &mut flat, meter)?;
    Ok(flat.into())
}

fn flatten_into<'a>(
    items: &[Value<'a>],
    depth: u64,
    flat: &mut Vec<Value<'a>>,
    meter: &mut Meter,
) -> Result<(), Stop> {
    for item in items {
        meter.work(1)?;
        match item {
            Value::List(list) if depth > 0 => {
                flatten_into(list.items(), depth - 1, flat, meter)?;
            }
            _ => flat.push(item.clone()),
        }
    }
    Ok(())
}

fn distinct<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let mut unique: Vec<Value<'a>> = Vec::new();
    for item in arguments.items(0)? {
        meter.work(1)?;
        if !is_among(item, &unique, meter)? {
            unique.push(item.clone());
        }
    }
    Ok(unique.into())
}

fn reverse<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let items = arguments.items(0)?;
    meter.work(items.len())?;
    Ok(items.iter().rev().cloned().collect::<Vec<_>>().into())
}

fn range<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let end = arguments.int(0)?.max(0);
    meter.work(usize::try_from(end).unwrap_or(usize::MAX))?;
    Ok((0..end).map(Value::Int).collect::<Vec<_>>().into())
}
