//! Kubernetes' CEL over the bytes of JSON.
//!
//! ```
//! use kubernetes_cel::{Activation, Budget, Environment, Expression, Scope, Type, decode};
//!
//! let environment = Environment::new()?;
//! let scope = Scope::new().with("object", Type::Dyn);
//! let source = "object.spec.replicas <= 5 && object.metadata.name.startsWith('web-')";
//! let expression = Expression::compile(&environment, source, &scope)?;
//!
//! let json = r#"{"metadata": {"name": "web-1"}, "spec": {"replicas": 3, "paused": true}}"#;
//! let mut activation = Activation::new();
//! if let Some(fields) = expression.reads().of("object") {
//!     activation.bind("object", decode(json, fields)?); // without `paused`
//! }
//! assert!(expression.evaluate_bool(&activation, &mut Budget::default())?);
//!
//! let error = Expression::compile(&environment, "objekt.spec", &scope).unwrap_err();
//! assert_eq!(error.message, "undeclared reference to 'objekt', did you mean 'object'?");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate does not know who evaluates expressions, nor the kinds of objects. At load, once:
//!
//! 1. [`Environment::new`] builds the functions and macros.
//! 2. A [`Scope`] has the variables with their types.
//! 3. [`Expression::compile`] refuses what can be known to fail, and finds out what is read:
//!    [`Expression::reads`]. The [`Projection`]s of all expressions are merged.
//!
//! For each object:
//!
//! 1. [`decode`] makes a [`Value`] of the parts that the projection names, and of nothing else.
//! 2. An [`Activation`] gives the variables their values; those that are expressions themselves
//!    ([`VARIABLES`]) are evaluated when they are first read.
//! 3. [`Expression::evaluate_bool`], [`Expression::evaluate_text`] or [`Expression::evaluate`] give
//!    the result, all from one [`Budget`]: no expression and no object takes more time or memory
//!    than it allows.
//!
//! The evaluator is the `cel` crate. The values, the limits, the checks at load and the function
//! libraries are ours. They use [`names`] and [`nearest`], which are public for other checks of
//! names.

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
