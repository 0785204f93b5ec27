//! The values that rules see: JSON with the types of a schema.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use kubernetes_cel::{List, Text, Type, Value};
use serde_json::{Map, Value as Json};

use super::names::escape;
use super::types::{OF_METADATA, OF_RESOURCE, declares_resource};
use crate::formats;
use crate::schema::{Kind, ListType, Schema};

/// Before the names of fields that no rule can name; two objects are still equal only with them.
const HIDDEN: char = '\0';

/// A value that no function takes: what stands for one that its schema does not allow. Rules meet such only
/// where it did not change in an update, or has a format that hides it.
fn wrong<'a>() -> Value<'a> {
    Value::Type(Type::Error.into())
}

/// Why the schema does not allow a value at all; none if it does.
pub(super) fn why_wrong(json: &Json, schema: &Schema) -> Option<&'static str> {
    if !matches!(value(json, schema, false), Value::Type(_)) {
        return None;
    }
    Some(match schema.kind {
        _ if schema.is_int_or_string => {
            "invalid data, expected XIntOrString value to be either a string or integer"
        }
        Kind::Object => "invalid data, expected a map for the provided schema with type=object",
        Kind::Array => "invalid data, expected an array for the provided schema with type=array",
        Kind::Boolean => "invalid data, expected bool",
        Kind::Integer => "invalid data, expected int",
        Kind::Number => "invalid data, expected float",
        Kind::String | Kind::Any => "invalid data, expected string",
    })
}

/// A value of a schema.
pub(super) fn value<'a>(json: &'a Json, schema: &Schema, is_resource: bool) -> Value<'a> {
    match (json, schema.kind) {
        (Json::Null, _) if schema.nullable => Value::Null,
        (Json::Null, _) => wrong(),
        (Json::String(_), _) if schema.is_int_or_string => plain(json),
        (Json::Number(number), _) if schema.is_int_or_string && number.is_i64() => plain(json),
        (_, Kind::Any) if !schema.is_int_or_string => plain(json),
        (Json::Object(members), Kind::Object) => object(members, schema, is_resource),
        (Json::Array(items), Kind::Array) => {
            let of_item = schema.items.as_deref();
            let item = |item| match of_item {
                Some(schema) => value(item, schema, schema.is_embedded_resource),
                None => plain(item),
            };
            list(items.iter().map(item).collect(), schema)
        }
        #[expect(clippy::cast_precision_loss, reason = "that is the double it becomes")]
        (Json::Number(number), Kind::Number) => match number.as_i64() {
            Some(int) => Value::Double(int as f64),
            None => plain(json),
        },
        (Json::Number(number), Kind::Integer) if number.is_i64() => plain(json),
        (Json::String(text), Kind::String) => string(text, &schema.format),
        (Json::Bool(_), Kind::Boolean) => plain(json),
        _ => wrong(),
    }
}

fn list<'a>(items: Vec<Value<'a>>, schema: &Schema) -> Value<'a> {
    Value::List(match schema.list_type {
        ListType::Atomic => items.into(),
        ListType::Set => List::set(items),
        ListType::Map => {
            // The fields have their names in rules.
            let keys = schema.list_map_keys.iter().filter_map(|key| escape(key));
            let keys: Vec<_> = keys.collect();
            List::keyed(items, keys.iter().map(String::as_str))
        }
    })
}

fn object<'a>(members: &'a Map<String, Json>, schema: &Schema, is_resource: bool) -> Value<'a> {
    let has_names = schema.properties.is_some() || is_resource;
    let is_own = |name: &str| {
        is_resource
            && (OF_RESOURCE.contains(&name) || name == "metadata")
            && !declares_resource(schema)
    };
    let entry = |(name, json): (&'a String, &'a Json)| {
        if !has_names {
            let value = match schema.additional() {
                Some(of) => value(json, of, of.is_embedded_resource),
                None => plain(json),
            };
            return Some((Value::from(&**name), value));
        }
        if json.is_null() {
            // A field that is null is not there.
            return None;
        }
        let inner = schema.property(name);
        let value = match inner {
            _ if is_own(name) => of_resource(json),
            Some(of) => value(json, of, of.is_embedded_resource),
            None => plain(json),
        };
        let escaped = escape(name).filter(|_| inner.is_some() || is_own(name));
        let name = match escaped {
            Some(escaped) if escaped == *name => Text::Borrowed(name),
            Some(escaped) => Text::Shared(escaped.into()),
            None => Text::Shared(format!("{HIDDEN}{name}").into()),
        };
        Some((Value::String(name), value))
    };
    Value::Map(members.iter().filter_map(entry).collect())
}

/// A field that every object has. Of its metadata rules see the names.
fn of_resource(json: &Json) -> Value<'_> {
    let Json::Object(members) = json else { return plain(json) };
    let fields = members.iter().filter(|(_, json)| !json.is_null());
    let entry = |(name, json): (_, _)| {
        let name: &String = name;
        let text = if OF_METADATA.contains(&&**name) {
            Text::Borrowed(name)
        } else {
            Text::Shared(format!("{HIDDEN}{name}").into())
        };
        (Value::String(text), plain(json))
    };
    Value::Map(fields.map(entry).collect())
}

/// A string, which its format may make something else.
fn string<'a>(text: &'a str, format: &str) -> Value<'a> {
    let special = match format {
        "byte" => URL_SAFE.decode(text).ok().map(|bytes| Value::Bytes(Arc::from(bytes))),
        "duration" => formats::duration(text).map(Value::Duration),
        "date" | "date-time" => formats::moment(text, format).map(Value::Timestamp),
        _ => None,
    };
    match (special, format) {
        (Some(special), _) => special,
        (None, "byte" | "duration" | "date" | "date-time") => wrong(),
        _ => text.into(),
    }
}

/// A value without a schema.
fn plain(json: &Json) -> Value<'_> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => match number.as_i64() {
            Some(int) => int.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().into(),
        Json::Object(members) => {
            Value::object(members.iter().map(|(name, json)| (name.as_str(), plain(json))))
        }
    }
}
