//! The functions of strings: cel-go's own, and its extension in the version that Kubernetes has. Positions
//! count characters.

use super::arguments::{Answer, Arguments, failed, text, texts};
use super::{quoted, size};
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("string.contains(string) -> bool", contains, Cost::WhereResolved(search)),
    Function::new(
        "string.endsWith(string) -> bool",
        ends_with,
        Cost::WhereResolved(size::of_first),
    ),
    Function::new(
        "string.startsWith(string) -> bool",
        starts_with,
        Cost::WhereResolved(size::of_first),
    ),
    Function::new("string.charAt(int) -> string", char_at, Cost::One),
    Function::new("string.indexOf(string) -> int", index_of, Cost::By(size::of_tree)),
    Function::new("string.indexOf(string, int) -> int", index_of, Cost::By(size::of_tree)),
    Function::new("string.lastIndexOf(string) -> int", last_index_of, Cost::By(size::of_tree)),
    Function::new("string.lastIndexOf(string, int) -> int", last_index_of, Cost::By(size::of_tree)),
    Function::new("string.lowerAscii() -> string", lower_ascii, Cost::By(size::of_first)),
    Function::new("string.replace(string, string) -> string", replace, Cost::By(size::twice_first)),
    Function::new(
        "string.replace(string, string, int) -> string",
        replace,
        Cost::By(size::twice_first),
    ),
    Function::new("string.split(string) -> list(string)", split, Cost::By(size::twice_first)),
    Function::new("string.split(string, int) -> list(string)", split, Cost::By(size::twice_first)),
    Function::new("string.substring(int) -> string", substring, Cost::By(size::of_first)),
    Function::new("string.substring(int, int) -> string", substring, Cost::By(size::of_first)),
    Function::new("string.trim() -> string", trim, Cost::By(size::of_first)),
    Function::new("string.upperAscii() -> string", upper_ascii, Cost::By(size::of_first)),
    Function::new("strings.quote(string) -> string", quote, Cost::WhereResolved(size::of_first)),
    Function::new("list(string).join() -> string", join, Cost::By(twice_result)),
    Function::new("list(string).join(string) -> string", join, Cost::By(twice_result)),
];

/// The units of a search: each character of the one against each of the other.
fn search(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    let units = |index| size::times(size::size_of(arguments, index), size::CHARACTER);
    units(0).saturating_mul(units(1))
}

/// The units for making the result of its parts.
fn twice_result(_: &[Value<'_>], result: &Value<'_>) -> u64 {
    size::times(result.cost_size().saturating_mul(2), size::CHARACTER)
}

fn out_of_range(index: i64) -> Stop {
    failed(format!("index out of range: {index}"))
}

/// An int that may be left out.
fn optional_int(arguments: &[Value<'_>], index: usize) -> Result<Option<i64>, Stop> {
    if arguments.len() > index { arguments.int(index).map(Some) } else { Ok(None) }
}

/// The most parts or replacements; a negative number is no limit.
fn limit(arguments: &[Value<'_>], index: usize) -> Result<usize, Stop> {
    let limit = optional_int(arguments, index)?.unwrap_or(-1);
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// The byte at which a character begins; `None` after the last.
fn byte_at(text: &str, index: i64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    text.char_indices().nth(index).map(|(byte, _)| byte)
}

fn count(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// The text before a byte that [`byte_at`] or a search has found, and the rest.
fn split_at(text: &str, byte: usize) -> (&str, &str) {
    text.split_at_checked(byte).unwrap_or((text, ""))
}

fn contains<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(arguments.read(0, meter)?.contains(arguments.read(1, meter)?).into())
}

fn ends_with<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(arguments.text(0)?.ends_with(arguments.read(1, meter)?).into())
}

fn starts_with<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(arguments.text(0)?.starts_with(arguments.read(1, meter)?).into())
}

fn char_at<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (this, index) = (arguments.read(0, meter)?, arguments.int(1)?);
    let at = usize::try_from(index).map_err(|_| out_of_range(index))?;
    match this.chars().nth(at) {
        Some(character) => text(character, meter),
        None if index == count(this) => text("", meter),
        None => Err(out_of_range(index)),
    }
}

/// The position of a text. An empty text is found where the search starts, even beyond the end.
fn index_of<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (this, wanted) = (arguments.read(0, meter)?, arguments.read(1, meter)?);
    let offset = optional_int(arguments, 2)?.unwrap_or_default();
    if wanted.is_empty() {
        return Ok(offset.into());
    }
    if offset < 0 {
        return Err(out_of_range(offset));
    }
    let found = byte_at(this, offset).and_then(|start| {
        let (_, rest) = split_at(this, start);
        rest.find(wanted).map(|byte| offset.saturating_add(count(split_at(rest, byte).0)))
    });
    Ok(found.unwrap_or(-1).into())
}

/// The position of a text like [`index_of`], from the end or from an offset backwards.
fn last_index_of<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (this, wanted) = (arguments.read(0, meter)?, arguments.read(1, meter)?);
    let offset = optional_int(arguments, 2)?;
    if wanted.is_empty() {
        return Ok(offset.unwrap_or_else(|| count(this)).into());
    }
    let before = match offset {
        None => this,
        Some(offset) if offset < 0 => return Err(out_of_range(offset)),
        Some(offset) if offset >= count(this) => return Ok(Value::Int(-1)),
        Some(offset) => {
            let end = byte_at(this, offset.saturating_add(count(wanted)));
            split_at(this, end.unwrap_or(this.len())).0
        }
    };
    let found = before.rfind(wanted).map(|byte| count(split_at(before, byte).0));
    Ok(found.unwrap_or(-1).into())
}

fn lower_ascii<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(arguments.read(0, meter)?.to_ascii_lowercase(), meter)
}

fn upper_ascii<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(arguments.read(0, meter)?.to_ascii_uppercase(), meter)
}

fn replace<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let this = arguments.read(0, meter)?;
    let (old, new) = (arguments.read(1, meter)?, arguments.text(2)?);
    let times = this.matches(old).take(limit(arguments, 3)?).count();
    meter.bytes(this.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(this.replacen(old, new, times).into())
}

/// The parts between separators; where these are empty, the characters.
fn split<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (this, separator) = (arguments.read(0, meter)?, arguments.read(1, meter)?);
    let limit = limit(arguments, 2)?;
    if limit == 0 {
        return Ok(Vec::new().into());
    }
    let parts = if separator.is_empty() {
        let last = this.char_indices().nth(limit - 1).map_or(this.len(), |(byte, _)| byte);
        let (heads, rest) = split_at(this, last);
        let rest = Some(rest).filter(|rest| !rest.is_empty());
        let characters = heads.chars().map(String::from);
        texts(characters.chain(rest.map(str::to_owned)), meter)?
    } else {
        texts(this.splitn(limit, separator).map(str::to_owned), meter)?
    };
    Ok(Value::List(parts))
}

fn substring<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (this, start) = (arguments.read(0, meter)?, arguments.int(1)?);
    let length = count(this);
    let end = optional_int(arguments, 2)?.unwrap_or(length);
    for index in [start, end] {
        if !(0..=length).contains(&index) {
            return Err(out_of_range(index));
        }
    }
    if start > end {
        return Err(failed(format!("the start {start} of the substring is after its end {end}")));
    }
    let byte = |index| byte_at(this, index).unwrap_or(this.len());
    text(split_at(split_at(this, byte(end)).0, byte(start)).1, meter)
}

fn trim<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(arguments.read(0, meter)?.trim(), meter)
}

fn join<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let separator = if arguments.len() > 1 { arguments.text(1)? } else { "" };
    let mut joined = String::new();
    for (index, item) in arguments.items(0)?.iter().enumerate() {
        let Value::String(item) = item else {
            return Err(failed("the list to join has an item that is no string"));
        };
        let separator = if index == 0 { "" } else { separator };
        meter.bytes(separator.len() + item.len())?;
        joined.push_str(separator);
        joined.push_str(item);
    }
    Ok(joined.into())
}

fn quote<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(quoted::cel(arguments.read(0, meter)?), meter)
}
