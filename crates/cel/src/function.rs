//! A function as lint and evaluation know it: one table for both.

use cel::common::value::CowVal;
use cel::{DeclarationError, Env, ExecutionError};

use super::types::Type;

/// The code of a function: its receiver, if it has one, is the first argument.
///
/// Reading the arguments is paid for by who calls it. A function pays for what it makes before it
/// makes it, and for work that grows faster than its arguments, with [`super::budget::spend`].
pub type Call = for<'b, 'v> fn(Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError>;

/// One overload of a function.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// As it is called, with its namespace: `find`, `math.greatest`.
    pub name: &'static str,
    /// What it is called on, for `x.f()`.
    pub receiver: Option<Type>,
    /// What it takes, the receiver not counted.
    pub arguments: &'static [Type],
    /// What it gives.
    pub result: Type,
    /// `None`: the `cel` crate has it.
    pub call: Option<Call>,
}

impl Function {
    /// `receiver.name(arguments)` that the library has code for.
    pub const fn member(
        name: &'static str,
        receiver: Type,
        arguments: &'static [Type],
        result: Type,
        call: Call,
    ) -> Self {
        Self { name, receiver: Some(receiver), arguments, result, call: Some(call) }
    }

    /// `name(arguments)` that the library has code for.
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
