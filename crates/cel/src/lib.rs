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
//! The crate knows nothing of who asks and of the kinds of objects. At load, once:
//!
//! 1. [`Environment::new`] builds the functions and macros.
//! 2. A [`Scope`] says which variables there are, with their types.
//! 3. [`Expression::compile`] refuses what can be known to fail, and says what is read:
//!    [`Expression::reads`]. The [`Projection`]s of all expressions are merged.
//!
//! For each object:
//!
//! 1. [`decode`] makes a [`Value`] of what the projection says of it, and nothing else.
//! 2. An [`Activation`] gives the variables their values; those that are expressions themselves
//!    ([`VARIABLES`]) are evaluated when they are first asked for.
//! 3. [`Expression::evaluate_bool`], [`Expression::evaluate_text`] or [`Expression::evaluate`], all
//!    from one [`Budget`]: no expression and no object takes longer or more memory than it allows.
//!
//! The evaluator is the `cel` crate. What is ours is the values, the limits, the checks at load and
//! the function libraries. [`names`] and [`nearest`] serve those, and anyone else who must judge names.

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
