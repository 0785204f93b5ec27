//! JSON as serde reads it, made for texts of which a program needs little. What nobody asks for is
//! skipped fast. A text that was skipped before, as in two versions of one object, is only
//! compared.
//!
//! ```
//! use partial_json::{Raw, from_str};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Metadata<'a> {
//!     name: &'a str,
//!     #[serde(borrow)]
//!     labels: Raw<'a>,
//! }
//!
//! let text = r#"{"name": "web", "labels": {"tier": "front"}, "generation": 7}"#;
//! let metadata: Metadata<'_> = from_str(text)?;
//! assert_eq!(metadata.name, "web");
//! assert_eq!(metadata.labels.get(), r#"{"tier": "front"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! The reader here knows ordinary JSON only. Everything else - a mistake, a value of another type
//! than asked for, a number out of range, deep nesting - is left to `serde_json`, which decides and words the
//! error. Both agree on everything that the reader takes: `tests/json.rs` and the `json` fuzz
//! target test that.

mod few;
mod object;
mod raw;
mod reader;
mod scan;
mod skipped;
mod text;
mod tokens;

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::DeserializeSeed;

pub use few::{MAX_ITEMS, few};
pub use object::{Object, object, object_or_default};
pub use raw::Raw;
pub use text::{Text, non_empty, null_as_default};
pub use tokens::{Brackets, Token};

/// Reads a value, as `serde_json::from_str` does, but faster.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, serde_json::Error> {
    read(text, PhantomData)
}

/// Reads a value with a seed.
pub fn read<'de, S>(text: &'de str, seed: S) -> Result<S::Value, serde_json::Error>
where
    S: DeserializeSeed<'de> + Copy,
{
    if let Some(value) = read_ordinary(text, seed) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a value from ordinary JSON. `None` does not mean that the text is wrong: [`from_str`]
/// decides that.
pub fn ordinary<'de, T: Deserialize<'de>>(text: &'de str) -> Option<T> {
    read_ordinary(text, PhantomData)
}

fn read_ordinary<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Option<S::Value> {
    let mut reader = reader::Reader::new(text);
    let value = seed.deserialize(&mut reader).ok()?;
    reader.is_at_end().then_some(value)
}
