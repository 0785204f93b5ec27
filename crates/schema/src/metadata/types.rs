//! The types of the fields of `metadata`. Unlike those of a schema they are checked while an object is
//! read, and the API server names the first that is wrong.

use serde_json::{Map, Number, Value};

use crate::finding::{Fault, Finding};
use crate::hints;
use crate::path::Place;

/// A type of Go, as far as `metadata` needs them.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Integer,
    Boolean,
    /// `map[string]string`
    Texts,
    Time,
    List(&'static Type),
    Struct(&'static str, &'static [(&'static str, Type)]),
    /// Any JSON.
    Raw,
}

const OBJECT_META: Type = Type::Struct(
    "ObjectMeta",
    &[
        ("annotations", Type::Texts),
        ("creationTimestamp", Type::Time),
        ("deletionGracePeriodSeconds", Type::Integer),
        ("deletionTimestamp", Type::Time),
        ("finalizers", Type::List(&Type::Text)),
        ("generateName", Type::Text),
        ("generation", Type::Integer),
        ("labels", Type::Texts),
        ("managedFields", Type::List(&MANAGED_FIELDS)),
        ("name", Type::Text),
        ("namespace", Type::Text),
        ("ownerReferences", Type::List(&OWNER_REFERENCE)),
        ("resourceVersion", Type::Text),
        ("selfLink", Type::Text),
        ("uid", Type::Text),
    ],
);

const OWNER_REFERENCE: Type = Type::Struct(
    "OwnerReference",
    &[
        ("apiVersion", Type::Text),
        ("blockOwnerDeletion", Type::Boolean),
        ("controller", Type::Boolean),
        ("kind", Type::Text),
        ("name", Type::Text),
        ("uid", Type::Text),
    ],
);

const MANAGED_FIELDS: Type = Type::Struct(
    "ManagedFieldsEntry",
    &[
        ("apiVersion", Type::Text),
        ("fieldsType", Type::Text),
        ("fieldsV1", Type::Raw),
        ("manager", Type::Text),
        ("operation", Type::Text),
        ("subresource", Type::Text),
        ("time", Type::Time),
    ],
);

/// Checks the types in the `metadata` of an object, tells the fields that are unknown, and removes those,
/// and what is `null`.
pub(crate) fn decode(
    object: &mut Map<String, Value>,
    place: &Place<'_>,
    findings: &mut Vec<Finding>,
) {
    if let Some(metadata) = object.get_mut("metadata") {
        if metadata.is_null() {
            *metadata = Value::Object(Map::new());
        }
        let mut walk = Walk { findings, of: "ObjectMeta", way: String::new() };
        if !walk.value(metadata, OBJECT_META, &place.field("metadata")) {
            *metadata = Value::Object(Map::new());
        }
    }
}

struct Walk<'f> {
    findings: &'f mut Vec<Finding>,
    /// The struct of Go, and the way to its field: both are in the error.
    of: &'static str,
    way: String,
}

impl Walk<'_> {
    /// Returns whether the value can stay.
    fn value(&mut self, value: &mut Value, of: Type, place: &Place<'_>) -> bool {
        match (of, value) {
            (Type::Raw, _) | (Type::Text, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => {
                true
            }
            // As for all of Go: nothing.
            (_, Value::Null) => false,
            (Type::Integer, Value::Number(number)) if is_integer(number) => true,
            (Type::Time, Value::String(text)) => {
                let is_time = kubernetes_cel::Timestamp::parse(text).is_ok();
                if !is_time {
                    let text = Value::String(text.clone());
                    let message = format!("parsing time {text} as \"2006-01-02T15:04:05Z07:00\"");
                    self.tell_text(&message, place);
                }
                is_time
            }
            (Type::Texts, Value::Object(members)) => {
                members.retain(|key, value| {
                    if value.is_null() {
                        // A key without a value has an empty one.
                        *value = Value::String(String::new());
                    }
                    self.value(value, Type::Text, &place.field(key))
                });
                true
            }
            (Type::List(of), Value::Array(items)) => {
                let mut index = 0;
                items.retain_mut(|item| {
                    if item.is_null() {
                        // An item that is null is an empty one.
                        *item = match of {
                            Type::Struct(..) => Value::Object(Map::new()),
                            _ => Value::String(String::new()),
                        };
                    }
                    let stays = self.value(item, *of, &place.index(index));
                    index += 1;
                    stays
                });
                true
            }
            (Type::Struct(name, fields), Value::Object(members)) => {
                let outer = std::mem::replace(&mut self.of, name);
                members.retain(|name, value| self.member(name, value, fields, place));
                self.of = outer;
                true
            }
            (of, value) => {
                self.tell(value, of, place);
                false
            }
        }
    }

    fn member(
        &mut self,
        name: &str,
        value: &mut Value,
        fields: &'static [(&'static str, Type)],
        place: &Place<'_>,
    ) -> bool {
        let place = place.field(name);
        let Some((_, of)) = fields.iter().find(|(known, _)| *known == name) else {
            let path = place.path();
            let message = format!("unknown field \"{path}\"");
            let hint = hints::did_you_mean(name, fields.iter().map(|(known, _)| *known));
            self.findings.push(Finding::at(Fault::UnknownField, path, message).hinting(hint));
            return false;
        };
        let before = self.way.len();
        self.way.push('.');
        self.way.push_str(name);
        let stays = self.value(value, *of, &place);
        self.way.truncate(before);
        stays
    }

    fn tell(&mut self, value: &Value, of: Type, place: &Place<'_>) {
        let (found, wanted) = (json_name(value, of), go_name(of));
        let into = match &*self.way {
            "" => "value".to_owned(),
            way => format!("struct field {}{way}", self.of),
        };
        let message = format!("json: cannot unmarshal {found} into Go {into} of type {wanted}");
        let hint = match (of, value) {
            (Type::Text, Value::Number(_) | Value::Bool(_)) => Some(hints::put_in_quotes(value)),
            (Type::Texts, _) => Some("keys and texts are wanted".to_owned()),
            (Type::List(_), _) => Some("a list is wanted: begin each item with \"- \"".to_owned()),
            _ => None,
        };
        self.findings.push(Finding::new(Fault::MetadataType, place, message).hinting(hint));
    }

    fn tell_text(&mut self, message: &str, place: &Place<'_>) {
        let hint = Some("write it like 2006-01-02T15:04:05Z".to_owned());
        self.findings.push(Finding::new(Fault::MetadataType, place, message).hinting(hint));
    }
}

/// Returns whether Go reads it as an integer. The API server writes it anew before, without `.0`.
fn is_integer(number: &Number) -> bool {
    const END: f64 = 9_223_372_036_854_775_808.0;
    let is_whole = |double: f64| double.fract() == 0.0 && (-END..END).contains(&double);
    number.is_i64() || (number.is_f64() && number.as_f64().is_some_and(is_whole))
}

fn json_name(value: &Value, wanted: Type) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        // A number that does not fit is in the message.
        Value::Number(number) if matches!(wanted, Type::Integer) => match number.as_f64() {
            Some(double) if number.is_f64() && double.abs() < 1e21 => format!("number {double}"),
            _ => format!("number {number}"),
        },
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    }
}

fn go_name(of: Type) -> String {
    match of {
        Type::Text | Type::Time => "string".to_owned(),
        Type::Integer => "int64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Texts => "map[string]string".to_owned(),
        Type::List(of) => format!("[]{}", go_name(*of)),
        Type::Struct(name, _) => format!("v1.{name}"),
        Type::Raw => "v1.FieldsV1".to_owned(),
    }
}
