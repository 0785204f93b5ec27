//! The functions that every expression may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::function::Function;
use crate::types::Type;

/// The functions, built once for all expressions.
#[derive(Debug, Clone)]
pub struct Environment {
    functions: Arc<BTreeMap<Box<str>, Vec<Overload>>>,
}

/// One overload of a function, with its signature read.
#[derive(Debug)]
pub(crate) struct Overload {
    /// Whether it is called as `receiver.name(arguments)`.
    pub is_member: bool,
    /// The types of the receiver, if there is one, and of the arguments.
    pub parameters: Vec<Type>,
    /// The type of the result.
    pub result: Type,
    /// The code and its cost; none for what the evaluator does itself: `&&`, `||`, `?:`, `==`, indices.
    pub function: Option<Function>,
}

/// A signature in the tables of functions that cannot be read: a mistake in this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signature {0:?} cannot be read; please report it")]
pub struct SignatureError(pub(crate) &'static str);

impl Environment {
    /// Builds the environment of Kubernetes' CEL.
    ///
    /// # Errors
    ///
    /// A signature cannot be read: a mistake in this crate.
    pub fn new() -> Result<Self, SignatureError> {
        Ok(Self { functions: Arc::new(BTreeMap::new()) })
    }

    /// The overloads of a function; none for one that does not exist.
    pub(crate) fn overloads(&self, name: &str) -> &[Overload] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }
}
