//! From JSON to a [`Value`], without the parts that no expression reads.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::projection::Fields;
use crate::value::{Text, Value};

/// The most levels of lists and objects in one another.
pub const MAX_DEPTH: usize = 100;

/// Decodes the parts of one JSON text that `fields` names.
///
/// # Errors
///
/// The text is not JSON, or deeper than [`MAX_DEPTH`].
pub fn decode<'a>(text: &'a str, fields: &Fields) -> Result<Value<'a>, serde_json::Error> {
    partial_json::read(text, Part::of(fields))
}

/// Decodes a part of a value, from any deserializer of JSON.
#[derive(Debug, Clone, Copy)]
pub struct Part<'f> {
    fields: &'f Fields,
    depth: usize,
}

impl<'f> Part<'f> {
    /// Decodes the parts that `fields` names.
    pub fn of(fields: &'f Fields) -> Self {
        Self { fields, depth: 0 }
    }

    fn inner<E: Error>(self, fields: &Fields) -> Result<Part<'_>, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("more than {MAX_DEPTH} levels deep")));
        }
        Ok(Part { fields, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        // As the API server does: a number that is no int64 is a double.
        #[expect(clippy::cast_precision_loss, reason = "that is the double it becomes")]
        let double = || Value::from(value as f64);
        Ok(i64::try_from(value).map_or_else(|_| double(), Value::from))
    }

    /// Reads any other number, `-0` too: where it comes from the API server, it was `-0.0` there. Go
    /// writes that without its fraction, and the integer without its sign.
    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(value.into())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(text.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(text.to_owned().into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        if let Some(fields) = self.fields.items() {
            let item = self.inner(fields)?;
            while let Some(value) = list.next_element_seed(item)? {
                items.push(value);
            }
        } else {
            while list.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = object.next_key_seed(Name)? {
            match self.fields.field(&name) {
                Some(fields) => {
                    let value = object.next_value_seed(self.inner(&fields)?)?;
                    let name = match name {
                        Cow::Borrowed(name) => Text::Borrowed(name),
                        Cow::Owned(name) => Text::Shared(name.into()),
                    };
                    entries.push((Value::String(name), value));
                }
                None => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Map(entries.into_iter().collect()))
    }
}

/// The name of a field, borrowed where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
