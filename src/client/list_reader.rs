//! Reads a list while it arrives: object by object, so that no more than one of them is in memory.
//!
//! A list is an object with members in any order: Go writes `metadata` before `items` where it knows
//! the kind, and after them where it does not. The reader finds where each value ends by its brackets
//! and quotes alone; that a value is JSON is left to those who read it.

use bytes::{Buf as _, Bytes, BytesMut};

use super::ApiError;
use super::limits::OBJECT_BYTES;

/// The reader. It is fed with bytes and asked for parts.
#[derive(Debug, Default)]
pub(super) struct ListReader {
    /// The bytes from the beginning of the value that is read next.
    buffer: BytesMut,
    place: Place,
    value: Scan,
}

/// A part of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An item of `items`, as JSON.
    Object(Bytes),
    /// `metadata`, as JSON.
    Metadata(Bytes),
    /// More bytes are needed.
    Unfinished,
    /// The list is complete.
    End,
}

/// The place in the list where the buffer begins.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Beginning,
    /// Before a key.
    Key,
    /// Behind a key.
    Colon(Member),
    /// Before a value.
    Value(Member),
    /// Among the items.
    Items,
    Behind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Items,
    Metadata,
    Other,
}

/// The state of the search for the end of a value.
#[derive(Debug, Default)]
struct Scan {
    /// The bytes that were looked at.
    scanned: usize,
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
}

impl ListReader {
    /// Adds bytes that have arrived.
    pub(super) fn push(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
    }

    /// Returns the next part.
    pub(super) fn next(&mut self) -> Result<Part, ApiError> {
        loop {
            let space = self.buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if self.value.scanned == 0 {
                self.buffer.advance(space);
            }
            let Some(first) = self.buffer.first().copied() else {
                return Ok(if self.place == Place::Behind { Part::End } else { Part::Unfinished });
            };
            match (self.place, first) {
                (Place::Beginning, b'{') | (Place::Items, b']') => self.step_to(Place::Key),
                (Place::Key | Place::Items, b',') => self.step_to(self.place),
                (Place::Key, b'}') => self.step_to(Place::Behind),
                (Place::Key, b'"') => {
                    let Some(key) = self.value()? else { return Ok(Part::Unfinished) };
                    self.place = Place::Colon(match &*key {
                        b"\"items\"" => Member::Items,
                        b"\"metadata\"" => Member::Metadata,
                        _ => Member::Other,
                    });
                }
                (Place::Colon(member), b':') => self.step_to(Place::Value(member)),
                (Place::Value(Member::Items), b'[') => self.step_to(Place::Items),
                (Place::Value(member), _) => {
                    let Some(value) = self.value()? else { return Ok(Part::Unfinished) };
                    self.place = Place::Key;
                    if member == Member::Metadata {
                        return Ok(Part::Metadata(value));
                    }
                }
                (Place::Items, _) => {
                    let Some(object) = self.value()? else { return Ok(Part::Unfinished) };
                    return Ok(Part::Object(object));
                }
                (Place::Beginning | Place::Key | Place::Colon(_) | Place::Behind, _) => {
                    return Err(ApiError::Malformed("no list of objects".to_owned()));
                }
            }
        }
    }

    /// Goes over one byte.
    fn step_to(&mut self, place: Place) {
        self.buffer.advance(1);
        self.place = place;
    }

    /// Takes the value with which the buffer begins; `None` while it has no end.
    fn value(&mut self) -> Result<Option<Bytes>, ApiError> {
        let fresh = self.buffer.get(self.value.scanned..).unwrap_or_default();
        match self.value.end(fresh) {
            Some(0) => {
                Err(ApiError::Malformed("a list with nothing in a value's place".to_owned()))
            }
            Some(end) => {
                self.value = Scan::default();
                Ok(Some(self.buffer.split_to(end).freeze()))
            }
            None if self.buffer.len() > OBJECT_BYTES => {
                Err(ApiError::Malformed("an object without an end".to_owned()))
            }
            None => Ok(None),
        }
    }
}

impl Scan {
    /// Goes on with the search; returns the length of the value once its end is found.
    fn end(&mut self, fresh: &[u8]) -> Option<usize> {
        for byte in fresh {
            if self.is_in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.is_in_string = false,
                    _ => {}
                }
                self.scanned += 1;
                if !self.is_in_string && self.depth == 0 {
                    return Some(self.scanned);
                }
                continue;
            }
            match byte {
                b'"' => self.is_in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(self.scanned + 1);
                    }
                }
                // The end of a number or a word.
                b'}' | b']' | b',' | b':' if self.depth == 0 => return Some(self.scanned),
                byte if byte.is_ascii_whitespace() && self.depth == 0 => return Some(self.scanned),
                _ => {}
            }
            self.scanned += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The objects and the metadata of a list that arrives in pieces of this size.
    fn read(list: &str, piece: usize) -> Result<(Vec<Value>, Option<Value>), ApiError> {
        let (mut reader, mut objects, mut metadata) = (ListReader::default(), Vec::new(), None);
        let mut pieces = list.as_bytes().chunks(piece);
        loop {
            match reader.next()? {
                Part::Object(json) => objects.push(serde_json::from_slice(&json)?),
                Part::Metadata(json) => metadata = Some(serde_json::from_slice(&json)?),
                Part::Unfinished => match pieces.next() {
                    Some(piece) => reader.push(piece),
                    None => return Err(ApiError::Malformed("cut".to_owned())),
                },
                Part::End => return Ok((objects, metadata)),
            }
        }
    }

    #[test]
    fn objects_are_found_in_any_pieces_and_members_in_any_order() {
        let objects = json!([{"a": "}\"],["}, {"b": [1, {"c": "\\"}]}, 7, "x", null, [], {}]);
        let metadata = json!({"continue": "x\"y", "resourceVersion": "7"});
        for list in [
            format!(r#"{{"kind":"L","metadata":{metadata},"items":{objects}}}"#),
            format!("\n{{ \"items\" : {objects} ,\"metadata\":{metadata}, \"n\": 12 }} \n"),
            format!("{{\"metadata\":{metadata},\"items\":\n{objects:#}\n}}"),
        ] {
            for piece in [1, 2, 3, 7, list.len()] {
                let (found, about) = read(&list, piece).unwrap();
                assert_eq!((Value::from(found), about), (objects.clone(), Some(metadata.clone())));
            }
        }
    }

    #[test]
    fn an_empty_list_has_no_objects() {
        for list in [r#"{"metadata":{},"items":null}"#, r#"{"items":[],"metadata":{}}"#] {
            assert_eq!(read(list, 1).unwrap(), (Vec::new(), Some(json!({}))));
        }
    }

    #[test]
    fn what_is_no_list_or_has_no_end_is_an_error() {
        for text in ["<html>", "[]", "{\"items\":[{}", "{\"items\"}", "{}{}", "{\"a\":}", "{:}"] {
            assert!(read(text, 64).is_err(), "{text}");
        }
        let endless = format!("{{\"items\":[\"{}", "x".repeat(OBJECT_BYTES + 9));
        let error = read(&endless, 1 << 16).unwrap_err().to_string();
        assert!(error.ends_with("an object without an end"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(text in "[\\[\\]{}\",: a1\\\\]{0,40}", piece in 1..9_usize) {
            let _ = read(&text, piece);
        }
    }
}
