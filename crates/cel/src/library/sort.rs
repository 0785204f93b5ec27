//! The order of lists: `sort`, and `sortBy`, a macro that makes a list of keys.

use std::cmp::Ordering;

use super::arguments::{Answer, Arguments, failed};
use super::lists::{allocating, has_order, order};
use super::size;
use crate::evaluate::{Meter, Stop};
use crate::value::Value;

/// The units for comparing each item with each.
pub(super) fn comparing(arguments: &[Value<'_>], _: &Value<'_>) -> Option<u64> {
    of_pairs(arguments.first()?)
}

/// The units for comparing each key with each.
pub(super) fn comparing_keys(arguments: &[Value<'_>], _: &Value<'_>) -> Option<u64> {
    of_pairs(arguments.get(1)?)
}

/// The units for comparing each item of a list with each. Kubernetes counts texts by the first item.
fn of_pairs(list: &Value<'_>) -> Option<u64> {
    let Value::List(list) = list else { return None };
    let items = u64::try_from(list.items().len()).unwrap_or(u64::MAX);
    let is_text = matches!(list.items().first(), Some(Value::String(_) | Value::Bytes(_)));
    let each = if is_text { 2.0 + size::CHARACTER } else { 2.0 };
    Some(allocating(items.saturating_mul(items), each))
}

/// The most items that Go's `sort` orders by insertion.
const FEW: usize = 12;

pub(super) fn sort<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let items = arguments.items(0)?;
    sorted(items, items, meter)
}

pub(super) fn sort_by_keys<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    sorted(arguments.items(0)?, arguments.items(1)?, meter)
}

/// The items in the order of their keys, which must be of one type that has an order.
///
/// Few items are inserted one by one, as Go does, because `NaN` has no order and the result is that of the steps
/// taken. Of more items, those with equal keys stay in their order, and `NaN` comes last; Go's
/// order of these is none that a policy can rely on.
fn sorted<'a>(items: &[Value<'a>], keys: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let Some(first) = keys.first() else { return Ok(Vec::new().into()) };
    if !has_order(first) {
        return Err(failed("list elements must be comparable"));
    }
    if keys.iter().any(|key| std::mem::discriminant(key) != std::mem::discriminant(first)) {
        return Err(failed("list elements must have the same type"));
    }
    let mut keyed: Vec<_> = keys.iter().zip(items).collect();
    if keyed.len() <= FEW {
        insert(&mut keyed, meter)?;
    } else {
        take_steps(keys, meter)?;
        keyed.sort_by(|(left, _), (right, _)| total_order(left, right));
    }
    Ok(keyed.into_iter().map(|(_, item)| item.clone()).collect::<Vec<_>>().into())
}

/// Inserts each item before those that are greater.
fn insert<'v, 'a>(
    keyed: &mut [(&'v Value<'a>, &'v Value<'a>)],
    meter: &mut Meter,
) -> Result<(), Stop> {
    for end in 1..keyed.len() {
        for at in (1..=end).rev() {
            let Some([left, right]) = keyed.get_mut(at - 1..=at) else { break };
            meter.work(1)?;
            if order(right.0, left.0, meter)? != Some(Ordering::Less) {
                break;
            }
            std::mem::swap(left, right);
        }
    }
    Ok(())
}

/// Takes the steps for all comparisons of a sort beforehand, because none of them can be left out.
fn take_steps(keys: &[Value<'_>], meter: &mut Meter) -> Result<(), Stop> {
    let times = usize::try_from(keys.len().ilog2()).unwrap_or(usize::MAX).saturating_add(1);
    for key in keys {
        let bytes = match key {
            Value::String(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 1,
        };
        meter.bytes(bytes.saturating_mul(times))?;
        meter.work(times)?;
    }
    Ok(())
}

/// The order of two values of one type that has one.
fn total_order(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Double(left), Value::Double(right)) => {
            left.partial_cmp(right).unwrap_or_else(|| left.total_cmp(right))
        }
        _ => order(left, right, &mut Meter::new(0, u64::MAX))
            .ok()
            .flatten()
            .unwrap_or(Ordering::Equal),
    }
}
