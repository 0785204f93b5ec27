//! The types that a schema declares for rules.

use kubernetes_cel::Type;

use super::names::escape;
use crate::schema::{Kind, Schema};

/// The fields of every object that rules may read, and those of its metadata.
pub(super) const OF_RESOURCE: [&str; 2] = ["apiVersion", "kind"];
pub(super) const OF_METADATA: [&str; 2] = ["generateName", "name"];

/// The type of the values of a schema; none if rules cannot read them. `name` is that of an object type.
pub(super) fn declare(schema: &Schema, is_resource: bool, name: &str) -> Option<Type> {
    if schema.is_int_or_string {
        return Some(Type::Dyn);
    }
    Some(match schema.kind {
        Kind::Any => return None,
        Kind::Array => {
            let of_item = schema.items.as_deref()?;
            let name = format!("{name}.@idx");
            Type::list(declare(of_item, of_item.is_embedded_resource, &name)?)
        }
        Kind::Boolean => Type::Bool,
        Kind::Integer => Type::Int,
        Kind::Number => Type::Double,
        Kind::Object => return object(schema, is_resource, name),
        Kind::String => match &*schema.format {
            "byte" => Type::Bytes,
            "duration" => Type::Duration,
            "date" | "date-time" => Type::Timestamp,
            _ => Type::String,
        },
    })
}

fn object(schema: &Schema, is_resource: bool, name: &str) -> Option<Type> {
    if let Some(of_value) = schema.additional() {
        let name = format!("{name}.@elem");
        let value = declare(of_value, of_value.is_embedded_resource, &name)?;
        return Some(Type::map(Type::String, value));
    }
    let mut fields = Vec::new();
    let declares_all = !is_resource || declares_resource(schema);
    for (property, inner) in schema.properties.iter().flatten() {
        let is_own =
            !declares_all && (OF_RESOURCE.contains(&&**property) || property == "metadata");
        let Some(escaped) = escape(property).filter(|_| !is_own) else { continue };
        let name = format!("{name}.{escaped}");
        if let Some(of) = declare(inner, inner.is_embedded_resource, &name) {
            fields.push((escaped, of));
        }
    }
    if !declares_all {
        fields.extend(OF_RESOURCE.map(|field| (field.to_owned(), Type::String)));
        let of_metadata = OF_METADATA.map(|field| (field, Type::String));
        let metadata = Type::object(&format!("{name}.metadata"), of_metadata);
        fields.push(("metadata".to_owned(), metadata));
    }
    Some(Type::object(name, fields.iter().map(|(name, of)| (&**name, of.clone()))))
}

/// Returns whether a schema declares itself what every object has.
pub(super) fn declares_resource(schema: &Schema) -> bool {
    let is_string = |schema: Option<&Schema>| schema.is_some_and(|it| it.kind == Kind::String);
    let metadata = schema.property("metadata").filter(|it| it.kind == Kind::Object);
    OF_RESOURCE.iter().all(|field| is_string(schema.property(field)))
        && metadata.is_some_and(|it| OF_METADATA.iter().all(|field| is_string(it.property(field))))
}
