//! Decoding an object, with an error that says where it is wrong.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};

use super::object::Object;
use crate::json;

/// What does not fit its kind, and where.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{field}: {what}")]
pub struct DecodeError {
    /// The path of the offending value; empty for the object as a whole.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
    /// `None` where it cannot be said.
    path: Option<Path>,
}

/// Decodes an object from JSON.
pub fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, DecodeError> {
    json::from_str(json).map(|Object(object)| object).map_err(|error| {
        // Tracking the path costs as much as decoding, so it is done only when something is wrong.
        let mut again = serde_json::Deserializer::from_str(json);
        let (path, error) = match serde_path_to_error::deserialize::<_, Object<T>>(&mut again) {
            Ok(_) => (None, error),
            Err(error) => (Some(error.path().clone()), error.into_inner()),
        };
        let named = path.as_ref().filter(|path| path.iter().len() > 0);
        let message = error.to_string();
        // The line within one object's JSON says nothing to who wrote YAML.
        let what = message.split(" at line ").next().unwrap_or_default().to_owned();
        DecodeError { field: named.map(Path::to_string).unwrap_or_default(), what, path }
    })
}

impl DecodeError {
    /// Whether two objects have the same offending value in the same place.
    pub fn is_in_both(&self, a: &RawValue, b: &RawValue) -> bool {
        let offending = |object| Some(value_at(object, self.path.as_ref()?)?.get());
        offending(a).is_some_and(|value| offending(b) == Some(value))
    }
}

fn value_at<'a>(object: &'a RawValue, path: &Path) -> Option<&'a RawValue> {
    path.iter().try_fold(object, |value, segment| match segment {
        Segment::Map { key } => {
            let members: BTreeMap<Cow<'a, str>, &'a RawValue> =
                serde_json::from_str(value.get()).ok()?;
            members.get(key.as_str()).copied()
        }
        Segment::Seq { index } => {
            let items: Vec<&'a RawValue> = serde_json::from_str(value.get()).ok()?;
            items.get(*index).copied()
        }
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}
