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
//! # The way of an expression
//!
//! `syntax` parses the source and expands macros; `check` finds the types and the overloads of each
//! call; `compile` adds what is read (`reads`) and the plan of its steps (`evaluate`). The functions are
//! in `library`: a row of a table has the signature, the code and the cost of one overload. All
//! of it follows cel-go, with the options that Kubernetes sets, to the last digit and the last unit of cost.

mod budget;
mod check;
mod compile;
mod decode;
mod environment;
mod error;
mod evaluate;
mod function;
pub mod go;
mod library;
mod limits;
pub mod names;
mod projection;
mod protobuf;
mod reads;
mod scope;
mod signature;
mod similar;
mod syntax;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub use budget::Budget;
pub use compile::Expression;
pub use decode::{MAX_DEPTH, Part, decode};
pub use environment::{Environment, SignatureError};
pub use error::{CompileError, EvaluationError};
pub use evaluate::Activation;
pub use projection::{Fields, Projection};
pub use scope::{Scope, VARIABLES};
pub use similar::nearest;
pub use types::{ObjectType, Type};
pub use value::{Duration, List, Map, Text, Timestamp, Value};
