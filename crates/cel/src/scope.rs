//! The variables that an expression may name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compile::Expression;
use crate::types::{ObjectType, Type};

/// The name of the variable that holds the definitions.
pub const VARIABLES: &str = "variables";

/// The name of its type.
pub(crate) const VARIABLES_TYPE: &str = "kubernetes.variables";

/// The variables that an expression may name, with their types.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    variables: BTreeMap<Box<str>, Type>,
    /// The levels of each definition, because those that use it must not have too many with it.
    levels: BTreeMap<Box<str>, usize>,
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
    ///
    /// As in Kubernetes, its type is known where it is a basic one, or a list or a map of such; of
    /// others, like optionals and quantities, nothing is known then.
    pub fn define(&mut self, name: &str, expression: &Expression) {
        let mut fields = match self.variables.get(VARIABLES) {
            Some(Type::Object(object)) => object.fields.clone(),
            _ => BTreeMap::new(),
        };
        fields.insert(name.into(), declared(expression.result()));
        self.levels.insert(name.into(), expression.levels);
        let object = ObjectType { name: VARIABLES_TYPE.into(), fields };
        self.variables.insert(VARIABLES.into(), Type::Object(Arc::new(object)));
    }

    /// The type of a variable; `None` if there is none of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Type> {
        self.variables.get(name)
    }

    /// The levels of nodes of `variables.name`; `None` if there is no such definition.
    pub(crate) fn levels(&self, name: &str) -> Option<usize> {
        self.levels.get(name).copied()
    }

    /// The names of all variables.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(|name| &**name)
    }
}

/// What Kubernetes knows of the type of a definition.
fn declared(of: &Type) -> Type {
    match of {
        Type::Bool
        | Type::Bytes
        | Type::Double
        | Type::Duration
        | Type::Int
        | Type::Null
        | Type::String
        | Type::Timestamp
        | Type::Uint => of.clone(),
        Type::List(item) => Type::list(declared(item)),
        Type::Map(entry) => Type::map(declared(&entry.0), declared(&entry.1)),
        _ => Type::Dyn,
    }
}
