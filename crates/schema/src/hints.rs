//! Hints for people, beyond the API server's words.

use kubernetes_cel::nearest;
use serde_json::Value;

use crate::schema::{Kind, Schema};

/// The fewest characters of a name that can be like another one: of two, one is half.
const MIN_LENGTH: usize = 3;

/// `did you mean "x"?`
pub(crate) fn did_you_mean<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<String> {
    if name.chars().count() < MIN_LENGTH {
        return None;
    }
    nearest(name, known).map(|meant| format!("did you mean \"{meant}\"?"))
}

/// What to do about a value that is text and should be something else, or the other way round.
pub(crate) fn of_type(value: &Value, wanted: Kind) -> Option<String> {
    match (value, wanted) {
        (Value::Number(_) | Value::Bool(_), Kind::String) => Some(put_in_quotes(value)),
        (Value::String(text), Kind::Integer) if text.parse::<i64>().is_ok() => {
            Some(format!("without quotes: {text}"))
        }
        (Value::String(text), Kind::Number) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Some(format!("without quotes: {text}"))
        }
        (Value::String(text), Kind::Boolean) => match &*text.to_ascii_lowercase() {
            "true" | "yes" | "on" => Some("without quotes: true".to_owned()),
            "false" | "no" | "off" => Some("without quotes: false".to_owned()),
            _ => None,
        },
        (Value::Null, _) => Some("give it a value, or remove it".to_owned()),
        (Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Object(_), Kind::Array) => {
            Some("a list is wanted: begin each item with \"- \"".to_owned())
        }
        _ => None,
    }
}

/// `put it in quotes: "5"`
pub(crate) fn put_in_quotes(value: &Value) -> String {
    format!("put it in quotes: \"{value}\"")
}

/// What an unknown field of an object may have been meant to be: one with a similar name, or one of the
/// same name further down.
pub(crate) fn of_unknown(name: &str, schema: &Schema) -> Option<String> {
    did_you_mean(name, schema.names()).or_else(|| {
        let mut owners = Vec::new();
        below(name, schema, &mut Vec::new(), &mut owners);
        // If it could belong to several, it is anyone's guess.
        let [owner] = &owners[..] else { return None };
        Some(format!("it belongs below \"{owner}\""))
    })
}

/// The most levels below an object in which a field is looked for.
const MAX_LEVELS: usize = 3;

/// The objects below `schema` that have a field of this name.
fn below<'s>(name: &str, schema: &'s Schema, way: &mut Vec<&'s str>, owners: &mut Vec<String>) {
    if way.len() == MAX_LEVELS || owners.len() > 1 {
        return;
    }
    for (property, inner) in schema.properties.iter().flatten() {
        way.push(property);
        if inner.property(name).is_some() {
            owners.push(way.join("."));
        }
        below(name, inner, way, owners);
        way.pop();
    }
}
