//! The parts of values that expressions read, so that nothing else is decoded.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The part of a value that is read. The empty part is its presence and its type: a list or an
/// object is decoded as an empty one, and any other value as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    whole: bool,
    named: BTreeMap<String, Fields>,
    items: Option<Box<Fields>>,
}

/// The whole value.
static WHOLE: Fields = Fields { whole: true, named: BTreeMap::new(), items: None };

impl Fields {
    /// The whole value.
    pub fn whole() -> &'static Self {
        &WHOLE
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        if self.whole || other.whole {
            *self = WHOLE.clone();
            return;
        }
        for (name, fields) in &other.named {
            self.named.entry(name.clone()).or_default().merge(fields);
        }
        if let Some(items) = &other.items {
            self.items.get_or_insert_default().merge(items);
        }
    }

    /// The part that is read of the field of this name; `None` if nothing is.
    pub fn field(&self, name: &str) -> Option<Cow<'_, Self>> {
        if self.whole {
            return Some(Cow::Borrowed(&WHOLE));
        }
        match (self.named.get(name), self.items.as_deref()) {
            (Some(named), Some(items)) => {
                let mut both = named.clone();
                both.merge(items);
                Some(Cow::Owned(both))
            }
            (Some(one), None) | (None, Some(one)) => Some(Cow::Borrowed(one)),
            (None, None) => None,
        }
    }

    /// The fields that are read by name.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.named.iter().map(|(name, fields)| (&**name, fields))
    }

    /// The part that is read of each item of a list; `None` if not even their number is.
    pub fn items(&self) -> Option<&Self> {
        if self.whole { Some(&WHOLE) } else { self.items.as_deref() }
    }

    /// Adds a read at `path`.
    pub(crate) fn add(&mut self, path: &[Step], read: Read) {
        if self.whole {
            return;
        }
        match path {
            [] => match read {
                Read::Presence => {}
                Read::Whole => *self = WHOLE.clone(),
            },
            [Step::Field(name), rest @ ..] => {
                self.named.entry(name.to_string()).or_default().add(rest, read);
            }
            [Step::Items, rest @ ..] => self.items.get_or_insert_default().add(rest, read),
        }
    }
}

/// A step from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The field of this name.
    Field(Box<str>),
    /// Any item of a list, any value of an object.
    Items,
}

/// The kind of a read at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// Only whether the value is there, and its type.
    Presence,
    /// The whole value.
    Whole,
}

/// The parts of each variable that expressions read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projection {
    variables: BTreeMap<String, Fields>,
}

impl Projection {
    /// Adds the parts that other expressions read.
    pub fn merge(&mut self, other: &Self) {
        for (name, fields) in &other.variables {
            self.variables.entry(name.clone()).or_default().merge(fields);
        }
    }

    /// The part that is read of a variable; `None` if no expression names it.
    pub fn of(&self, variable: &str) -> Option<&Fields> {
        self.variables.get(variable)
    }

    /// The variables that are named, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    pub(crate) fn add(&mut self, variable: &str, path: &[Step], read: Read) {
        self.variables.entry(variable.to_owned()).or_default().add(path, read);
    }
}
