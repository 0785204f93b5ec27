//! `'%s has %d'.format([name, count])`, in cel-go's first version, which Kubernetes has: numbers
//! are written in the English way.

mod clauses;
mod english;
mod literals;
#[cfg(test)]
mod tests;

pub(crate) use clauses::{Clause, Conversion, Part, parts};

use super::arguments::{Answer, Arguments, failed};
use super::size;
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "string.format(list(dyn)) -> string",
    format,
    Cost::WhereResolved(size::of_first),
)];

fn format<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (format, mut values) = (arguments.read(0, meter)?, arguments.items(1)?.iter());
    let mut text = String::new();
    for part in parts(format) {
        match part.map_err(failed)? {
            Part::Text(plain) => text.push_str(plain),
            Part::Clause(clause) => {
                let value = values.next();
                let value = value.ok_or_else(|| failed("there are more clauses than values"))?;
                write(clause, value, &mut text, meter)?;
            }
        }
    }
    meter.bytes(text.len())?;
    Ok(text.into())
}

fn write(
    clause: Clause,
    value: &Value<'_>,
    to: &mut String,
    meter: &mut Meter,
) -> Result<(), Stop> {
    let conversion = clause.conversion;
    if conversion == Conversion::Text {
        return literals::write_plain(value, to, meter);
    }
    let written = match conversion {
        Conversion::Fixed | Conversion::Scientific => double(clause, value, meter)?,
        Conversion::Hexadecimal => hexadecimal(value, meter)?,
        Conversion::UpperHexadecimal => {
            hexadecimal(value, meter)?.map(|digits| digits.to_ascii_uppercase())
        }
        _ => integer(conversion, value),
    };
    let Some(written) = written else {
        return Err(failed(format!("{}, not {}", conversion.takes(), value.type_name())));
    };
    to.push_str(&written);
    Ok(())
}

/// The digits for `%d`, `%b` and `%o`; none of what these don't take.
fn integer(conversion: Conversion, value: &Value<'_>) -> Option<String> {
    let (sign, number) = match value {
        Value::Int(int) if *int < 0 => ("-", int.unsigned_abs()),
        Value::Int(int) => ("", int.unsigned_abs()),
        Value::Uint(uint) => ("", *uint),
        Value::Bool(bool) if conversion == Conversion::Binary => ("", u64::from(*bool)),
        _ => return None,
    };
    Some(match conversion {
        Conversion::Binary => format!("{sign}{number:b}"),
        Conversion::Octal => format!("{sign}{number:o}"),
        Conversion::Hexadecimal => format!("{sign}{number:x}"),
        _ => format!("{sign}{number}"),
    })
}

fn hexadecimal(value: &Value<'_>, meter: &mut Meter) -> Result<Option<String>, Stop> {
    let bytes = match value {
        Value::String(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => return Ok(integer(Conversion::Hexadecimal, value)),
    };
    meter.bytes(bytes.len().saturating_mul(2))?;
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    Ok(Some(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()))
}

/// The digits for `%f` and `%e`, of a double or the name of one that has no digits; none of what
/// these don't take.
fn double(clause: Clause, value: &Value<'_>, meter: &mut Meter) -> Result<Option<String>, Stop> {
    let double = match value {
        Value::Double(double) => *double,
        Value::String(text) => match &**text {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let precision = clause.precision.unwrap_or(english::DEFAULT);
    meter.bytes(english::most_bytes(precision))?;
    Ok(Some(match clause.conversion {
        Conversion::Fixed => english::fixed(double, precision),
        _ => english::scientific(double, precision),
    }))
}
