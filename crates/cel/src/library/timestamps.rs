//! `timestamp()` and the parts of timestamps, in UTC or in a zone.

use super::arguments::{Answer, Arguments, is_not};
use super::conversions::same;
use super::zones;
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::calendar::Civil;
use crate::value::{Timestamp, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("timestamp(timestamp) -> timestamp", same, Cost::One),
    Function::new("timestamp(int) -> timestamp", of_int, Cost::One),
    Function::new("timestamp(string) -> timestamp", of_text, Cost::One),
    Function::new("timestamp.getFullYear() -> int", year, Cost::One),
    Function::new("timestamp.getFullYear(string) -> int", year, Cost::One),
    Function::new("timestamp.getMonth() -> int", month, Cost::One),
    Function::new("timestamp.getMonth(string) -> int", month, Cost::One),
    Function::new("timestamp.getDayOfYear() -> int", day_of_year, Cost::One),
    Function::new("timestamp.getDayOfYear(string) -> int", day_of_year, Cost::One),
    Function::new("timestamp.getDayOfMonth() -> int", day_from_zero, Cost::One),
    Function::new("timestamp.getDayOfMonth(string) -> int", day_from_zero, Cost::One),
    Function::new("timestamp.getDate() -> int", day, Cost::One),
    Function::new("timestamp.getDate(string) -> int", day, Cost::One),
    Function::new("timestamp.getDayOfWeek() -> int", weekday, Cost::One),
    Function::new("timestamp.getDayOfWeek(string) -> int", weekday, Cost::One),
    Function::new("timestamp.getHours() -> int", hours, Cost::One),
    Function::new("timestamp.getHours(string) -> int", hours, Cost::One),
    Function::new("timestamp.getMinutes() -> int", minutes, Cost::One),
    Function::new("timestamp.getMinutes(string) -> int", minutes, Cost::One),
    Function::new("timestamp.getSeconds() -> int", seconds, Cost::One),
    Function::new("timestamp.getSeconds(string) -> int", seconds, Cost::One),
    Function::new("timestamp.getMilliseconds() -> int", milliseconds, Cost::One),
    Function::new("timestamp.getMilliseconds(string) -> int", milliseconds, Cost::One),
];

/// From seconds since 1970.
fn of_int<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Timestamp(Timestamp::from_seconds(arguments.int(0)?)?))
}

fn of_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let text = arguments.read(0, meter)?;
    Timestamp::parse(text).map(Value::Timestamp).map_err(|why| is_not(text, "a timestamp", why))
}

/// The date and the time of day in the zone that the second argument names; without one in UTC,
/// whatever the offset in which the timestamp was written.
fn civil(arguments: &[Value<'_>], meter: &mut Meter) -> Result<Civil, Stop> {
    let at = arguments.timestamp(0)?;
    if arguments.len() < 2 {
        return Ok(at.civil(0));
    }
    let zone = arguments.read(1, meter)?;
    let offset = zones::offset(zone, at).map_err(|why| is_not(zone, "a time zone", why))?;
    Ok(at.civil(offset))
}

fn year<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.year))
}

/// From 0.
fn month<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.month - 1))
}

fn day_of_year<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.day_of_year))
}

fn day_from_zero<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.day - 1))
}

fn day<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.day))
}

fn weekday<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.weekday))
}

fn hours<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.hour))
}

fn minutes<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.minute))
}

fn seconds<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(civil(arguments, meter)?.second))
}

fn milliseconds<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    civil(arguments, meter)?; // The zone must be one.
    Ok(Value::Int((arguments.timestamp(0)?.nanoseconds / 1_000_000).into()))
}
