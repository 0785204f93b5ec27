//! The variables that an expression may name.

use std::collections::BTreeMap;

use super::compile::Expression;
use super::evaluate::VARIABLES;
use super::types::Type;

/// The variables that an expression may name, with their types.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    variables: BTreeMap<String, Type>,
    definitions: BTreeMap<String, Definition>,
}

/// The facts about `variables.x` that other expressions need.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// The name, with `variables.` before it.
    path: String,
    pub(super) result: Type,
    pub(super) levels: usize,
}

impl Scope {
    /// A scope without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    #[must_use]
    pub fn with(mut self, name: &str, variable: Type) -> Self {
        self.variables.insert(name.to_owned(), variable);
        self
    }

    /// Adds `variables.name` for the expressions that are compiled from now on. So a definition can
    /// use those before it.
    pub fn define(&mut self, name: &str, expression: &Expression) {
        let path = format!("{VARIABLES}.{name}");
        let definition =
            Definition { path, result: expression.result(), levels: expression.levels };
        self.definitions.insert(name.to_owned(), definition);
    }

    /// The type of a variable; `None` if there is none of this name.
    pub(super) fn variable(&self, name: &str) -> Option<Type> {
        let is_defined = name == VARIABLES && !self.definitions.is_empty();
        if is_defined { Some(Type::Map(&Type::Dyn)) } else { self.variables.get(name).copied() }
    }

    /// The definition of `variables.name`; `None` if there is none.
    pub(super) fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.get(name)
    }

    /// The names of all variables.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The names of all definitions, as they are written.
    pub(super) fn definitions(&self) -> impl Iterator<Item = &str> {
        self.definitions.values().map(|definition| definition.path.as_str())
    }
}
