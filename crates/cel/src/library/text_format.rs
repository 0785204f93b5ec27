//! `'%s has %d'.format([name, count])`, in cel-go's first version, which Kubernetes has: numbers
//! are written in the English way.

use cel::ExecutionError;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelString, CelTimestamp, CelType, CelUInt,
    Kind,
};
use cel::common::value::{CowVal, Val};

use super::arguments::{Answer, Arguments, Refusal};
use super::strings::escape;
use crate::budget::spend_bytes;
use crate::function::Function;
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] =
    &[Function::member("format", Type::String, &[Type::List(&Type::Dyn)], Type::String, format)];

/// The most digits after the point, and the largest width of a number.
const MAX_PRECISION: usize = 100;
const PRECISION: usize = 6;

/// The value of a clause, by type.
enum Operand<'c, 'v> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(&'c str),
    Bytes(&'c [u8]),
    Timestamp(&'c CelTimestamp),
    Duration(&'c CelDuration),
    Type(&'c str),
    /// A list or map.
    Container(&'c (dyn Val + 'v)),
    /// A value of a type that has no text.
    Other,
}

impl<'c, 'v> Operand<'c, 'v> {
    fn of(value: &'c (dyn Val + 'v)) -> Self {
        let known = match value.get_type().kind() {
            Kind::NullType => Some(Self::Null),
            Kind::Boolean => value.downcast_ref::<CelBool>().map(|it| Self::Bool(*it.inner())),
            Kind::Int => value.downcast_ref::<CelInt>().map(|it| Self::Int(*it.inner())),
            Kind::UInt => value.downcast_ref::<CelUInt>().map(|it| Self::Uint(*it.inner())),
            Kind::Double => value.downcast_ref::<CelDouble>().map(|it| Self::Double(*it.inner())),
            Kind::String => value.downcast_ref::<CelString<'_>>().map(|it| Self::Text(it.inner())),
            Kind::Bytes => value.downcast_ref::<CelBytes<'_>>().map(|it| Self::Bytes(it.inner())),
            Kind::Timestamp => value.downcast_ref::<CelTimestamp>().map(Self::Timestamp),
            Kind::Duration => value.downcast_ref::<CelDuration>().map(Self::Duration),
            Kind::Type => value.downcast_ref::<CelType>().map(|it| Self::Type(it.name())),
            Kind::List | Kind::Map => Some(Self::Container(value)),
            _ => None,
        };
        known.unwrap_or(Self::Other)
    }
}

fn format<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (mut rest, mut values) = (arguments.text(0)?, arguments.items(1)?.into_iter());
    let refused = |why: Refusal| ExecutionError::function_error("format", why);
    let mut text = String::new();
    while let Some((before, clause)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = clause.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let value = values
            .next()
            .ok_or_else(|| refused("there are more clauses than values".to_owned()))?;
        let (clause, after) = Clause::parse(clause).map_err(refused)?;
        let written = clause.apply(value).map_err(refused)?;
        spend_bytes(written.len())?;
        text.push_str(&written);
        rest = after;
    }
    text.push_str(rest);
    spend_bytes(text.len())?;
    Ok(CowVal::owned(CelString::from(text)))
}

/// The way in which a value is written.
struct Clause {
    conversion: char,
    precision: usize,
}

impl Clause {
    /// Reads the clause after a `%`; returns also the text after it.
    fn parse(text: &str) -> Result<(Self, &str), Refusal> {
        let (precision, rest) = match text.strip_prefix('.') {
            None => (PRECISION, text),
            Some(rest) => {
                let end = rest.find(|at: char| !at.is_ascii_digit()).unwrap_or(rest.len());
                let (digits, rest) = rest.split_at(end);
                let precision = digits.parse().ok().filter(|precision| *precision <= MAX_PRECISION);
                let refused = || format!("the precision must be a number up to {MAX_PRECISION}");
                (precision.ok_or_else(refused)?, rest)
            }
        };
        let mut characters = rest.chars();
        match characters.next() {
            Some(conversion) => Ok((Self { conversion, precision }, characters.as_str())),
            None => Err("unexpected end of string".to_owned()),
        }
    }

    fn apply(&self, value: &dyn Val) -> Result<String, Refusal> {
        let refused = |takes: &str| Err(format!("%{} takes {takes}", self.conversion));
        Ok(match (self.conversion, Operand::of(value)) {
            ('s', _) => plain(value)?,
            ('d', Operand::Int(int)) => int.to_string(),
            ('d', Operand::Uint(uint)) => uint.to_string(),
            ('f' | 'e', value) => match double(&value) {
                Some(double) if self.conversion == 'f' => fixed(double, self.precision),
                Some(double) => format!("{:>1$}", scientific(double), self.precision),
                None => return refused("doubles"),
            },
            ('b', Operand::Bool(bool)) => u8::from(bool).to_string(),
            ('b', Operand::Int(int)) => format!("{}{:b}", sign(int), int.unsigned_abs()),
            ('b', Operand::Uint(uint)) => format!("{uint:b}"),
            ('b', _) => return refused("integers and bools"),
            ('o', Operand::Int(int)) => format!("{}{:o}", sign(int), int.unsigned_abs()),
            ('o', Operand::Uint(uint)) => format!("{uint:o}"),
            ('d' | 'o', _) => return refused("integers"),
            ('x' | 'X', value) => match hexadecimal(&value) {
                Some(digits) if self.conversion == 'X' => digits.to_ascii_uppercase(),
                Some(digits) => digits,
                None => return refused("integers, strings and bytes"),
            },
            (other, _) => return Err(format!("there is no clause %{other}")),
        })
    }
}

fn sign(int: i64) -> &'static str {
    if int < 0 { "-" } else { "" }
}

fn hexadecimal(value: &Operand<'_, '_>) -> Option<String> {
    let digits = |bytes: &[u8]| {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    };
    match value {
        Operand::Int(int) => Some(format!("{}{:x}", sign(*int), int.unsigned_abs())),
        Operand::Uint(uint) => Some(format!("{uint:x}")),
        Operand::Text(text) => Some(digits(text.as_bytes())),
        Operand::Bytes(bytes) => Some(digits(bytes)),
        _ => None,
    }
}

/// The operand of `%f` and `%e`: a double, or the name of one that has no digits.
fn double(value: &Operand<'_, '_>) -> Option<f64> {
    match value {
        Operand::Double(double) => Some(*double),
        Operand::Text("NaN") => Some(f64::NAN),
        Operand::Text("Infinity") => Some(f64::INFINITY),
        Operand::Text("-Infinity") => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn without_digits(double: f64) -> Option<String> {
    if double.is_nan() {
        Some("NaN".to_owned())
    } else if double.is_infinite() {
        Some(if double > 0.0 { "∞" } else { "-∞" }.to_owned())
    } else {
        None
    }
}

/// The double with a comma between thousands.
fn fixed(double: f64, precision: usize) -> String {
    if let Some(name) = without_digits(double) {
        return name;
    }
    let digits = format!("{:.precision$}", double.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = if double < 0.0 { "-" } else { "" }.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// The double as `1.500000×10⁰⁶`, always with six digits: the number in the clause is the width.
fn scientific(double: f64) -> String {
    if let Some(name) = without_digits(double) {
        return name;
    }
    let double = if double == 0.0 { 0.0 } else { double };
    let digits = format!("{double:.PRECISION$e}");
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ("⁻", exponent),
        None => ("", exponent),
    };
    let raised = |digit: char| match digit {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    let exponent: String = format!("{exponent:0>2}").chars().map(raised).collect();
    format!("{mantissa}×10{sign}{exponent}")
}

/// The value as by `string(value)`; lists and maps as they are written in CEL.
fn plain(value: &dyn Val) -> Result<String, Refusal> {
    Ok(match Operand::of(value) {
        Operand::Text(text) => text.to_owned(),
        Operand::Bytes(bytes) => utf8(bytes)?.to_owned(),
        Operand::Double(double) => shortest(double),
        Operand::Timestamp(timestamp) => of_timestamp(timestamp),
        Operand::Duration(duration) => of_duration(duration),
        _ => literal(value)?,
    })
}

fn literal(value: &dyn Val) -> Result<String, Refusal> {
    Ok(match Operand::of(value) {
        Operand::Null => "null".to_owned(),
        Operand::Bool(bool) => bool.to_string(),
        Operand::Int(int) => int.to_string(),
        Operand::Uint(uint) => uint.to_string(),
        Operand::Double(double) if double.is_finite() => format!("{double:.PRECISION$}"),
        Operand::Double(double) => quoted(&shortest(double)),
        Operand::Text(text) => quoted(text),
        Operand::Bytes(bytes) => format!("b{}", quoted(utf8(bytes)?)),
        Operand::Timestamp(timestamp) => format!("timestamp({})", quoted(&of_timestamp(timestamp))),
        Operand::Duration(duration) => format!("duration({})", quoted(&of_duration(duration))),
        Operand::Type(name) => name.to_owned(),
        Operand::Container(list) if list.get_type().kind() == Kind::List => {
            format!("[{}]", items(list)?.join(", "))
        }
        Operand::Container(map) => format!("{{{}}}", entries(map)?.join(", ")),
        Operand::Other => return Err(format!("%s takes no {}", value.get_type().name())),
    })
}

/// A part of a text. It takes fuel at once, because there may be very many parts.
fn paid(part: String) -> Result<String, Refusal> {
    spend_bytes(part.len()).map_err(|error| error.to_string())?;
    Ok(part)
}

fn items(list: &dyn Val) -> Result<Vec<String>, Refusal> {
    let mut items = list.as_iterable().ok_or("the list cannot be read")?.iter();
    let mut written = Vec::new();
    while let Some(item) = items.next() {
        written.push(paid(literal(item)?)?);
    }
    Ok(written)
}

/// The entries of a map as text, in the order of the written keys.
fn entries(map: &dyn Val) -> Result<Vec<String>, Refusal> {
    let values = map.as_indexer().ok_or("the map cannot be read")?;
    let mut keys = map.as_iterable().ok_or("the map cannot be read")?.iter();
    let mut written = Vec::new();
    while let Some(key) = keys.next() {
        let value = values.get(key).map_err(|error| error.to_string())?;
        written.push((paid(literal(key)?)?, paid(literal(&*value)?)?));
    }
    written.sort();
    Ok(written.iter().map(|(key, value)| format!("{key}:{value}")).collect())
}

fn utf8(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes).map_err(|_| "invalid UTF-8 in bytes".to_owned())
}

/// The text in quotes, with Go's escapes.
fn quoted(text: &str) -> String {
    let escaped = |character: char| match escape(character) {
        Some(escape) => escape.to_owned(),
        None if character.is_ascii_control() => format!("\\x{:02x}", u32::from(character)),
        None => character.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// The fewest digits that read back as the same double, as Go's `%g`.
fn shortest(double: f64) -> String {
    if double.is_nan() {
        return "NaN".to_owned();
    }
    if double.is_infinite() {
        return if double > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let digits = format!("{double:e}");
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    match exponent.parse::<i32>() {
        Ok(-4..6) | Err(_) => double.to_string(),
        Ok(exponent @ ..0) => format!("{mantissa}e-{:02}", exponent.unsigned_abs()),
        Ok(exponent) => format!("{mantissa}e+{exponent:02}"),
    }
}

/// The timestamp in the offset in which it was written.
fn of_timestamp(timestamp: &CelTimestamp) -> String {
    let timestamp = timestamp.inner();
    let seconds = timestamp.format("%Y-%m-%dT%H:%M:%S");
    let nanoseconds = format!(".{:09}", timestamp.timestamp_subsec_nanos());
    let nanoseconds = nanoseconds.trim_end_matches('0').trim_end_matches('.');
    let offset = timestamp.format("%:z").to_string();
    let offset = if offset == "+00:00" { "Z" } else { &offset };
    format!("{seconds}{nanoseconds}{offset}")
}

fn of_duration(duration: &CelDuration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "as in Go, and durations are short")]
    let seconds = duration.inner().num_seconds() as f64;
    let fraction = f64::from(duration.inner().subsec_nanos()) / 1e9;
    format!("{}s", seconds + fraction)
}
