//! Values: strings borrow their text from the JSON, containers are cheap to clone.

pub(crate) mod calendar;
pub(crate) mod digits;
mod duration;
mod equality;
mod key;
mod kind;
mod list;
mod map;
mod number;
mod opaque;
mod order;
mod text;
mod timestamp;

use std::sync::Arc;

pub use duration::Duration;
pub(crate) use equality::equal;
pub(crate) use key::{is_unhashable, set_of};
pub use list::List;
pub use map::Map;
pub(crate) use number::{INT_END, UINT_END, exact_int};
pub use opaque::Opaque;
pub(crate) use order::compare;
pub use text::Text;
pub use timestamp::Timestamp;

use crate::types::Type;

/// A value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number; of JSON, each that has no point, no exponent and fits.
    Int(i64),
    /// A whole number that is not negative. JSON has none.
    Uint(u64),
    /// Any other number.
    Double(f64),
    /// Text.
    String(Text<'a>),
    /// Bytes. JSON has none.
    Bytes(Arc<[u8]>),
    /// A list.
    List(List<'a>),
    /// An object, or a map with other keys.
    Map(Map<'a>),
    /// A length of time.
    Duration(Duration),
    /// A moment.
    Timestamp(Timestamp),
    /// A type: `type(x)`, `int`.
    Type(Arc<Type>),
    /// A value, or none.
    Optional(Option<Arc<Value<'a>>>),
    /// A value that only its own functions know.
    Opaque(Opaque),
}

impl<'a> Value<'a> {
    /// An object with these fields; of several fields of one name, the last counts.
    pub fn object(fields: impl IntoIterator<Item = (&'a str, Value<'a>)>) -> Self {
        Self::Map(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Text::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(Text::Shared(text.into()))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::Uint(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl<'a> From<Option<Value<'a>>> for Value<'a> {
    /// The value, or `null` for `None`.
    fn from(value: Option<Value<'a>>) -> Self {
        value.unwrap_or(Self::Null)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self::List(items.into())
    }
}
