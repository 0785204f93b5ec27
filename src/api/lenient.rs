//! Reads objects in which some values have the wrong type.
//!
//! A stored object may be older than the definition that would refuse it today. Its names are still
//! needed, to protect it and what depends on it, and its owner must be able to repair it value by
//! value. So no mistake ends the reading. A number or a boolean in the place of a text counts as
//! that text, any other wrong value counts as empty, and each wrong value is noted with its path.
//!
//! This is the second reading of an object, after the normal one has failed. It need not be fast,
//! but it reads each byte only a few times.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use partial_json::{MAX_ITEMS, Text, few};
use serde::de::value::{BorrowedStrDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use super::decode::{DecodeError, message};
use crate::admission::field::shown_key;

/// The most wrong values of an object that are noted: more than anyone reads.
const MAX_FAULTS: usize = 64;

/// The most bytes of a wrong text that are shown.
const MAX_SHOWN: usize = 256;

/// Reads an object from JSON, whatever its values are. A wrong value that `stored` has in the same
/// place is accepted; the others are noted, at most [`MAX_FAULTS`] of them.
///
/// # Errors
///
/// The text is not JSON, or has the same key twice in an object.
pub(super) fn read<'de, T: Deserialize<'de>>(
    json: &'de str,
    stored: Option<&'de str>,
) -> Result<(T, Vec<DecodeError>), serde_json::Error> {
    let mut notes = Notes::default();
    let object = T::deserialize(Lenient { raw: json, stored, notes: &mut notes })?;
    Ok((object, notes.faults))
}

/// The reader's place, and the mistakes that it has found.
#[derive(Default)]
struct Notes {
    path: Vec<Segment>,
    faults: Vec<DecodeError>,
}

/// A step from a value to one inside it.
enum Segment {
    Member(String),
    Item(usize),
}

impl Notes {
    /// The path as in `spec.items[2].name`.
    fn path(&self) -> String {
        let mut text = String::new();
        for segment in &self.path {
            match segment {
                Segment::Member(key) if text.is_empty() => text.push_str(&shown_key(key)),
                Segment::Member(key) => text.extend([".", &shown_key(key)]),
                Segment::Item(index) => text.extend(["[", &index.to_string(), "]"]),
            }
        }
        text
    }

    /// Returns whether the value is a driver's parameter, or in the place of all of them. Some
    /// parameters are credentials, so their values are not repeated.
    fn is_parameter(&self) -> bool {
        let is_it =
            |segment: &Segment| matches!(segment, Segment::Member(key) if key == "parameters");
        self.path.iter().any(is_it)
    }
}

/// A value, and the value in the same place of the stored object.
struct Lenient<'n, 'de> {
    raw: &'de str,
    stored: Option<&'de str>,
    notes: &'n mut Notes,
}

impl<'de> Lenient<'_, 'de> {
    /// Notes that the value is wrong, unless it is stored like this.
    fn note(&mut self, what: impl FnOnce() -> serde_json::Error) {
        if self.stored != Some(self.raw) && self.notes.faults.len() < MAX_FAULTS {
            let field = self.notes.path();
            self.notes.faults.push(DecodeError { field, what: message(&what()) });
        }
    }

    /// Notes that the value has another type than the visitor expects.
    fn note_type<V: Visitor<'de>>(&mut self, visitor: &V) {
        let (raw, is_secret) = (self.raw, self.notes.is_parameter());
        self.note(|| unexpected(raw, is_secret, visitor));
    }

    fn is(&self, start: char) -> bool {
        self.raw.starts_with(start)
    }

    /// The scalar as text; empty for an object or a list.
    fn as_text(&self) -> &'de str {
        if self.is('{') || self.is('[') { "" } else { self.raw }
    }
}

/// The error of `serde_json` for a value that a visitor does not expect; without the value where
/// that is secret.
fn unexpected<'de, V: Visitor<'de>>(raw: &str, is_secret: bool, visitor: &V) -> serde_json::Error {
    let text: Text<'_>;
    let found = match raw.as_bytes().first() {
        Some(b'{') => Unexpected::Map,
        Some(b'[') => Unexpected::Seq,
        Some(b'n') => Unexpected::Unit,
        Some(b't') => Unexpected::Bool(true),
        Some(b'f') => Unexpected::Bool(false),
        Some(b'"') if is_secret => Unexpected::Other("string"),
        _ if is_secret => Unexpected::Other("number"),
        Some(b'"') => {
            text = serde_json::from_str(raw).unwrap_or_default();
            Unexpected::Str(text.get(..text.floor_char_boundary(MAX_SHOWN)).unwrap_or_default())
        }
        _ => match (raw.parse(), raw.parse(), raw.parse()) {
            (Ok(number), ..) => Unexpected::Unsigned(number),
            (_, Ok(number), _) => Unexpected::Signed(number),
            (.., Ok(number)) => Unexpected::Float(number),
            _ => Unexpected::Other("number"),
        },
    };
    serde_json::Error::invalid_type(found, visitor)
}

impl<'de> Deserializer<'de> for Lenient<'_, 'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        serde_json::Deserializer::from_str(self.raw).deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Self::Error> {
        if !self.is('{') {
            self.note_type(&visitor);
            let nothing = std::iter::empty::<(&str, &str)>();
            return visitor.visit_map(MapDeserializer::new(nothing));
        }
        let stored: Option<Stored<'de>> =
            self.stored.and_then(|text| serde_json::from_str(text).ok());
        let stored = stored.map(|Stored(members)| members);
        let inside = Inside { visitor, stored: stored.unwrap_or_default(), notes: self.notes };
        serde_json::Deserializer::from_str(self.raw).deserialize_map(inside)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Self::Error> {
        if !self.is('[') {
            self.note_type(&visitor);
            return visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<&str>()));
        }
        let stored: Option<Vec<&'de RawValue>> =
            self.stored.and_then(|text| few(&mut serde_json::Deserializer::from_str(text)).ok());
        let inside = Inside { visitor, stored: stored.unwrap_or_default(), notes: self.notes };
        serde_json::Deserializer::from_str(self.raw).deserialize_seq(inside)
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.is('"') {
            return serde_json::Deserializer::from_str(self.raw).deserialize_str(visitor);
        }
        self.note_type(&visitor);
        visitor.visit_borrowed_str(self.as_text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Self::Error> {
        let number = serde_json::from_str(self.raw).or_else(|error| {
            self.note(|| error);
            Ok(0)
        });
        visitor.visit_i64(number?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.raw == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        serde_json::Deserializer::from_str(self.raw).deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct tuple tuple_struct enum identifier
    }
}

/// A visitor that sees the members of an object, or the items of a list, leniently.
struct Inside<'n, V, S> {
    visitor: V,
    stored: S,
    notes: &'n mut Notes,
}

type StoredMembers<'de> = BTreeMap<Cow<'de, str>, &'de RawValue>;

/// The first members of a stored object: at most [`MAX_ITEMS`].
struct Stored<'de>(StoredMembers<'de>);

impl<'de> Deserialize<'de> for Stored<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StoredVisitor;

        impl<'de> Visitor<'de> for StoredVisitor {
            type Value = Stored<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = StoredMembers::new();
                while let Some((key, value)) = map.next_entry()? {
                    if members.len() < MAX_ITEMS {
                        members.insert(key, value);
                    }
                }
                Ok(Stored(members))
            }
        }

        deserializer.deserialize_map(StoredVisitor)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Inside<'_, V, StoredMembers<'de>> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A>(self, map: A) -> Result<V::Value, A::Error>
    where
        A: MapAccess<'de>,
    {
        let Self { visitor, stored, notes } = self;
        visitor.visit_map(Members { map, key: None, stored, notes })
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Inside<'_, V, Vec<&'de RawValue>> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        let Self { visitor, stored, notes } = self;
        visitor.visit_seq(Items { seq, index: 0, stored, notes })
    }
}

struct Members<'n, 'de, A> {
    map: A,
    /// The key of the member whose value comes next.
    key: Option<Text<'de>>,
    stored: StoredMembers<'de>,
    notes: &'n mut Notes,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.key = self.map.next_key()?;
        let key = self.key.as_ref();
        key.map(|key| match key.borrowed() {
            Some(text) => seed.deserialize(BorrowedStrDeserializer::new(text)),
            None => seed.deserialize(key.as_str().into_deserializer()),
        })
        .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let raw: &'de RawValue = self.map.next_value()?;
        let key = self.key.take().unwrap_or_default();
        let stored = self.stored.get(key.as_str()).map(|value| value.get());
        self.notes.path.push(Segment::Member(key.to_string()));
        let value = Lenient { raw: raw.get(), stored, notes: self.notes };
        let value = seed.deserialize(value).map_err(A::Error::custom)?;
        self.notes.path.pop();
        Ok(value)
    }
}

struct Items<'n, 'de, A> {
    seq: A,
    index: usize,
    stored: Vec<&'de RawValue>,
    notes: &'n mut Notes,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<'_, 'de, A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        let Some(raw) = self.seq.next_element::<&'de RawValue>()? else { return Ok(None) };
        let stored = self.stored.get(self.index).map(|value| value.get());
        self.notes.path.push(Segment::Item(self.index));
        let item = Lenient { raw: raw.get(), stored, notes: self.notes };
        let item = seed.deserialize(item).map_err(A::Error::custom)?;
        self.notes.path.pop();
        self.index += 1;
        Ok(Some(item))
    }
}
