//! The messages of Protocol Buffers that an expression can make. They are values of CEL:
//! `google.protobuf.Int64Value{value: 1}` is an int, or null as far as the checker knows.

use crate::types::Type;

/// A message.
pub(super) struct Message {
    /// The fields with their types.
    pub fields: Vec<(&'static str, Type)>,
    /// The type of the value.
    pub result: Type,
}

impl Message {
    /// The type of a field.
    pub fn field(&self, name: &str) -> Option<Type> {
        let field = self.fields.iter().find(|(known, _)| *known == name);
        field.map(|(_, of)| of.clone())
    }

    /// A message around a value that may be null.
    fn wrapper(of: Type) -> Self {
        Self { fields: vec![("value", of.clone())], result: Type::Nullable(of.into()) }
    }
}

/// The message of a name.
pub(super) fn message(name: &str) -> Option<Message> {
    let object = || Type::map(Type::String, Type::Dyn);
    let list = || Type::list(Type::Dyn);
    let time =
        |result| Message { fields: vec![("seconds", Type::Int), ("nanos", Type::Int)], result };
    let name = super::names::absolute(name).strip_prefix("google.protobuf.")?;
    Some(match name {
        "BoolValue" => Message::wrapper(Type::Bool),
        "BytesValue" => Message::wrapper(Type::Bytes),
        "DoubleValue" | "FloatValue" => Message::wrapper(Type::Double),
        "Int32Value" | "Int64Value" => Message::wrapper(Type::Int),
        "StringValue" => Message::wrapper(Type::String),
        "UInt32Value" | "UInt64Value" => Message::wrapper(Type::Uint),
        "Duration" => time(Type::Duration),
        "Timestamp" => time(Type::Timestamp),
        "ListValue" => Message { fields: vec![("values", list())], result: list() },
        "Struct" => Message { fields: vec![("fields", object())], result: object() },
        "Value" => {
            let fields = vec![
                ("null_value", Type::Int),
                ("number_value", Type::Double),
                ("string_value", Type::String),
                ("bool_value", Type::Bool),
                ("struct_value", object()),
                ("list_value", list()),
            ];
            Message { fields, result: Type::Dyn }
        }
        _ => return None,
    })
}
