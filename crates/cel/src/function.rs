//! Functions, in one table for the checks at load and for evaluation.

use cel::common::value::CowVal;
use cel::{DeclarationError, Env, ExecutionError};

use super::types::Type;

/// The code of a function. Its receiver, if it has one, is the first argument.
///
/// The caller takes the fuel for reading the arguments. With [`super::budget::spend`], a function
/// takes the fuel for the values that it makes, before it makes them, and for work that grows
/// faster than its arguments.
pub type Call = for<'b, 'v> fn(Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError>;

/// One overload of a function.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The name in a call, with its namespace: `find`, `math.greatest`.
    pub name: &'static str,
    /// The type of `x` in `x.f()`.
    pub receiver: Option<Type>,
    /// The types of the arguments, without the receiver.
    pub arguments: &'static [Type],
    /// The type of the result.
    pub result: Type,
    /// The code; `None` where the `cel` crate has it.
    pub call: Option<Call>,
}

impl Function {
    /// An overload `receiver.name(arguments)` with code of ours.
    pub const fn member(
        name: &'static str,
        receiver: Type,
        arguments: &'static [Type],
        result: Type,
        call: Call,
    ) -> Self {
        Self { name, receiver: Some(receiver), arguments, result, call: Some(call) }
    }

    /// An overload `name(arguments)` with code of ours.
    pub const fn global(
        name: &'static str,
        arguments: &'static [Type],
        result: Type,
        call: Call,
    ) -> Self {
        Self { name, receiver: None, arguments, result, call: Some(call) }
    }

    pub(super) fn register(&self, env: &mut Env) -> Result<(), DeclarationError> {
        let Some(call) = self.call else { return Ok(()) };
        let arguments = self.arguments.iter().map(|argument| argument.to_cel()).collect();
        match self.receiver {
            None => env.add_overload(self.name, &self.to_string(), arguments, call),
            Some(on) => {
                env.add_member_overload(self.name, &self.to_string(), on.to_cel(), arguments, call)
            }
        }
    }
}

impl std::fmt::Display for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(receiver) = self.receiver {
            write!(f, "{receiver}.")?;
        }
        let arguments: Vec<_> = self.arguments.iter().map(Type::to_string).collect();
        write!(f, "{}({})", self.name, arguments.join(", "))
    }
}
