//! The fields that the subresource `scale` uses.

use kubernetes_cel::go;
use serde_json::Value;

use crate::definition::Scale;
use crate::finding::{Fault, Finding, invalid};
use crate::path::{FieldPath, Segment};

/// Judges the numbers of replicas and the label selector of an object.
pub(crate) fn judge(scale: Option<&Scale>, object: &Value, findings: &mut Vec<Finding>) {
    let Some(scale) = scale else { return };
    for path in [&scale.replicas, &scale.observed_replicas] {
        let replicas = match at(object, path, "int64", Value::is_i64) {
            Ok(replicas) => replicas.and_then(Value::as_i64).unwrap_or_default(),
            Err(wrong) => {
                tell(path, "0", &wrong, findings);
                continue;
            }
        };
        if replicas < 0 {
            tell(path, &replicas.to_string(), "should be a non-negative integer", findings);
        } else if replicas > i64::from(i32::MAX) {
            let detail = format!("should be less than or equal to {}", i32::MAX);
            tell(path, &replicas.to_string(), &detail, findings);
        }
    }
    if let Some(path) = &scale.label_selector
        && let Err(wrong) = at(object, path, "string", Value::is_string)
    {
        tell(path, "\"\"", &wrong, findings);
    }
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('.').unwrap_or(path).split('.')
}

/// The value at a path, if there is one.
///
/// # Errors
///
/// It has another type, or what should have it is no object.
fn at<'o>(
    object: &'o Value,
    path: &str,
    wanted: &str,
    is_wanted: impl Fn(&Value) -> bool,
) -> Result<Option<&'o Value>, String> {
    let wrong = |way: &str, value: &Value, wanted: &str| {
        let (text, of) = (go_value(value), go_type(value));
        format!("{way} accessor error: {text} is of the type {of}, expected {wanted}")
    };
    let (mut value, mut way) = (object, String::new());
    for name in names(path) {
        way.extend([".", name]);
        match value {
            Value::Null => return Ok(None),
            Value::Object(members) => match members.get(name) {
                Some(inner) => value = inner,
                None => return Ok(None),
            },
            other => return Err(wrong(&way, other, "map[string]interface{}")),
        }
    }
    if is_wanted(value) { Ok(Some(value)) } else { Err(wrong(&way, value, wanted)) }
}

/// A value as Go's `%v` writes it.
fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => match number.as_i64() {
            Some(int) => int.to_string(),
            None => go::double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}:{}", go_value(value)));
            format!("map[{}]", members.collect::<Vec<_>>().join(" "))
        }
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn tell(path: &str, value: &str, detail: &str, findings: &mut Vec<Finding>) {
    let place: FieldPath = names(path).map(|name| Segment::Field(name.into())).collect();
    let finding = Finding::at(Fault::Scale, place, invalid(value, detail));
    findings.push(finding.named_as(path));
}
