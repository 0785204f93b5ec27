//! Types, and `null`.

use serde_json::{Number, Value};

use super::{Checked, in_body};
use crate::finding::{Fault, Finding, invalid, quoted};
use crate::path::Place;
use crate::schema::{Kind, Schema};
use crate::{formats, hints};

/// Returns whether the schema says anything about the type.
pub(super) fn is_checked(schema: &Schema) -> bool {
    schema.is_int_or_string || schema.kind != Kind::Any || formats::of_any(schema).is_some()
}

/// Checks the type of a value.
pub(super) fn check(value: &Value, schema: &Schema, place: &Place<'_>, checked: &mut Checked) {
    let wanted: &[Kind] = match schema.kind {
        _ if schema.is_int_or_string => &[Kind::Integer, Kind::String],
        Kind::Any => &[],
        ref kind => std::slice::from_ref(kind),
    };
    let names = || wanted.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(",");
    if value.is_null() {
        if !wanted.is_empty() && !schema.nullable {
            tell(value, schema, &names(), "null", place, checked);
        }
        return;
    }
    let (kind, format) = kind_of(value);
    let is_whole = matches!(value, Value::Number(number) if is_whole(number));
    let is_wanted = wanted.contains(&kind)
        || (kind == Kind::Number && is_whole && wanted.contains(&Kind::Integer))
        || (kind == Kind::Integer && wanted.contains(&Kind::Number));
    if let Some(wanted_format) = formats::of_any(schema) {
        let is_text_or_list = matches!(kind, Kind::String | Kind::Array);
        if !is_text_or_list && !is_wanted && format != wanted_format {
            tell(value, schema, wanted_format, format, place, checked);
            return;
        }
        // The API server takes a list for any text that has a format.
        if is_text_or_list && !wanted.iter().any(|it| matches!(it, Kind::Integer | Kind::Number)) {
            checked.matches += 1;
            return;
        }
    }
    if is_wanted {
        checked.matches += 1;
    } else {
        tell(value, schema, &names(), kind.name(), place, checked);
    }
}

fn tell(
    value: &Value,
    schema: &Schema,
    wanted: &str,
    found: &str,
    place: &Place<'_>,
    checked: &mut Checked,
) {
    let detail = in_body(place, &format!("must be of type {wanted}: {}", quoted(found)));
    let message = invalid(&quoted(found), &detail);
    let hint = hints::of_type(value, schema.kind);
    checked.findings.push(Finding::new(Fault::Type, place, message).hinting(hint));
}

/// The type of a value, and the format of a number.
fn kind_of(value: &Value) -> (Kind, &'static str) {
    match value {
        Value::Null => (Kind::Any, ""),
        Value::Bool(_) => (Kind::Boolean, ""),
        Value::Number(number) if number.is_i64() => (Kind::Integer, "int64"),
        Value::Number(_) => (Kind::Number, "float64"),
        Value::String(_) => (Kind::String, ""),
        Value::Array(_) => (Kind::Array, ""),
        Value::Object(_) => (Kind::Object, ""),
    }
}

/// Returns whether a number without a fraction is a whole one that JSON can hold exactly.
fn is_whole(number: &Number) -> bool {
    number.as_f64().is_some_and(super::numbers::is_json_integer)
}
