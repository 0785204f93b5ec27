//! The types of values, and what depends on them: sizes, zero values.

use std::sync::{Arc, LazyLock};

use super::Value;
use crate::types::Type;

/// The first second of year 1: Go's zero time.
const YEAR_ONE: i64 = -62_135_596_800;

impl Type {
    /// The name at evaluation, where nothing is known of what lists and the like are of. By it types are
    /// compared and shown.
    pub fn runtime_name(&self) -> &str {
        match self {
            Self::Dyn | Self::Parameter(_) => "dyn",
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Optional(_) => "optional_type",
            Self::Nullable(inner) => inner.runtime_name(),
            Self::Type(_) => "type",
            Self::Opaque(name) => name,
            Self::Object(object) => &object.name,
            Self::Error => "error",
        }
    }
}

/// The type of any type: `type(int)`.
static OF_TYPES: LazyLock<Arc<Type>> = LazyLock::new(|| Arc::new(Type::Dyn));

impl Value<'_> {
    /// The type, without what lists and the like are of.
    pub fn type_of(&self) -> Type {
        let dynamic = || Arc::clone(&OF_TYPES);
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Uint(_) => Type::Uint,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::Bytes(_) => Type::Bytes,
            Self::List(_) => Type::List(dynamic()),
            Self::Map(_) => Type::map(Type::Dyn, Type::Dyn),
            Self::Duration(_) => Type::Duration,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Type(_) => Type::Type(dynamic()),
            Self::Optional(_) => Type::Optional(dynamic()),
            Self::Opaque(opaque) => Type::Opaque(opaque.type_name()),
        }
    }

    /// The name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Opaque(opaque) => opaque.type_name(),
        }
    }

    /// Returns whether a function that takes this type takes the value. As in cel-go, of lists and maps only
    /// the first item and the first entry are looked at.
    pub(crate) fn is_a(&self, of: &Type) -> bool {
        match (of, self) {
            (Type::Dyn | Type::Parameter(_), _) => true,
            (Type::List(item), Self::List(list)) => {
                list.items().first().is_none_or(|first| first.is_a(item))
            }
            (Type::Map(entry), Self::Map(map)) => {
                map.entries().first().is_none_or(|(k, v)| k.is_a(&entry.0) && v.is_a(&entry.1))
            }
            (of, value) => of.runtime_name() == value.type_name(),
        }
    }

    /// The number of characters, bytes, items or entries; `None` for what has no size.
    pub(crate) fn size(&self) -> Option<usize> {
        match self {
            Self::String(text) => Some(text.chars().count()),
            Self::Bytes(bytes) => Some(bytes.len()),
            Self::List(list) => Some(list.items().len()),
            Self::Map(map) => Some(map.entries().len()),
            _ => None,
        }
    }

    /// The size that Kubernetes counts in costs: 1 for what has none, and that of the value of an optional.
    pub(crate) fn cost_size(&self) -> u64 {
        match self {
            Self::Optional(Some(inner)) => inner.cost_size(),
            Self::Opaque(opaque) => opaque.cost_size(),
            other => other.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(1),
        }
    }

    /// Returns whether it is the value of its type that stands for nothing: 0, false, an empty list.
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(bool) => !bool,
            Self::Int(int) => *int == 0,
            Self::Uint(uint) => *uint == 0,
            Self::Double(double) => *double == 0.0,
            Self::String(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::List(list) => list.items().is_empty(),
            Self::Map(map) => map.entries().is_empty(),
            Self::Duration(duration) => duration.0 == 0,
            Self::Timestamp(at) => at.seconds == YEAR_ONE && at.nanoseconds == 0,
            Self::Type(_) | Self::Optional(_) | Self::Opaque(_) => false,
        }
    }
}
