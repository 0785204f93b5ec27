//! The functions that every expression may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::function::Function;
use crate::library::{BUILTIN, LIBRARIES};
use crate::signature::Signature;

/// The functions, built once for all expressions.
#[derive(Debug, Clone)]
pub struct Environment {
    functions: Arc<BTreeMap<&'static str, Vec<Overload>>>,
}

/// One overload of a function, with its signature read.
#[derive(Debug)]
pub(crate) struct Overload {
    /// The name and the types.
    pub signature: Signature,
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
        let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let builtin = BUILTIN.iter().map(|signature| (*signature, None));
        let library = LIBRARIES.iter().copied().flatten();
        let library = library.map(|function| (function.signature, Some(*function)));
        for (signature, function) in builtin.chain(library) {
            let Some(read) = Signature::read(signature) else {
                return Err(SignatureError(signature));
            };
            let overload = Overload { signature: read, function };
            functions.entry(overload.signature.name).or_default().push(overload);
        }
        Ok(Self { functions: Arc::new(functions) })
    }

    /// The overloads of a function, in the order in which cel-go tries them; none for one that does
    /// not exist.
    pub(crate) fn overloads(&self, name: &str) -> &[Overload] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of the functions that have a receiver, or of those that do not.
    pub(crate) fn names(&self, is_member: bool) -> impl Iterator<Item = &'static str> {
        let is_asked = move |overload: &Overload| overload.signature.is_member == is_member;
        let functions = self.functions.iter();
        functions.filter(move |(_, all)| all.iter().any(is_asked)).map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests;
