//! JSON values that know their place in a file.

use std::collections::HashMap;
use std::collections::hash_map;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;

use super::error::{Broken, Fault};

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The place with so many lines above it and so many characters before it in its line.
    pub(super) fn after(lines: usize, characters: usize) -> Self {
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
        Self { line: number(lines), column: number(characters) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// A value that knows its place in its file.
///
/// A value that came through a YAML alias or merge key has the place of its anchor.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The place where the value begins.
    pub position: Position,
    /// The value.
    pub content: Content,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// `null`, or a key without a value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number. Whole numbers are integers however they were written, as for the API server.
    Number(Number),
    /// A string.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the file; no key twice.
    Mapping(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key. YAML keys that are no strings are made strings: `8080`, `true`.
    pub key: String,
    /// The place of the key.
    pub position: Position,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value under a key; `None` also for what is no mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::String(text) => Some(text),
            _ => None,
        }
    }

    /// The place of a field, or of the deepest of its parents that exists.
    ///
    /// `field` is in the form of the API machinery: `spec.a[0].b`, and `spec.parameters[foo.bar]`
    /// for the key of a map. The place of a member of a mapping is that of its *key*.
    pub fn locate(&self, field: &str) -> Position {
        let (mut node, mut position, mut rest) = (self, self.position, field);
        while let Some(step) = node.step(rest) {
            (node, position, rest) = step;
        }
        position
    }

    /// The child to which a field path leads first, its position, and the path from there.
    ///
    /// Keys may contain dots and brackets, so a name ends at the first place where such a key
    /// exists.
    fn step<'f>(&self, field: &'f str) -> Option<(&Self, Position, &'f str)> {
        let (names, ends, skip) = match field.strip_prefix('[') {
            Some(subscript) => (subscript, [']', ']'], 1),
            None => (field.strip_prefix('.').unwrap_or(field), ['.', '['], 0),
        };
        let ends = names.match_indices(ends).map(|(end, _)| end);
        ends.chain([names.len()]).find_map(|end| {
            let (node, position) = self.child(names.get(..end)?)?;
            Some((node, position, names.get(end + skip..).unwrap_or_default()))
        })
    }

    fn child(&self, name: &str) -> Option<(&Self, Position)> {
        if let Content::Sequence(items) = &self.content {
            let item = items.get(name.parse::<usize>().ok()?)?;
            return Some((item, item.position));
        }
        self.entry(name).map(|entry| (&entry.value, entry.position))
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.content {
            Content::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    pub(super) fn into_member(self, key: &str) -> Option<Self> {
        match self.content {
            Content::Mapping(entries) => entries.into_iter().find(|entry| entry.key == key),
            _ => None,
        }
        .map(|entry| entry.value)
    }

    pub(super) fn into_items(self) -> Vec<Self> {
        match self.content {
            Content::Sequence(items) => items,
            _ => Vec::new(),
        }
    }
}

impl Content {
    /// A noun for this kind of value, for messages: "a list".
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "an object",
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::Null => serializer.serialize_unit(),
            Content::Bool(value) => serializer.serialize_bool(*value),
            Content::Number(value) => value.serialize(serializer),
            Content::String(value) => serializer.serialize_str(value),
            Content::Sequence(items) => serializer.collect_seq(items),
            Content::Mapping(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}

/// The members of a mapping that is being read.
#[derive(Debug, Default)]
pub(super) struct Members {
    entries: Vec<Entry>,
    places: HashMap<String, Place>,
}

#[derive(Debug)]
struct Place {
    index: usize,
    /// True where the mapping has the key itself, and not only by a merge.
    own: bool,
}

impl Members {
    /// Adds a member that the mapping itself has; it overrides a merged one.
    pub fn add(&mut self, entry: Entry) -> Result<(), Broken> {
        if let Some(place) = self.places.get(&entry.key)
            && place.own
            && let Some(first) = self.entries.get(place.index)
        {
            return Err(Broken {
                position: entry.position,
                fault: Fault::DuplicateKey { first: first.position, key: entry.key },
            });
        }
        self.set(entry, true);
        Ok(())
    }

    /// Adds a member by a merge key. As for `kubectl`, the later one wins.
    pub fn merge(&mut self, entry: Entry) {
        self.set(entry, false);
    }

    fn set(&mut self, entry: Entry, own: bool) {
        match self.places.entry(entry.key.clone()) {
            hash_map::Entry::Occupied(mut place) => {
                let place = place.get_mut();
                place.own |= own;
                if let Some(existing) = self.entries.get_mut(place.index) {
                    *existing = entry;
                }
            }
            hash_map::Entry::Vacant(place) => {
                place.insert(Place { index: self.entries.len(), own });
                self.entries.push(entry);
            }
        }
    }

    pub fn into_content(self) -> Content {
        Content::Mapping(self.entries)
    }
}
