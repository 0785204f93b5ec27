//! Arithmetic, order and `!`. Each goes by the types at evaluation, whatever the types at load are, as in
//! cel-go: a field that is declared as a timestamp holds text, and can be compared with text.

use std::cmp::Ordering;

use super::arguments::{Answer, Arguments, failed, no_overload};
use super::size::{CHARACTER, size_of, times};
use crate::error::Failure;
use crate::evaluate::Meter;
use crate::function::{Cost, Function};
use crate::value::{Value, compare};

/// The overloads, in cel-go's order.
#[rustfmt::skip]
pub(super) const FUNCTIONS: &[Function] = &[
    one("!_(bool) -> bool", not),
    Function::new("_+_(bytes, bytes) -> bytes", add, Cost::WhereResolved(both)).by_value(),
    one("_+_(double, double) -> double", add),
    one("_+_(duration, duration) -> duration", add),
    one("_+_(duration, timestamp) -> timestamp", add),
    one("_+_(timestamp, duration) -> timestamp", add),
    one("_+_(int, int) -> int", add),
    one("_+_(list(T), list(T)) -> list(T)", add),
    Function::new("_+_(string, string) -> string", add, Cost::WhereResolved(both)).by_value(),
    one("_+_(uint, uint) -> uint", add),
    one("_/_(double, double) -> double", divide),
    one("_/_(int, int) -> int", divide),
    one("_/_(uint, uint) -> uint", divide),
    one("_%_(int, int) -> int", modulo),
    one("_%_(uint, uint) -> uint", modulo),
    one("_*_(double, double) -> double", multiply),
    one("_*_(int, int) -> int", multiply),
    one("_*_(uint, uint) -> uint", multiply),
    one("-_(double) -> double", negate),
    one("-_(int) -> int", negate),
    one("_-_(double, double) -> double", subtract),
    one("_-_(duration, duration) -> duration", subtract),
    one("_-_(int, int) -> int", subtract),
    one("_-_(timestamp, duration) -> timestamp", subtract),
    one("_-_(timestamp, timestamp) -> duration", subtract),
    one("_-_(uint, uint) -> uint", subtract),
    one("_<_(bool, bool) -> bool", less),
    one("_<_(int, int) -> bool", less),
    one("_<_(int, double) -> bool", less),
    one("_<_(int, uint) -> bool", less),
    one("_<_(uint, uint) -> bool", less),
    one("_<_(uint, double) -> bool", less),
    one("_<_(uint, int) -> bool", less),
    one("_<_(double, double) -> bool", less),
    one("_<_(double, int) -> bool", less),
    one("_<_(double, uint) -> bool", less),
    Function::new("_<_(string, string) -> bool", less, Cost::WhereResolved(shorter)).by_value(),
    Function::new("_<_(bytes, bytes) -> bool", less, Cost::WhereResolved(shorter)).by_value(),
    one("_<_(timestamp, timestamp) -> bool", less),
    one("_<_(duration, duration) -> bool", less),
    one("_<=_(bool, bool) -> bool", less_equals),
    one("_<=_(int, int) -> bool", less_equals),
    one("_<=_(int, double) -> bool", less_equals),
    one("_<=_(int, uint) -> bool", less_equals),
    one("_<=_(uint, uint) -> bool", less_equals),
    one("_<=_(uint, double) -> bool", less_equals),
    one("_<=_(uint, int) -> bool", less_equals),
    one("_<=_(double, double) -> bool", less_equals),
    one("_<=_(double, int) -> bool", less_equals),
    one("_<=_(double, uint) -> bool", less_equals),
    Function::new("_<=_(string, string) -> bool", less_equals, Cost::WhereResolved(shorter)).by_value(),
    Function::new("_<=_(bytes, bytes) -> bool", less_equals, Cost::WhereResolved(shorter)).by_value(),
    one("_<=_(timestamp, timestamp) -> bool", less_equals),
    one("_<=_(duration, duration) -> bool", less_equals),
    one("_>_(bool, bool) -> bool", greater),
    one("_>_(int, int) -> bool", greater),
    one("_>_(int, double) -> bool", greater),
    one("_>_(int, uint) -> bool", greater),
    one("_>_(uint, uint) -> bool", greater),
    one("_>_(uint, double) -> bool", greater),
    one("_>_(uint, int) -> bool", greater),
    one("_>_(double, double) -> bool", greater),
    one("_>_(double, int) -> bool", greater),
    one("_>_(double, uint) -> bool", greater),
    Function::new("_>_(string, string) -> bool", greater, Cost::WhereResolved(shorter)).by_value(),
    Function::new("_>_(bytes, bytes) -> bool", greater, Cost::WhereResolved(shorter)).by_value(),
    one("_>_(timestamp, timestamp) -> bool", greater),
    one("_>_(duration, duration) -> bool", greater),
    one("_>=_(bool, bool) -> bool", greater_equals),
    one("_>=_(int, int) -> bool", greater_equals),
    one("_>=_(int, double) -> bool", greater_equals),
    one("_>=_(int, uint) -> bool", greater_equals),
    one("_>=_(uint, uint) -> bool", greater_equals),
    one("_>=_(uint, double) -> bool", greater_equals),
    one("_>=_(uint, int) -> bool", greater_equals),
    one("_>=_(double, double) -> bool", greater_equals),
    one("_>=_(double, int) -> bool", greater_equals),
    one("_>=_(double, uint) -> bool", greater_equals),
    Function::new("_>=_(string, string) -> bool", greater_equals, Cost::WhereResolved(shorter)).by_value(),
    Function::new("_>=_(bytes, bytes) -> bool", greater_equals, Cost::WhereResolved(shorter)).by_value(),
    one("_>=_(timestamp, timestamp) -> bool", greater_equals),
    one("_>=_(duration, duration) -> bool", greater_equals),
];

const fn one(signature: &'static str, code: crate::function::Code) -> Function {
    Function::new(signature, code, Cost::One).by_value()
}

/// The units for reading both operands.
fn both(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    times(size_of(arguments, 0).saturating_add(size_of(arguments, 1)), CHARACTER)
}

/// The units for reading as much of both operands as the shorter one has.
fn shorter(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    times(size_of(arguments, 0).min(size_of(arguments, 1)), CHARACTER)
}

fn not<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Bool(!arguments.bool(0)?))
}

pub(super) fn add<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let [left, right] = arguments else { return no_overload() };
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Uint(a), Value::Uint(b)) => a.checked_add(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Double(a), Value::Double(b)) => (a + b).into(),
        (Value::String(a), Value::String(b)) => {
            meter.bytes(a.len() + b.len())?;
            [&**a, &**b].concat().into()
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            meter.bytes(a.len() + b.len())?;
            Value::Bytes([&**a, &**b].concat().into())
        }
        (Value::List(a), Value::List(b)) if !a.is_ordered() => {
            meter.work(a.items().len())?;
            Value::List(a.union(b, meter)?)
        }
        (Value::List(a), Value::List(b)) => {
            if a.items().is_empty() {
                return Ok(right.clone());
            }
            meter.work(a.items().len() + b.items().len())?;
            Value::from([a.items(), b.items()].concat())
        }
        (Value::Duration(a), Value::Duration(b)) => Value::Duration(a.add(*b)?),
        (Value::Timestamp(at), Value::Duration(by))
        | (Value::Duration(by), Value::Timestamp(at)) => Value::Timestamp(at.add(*by)?),
        _ => return no_overload(),
    })
}

fn subtract<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let [left, right] = arguments else { return no_overload() };
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.checked_sub(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Uint(a), Value::Uint(b)) => a.checked_sub(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Double(a), Value::Double(b)) => (a - b).into(),
        (Value::Duration(a), Value::Duration(b)) => Value::Duration(a.subtract(*b)?),
        (Value::Timestamp(at), Value::Duration(by)) => Value::Timestamp(at.subtract(*by)?),
        (Value::Timestamp(a), Value::Timestamp(b)) => Value::Duration(a.since(*b)?),
        _ => return no_overload(),
    })
}

fn multiply<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let [left, right] = arguments else { return no_overload() };
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.checked_mul(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Uint(a), Value::Uint(b)) => a.checked_mul(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Double(a), Value::Double(b)) => (a * b).into(),
        _ => return no_overload(),
    })
}

fn divide<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let [left, right] = arguments else { return no_overload() };
    Ok(match (left, right) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            return Err(failed("division by zero"));
        }
        (Value::Int(a), Value::Int(b)) => a.checked_div(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Uint(a), Value::Uint(b)) => a.checked_div(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Double(a), Value::Double(b)) => (a / b).into(),
        _ => return no_overload(),
    })
}

fn modulo<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let [left, right] = arguments else { return no_overload() };
    Ok(match (left, right) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            return Err(failed("modulus by zero"));
        }
        (Value::Int(a), Value::Int(b)) => a.checked_rem(*b).ok_or(Failure::OVERFLOW)?.into(),
        (Value::Uint(a), Value::Uint(b)) => a.checked_rem(*b).ok_or(Failure::OVERFLOW)?.into(),
        _ => return no_overload(),
    })
}

fn negate<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(match arguments.value(0)? {
        Value::Int(int) => int.checked_neg().ok_or(Failure::OVERFLOW)?.into(),
        Value::Double(double) => (-double).into(),
        Value::Duration(duration) => Value::Duration(duration.negate()?),
        _ => return no_overload(),
    })
}

fn ordered<'a>(
    arguments: &[Value<'a>],
    meter: &mut Meter,
    is_so: fn(Ordering) -> bool,
) -> Answer<'a> {
    let [left, right] = arguments else { return no_overload() };
    Ok(Value::Bool(is_so(compare(left, right, meter)?)))
}

fn less<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    ordered(arguments, meter, Ordering::is_lt)
}

fn less_equals<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    ordered(arguments, meter, Ordering::is_le)
}

fn greater<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    ordered(arguments, meter, Ordering::is_gt)
}

fn greater_equals<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    ordered(arguments, meter, Ordering::is_ge)
}
