//! The messages of Protocol Buffers that an expression can make, because they stand for values:
//! `google.protobuf.Int64Value{value: 1}` is the int 1, though for the checker it could be null.

use crate::error::Failure;
use crate::types::Type;
use crate::value::{Duration, Timestamp, Value};

/// A message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Bool,
    Bytes,
    Double,
    Float,
    Int32,
    Int64,
    String,
    Uint32,
    Uint64,
    Duration,
    Timestamp,
}

impl Message {
    /// The message of a name. Those that hold JSON, `Any` and `Empty` cannot be made here.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.strip_prefix('.').unwrap_or(name);
        Some(match name.strip_prefix("google.protobuf.")? {
            "BoolValue" => Self::Bool,
            "BytesValue" => Self::Bytes,
            "DoubleValue" => Self::Double,
            "FloatValue" => Self::Float,
            "Int32Value" => Self::Int32,
            "Int64Value" => Self::Int64,
            "StringValue" => Self::String,
            "UInt32Value" => Self::Uint32,
            "UInt64Value" => Self::Uint64,
            "Duration" => Self::Duration,
            "Timestamp" => Self::Timestamp,
            _ => return None,
        })
    }

    /// The names of its fields. All of them have one type.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Duration | Self::Timestamp => &["seconds", "nanos"],
            _ => &["value"],
        }
    }

    /// The type of its fields.
    pub fn field_type(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Bytes => Type::Bytes,
            Self::Double | Self::Float => Type::Double,
            Self::String => Type::String,
            Self::Uint32 | Self::Uint64 => Type::Uint,
            Self::Int32 | Self::Int64 | Self::Duration | Self::Timestamp => Type::Int,
        }
    }

    /// The type of its value.
    pub fn result(self) -> Type {
        match self {
            Self::Duration => Type::Duration,
            Self::Timestamp => Type::Timestamp,
            _ => Type::Nullable(self.field_type().into()),
        }
    }

    /// The value of the message with these fields; those that are missing are zero.
    pub fn make<'a>(
        self,
        first: Option<Value<'a>>,
        second: Option<&Value<'a>>,
    ) -> Result<Value<'a>, Failure> {
        Ok(match (self, first.unwrap_or_else(|| self.zero())) {
            (Self::Bool, value @ Value::Bool(_))
            | (Self::Bytes, value @ Value::Bytes(_))
            | (Self::Double, value @ Value::Double(_))
            | (Self::Int64, value @ Value::Int(_))
            | (Self::String, value @ Value::String(_))
            | (Self::Uint64, value @ Value::Uint(_)) => value,
            #[expect(clippy::cast_possible_truncation, reason = "the message is that small")]
            (Self::Float, Value::Double(value)) => Value::Double(f64::from(value as f32)),
            (Self::Int32, Value::Int(value)) => Value::Int(i64::from(small(value)?)),
            (Self::Uint32, Value::Uint(value)) => {
                Value::Uint(u32::try_from(value).map_err(|_| Failure::OVERFLOW)?.into())
            }
            (Self::Duration, Value::Int(seconds)) => {
                // As in Go, what is too long is the longest.
                let all = i128::from(seconds) * NANOS + i128::from(nanos(second)?);
                let longest = if all < 0 { i64::MIN } else { i64::MAX };
                Value::Duration(Duration(i64::try_from(all).unwrap_or(longest)))
            }
            (Self::Timestamp, Value::Int(seconds)) => {
                let nanos = Duration(nanos(second)?.into());
                Value::Timestamp(Timestamp::from_seconds(seconds)?.add(nanos)?)
            }
            _ => return Err(Failure::NO_SUCH_OVERLOAD),
        })
    }

    fn zero<'a>(self) -> Value<'a> {
        match self.field_type() {
            Type::Bool => false.into(),
            Type::Bytes => Value::Bytes([].into()),
            Type::Double => 0.0.into(),
            Type::String => "".into(),
            Type::Uint => 0_u64.into(),
            _ => 0_i64.into(),
        }
    }
}

/// The nanoseconds of a second.
const NANOS: i128 = 1_000_000_000;

fn small(value: i64) -> Result<i32, Failure> {
    i32::try_from(value).map_err(|_| Failure::OVERFLOW)
}

fn nanos(value: Option<&Value<'_>>) -> Result<i32, Failure> {
    match value {
        None => Ok(0),
        Some(Value::Int(nanos)) => small(*nanos),
        Some(_) => Err(Failure::NO_SUCH_OVERLOAD),
    }
}
