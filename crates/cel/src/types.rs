//! Types as far as they can be known when an expression is loaded.

use std::fmt;

use cel::common::types::{self as builtin, Type as CelType};

/// The type of an expression's result, as far as it can be known without values.
///
/// Fields of objects are [`Type::Dyn`]. Lists, maps and optionals know the type of their content
/// one level deep, as the signatures of functions do.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// Anything.
    Dyn,
    /// `null`.
    Null,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `uint`.
    Uint,
    /// `double`.
    Double,
    /// `string`.
    String,
    /// `bytes`.
    Bytes,
    /// `google.protobuf.Timestamp`.
    Timestamp,
    /// `google.protobuf.Duration`.
    Duration,
    /// The type of the result of `type(x)`.
    Type,
    /// A list of this type.
    List(&'static Type),
    /// A map to this type, from keys of any type.
    Map(&'static Type),
    /// `optional_type` of this type.
    Optional(&'static Type),
    /// A type that only its own functions know, like `kubernetes.Quantity`.
    Opaque(&'static CelType),
}

/// The types without parameters, as parameters of those that have one.
const PLAIN: [Type; 11] = [
    Type::Dyn,
    Type::Null,
    Type::Bool,
    Type::Int,
    Type::Uint,
    Type::Double,
    Type::String,
    Type::Bytes,
    Type::Timestamp,
    Type::Duration,
    Type::Type,
];

impl Type {
    /// The type as a parameter of another type; a type with parameters becomes [`Type::Dyn`] there.
    fn parameter(self) -> &'static Type {
        PLAIN.iter().find(|plain| **plain == self).unwrap_or(&Type::Dyn)
    }

    /// A list of this type.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(self.parameter())
    }

    /// A map to this type.
    #[must_use]
    pub fn map(self) -> Self {
        Self::Map(self.parameter())
    }

    /// An optional of this type.
    #[must_use]
    pub fn optional(self) -> Self {
        Self::Optional(self.parameter())
    }

    /// Returns whether a value of this type may be one of `other`.
    pub fn may_be(self, other: Self) -> bool {
        match (self, other) {
            (Self::Dyn, _) | (_, Self::Dyn) => true,
            (Self::List(a), Self::List(b))
            | (Self::Map(a), Self::Map(b))
            | (Self::Optional(a), Self::Optional(b)) => a.may_be(*b),
            _ => self == other,
        }
    }

    /// The type that covers both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Dyn }
    }

    /// Returns whether it is `int`, `uint` or `double`.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    /// The type by which the evaluator looks for a function, where parameters do not count.
    pub(super) fn to_cel(self) -> CelType {
        let builtin = match self {
            Self::Dyn => &builtin::DYN_TYPE,
            Self::Null => &builtin::NULL_TYPE,
            Self::Bool => &builtin::BOOL_TYPE,
            Self::Int => &builtin::INT_TYPE,
            Self::Uint => &builtin::UINT_TYPE,
            Self::Double => &builtin::DOUBLE_TYPE,
            Self::String => &builtin::STRING_TYPE,
            Self::Bytes => &builtin::BYTES_TYPE,
            Self::Timestamp => &builtin::TIMESTAMP_TYPE,
            Self::Duration => &builtin::DURATION_TYPE,
            Self::Type => &builtin::TYPE_TYPE,
            Self::List(_) => &builtin::LIST_TYPE,
            Self::Map(_) => &builtin::MAP_TYPE,
            Self::Optional(_) => &builtin::OPTIONAL_TYPE,
            Self::Opaque(own) => own,
        };
        builtin.to_owned()
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b))
            | (Self::Map(a), Self::Map(b))
            | (Self::Optional(a), Self::Optional(b)) => a == b,
            (Self::Opaque(a), Self::Opaque(b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(to) => write!(f, "map({to})"),
            Self::Optional(of) => write!(f, "optional_type({of})"),
            Self::Dyn => f.write_str("dyn"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::Type => f.write_str("type"),
            Self::Opaque(own) => f.write_str(own.name()),
        }
    }
}
