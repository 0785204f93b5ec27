//! The errors of expressions, in words for the people who must fix them.

use cel::{ExecutionError, IdedExpr};

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

impl CompileError {
    /// The message for an expression on which the compiler panicked: a bug.
    pub const PANICKED: &str = "the compiler panicked; please report the expression";
}

/// A mistake at a node of an expression.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) id: u64,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn at(node: &IdedExpr, message: String) -> Self {
        Self { id: node.id, message }
    }
}

/// The reason why an evaluation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// An operation failed, like `object.x` where there is no `x`.
    #[error("{0}")]
    Failed(String),
    /// The evaluation takes more steps or memory than the budget allows.
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

/// An error in the words of Kubernetes.
pub(super) fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("no such key: {key}"),
        ExecutionError::IndexOutOfBounds(cel::Value::Int(index)) => {
            format!("index out of bounds: {index}")
        }
        ExecutionError::DivisionByZero(_) => "division by zero".to_owned(),
        ExecutionError::RemainderByZero(_) => "modulus by zero".to_owned(),
        ExecutionError::Overflow(..) => "integer overflow".to_owned(),
        ExecutionError::UnsupportedBinaryOperator(..) | ExecutionError::UnexpectedType { .. } => {
            "no such overload".to_owned()
        }
        ExecutionError::NoSuchOverload(_) => error.to_string().replacen("found ", "", 1),
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::UndeclaredReference(name) => format!("undeclared reference to '{name}'"),
        error => error.to_string(),
    }
}
