//! The arguments and results of functions.

use std::fmt::Display;

use cel::ExecutionError;
use cel::common::traits::Iterable;
use cel::common::types::{CelBool, CelInt, CelString};
use cel::common::value::{CowVal, FromVal, Val};

use super::opaque::{Opaque, OpaqueValue};
use crate::budget::{spend, spend_bytes};
use crate::types::Type;
use crate::value::{List, Value};

/// The type of lists of strings, which many functions return.
pub const STRINGS: Type = Type::List(&Type::String);

/// The reason why a function refuses a text, in words for its error.
pub type Refusal = String;

/// The result of a function.
pub type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// The arguments of a call, its receiver first. The evaluator has checked their types.
pub struct Arguments<'c, 'b, 'v>(pub &'c [CowVal<'b, 'v>]);

impl<'c, 'v> Arguments<'c, '_, 'v> {
    /// The argument at an index.
    pub fn value(&self, index: usize) -> Result<&'c (dyn Val + 'v), ExecutionError> {
        let value = self.0.get(index).map(AsRef::as_ref);
        value.ok_or_else(ExecutionError::missing_argument_or_target)
    }

    fn of<T: FromVal<'c, 'v>>(&self, index: usize) -> Result<&'c T, ExecutionError> {
        let value = self.value(index)?.downcast_ref();
        value.ok_or_else(ExecutionError::missing_argument_or_target)
    }

    /// A string.
    pub fn text(&self, index: usize) -> Result<&'c str, ExecutionError> {
        self.of::<CelString<'_>>(index).map(CelString::inner)
    }

    /// A string that may be left out.
    pub fn optional_text(&self, index: usize) -> Result<Option<&'c str>, ExecutionError> {
        if self.0.len() > index { self.text(index).map(Some) } else { Ok(None) }
    }

    /// An int.
    pub fn int(&self, index: usize) -> Result<i64, ExecutionError> {
        self.of::<CelInt>(index).map(|int| *int.inner())
    }

    /// An int that may be left out.
    pub fn optional_int(&self, index: usize) -> Result<Option<i64>, ExecutionError> {
        if self.0.len() > index { self.int(index).map(Some) } else { Ok(None) }
    }

    /// A bool that may be left out: then it is false.
    pub fn flag(&self, index: usize) -> Result<bool, ExecutionError> {
        if self.0.len() <= index {
            return Ok(false);
        }
        self.of::<CelBool>(index).map(|bool| *bool.inner())
    }

    /// A value of one of our own types.
    pub fn own<T: Opaque>(&self, index: usize) -> Result<&'c T, ExecutionError> {
        self.of::<OpaqueValue<T>>(index).map(|value| &value.0)
    }

    /// The items of a list; each takes fuel.
    pub fn items(&self, index: usize) -> Result<Vec<&'c (dyn Val + 'v)>, ExecutionError> {
        let list: &dyn Iterable = self
            .value(index)?
            .as_iterable()
            .ok_or_else(ExecutionError::missing_argument_or_target)?;
        let mut rest = list.iter();
        let mut items = Vec::new();
        while let Some(item) = rest.next() {
            spend(1)?;
            items.push(item);
        }
        Ok(items)
    }
}

/// The most characters of a text that an error shows.
const SHOWN: usize = 80;

/// The error of a function that cannot read a text: `"x" is not a URL: it has no host`.
pub fn no(what: &str, function: &str, text: &str, why: impl Display) -> ExecutionError {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "..." } else { "" };
    ExecutionError::function_error(function, format!("{shown:?}{more} is not {what}: {why}"))
}

/// A bool as the result.
#[expect(clippy::unnecessary_wraps, reason = "as functions answer")]
pub fn bool<'b, 'v>(answer: bool) -> Answer<'b, 'v> {
    Ok(CowVal::owned(CelBool::from(answer)))
}

/// An int as the result.
#[expect(clippy::unnecessary_wraps, reason = "as functions answer")]
pub fn int<'b, 'v>(answer: i64) -> Answer<'b, 'v> {
    Ok(CowVal::owned(CelInt::from(answer)))
}

/// A new string as the result; it takes fuel.
pub fn text<'b, 'v>(answer: impl Into<String>) -> Answer<'b, 'v> {
    let answer = answer.into();
    spend_bytes(answer.len())?;
    Ok(CowVal::owned(CelString::from(answer)))
}

/// New strings as the result; they take fuel.
pub fn texts<'b, 'v>(answers: impl IntoIterator<Item = String>) -> Answer<'b, 'v> {
    strings(answers).map(CowVal::owned)
}

/// A list of new strings, which take fuel.
pub fn strings<'a>(texts: impl IntoIterator<Item = String>) -> Result<List<'a>, ExecutionError> {
    let mut items: Vec<Value<'a>> = Vec::new();
    for text in texts {
        spend_bytes(text.len())?;
        items.push(text.into());
    }
    Ok(List::from(items))
}
