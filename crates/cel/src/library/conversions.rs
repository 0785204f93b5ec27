//! CEL's own conversions between types, `size()`, `type()` and `dyn()`.

use std::sync::Arc;

use super::arguments::{Answer, Arguments, failed, is_not, text};
use super::numbers;
use super::size;
use crate::error::Failure;
use crate::evaluate::Meter;
use crate::function::{Cost, Function};
use crate::value::{INT_END, UINT_END, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("size(bytes) -> int", size_of, Cost::One).by_value(),
    Function::new("bytes.size() -> int", size_of, Cost::One).by_value(),
    Function::new("size(list(T)) -> int", size_of, Cost::One).by_value(),
    Function::new("list(T).size() -> int", size_of, Cost::One).by_value(),
    Function::new("size(map(K, V)) -> int", size_of, Cost::One).by_value(),
    Function::new("map(K, V).size() -> int", size_of, Cost::One).by_value(),
    Function::new("size(string) -> int", size_of, Cost::One).by_value(),
    Function::new("string.size() -> int", size_of, Cost::One).by_value(),
    Function::new("type(T) -> type(T)", type_of, Cost::One).by_value(),
    Function::new("dyn(T) -> dyn", same, Cost::One).by_value(),
    Function::new("bool(bool) -> bool", same, Cost::One),
    Function::new("bool(string) -> bool", text_to_bool, Cost::One),
    Function::new("bytes(bytes) -> bytes", same, Cost::One),
    Function::new("bytes(string) -> bytes", text_to_bytes, Cost::WhereResolved(size::of_first)),
    Function::new("double(double) -> double", same, Cost::One),
    Function::new("double(int) -> double", int_to_double, Cost::One),
    Function::new("double(string) -> double", text_to_double, Cost::One),
    Function::new("double(uint) -> double", uint_to_double, Cost::One),
    Function::new("int(int) -> int", same, Cost::One),
    Function::new("int(double) -> int", double_to_int, Cost::One),
    Function::new("int(duration) -> int", duration_to_int, Cost::One),
    Function::new("int(string) -> int", text_to_int, Cost::One),
    Function::new("int(timestamp) -> int", timestamp_to_int, Cost::One),
    Function::new("int(uint) -> int", uint_to_int, Cost::One),
    Function::new("string(string) -> string", same, Cost::One),
    Function::new("string(bool) -> string", bool_to_text, Cost::One),
    Function::new("string(bytes) -> string", bytes_to_text, Cost::WhereResolved(size::of_first)),
    Function::new("string(double) -> string", double_to_text, Cost::One),
    Function::new("string(duration) -> string", duration_to_text, Cost::One),
    Function::new("string(int) -> string", int_to_text, Cost::One),
    Function::new("string(timestamp) -> string", timestamp_to_text, Cost::One),
    Function::new("string(uint) -> string", uint_to_text, Cost::One),
    Function::new("uint(uint) -> uint", same, Cost::One),
    Function::new("uint(double) -> uint", double_to_uint, Cost::One),
    Function::new("uint(int) -> uint", int_to_uint, Cost::One),
    Function::new("uint(string) -> uint", text_to_uint, Cost::One),
];

/// The argument, of a conversion to the type that it has.
pub(super) fn same<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    arguments.value(0).cloned()
}

fn size_of<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let value = arguments.value(0)?;
    if let Value::String(text) = value {
        meter.bytes(text.len())?;
    }
    let size = value.size().ok_or(Failure::NO_SUCH_OVERLOAD)?;
    i64::try_from(size).map(Value::Int).map_err(|_| Failure::OVERFLOW.into())
}

fn type_of<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Type(Arc::new(arguments.value(0)?.type_of())))
}

fn text_to_bool<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let text = arguments.text(0)?;
    let why = "it must be true, false, t, f, 1 or 0";
    numbers::bool(text).map(Value::Bool).ok_or_else(|| is_not(text, "a bool", why))
}

fn text_to_bytes<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Bytes(arguments.read(0, meter)?.as_bytes().into()))
}

#[expect(clippy::cast_precision_loss, reason = "CEL rounds to the nearest double")]
fn int_to_double<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Double(arguments.int(0)? as f64))
}

#[expect(clippy::cast_precision_loss, reason = "CEL rounds to the nearest double")]
fn uint_to_double<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Double(arguments.uint(0)? as f64))
}

fn text_to_double<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let text = arguments.read(0, meter)?;
    let why = "it must be a number that a double can hold";
    numbers::double(text).map(Value::Double).ok_or_else(|| is_not(text, "a double", why))
}

/// The whole part. As in cel-go, the least int is no result, although a double can hold it.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn double_to_int<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let double = arguments.double(0)?;
    if -INT_END < double && double < INT_END {
        Ok(Value::Int(double as i64))
    } else {
        Err(Failure::OVERFLOW.into())
    }
}

/// In nanoseconds.
fn duration_to_int<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(arguments.duration(0)?.0))
}

fn text_to_int<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let text = arguments.read(0, meter)?;
    let why = "it must be a whole number of 64 bits";
    numbers::int(text).map(Value::Int).ok_or_else(|| is_not(text, "an int", why))
}

/// In seconds since 1970.
fn timestamp_to_int<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(arguments.timestamp(0)?.seconds))
}

fn uint_to_int<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    i64::try_from(arguments.uint(0)?).map(Value::Int).map_err(|_| Failure::OVERFLOW.into())
}

fn bool_to_text<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(if arguments.bool(0)? { "true" } else { "false" }.into())
}

fn bytes_to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let bytes = arguments.bytes(0)?;
    meter.bytes(bytes.len())?;
    let text = std::str::from_utf8(bytes).map_err(|_| failed("the bytes are not UTF-8"))?;
    Ok(text.to_owned().into())
}

fn double_to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(numbers::shortest(arguments.double(0)?), meter)
}

fn duration_to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(arguments.duration(0)?.to_string(), meter)
}

fn int_to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(arguments.int(0)?.to_string(), meter)
}

fn timestamp_to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(arguments.timestamp(0)?.to_string(), meter)
}

fn uint_to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(arguments.uint(0)?.to_string(), meter)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
fn double_to_uint<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let double = arguments.double(0)?;
    if (0.0..UINT_END).contains(&double) {
        Ok(Value::Uint(double as u64))
    } else {
        Err(Failure::OVERFLOW.into())
    }
}

fn int_to_uint<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    u64::try_from(arguments.int(0)?).map(Value::Uint).map_err(|_| Failure::OVERFLOW.into())
}

fn text_to_uint<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let text = arguments.read(0, meter)?;
    let why = "it must be a whole number of 64 bits without a sign";
    numbers::uint(text).map(Value::Uint).ok_or_else(|| is_not(text, "a uint", why))
}
