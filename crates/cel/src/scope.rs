//! The variables that an expression may name.

use std::collections::BTreeMap;

use crate::compile::Expression;
use crate::types::Type;

/// The name of the variable that holds the definitions.
pub const VARIABLES: &str = "variables";

/// The variables that an expression may name, with their types.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    variables: BTreeMap<Box<str>, Type>,
    /// The types of `variables.x`.
    definitions: BTreeMap<Box<str>, Type>,
}

impl Scope {
    /// A scope without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    #[must_use]
    pub fn with(mut self, name: &str, variable: Type) -> Self {
        self.variables.insert(name.into(), variable);
        self
    }

    /// Adds `variables.name` for the expressions that are compiled from now on. So a definition can
    /// use those before it.
    pub fn define(&mut self, name: &str, expression: &Expression) {
        self.definitions.insert(name.into(), expression.result().clone());
    }
}
