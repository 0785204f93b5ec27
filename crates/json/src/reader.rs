//! The deserializer.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::raw::Raw;
use super::scan;
use super::skipped::SkippedTexts;

/// Reads ordinary JSON for serde.
pub(super) struct Reader<'de> {
    text: &'de str,
    /// The part that is not read yet.
    rest: &'de [u8],
    skipped: SkippedTexts<'de>,
    depth: u8,
}

/// The deepest nesting of decoded values that is ordinary; `serde_json` takes a little more.
const MAX_DEPTH: u8 = 100;

/// The text is not ordinary: `serde_json` reads it instead, and its error is the one that is shown.
#[derive(Debug)]
pub(super) struct Unsupported;

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("not ordinary JSON for this type")
    }
}

impl std::error::Error for Unsupported {}

impl serde::de::Error for Unsupported {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Reader<'de> {
    pub fn new(text: &'de str) -> Self {
        Self { text, rest: text.as_bytes(), skipped: SkippedTexts::new(), depth: 0 }
    }

    /// Returns whether only white space is left.
    pub fn is_at_end(&self) -> bool {
        scan::space(self.rest).is_empty()
    }

    /// The next byte behind white space, and what is behind it.
    #[inline]
    fn first(&self) -> Result<(u8, &'de [u8]), Unsupported> {
        scan::first(self.rest).ok_or(Unsupported)
    }

    /// The text from where `from` was left to where there are `left` bytes left.
    #[inline]
    fn text(&self, from: &[u8], left: usize) -> Result<&'de str, Unsupported> {
        let end = self.text.len();
        self.text.get(end - from.len()..end - left).ok_or(Unsupported)
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Unsupported> {
        self.rest = scan::byte(self.rest, byte).ok_or(Unsupported)?;
        Ok(())
    }

    /// Reads what must follow the first letter of a word.
    fn word(&mut self, tail: &str) -> Result<(), Unsupported> {
        let (_, behind) = self.first()?;
        self.rest = behind.strip_prefix(tail.as_bytes()).ok_or(Unsupported)?;
        Ok(())
    }

    /// Reads a string; returns the text between its quotes, and whether that has escapes.
    #[inline]
    fn literal(&mut self) -> Result<(&'de str, bool), Unsupported> {
        let start = scan::byte(self.rest, b'"').ok_or(Unsupported)?;
        let (rest, has_escapes) = scan::string(start).ok_or(Unsupported)?;
        self.rest = rest;
        Ok((self.text(start, rest.len() + 1)?, has_escapes))
    }

    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unsupported> {
        let (text, has_escapes) = self.literal()?;
        if has_escapes {
            visitor.visit_string(
                serde_json::from_str(&format!("\"{text}\"")).map_err(|_| Unsupported)?,
            )
        } else {
            visitor.visit_borrowed_str(text)
        }
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unsupported> {
        let start = scan::space(self.rest);
        let (first, behind) = start.split_first().ok_or(Unsupported)?;
        self.rest = scan::number(*first, behind).ok_or(Unsupported)?;
        let number = self.text(start, self.rest.len())?;
        if let Ok(number) = number.parse() {
            return visitor.visit_u64(number);
        }
        match number.parse() {
            // `-0` is a float.
            Ok(0) | Err(_) => Self::float(number, visitor),
            Ok(number) => visitor.visit_i64(number),
        }
    }

    /// Reads a number as the nearest double.
    fn float<V: Visitor<'de>>(number: &str, visitor: V) -> Result<V::Value, Unsupported> {
        match number.parse::<f64>() {
            Ok(float) if float.is_finite() => visitor.visit_f64(float),
            _ => Err(Unsupported),
        }
    }

    /// Reads the content of brackets, one level deeper.
    fn nested<T>(
        &mut self,
        brackets: [u8; 2],
        read: impl FnOnce(&mut Self) -> Result<T, Unsupported>,
    ) -> Result<T, Unsupported> {
        let [open, close] = brackets;
        self.expect(open)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Unsupported);
        }
        let value = read(self)?;
        self.depth -= 1;
        self.expect(close)?;
        Ok(value)
    }

    /// Returns whether another item comes; the comma before it is read.
    #[inline]
    fn goes_on(&mut self, close: u8, is_first: &mut bool) -> Result<bool, Unsupported> {
        let (next, behind) = self.first()?;
        if next == close {
            return Ok(false);
        }
        if !std::mem::take(is_first) {
            if next != b',' {
                return Err(Unsupported);
            }
            self.rest = behind;
        }
        Ok(true)
    }

    /// Skips a value. A list is skipped item by item, because the items of a list like
    /// `managedFields` change one at a time.
    fn skip(&mut self) -> Result<(), Unsupported> {
        if self.first()?.0 != b'[' {
            return self.value().map(drop);
        }
        self.nested([b'[', b']'], |reader| {
            let mut is_first = true;
            while reader.goes_on(b']', &mut is_first)? {
                reader.value()?;
            }
            Ok(())
        })
    }

    /// Reads a value's text.
    fn value(&mut self) -> Result<&'de str, Unsupported> {
        let start = scan::space(self.rest);
        self.rest = if let Some(rest) = self.skipped.again(start) {
            rest
        } else {
            let rest = scan::value(start).ok_or(Unsupported)?;
            self.skipped.note(start.get(..start.len() - rest.len()).unwrap_or_default());
            rest
        };
        self.text(start, self.rest.len())
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unsupported;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        match self.first()?.0 {
            b'{' => self.deserialize_map(visitor),
            b'[' => self.deserialize_seq(visitor),
            b'"' => self.string(visitor),
            b't' => self.word("rue").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.word("alse").and_then(|()| visitor.visit_bool(false)),
            b'n' => self.word("ull").and_then(|()| visitor.visit_unit()),
            _ => self.number(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        self.nested([b'{', b'}'], |reader| visitor.visit_map(Items { reader, is_first: true }))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unsupported> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        self.nested([b'[', b']'], |reader| visitor.visit_seq(Items { reader, is_first: true }))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        self.string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        self.string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        self.string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        if self.first()?.0 == b'n' {
            self.word("ull")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unsupported> {
        if name == Raw::NAME {
            self.value().and_then(|text| visitor.visit_borrowed_str(text))
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    /// Reads an enum from the name of a variant without data; others are left to `serde_json`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unsupported> {
        match self.literal()? {
            (name, false) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            _ => Err(Unsupported),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct tuple tuple_struct
    }
}

/// A key, which is always read as a string, even if its type could be read from other values.
struct Key<'r, 'de>(&'r mut Reader<'de>);

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Unsupported;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unsupported> {
        self.0.string(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// The members of an object or the items of a list.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    is_first: bool,
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Unsupported;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unsupported> {
        if !self.reader.goes_on(b'}', &mut self.is_first)? {
            return Ok(None);
        }
        let key = seed.deserialize(Key(&mut *self.reader))?;
        self.reader.expect(b':')?;
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unsupported> {
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unsupported;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unsupported> {
        if self.reader.goes_on(b']', &mut self.is_first)? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }
}
