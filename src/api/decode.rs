//! Decoding an object, with an error that says where it is wrong.

use serde::Deserialize;

/// What does not fit its kind, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct DecodeError {
    /// The path of the offending value; empty for the object as a whole.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
}

/// Decodes an object from JSON.
pub fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(json).map_err(|error| {
        // Tracking the path costs as much as decoding, so it is done only when something is wrong.
        let mut again = serde_json::Deserializer::from_str(json);
        let (field, error) = match serde_path_to_error::deserialize::<_, T>(&mut again) {
            Ok(_) => (String::new(), error),
            Err(error) => (error.path().to_string(), error.into_inner()),
        };
        let field = if field == "." { String::new() } else { field };
        let message = error.to_string();
        // The line within one object's JSON says nothing to who wrote YAML.
        let what = message.split(" at line ").next().unwrap_or_default().to_owned();
        DecodeError { field, what }
    })
}
