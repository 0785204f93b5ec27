//! The arguments and results of functions.

use std::borrow::Cow;
use std::fmt::Display;

use crate::error::Failure;
pub(crate) use crate::evaluate::Answer;
use crate::evaluate::{Meter, Stop};
use crate::value::{Duration, List, Map, Opaque, Timestamp, Value};

/// The reason why a function refuses a text, in words for its error.
pub(crate) type Refusal = String;

/// The arguments of a call, its receiver first, by their types. An argument that is missing or of
/// another type is the failure that no overload takes it: the types may be unknown until then.
pub(crate) trait Arguments<'a> {
    /// An argument of any type.
    fn value(&self, index: usize) -> Result<&Value<'a>, Stop>;

    /// A bool.
    fn bool(&self, index: usize) -> Result<bool, Stop> {
        if let Value::Bool(value) = self.value(index)? { Ok(*value) } else { no_overload() }
    }

    /// An int.
    fn int(&self, index: usize) -> Result<i64, Stop> {
        if let Value::Int(value) = self.value(index)? { Ok(*value) } else { no_overload() }
    }

    /// A uint.
    fn uint(&self, index: usize) -> Result<u64, Stop> {
        if let Value::Uint(value) = self.value(index)? { Ok(*value) } else { no_overload() }
    }

    /// A double.
    fn double(&self, index: usize) -> Result<f64, Stop> {
        if let Value::Double(value) = self.value(index)? { Ok(*value) } else { no_overload() }
    }

    /// A string.
    fn text<'s>(&'s self, index: usize) -> Result<&'s str, Stop>
    where
        'a: 's,
    {
        if let Value::String(text) = self.value(index)? { Ok(text) } else { no_overload() }
    }

    /// A string that is read to its end, which takes steps.
    fn read<'s>(&'s self, index: usize, meter: &mut Meter) -> Result<&'s str, Stop>
    where
        'a: 's,
    {
        let text = self.text(index)?;
        meter.bytes(text.len())?;
        Ok(text)
    }

    /// Bytes.
    fn bytes<'s>(&'s self, index: usize) -> Result<&'s [u8], Stop>
    where
        'a: 's,
    {
        if let Value::Bytes(bytes) = self.value(index)? { Ok(bytes) } else { no_overload() }
    }

    /// A list.
    fn list<'s>(&'s self, index: usize) -> Result<&'s List<'a>, Stop>
    where
        'a: 's,
    {
        if let Value::List(list) = self.value(index)? { Ok(list) } else { no_overload() }
    }

    /// The items of a list.
    fn items<'s>(&'s self, index: usize) -> Result<&'s [Value<'a>], Stop>
    where
        'a: 's,
    {
        self.list(index).map(List::items)
    }

    /// A map.
    fn map<'s>(&'s self, index: usize) -> Result<&'s Map<'a>, Stop>
    where
        'a: 's,
    {
        if let Value::Map(map) = self.value(index)? { Ok(map) } else { no_overload() }
    }

    /// A duration.
    fn duration(&self, index: usize) -> Result<Duration, Stop> {
        if let Value::Duration(duration) = self.value(index)? {
            Ok(*duration)
        } else {
            no_overload()
        }
    }

    /// A timestamp.
    fn timestamp(&self, index: usize) -> Result<Timestamp, Stop> {
        if let Value::Timestamp(at) = self.value(index)? { Ok(*at) } else { no_overload() }
    }

    /// A value that only its own functions know.
    fn opaque<'s>(&'s self, index: usize) -> Result<&'s Opaque, Stop>
    where
        'a: 's,
    {
        if let Value::Opaque(opaque) = self.value(index)? { Ok(opaque) } else { no_overload() }
    }
}

impl<'a> Arguments<'a> for [Value<'a>] {
    fn value(&self, index: usize) -> Result<&Value<'a>, Stop> {
        self.get(index).ok_or(Stop::Failed(Failure::NO_SUCH_OVERLOAD))
    }
}

/// The failure of a function that has no overload for what it was given.
pub(crate) fn no_overload<T>() -> Result<T, Stop> {
    Err(Failure::NO_SUCH_OVERLOAD.into())
}

/// The failure of a function, in words.
pub(crate) fn failed(why: impl Into<Cow<'static, str>>) -> Stop {
    Failure(why.into()).into()
}

/// The most characters of a text that an error shows.
const SHOWN: usize = 80;

/// The failure of a function that cannot read a text: `"x" is not a URL: it has no host`.
pub(crate) fn is_not(text: &str, what: &str, why: impl Display) -> Stop {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "..." } else { "" };
    failed(format!("{shown:?}{more} is not {what}: {why}"))
}

/// A new string as the result; it takes steps.
pub(crate) fn text<'a>(text: impl Into<String>, meter: &mut Meter) -> Answer<'a> {
    let text = text.into();
    meter.bytes(text.len())?;
    Ok(text.into())
}

/// A list of new strings; they take steps.
pub(crate) fn texts<'a>(
    texts: impl IntoIterator<Item = String>,
    meter: &mut Meter,
) -> Result<List<'a>, Stop> {
    let mut items = Vec::new();
    for text in texts {
        meter.bytes(text.len())?;
        items.push(text.into());
    }
    Ok(items.into())
}

/// An optional with a value, or without, as the result.
pub(crate) fn optional(value: Option<Value<'_>>) -> Value<'_> {
    Value::Optional(value.map(std::sync::Arc::new))
}
