//! Values that only their own functions know, like quantities.

use std::any::Any;
use std::fmt::Debug;

use cel::common::types::Type as CelType;
use cel::common::value::{CowVal, StaticVal, Val};

use crate::types::Type;

/// The content of a value of an opaque type.
pub trait Opaque: Debug + Clone + PartialEq + Send + Sync + 'static {
    /// The type, as `type(x)` shows it.
    const TYPE: &'static CelType;
}

/// The content as a value, which has only equality and its own functions.
#[derive(Debug, Clone)]
pub struct OpaqueValue<T>(pub T);

impl<T: Opaque> OpaqueValue<T> {
    /// The type, for the tables of functions.
    pub const TYPE: Type = Type::Opaque(T::TYPE);

    /// The content as the result of a function.
    pub fn cow<'b, 'v>(inner: T) -> CowVal<'b, 'v> {
        CowVal::owned(Self(inner))
    }
}

impl<T: Opaque> Val for OpaqueValue<T> {
    fn get_type(&self) -> &CelType {
        T::TYPE
    }

    fn cel_type() -> &'static CelType {
        T::TYPE
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl<T: Opaque> StaticVal for OpaqueValue<T> {}
