//! Types, as the checker knows them when an expression is loaded.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A type of CEL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Anything, known only when it is evaluated.
    Dyn,
    /// `null_type`.
    Null,
    /// `bool`.
    Bool,
    /// `int`: 64 bits.
    Int,
    /// `uint`: 64 bits.
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
    /// `list(item)`.
    List(Arc<Type>),
    /// `map(key, value)`.
    Map(Arc<(Type, Type)>),
    /// `optional_type(value)`.
    Optional(Arc<Type>),
    /// A type that may be null too: the wrappers of Protocol Buffers, as `wrapper(int)`.
    Nullable(Arc<Type>),
    /// The type of a type: `type(int)`.
    Type(Arc<Type>),
    /// A type that only its own functions know, like `kubernetes.Quantity`.
    Opaque(&'static str),
    /// An object whose fields are declared.
    Object(Arc<ObjectType>),
    /// A type that is any other, the same wherever its number stands: in a signature, and while an
    /// expression is checked.
    Parameter(u32),
    /// The type of what has a mistake that was told already.
    Error,
}

/// An object whose fields are declared: any other field is a mistake. It is equal to others of its
/// name.
#[derive(Debug)]
pub struct ObjectType {
    /// The name, which tells it from other objects.
    pub name: Box<str>,
    /// The fields and their types.
    pub fields: BTreeMap<Box<str>, Type>,
}

impl PartialEq for ObjectType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ObjectType {}

/// The types that only their own functions know.
pub(crate) const OPAQUE: [&str; 6] = [
    "kubernetes.NamedFormat",
    "kubernetes.Quantity",
    "kubernetes.Semver",
    "kubernetes.URL",
    "net.CIDR",
    "net.IP",
];

impl Type {
    /// A list of this type.
    #[must_use]
    pub fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    /// A map.
    #[must_use]
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new((key, value)))
    }

    /// An optional of this type.
    #[must_use]
    pub fn optional(value: Self) -> Self {
        Self::Optional(Arc::new(value))
    }

    /// An object with these fields.
    #[must_use]
    pub fn object<'n>(name: &str, fields: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, field)| (name.into(), field)).collect();
        Self::Object(Arc::new(ObjectType { name: name.into(), fields }))
    }

    /// Returns whether it is this type and no other; a wrapper is what it wraps, as for Kubernetes.
    pub fn is_exactly(&self, other: &Self) -> bool {
        match (self.unwrapped(), other.unwrapped()) {
            (Self::List(a), Self::List(b))
            | (Self::Optional(a), Self::Optional(b))
            | (Self::Type(a), Self::Type(b)) => a.is_exactly(b),
            (Self::Map(a), Self::Map(b)) => a.0.is_exactly(&b.0) && a.1.is_exactly(&b.1),
            (a, b) => a == b,
        }
    }

    /// The type without a wrapper around it.
    pub(crate) fn unwrapped(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            other => other,
        }
    }

    /// Returns whether nothing is known of it, because it is dynamic or has a mistake.
    pub(crate) fn is_dyn_or_error(&self) -> bool {
        matches!(self, Self::Dyn | Self::Error)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
            Self::List(item) => write!(f, "list({item})"),
            Self::Map(entry) => write!(f, "map({}, {})", entry.0, entry.1),
            Self::Optional(value) => write!(f, "optional_type({value})"),
            Self::Nullable(value) => write!(f, "wrapper({value})"),
            Self::Type(of) => write!(f, "type({of})"),
            Self::Opaque(name) => f.write_str(name),
            Self::Object(object) => f.write_str(&object.name),
            Self::Parameter(number) => write!(f, "T{number}"),
            Self::Error => f.write_str("!error!"),
        }
    }
}
