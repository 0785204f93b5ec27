//! From JSON to the types that rules read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};

use crate::admission::field::FieldError;
use crate::api::Object;

/// Why an object is not what its kind says.
#[derive(Debug)]
pub struct Fault {
    /// What to tell the user.
    pub error: FieldError,
    /// Where the offending value stands; `None` where that cannot be said.
    path: Option<Path>,
}

/// Decodes an object; an error names the path of the offending value.
pub fn decode<'a, T: Deserialize<'a>>(object: &'a RawValue) -> Result<T, Fault> {
    serde_json::from_str(object.get()).map(|Object(object)| object).map_err(|_| {
        // Tracking the path costs as much as decoding, so it is done only when something is wrong.
        let mut json = serde_json::Deserializer::from_str(object.get());
        match serde_path_to_error::deserialize::<_, Object<T>>(&mut json) {
            Ok(_) => Fault {
                error: FieldError::type_invalid("", "the object does not decode"),
                path: None,
            },
            Err(error) => {
                let path = error.path().clone();
                let message = error.into_inner().to_string();
                let what = message.split(" at line ").next().unwrap_or_default();
                let field = if path.iter().len() == 0 { String::new() } else { path.to_string() };
                Fault { error: FieldError::type_invalid(field, what), path: Some(path) }
            }
        }
    })
}

impl Fault {
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
