//! JSON as CEL values: strings borrow their text from the source, containers are cheap to clone.

use cel::ExecutionError;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelMapKey, CelNull, CelOptional, CelString, CelUInt,
};
use cel::common::value::Val;

use super::budget::{spend, spend_bytes};
pub use super::list::List;
pub use super::map::Map;

/// A value, or a tree of them.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// `null`.
    Null(CelNull),
    /// `true` or `false`.
    Bool(CelBool),
    /// A whole number in the range of `i64`.
    Int(CelInt),
    /// Any other number.
    Double(CelDouble),
    /// Text, borrowed from its source where it has no escapes.
    String(CelString<'a>),
    /// A list.
    List(List<'a>),
    /// An object.
    Map(Map<'a>),
    /// A value that JSON does not have and expressions make: timestamps, quantities, optionals.
    Other(Box<dyn Val + 'a>),
}

impl<'a> Value<'a> {
    /// `null`.
    pub const NULL: Value<'static> = Value::Null(CelNull);

    /// The value as the evaluator handles it.
    pub fn as_val(&self) -> &(dyn Val + 'a) {
        match self {
            Self::Null(value) => value,
            Self::Bool(value) => value,
            Self::Int(value) => value,
            Self::Double(value) => value,
            Self::String(value) => value,
            Self::List(value) => value,
            Self::Map(value) => value,
            Self::Other(value) => value.as_ref(),
        }
    }

    /// A clone for the evaluator, which copies a counter and not the tree.
    pub fn to_val(&self) -> Box<dyn Val + 'a> {
        self.as_val().clone_as_boxed()
    }

    /// An object with these fields; of several fields of one name, the last counts.
    pub fn object(fields: impl IntoIterator<Item = (&'a str, Value<'a>)>) -> Self {
        fields.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Double(value.into())
    }
}

impl<'a> From<Option<Value<'a>>> for Value<'a> {
    /// The value, or `null` for `None`.
    fn from(value: Option<Value<'a>>) -> Self {
        value.unwrap_or(Self::NULL)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self::List(items.into())
    }
}

impl<'a> From<Box<dyn Val + 'a>> for Value<'a> {
    fn from(value: Box<dyn Val + 'a>) -> Self {
        Self::Other(value)
    }
}

impl<'a> FromIterator<(CelMapKey<'a>, Value<'a>)> for Value<'a> {
    fn from_iter<I: IntoIterator<Item = (CelMapKey<'a>, Value<'a>)>>(entries: I) -> Self {
        Self::Map(entries.into_iter().collect())
    }
}

/// Takes the fuel for a value that is read or copied: strings and bytes by their length.
pub(super) fn spend_value(value: &dyn Val) -> Result<(), ExecutionError> {
    if let Some(string) = value.downcast_ref::<CelString<'_>>() {
        spend_bytes(string.inner().len())
    } else if let Some(bytes) = value.downcast_ref::<CelBytes<'_>>() {
        spend_bytes(bytes.inner().len())
    } else if let Some(inner) = value.downcast_ref().and_then(CelOptional::inner) {
        spend_value(inner)
    } else {
        spend(1)
    }
}

/// The whole number that a value is, for an index: `2`, `2u` and `2.0` are the same.
pub(super) fn whole(number: &dyn Val) -> Option<i64> {
    if let Some(int) = number.downcast_ref::<CelInt>() {
        Some(*int.inner())
    } else if let Some(uint) = number.downcast_ref::<CelUInt>() {
        i64::try_from(*uint.inner()).ok()
    } else {
        let double = *number.downcast_ref::<CelDouble>()?.inner();
        #[expect(clippy::cast_possible_truncation, reason = "a whole one is as large as before")]
        let int = double as i64;
        #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "it must be the same")]
        let is_whole = int as f64 == double && int < i64::MAX;
        is_whole.then_some(int)
    }
}

pub(super) fn unexpected(value: &dyn Val, want: &str) -> ExecutionError {
    let got = value.get_type().name().to_owned();
    ExecutionError::UnexpectedType { got, want: want.to_owned() }
}

/// A length as a number of CEL.
pub(super) fn size(len: usize) -> CelInt {
    i64::try_from(len).unwrap_or(i64::MAX).into()
}
