//! The functions and macros that every expression may use.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cel::{DeclarationError, Env};

use super::function::Function;
use super::library::LIBRARIES;
use super::{intrinsics, macros};

/// The functions and macros, built once for all expressions.
#[derive(Clone)]
pub struct Environment {
    pub(super) env: Arc<Env>,
    functions: Arc<BTreeMap<&'static str, Vec<Function>>>,
}

impl Environment {
    /// Builds the environment of Kubernetes' CEL.
    ///
    /// # Errors
    ///
    /// Two functions of the libraries have the same signature: a mistake in their tables.
    pub fn new() -> Result<Self, DeclarationError> {
        let mut env = Env::stdlib();
        env.set_error_on_duplicate_map_keys(false);
        let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for function in LIBRARIES.into_iter().flatten() {
            function.register(&mut env)?;
            functions.entry(function.name).or_default().push(*function);
        }
        intrinsics::register(&mut env)?;
        macros::register(&mut env)?;
        Ok(Self { env: Arc::new(env), functions: Arc::new(functions) })
    }

    /// The overloads of a function; none for one that does not exist.
    pub(super) fn overloads(&self, name: &str) -> &[Function] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of the functions that have a receiver, or of those that do not.
    pub(super) fn names(&self, is_member: bool) -> impl Iterator<Item = &'static str> {
        let is_asked = move |function: &&Function| function.receiver.is_some() == is_member;
        self.functions.values().flatten().filter(is_asked).map(|function| function.name)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.functions.keys()).finish()
    }
}
