//! From source to an expression that can be evaluated.

use crate::check;
use crate::environment::Environment;
use crate::error::{CompileError, Mistake};
use crate::evaluate::Program;
use crate::projection::Projection;
use crate::reads::reads;
use crate::scope::Scope;
use crate::syntax;
use crate::types::Type;

/// An expression that is checked and ready to be evaluated.
#[derive(Debug)]
pub struct Expression {
    pub(crate) program: Program,
    reads: Projection,
    result: Type,
}

impl Expression {
    /// Compiles `source`, which may name what is in `scope`.
    ///
    /// # Errors
    ///
    /// The source is no expression, or one that is known to fail or to cost too much. The error is
    /// the first mistake; [`Expression::compile_or_all`] has the others, too.
    pub fn compile(
        environment: &Environment,
        source: &str,
        scope: &Scope,
    ) -> Result<Self, CompileError> {
        compile(environment, source, scope).map_err(|mistakes| match mistakes.first() {
            Some(first) => first.placed(source),
            None => CompileError::unknown(),
        })
    }

    /// Compiles `source`, and tells all mistakes in it.
    ///
    /// # Errors
    ///
    /// The mistakes in the order of the source, and no more than a person can read.
    pub fn compile_or_all(
        environment: &Environment,
        source: &str,
        scope: &Scope,
    ) -> Result<Self, Vec<CompileError>> {
        compile(environment, source, scope)
            .map_err(|mistakes| mistakes.iter().map(|mistake| mistake.placed(source)).collect())
    }

    /// The parts of its variables that it reads.
    pub fn reads(&self) -> &Projection {
        &self.reads
    }

    /// The type of its result, as far as it is known.
    pub fn result(&self) -> &Type {
        &self.result
    }

    /// Refuses an expression whose result is not known to be of one of these types. That it could be is
    /// not enough, as in Kubernetes.
    ///
    /// # Errors
    ///
    /// The type of the result is another, or nothing is known of it.
    pub fn expect(self, expected: &[Type]) -> Result<Self, CompileError> {
        if expected.iter().any(|expected| self.result.is_exactly(expected)) {
            return Ok(self);
        }
        let message = check::wrong_result(expected, &self.result);
        Err(CompileError { line: 1, column: 1, message })
    }
}

fn compile(
    environment: &Environment,
    source: &str,
    scope: &Scope,
) -> Result<Expression, Vec<Mistake>> {
    let ast = syntax::parse(source).map_err(|mistake| vec![mistake])?;
    let checked = check::check(ast, environment, scope)?;
    let result = checked.of(checked.ast.root.id).clone();
    let program = Program::plan(&checked, environment).map_err(|mistake| vec![mistake])?;
    Ok(Expression { program, reads: reads(&checked), result })
}
