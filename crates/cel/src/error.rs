//! The errors of expressions, in words for the people who must fix them.

use std::borrow::Cow;

use crate::syntax::position;

/// The reason why an expression is refused when it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct CompileError {
    /// The line in the expression, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The mistake.
    pub message: String,
}

/// A mistake in the source of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The byte of the source where it is.
    pub offset: u32,
    pub message: String,
}

impl Mistake {
    /// A mistake at this byte.
    pub fn at(offset: usize, message: impl Into<String>) -> Self {
        Self { offset: u32::try_from(offset).unwrap_or(u32::MAX), message: message.into() }
    }

    /// A source on which the compiler panicked: a mistake in this crate.
    pub fn panicked() -> Self {
        Self::at(0, "the compiler panicked; please report the expression")
    }

    /// The mistake with its line and column.
    pub fn placed(&self, source: &str) -> CompileError {
        let (line, column) = position(source, usize::try_from(self.offset).unwrap_or(usize::MAX));
        CompileError { line, column, message: self.message.clone() }
    }
}

/// The reason why an evaluation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// An operation failed, like `object.x` where there is no `x`.
    #[error("{0}")]
    Failed(String),
    /// The evaluation takes more than the budget allows.
    #[error("the cost budget is exceeded: the expression takes too many steps or too much memory")]
    BudgetExceeded,
    /// It might have a result, but what all expressions may take was spent before.
    #[error("what all expressions may cost together is spent")]
    AllSpent,
    /// The result is of a type that cannot be used here.
    #[error("must evaluate to {want} but evaluates to {got}")]
    WrongType {
        /// The type it should have.
        want: &'static str,
        /// The type it has.
        got: String,
    },
    /// A mistake in the engine.
    #[error("the evaluation panicked; please report the expression")]
    Panicked,
}

/// The error of an operation, which `||`, `&&`, `all` and `exists` may absorb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub Cow<'static, str>);

impl Failure {
    /// No overload of a function takes what it was given.
    pub const NO_SUCH_OVERLOAD: Self = Self(Cow::Borrowed("no such overload"));
    /// A number is too large or too small for its type.
    pub const OVERFLOW: Self = Self(Cow::Borrowed("integer overflow"));
    /// A timestamp before year 1 or after year 9999.
    pub const TIME_OUT_OF_RANGE: Self =
        Self(Cow::Borrowed("timestamp outside of the years 1 to 9999"));

    /// A value of a type that no map has as a key.
    pub fn never_a_key(type_name: &str) -> Self {
        Self(format!("a value of type {type_name} can never be a key").into())
    }

    pub fn no_such_key(key: impl std::fmt::Display) -> Self {
        Self(format!("no such key: {key}").into())
    }
}
