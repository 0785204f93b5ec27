//! Values held against a structural schema.

mod combinations;
mod numbers;
mod types;

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::correlation::{OldItems, is_unchanged, old_field};
use crate::finding::{Fault, Finding, invalid, quoted, shown};
use crate::path::Place;
use crate::schema::{Additional, Schema};
use crate::{formats, hints};

/// Judges the values of an object. What did not change from the old one is not complained of.
pub(crate) fn judge(
    schema: &Schema,
    old: Option<&Value>,
    new: &Value,
    findings: &mut Vec<Finding>,
) {
    let mut checked = Checked::default();
    check(new, schema, old, &Place::ROOT, &mut checked);
    // The same may be found through several schemas of one value; it is told once.
    let mut told = HashSet::new();
    checked.findings.retain(|finding| told.insert(finding.to_string()));
    findings.append(&mut checked.findings);
}

/// What was found, and how many checks had a result: of several schemas that do not fit, the errors of
/// the one with most of them are told.
#[derive(Default)]
struct Checked {
    findings: Vec<Finding>,
    matches: usize,
}

impl Checked {
    fn tell(&mut self, fault: Fault, place: &Place<'_>, message: impl Into<String>) {
        self.findings.push(Finding::new(fault, place, message));
    }
}

/// Checks a value. `old` is what it takes the place of.
fn check(
    value: &Value,
    schema: &Schema,
    old: Option<&Value>,
    place: &Place<'_>,
    checked: &mut Checked,
) {
    let before = checked.findings.len();
    check_new(value, schema, old, place, checked);
    if checked.findings.len() > before && old.is_some_and(|old| is_unchanged(value, old, schema)) {
        checked.findings.truncate(before);
    }
}

/// Checks a value whether or not it changed; `old` is for what is in it.
fn check_new(
    value: &Value,
    schema: &Schema,
    old: Option<&Value>,
    place: &Place<'_>,
    checked: &mut Checked,
) {
    if value.is_null() {
        types::check(value, schema, place, checked);
        check_enum(value, schema, place, checked);
        return;
    }
    if types::is_checked(schema) {
        types::check(value, schema, place, checked);
        checked.matches += 1;
    }
    combinations::check(value, schema, place, checked);
    checked.matches += 1;
    match value {
        Value::String(text) => {
            check_text(text, schema, place, checked);
            checked.matches += 1;
            if let Some(format) = formats::of_text(schema) {
                if !formats::is_valid(format, text) {
                    let detail = in_body(
                        place,
                        &format!("must be of type {}: {}", schema.format, quoted(text)),
                    );
                    checked.tell(Fault::Format, place, invalid(&quoted(text), &detail));
                }
                checked.matches += 1;
            }
        }
        Value::Number(number) => {
            numbers::check(number, schema, place, checked);
            checked.matches += 2;
        }
        Value::Array(items) => {
            check_items(items, schema, old, place, checked);
            checked.matches += 2;
        }
        _ => {}
    }
    check_enum(value, schema, place, checked);
    checked.matches += 1;
    if let Value::Object(members) = value {
        check_members(members, schema, old, place, checked);
        checked.matches += 1;
    }
    checked.matches += 1;
}

/// `spec.x in body <what is wrong>`
fn in_body(place: &Place<'_>, wrong: &str) -> String {
    format!("{} in body {wrong}", place.path())
}

fn check_enum(value: &Value, schema: &Schema, place: &Place<'_>, checked: &mut Checked) {
    if schema.choices.is_empty() || schema.choices.iter().any(|choice| is_choice(value, choice)) {
        return;
    }
    let choices = schema.choices.iter().map(|choice| match choice {
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    });
    let choices: Vec<_> = choices.collect();
    let message =
        format!("Unsupported value: {}: supported values: {}", shown(value), choices.join(", "));
    let hint = value.as_str().and_then(|text| {
        hints::did_you_mean(text, schema.choices.iter().filter_map(Value::as_str))
    });
    checked.findings.push(Finding::new(Fault::Enum, place, message).hinting(hint));
}

/// Compares as Go does it, which makes a number of the type of the other one first. `null` is never one.
fn is_choice(value: &Value, choice: &Value) -> bool {
    match (value, choice) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            #[expect(clippy::cast_possible_truncation, reason = "as Go does it")]
            (None, Some(b)) => a.as_f64().is_some_and(|a| a as i64 == b),
            (_, None) => a.as_f64() == b.as_f64(),
        },
        (value, choice) => value == choice,
    }
}

fn check_text(text: &str, schema: &Schema, place: &Place<'_>, checked: &mut Checked) {
    let length = || i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let wrong = |wrong: &str| invalid(&quoted(text), &in_body(place, wrong));
    // The first that is wrong is told.
    if let Some(max) = schema.max_length
        && length() > max
    {
        let unit = if max == 1 { "byte" } else { "bytes" };
        let message = format!("Too long: may not be more than {max} {unit}");
        checked.tell(Fault::MaxLength, place, message);
    } else if let Some(min) = schema.min_length
        && length() < min
    {
        let message = wrong(&format!("should be at least {min} chars long"));
        checked.tell(Fault::MinLength, place, message);
    } else if let Some(pattern) = &schema.pattern
        && !pattern.source.is_empty()
    {
        let message = match pattern.is_match(text) {
            Ok(true) => return,
            Ok(false) => wrong(&format!("should match '{}'", pattern.source)),
            Err(why) => {
                wrong(&format!("should match '{}, but pattern is invalid: {why}'", pattern.source))
            }
        };
        checked.tell(Fault::Pattern, place, message);
    }
}

fn check_items(
    items: &[Value],
    schema: &Schema,
    old: Option<&Value>,
    place: &Place<'_>,
    checked: &mut Checked,
) {
    if let Some(of_item) = &schema.items {
        let old = OldItems::of(schema, old);
        for (index, item) in items.iter().enumerate() {
            check(item, of_item, old.get(item), &place.index(index), checked);
        }
    }
    let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if let Some(min) = schema.min_items
        && size < min
    {
        let detail = in_body(place, &format!("should have at least {min} items"));
        checked.tell(Fault::MinItems, place, invalid(&size.to_string(), &detail));
    }
    if let Some(max) = schema.max_items
        && size > max
    {
        checked.tell(Fault::MaxItems, place, too_many(size, max));
    }
    if schema.unique_items {
        let mut seen = HashSet::new();
        if !items.iter().all(|item| seen.insert(item.to_string())) {
            let detail = in_body(place, "shouldn't contain duplicates");
            checked.tell(Fault::UniqueItems, place, invalid("\"\"", &detail));
        }
    }
}

fn too_many(actual: i64, max: i64) -> String {
    let unit = if max == 1 { "item" } else { "items" };
    format!("Too many: {actual}: must have at most {max} {unit}")
}

fn check_members(
    members: &Map<String, Value>,
    schema: &Schema,
    old: Option<&Value>,
    place: &Place<'_>,
    checked: &mut Checked,
) {
    let size = i64::try_from(members.len()).unwrap_or(i64::MAX);
    if let Some(min) = schema.min_properties
        && size < min
    {
        let detail = in_body(place, &format!("should have at least {min} properties"));
        checked.tell(Fault::MinProperties, place, invalid(&size.to_string(), &detail));
    }
    if let Some(max) = schema.max_properties
        && size > max
    {
        checked.tell(Fault::MaxProperties, place, too_many(size, max));
    }
    for (name, value) in members {
        let here = place.field(name);
        // The API server cannot see whether these two changed: both objects are read as one version.
        let is_of_type = place.is_root() && ["apiVersion", "kind"].contains(&&**name);
        let old = if is_of_type { None } else { old_field(old, name) };
        if let Some(inner) = schema.field(name) {
            check(value, inner, old, &here, checked);
        } else if matches!(schema.additional_properties, Some(Additional::Any(false))) {
            let detail = format!("{} in body is a forbidden property", here.path());
            let message = invalid(&quoted(name), &detail);
            checked.tell(Fault::AdditionalProperties, place, message);
        }
    }
    for name in &schema.required {
        if !members.contains_key(name) {
            checked.tell(Fault::Required, &place.field(name), "Required value");
        }
    }
}
