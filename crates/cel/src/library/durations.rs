//! `duration()` and the parts of durations.

use super::arguments::{Answer, Arguments, failed, is_not};
use super::conversions::same;
use crate::evaluate::Meter;
use crate::function::{Cost, Function};
use crate::value::{Duration, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("duration(duration) -> duration", same, Cost::One),
    Function::new("duration(int) -> duration", of_int, Cost::One),
    Function::new("duration(string) -> duration", of_text, Cost::One),
    Function::new("duration.getHours() -> int", hours, Cost::One),
    Function::new("duration.getMinutes() -> int", minutes, Cost::One),
    Function::new("duration.getSeconds() -> int", seconds, Cost::One),
    Function::new("duration.getMilliseconds() -> int", milliseconds, Cost::One),
];

/// cel-go declares this overload without being able to convert.
fn of_int<'a>(_: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Err(failed("no duration can be made of an int; write duration('1s')"))
}

fn of_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let text = arguments.read(0, meter)?;
    Duration::parse(text).map(Value::Duration).map_err(|why| is_not(text, "a duration", why))
}

fn hours<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(arguments.duration(0)?.hours()))
}

fn minutes<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(arguments.duration(0)?.minutes()))
}

fn seconds<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(arguments.duration(0)?.seconds()))
}

fn milliseconds<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(arguments.duration(0)?.milliseconds()))
}
