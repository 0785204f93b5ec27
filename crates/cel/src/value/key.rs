//! The keys of maps.

use std::cmp::Ordering;

use super::number::{doubles, exact_int, exact_uint};
use super::{Map, Opaque, Value};

/// Orders keys: first by their type, texts before all others. Keys that nothing finds are all equal.
pub(super) fn order(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => (**a).cmp(&**b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
        (Value::Double(a), Value::Double(b)) => a.is_nan().cmp(&b.is_nan()).then(doubles(*a, *b)),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => {
            (a.offset, a.seconds, a.nanoseconds).cmp(&(b.offset, b.seconds, b.nanoseconds))
        }
        (Value::Type(a), Value::Type(b)) => a.runtime_name().cmp(b.runtime_name()),
        (Value::Opaque(a), Value::Opaque(b)) => a.key_order(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Orders a key and a text as [`order`] does.
pub(super) fn with_text(key: &Value<'_>, text: &str) -> Ordering {
    if let Value::String(key) = key { (**key).cmp(text) } else { Ordering::Greater }
}

/// The rank of keys that nothing finds.
const UNFINDABLE: u8 = 11;

fn rank(key: &Value<'_>) -> u8 {
    match key {
        Value::String(_) => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Uint(_) => 3,
        Value::Double(_) => 4,
        Value::Null => 5,
        Value::Duration(_) => 6,
        Value::Timestamp(_) => 7,
        Value::Type(_) => 8,
        Value::Opaque(_) => 9,
        Value::Optional(None) => 10,
        Value::List(_) | Value::Map(_) | Value::Bytes(_) | Value::Optional(Some(_)) => UNFINDABLE,
    }
}

/// Returns whether a key can be found. In cel-go a key is a key of a map of Go: NaN is not equal to itself, and
/// lists and the like are compared by where they are in memory, and so are zones other than UTC.
pub(super) fn is_findable(key: &Value<'_>) -> bool {
    match key {
        Value::Double(double) => !double.is_nan(),
        Value::Timestamp(timestamp) => timestamp.offset == 0,
        _ => rank(key) < UNFINDABLE,
    }
}

/// The keys of other types that are looked for where a number is not there.
pub(super) fn alternatives(key: &Value<'_>) -> impl Iterator<Item = Value<'static>> {
    let (int, uint) = match *key {
        Value::Int(int) => (None, u64::try_from(int).ok()),
        Value::Uint(uint) => (i64::try_from(uint).ok(), None),
        Value::Double(double) => (exact_int(double), exact_uint(double)),
        _ => (None, None),
    };
    int.map(Value::Int).into_iter().chain(uint.map(Value::Uint))
}

/// Returns whether cel-go would panic because Go has no hash of such a key, which ends the evaluation with
/// an error that nothing absorbs.
pub(crate) fn is_unhashable(key: &Value<'_>) -> bool {
    match key {
        Value::Bytes(_) => true,
        Value::Opaque(opaque) => matches!(opaque, Opaque::Version(_) | Opaque::Format(_)),
        _ => false,
    }
}

/// The set in which cel-go looks for a value where a list of constants is asked: each item, and the numbers of
/// other types that it may be. There is none if an item is of another than a simple type.
pub(crate) fn set_of(items: &[Value<'static>]) -> Option<Map<'static>> {
    let mut keys = Vec::new();
    for item in items {
        match *item {
            Value::Bool(_) | Value::Double(_) | Value::String(_) => {}
            #[expect(clippy::cast_precision_loss, reason = "cel-go rounds")]
            Value::Int(int) => keys.push(Value::Double(int as f64)),
            #[expect(clippy::cast_precision_loss, reason = "cel-go rounds")]
            Value::Uint(uint) => keys.push(Value::Double(uint as f64)),
            _ => return None,
        }
        keys.extend(alternatives(item));
        keys.push(item.clone());
    }
    Some(keys.into_iter().map(|key| (key, Value::Null)).collect())
}
