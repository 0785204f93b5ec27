//! From source to an expression that can be evaluated.

use crate::check;
use crate::environment::Environment;
use crate::error::{CompileError, Mistake};
use crate::evaluate::Program;
use crate::limits::check_levels;
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
    /// The levels of its nodes, with those of the definitions that it uses.
    pub(crate) levels: usize,
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
        Self::compile_or_all(environment, source, scope).map_err(|all| {
            all.into_iter().next().unwrap_or_else(|| Mistake::panicked().placed(source))
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

/// The stack for compilation: the deepest source that the parser takes needs less than 4 MiB, where
/// nothing is optimised. Of the rest not a page is ever touched.
const STACK: usize = 16 << 20;

/// Compiles on a thread of its own, because all of it recurses as deep as the source is nested, and the
/// threads of callers have small stacks. A panic ends there, too.
fn compile(
    environment: &Environment,
    source: &str,
    scope: &Scope,
) -> Result<Expression, Vec<Mistake>> {
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().name("compile".to_owned()).stack_size(STACK);
        match thread.spawn_scoped(threads, || compile_here(environment, source, scope)) {
            Ok(compiling) => compiling.join().unwrap_or_else(|_| Err(vec![Mistake::panicked()])),
            Err(error) => {
                let message = format!("it cannot be compiled: no thread can be started: {error}");
                Err(vec![Mistake::at(0, message)])
            }
        }
    })
}

fn compile_here(
    environment: &Environment,
    source: &str,
    scope: &Scope,
) -> Result<Expression, Vec<Mistake>> {
    let ast = syntax::parse(source).map_err(|mistake| vec![mistake])?;
    let checked = check::check(ast, environment, scope)?;
    let levels = check_levels(&checked.ast.root, scope).map_err(|mistake| vec![mistake])?;
    let result = checked.of(checked.ast.root.id).clone();
    let program = Program::plan(&checked, environment).map_err(|mistake| vec![mistake])?;
    Ok(Expression { program, reads: reads(&checked), result, levels })
}
