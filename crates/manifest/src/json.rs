//! JSON with positions: values are decoded level by level from slices of the text, and the place of
//! a slice in the text is the place of its value.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Error, Number};

use super::error::{Broken, Fault};
use super::node::Members;
use super::{Content, Entry, MAX_DEPTH, Node, Position, scalar};

/// Every value of a text, one after the other.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, Broken> {
    let lines = Lines::of(text);
    serde_json::Deserializer::from_str(text)
        .into_iter::<&RawValue>()
        .map(|value| match value {
            Ok(value) => node(&lines, value, 0),
            Err(error) => {
                let position = lines.position_in(error.line(), error.column());
                Err(Broken::syntax(position, message(&error)))
            }
        })
        .collect()
}

fn node(lines: &Lines<'_>, value: &RawValue, depth: usize) -> Result<Node, Broken> {
    let text = value.get();
    let position = lines.position_of(text);
    let content = match text.as_bytes().first() {
        Some(b'{' | b'[') if depth == MAX_DEPTH => {
            return Err(Broken { position, fault: Fault::TooDeep });
        }
        Some(b'{') => {
            let mut members = Members::default();
            for (key, value) in decode::<Raw<'_>>(text, position)?.0 {
                let position = lines.position_of(key.get());
                members.add(Entry {
                    key: decode(key.get(), position)?,
                    position,
                    value: node(lines, value, depth + 1)?,
                })?;
            }
            members.into_content()
        }
        Some(b'[') => Content::Sequence(
            decode::<Vec<&RawValue>>(text, position)?
                .into_iter()
                .map(|item| node(lines, item, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Some(b'"') => Content::String(decode(text, position)?),
        Some(b'n') => Content::Null,
        Some(b't' | b'f') => Content::Bool(decode(text, position)?),
        _ => Content::Number(number(decode(text, position)?)),
    };
    Ok(Node { position, content })
}

fn number(number: Number) -> Number {
    if number.is_f64() { number.as_f64().and_then(scalar::float).unwrap_or(number) } else { number }
}

fn decode<'t, T: Deserialize<'t>>(text: &'t str, position: Position) -> Result<T, Broken> {
    serde_json::from_str(text).map_err(|error| Broken::syntax(position, message(&error)))
}

/// An error's message without its position, which counts from the start of the slice.
fn message(error: &Error) -> String {
    let full = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    full.strip_suffix(&place).unwrap_or(&full).to_owned()
}

/// The members of an object, undecoded.
struct Raw<'t>(Vec<(&'t RawValue, &'t RawValue)>);

impl<'t> Deserialize<'t> for Raw<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'t> Visitor<'t> for Object {
            type Value = Raw<'t>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Raw<'t>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Raw(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Finds the line and column of a byte, fast enough for a large object all on one line.
struct Lines<'t> {
    text: &'t str,
    /// The offset at which each line begins.
    starts: Vec<usize>,
    /// The offsets of bytes that do not begin a character.
    continuations: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let bytes_where = |matches: fn(u8) -> bool| {
            let bytes = text.bytes().enumerate();
            bytes.filter_map(move |(at, byte)| matches(byte).then_some(at))
        };
        let breaks = bytes_where(|byte| byte == b'\n');
        Self {
            text,
            starts: std::iter::once(0).chain(breaks.map(|at| at + 1)).collect(),
            continuations: bytes_where(|byte| byte & 0b1100_0000 == 0b1000_0000).collect(),
        }
    }

    fn position_of(&self, slice: &'t str) -> Position {
        self.position(slice.as_ptr().addr().saturating_sub(self.text.as_ptr().addr()))
    }

    /// The position for `serde_json`'s line and column, which count from 1, in bytes.
    fn position_in(&self, line: usize, column: usize) -> Position {
        let start = self.starts.get(line.saturating_sub(1));
        let offset = start.copied().unwrap_or_default() + column.saturating_sub(1);
        self.position(offset.min(self.text.len()))
    }

    fn position(&self, offset: usize) -> Position {
        let before = |offsets: &[usize], end| offsets.partition_point(|&at| at < end);
        let line = before(&self.starts, offset + 1).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let continuations =
            before(&self.continuations, offset) - before(&self.continuations, start);
        Position::after(line, offset - start - continuations)
    }
}
