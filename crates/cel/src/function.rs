//! Functions, in one table for the checks at load, for evaluation and for its cost.

use crate::evaluate::{Answer, Meter};
use crate::value::Value;

/// The code of a function. Its receiver, if it has one, is the first argument. The arguments have the
/// types of the signature.
pub(crate) type Code = for<'a> fn(&[Value<'a>], &mut Meter) -> Answer<'a>;

/// The units of Kubernetes' budget that a call takes, of its arguments and its result.
pub(crate) type Units = fn(&[Value<'_>], &Value<'_>) -> u64;

/// The cost of a call, as Kubernetes counts it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cost {
    /// One unit.
    One,
    /// By the arguments.
    By(Units),
    /// By the arguments, where the types that are known when the expression is loaded leave just this
    /// overload; else one unit, because cel-go looks the cost up by the overload.
    WhereResolved(Units),
    /// As [`Self::WhereResolved`], but for some arguments there is no cost: on these Go panics, and the
    /// evaluation ends.
    OrPanic(fn(&[Value<'_>], &Value<'_>) -> Option<u64>),
    /// By the arguments, in one way where just this overload is left, and in another else.
    Either {
        /// Where just this overload is left.
        resolved: Units,
        /// Where others are left.
        otherwise: Units,
    },
}

/// One overload of a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// The name and the types: `string.charAt(int) -> string` has a receiver,
    /// `optional.of(T) -> optional_type(T)` has a namespace before its name instead, and `T` is any type.
    pub signature: &'static str,
    /// The code.
    pub code: Code,
    /// The cost.
    pub cost: Cost,
    /// Whether the code goes by the types of the values itself, whichever overload was found.
    pub is_by_value: bool,
}

impl Function {
    /// An overload.
    pub const fn new(signature: &'static str, code: Code, cost: Cost) -> Self {
        Self { signature, code, cost, is_by_value: false }
    }

    /// The same function, whose code goes by the types of the values itself and takes any. So do all
    /// overloads of its name.
    pub const fn by_value(mut self) -> Self {
        self.is_by_value = true;
        self
    }
}
