//! cel-go's string functions, in the version that Kubernetes has. Positions count characters.

use cel::ExecutionError;
use cel::common::types::CelString;
use cel::common::value::CowVal;

use super::arguments::{Answer, Arguments, STRINGS, int, text, texts};
use crate::budget::spend_bytes;
use crate::function::Function;
use crate::types::Type::{self, Int, String as Text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::member("charAt", Text, &[Int], Text, char_at),
    Function::member("indexOf", Text, &[Text], Int, index_of),
    Function::member("indexOf", Text, &[Text, Int], Int, index_of),
    Function::member("lastIndexOf", Text, &[Text], Int, last_index_of),
    Function::member("lastIndexOf", Text, &[Text, Int], Int, last_index_of),
    Function::member("lowerAscii", Text, &[], Text, lower_ascii),
    Function::member("upperAscii", Text, &[], Text, upper_ascii),
    Function::member("replace", Text, &[Text, Text], Text, replace),
    Function::member("replace", Text, &[Text, Text, Int], Text, replace),
    Function::member("split", Text, &[Text], STRINGS, split),
    Function::member("split", Text, &[Text, Int], STRINGS, split),
    Function::member("substring", Text, &[Int], Text, substring),
    Function::member("substring", Text, &[Int, Int], Text, substring),
    Function::member("trim", Text, &[], Text, trim),
    Function::member("join", STRINGS, &[], Text, join),
    Function::member("join", STRINGS, &[Type::String], Text, join),
    Function::global("strings.quote", &[Text], Text, quote),
];

fn out_of_range(function: &str, index: i64) -> ExecutionError {
    ExecutionError::function_error(function, format!("index out of range: {index}"))
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

fn char_at<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (this, index) = (arguments.text(0)?, arguments.int(1)?);
    let at = usize::try_from(index).map_err(|_| out_of_range("charAt", index))?;
    match this.chars().nth(at) {
        Some(character) => text(character),
        None if index == count(this) => text(""),
        None => Err(out_of_range("charAt", index)),
    }
}

/// The position of a text. An empty text is found where the search starts, even beyond the end.
fn index_of<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (this, wanted) = (arguments.text(0)?, arguments.text(1)?);
    let offset = arguments.optional_int(2)?.unwrap_or_default();
    if wanted.is_empty() {
        return int(offset);
    }
    if offset < 0 {
        return Err(out_of_range("indexOf", offset));
    }
    let found = byte_at(this, offset).and_then(|start| {
        let (_, rest) = split_at(this, start);
        rest.find(wanted).map(|byte| offset + count(split_at(rest, byte).0))
    });
    int(found.unwrap_or(-1))
}

/// The position of a text like [`index_of`], from the end or from an offset backwards.
fn last_index_of<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (this, wanted) = (arguments.text(0)?, arguments.text(1)?);
    let offset = arguments.optional_int(2)?;
    if wanted.is_empty() {
        return int(offset.unwrap_or_else(|| count(this)));
    }
    let before = match offset {
        None => this,
        Some(offset) if offset < 0 => return Err(out_of_range("lastIndexOf", offset)),
        Some(offset) if offset >= count(this) => return int(-1),
        Some(offset) => {
            let end = byte_at(this, offset.saturating_add(count(wanted)));
            split_at(this, end.unwrap_or(this.len())).0
        }
    };
    int(before.rfind(wanted).map_or(-1, |byte| count(split_at(before, byte).0)))
}

fn lower_ascii<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(Arguments(&arguments).text(0)?.to_ascii_lowercase())
}

fn upper_ascii<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(Arguments(&arguments).text(0)?.to_ascii_uppercase())
}

fn replace<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (this, old, new) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    let limit = usize::try_from(arguments.optional_int(3)?.unwrap_or(-1)).unwrap_or(usize::MAX);
    let times = this.matches(old).take(limit).count();
    spend_bytes(this.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(CowVal::owned(CelString::from(this.replacen(old, new, times))))
}

fn split<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (this, separator) = (arguments.text(0)?, arguments.text(1)?);
    let limit = usize::try_from(arguments.optional_int(2)?.unwrap_or(-1)).unwrap_or(usize::MAX);
    if limit == 0 {
        return texts([]);
    }
    if !separator.is_empty() {
        return texts(this.splitn(limit, separator).map(str::to_owned));
    }
    let (heads, rest) = split_at(this, byte_of_last_part(this, limit));
    let rest = Some(rest).filter(|rest| !rest.is_empty());
    texts(heads.chars().map(String::from).chain(rest.map(str::to_owned)))
}

/// The byte at which the last of `parts` parts begins, where each part before it is one character.
fn byte_of_last_part(text: &str, parts: usize) -> usize {
    text.char_indices().nth(parts - 1).map_or(text.len(), |(byte, _)| byte)
}

fn substring<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (this, start) = (arguments.text(0)?, arguments.int(1)?);
    let length = count(this);
    let end = arguments.optional_int(2)?.unwrap_or(length);
    for index in [start, end] {
        if !(0..=length).contains(&index) {
            return Err(out_of_range("substring", index));
        }
    }
    if start > end {
        let message = format!("invalid substring range. start: {start}, end: {end}");
        return Err(ExecutionError::function_error("substring", message));
    }
    let byte = |index| byte_at(this, index).unwrap_or(this.len());
    text(split_at(split_at(this, byte(end)).0, byte(start)).1)
}

fn trim<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(Arguments(&arguments).text(0)?.trim())
}

fn join<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let separator = arguments.optional_text(1)?.unwrap_or_default();
    let mut joined = String::new();
    for (index, item) in arguments.items(0)?.into_iter().enumerate() {
        let item = item.downcast_ref::<CelString<'_>>().map(CelString::inner);
        let item = item.ok_or_else(|| {
            ExecutionError::function_error("join", "the list has items that are no strings")
        })?;
        let separator = if index == 0 { "" } else { separator };
        spend_bytes(separator.len() + item.len())?;
        joined.push_str(separator);
        joined.push_str(item);
    }
    Ok(CowVal::owned(CelString::from(joined)))
}

/// The escape of a character that cannot stand for itself in quotes.
pub(super) fn escape(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{7}' => r"\a",
        '\u{8}' => r"\b",
        '\u{c}' => r"\f",
        '\n' => r"\n",
        '\r' => r"\r",
        '\t' => r"\t",
        '\u{b}' => r"\v",
        '\\' => r"\\",
        '"' => "\\\"",
        _ => return None,
    })
}

fn quote<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let mut quoted = String::from('"');
    for character in Arguments(&arguments).text(0)?.chars() {
        match escape(character) {
            Some(escape) => quoted.push_str(escape),
            None => quoted.push(character),
        }
    }
    quoted.push('"');
    text(quoted)
}
