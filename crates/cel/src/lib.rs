//! Kubernetes' CEL over the bytes of a request.
//!
//! It knows nothing of policies and kinds. At load, once:
//!
//! 1. [`Environment::new`] builds the functions and macros.
//! 2. A [`Scope`] says which variables there are, with their types.
//! 3. [`Expression::compile`] refuses what can be known to fail, and says what is read:
//!    [`Expression::reads`]. The [`Projection`]s of all expressions are merged.
//!
//! For each request:
//!
//! 1. [`decode`] makes a [`Value`] of what the projection says of each object, and nothing else.
//! 2. An [`Activation`] gives the variables their values; a policy's `variables` are evaluated when
//!    they are first asked for.
//! 3. [`Expression::evaluate_bool`], [`Expression::evaluate_text`] or [`Expression::evaluate`], all
//!    from one [`Budget`]: no expression and no object takes longer or more memory than it allows.
//!
//! The evaluator is the `cel` crate. What is ours is the values, the limits, the checks at load and
//! the function libraries.

mod budget;
mod compile;
mod decode;
mod environment;
mod error;
mod escape;
mod evaluate;
mod function;
mod intrinsics;
mod library;
mod limits;
mod lint;
mod list;
mod macros;
mod map;
pub mod names;
mod operators;
mod projection;
mod reads;
mod rewrite;
mod scope;
mod similar;
mod stack;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub use budget::Budget;
pub use compile::Expression;
pub use decode::{MAX_DEPTH, Part, decode};
pub use environment::Environment;
pub use error::{CompileError, EvaluationError};
pub use evaluate::{Activation, VARIABLES};
pub use projection::{Fields, Projection};
pub use scope::Scope;
pub use similar::nearest;
pub use types::Type;
pub use value::{List, Map, Value};
