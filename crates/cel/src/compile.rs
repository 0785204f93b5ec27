//! From source to an expression that can be evaluated.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cel::common::ast::SourceInfo;
use cel::{Env, ExecutionError, IdedExpr, ParseErrors};

use super::environment::Environment;
use super::error::{CompileError, Fault};
use super::limits::{self, MAX_LENGTH};
use super::projection::Projection;
use super::reads::reads;
use super::rewrite::rewrite;
use super::scope::Scope;
use super::types::Type;
use super::{budget, lint, stack};

/// An expression that is checked and ready to be evaluated.
pub struct Expression {
    pub(super) ast: IdedExpr,
    pub(super) env: Arc<Env>,
    reads: Projection,
    result: Type,
    nodes: usize,
    pub(super) levels: usize,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expression").field("result", &self.result).finish_non_exhaustive()
    }
}

impl Expression {
    /// Compiles `source`, which may name what is in `scope`.
    ///
    /// # Errors
    ///
    /// The source is no expression, or one that is known to fail or to cost too much. The position
    /// is that of the first mistake.
    pub fn compile(
        environment: &Environment,
        source: &str,
        scope: &Scope,
    ) -> Result<Self, CompileError> {
        if source.len() > MAX_LENGTH {
            let message = format!("must be no longer than {MAX_LENGTH} bytes");
            return Err(CompileError { line: 1, column: 1, message });
        }
        let compile = || stack::large(|| compile(environment, source, scope));
        catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|_| {
            let message = CompileError::PANICKED.to_owned();
            Err(CompileError { line: 1, column: 1, message })
        })
    }

    /// The parts of its variables that it reads.
    pub fn reads(&self) -> &Projection {
        &self.reads
    }

    /// The type of its result, as far as it is known.
    pub fn result(&self) -> Type {
        self.result
    }

    /// Refuses an expression that is known to have a result of another type.
    ///
    /// # Errors
    ///
    /// The type of the result is known and is another.
    pub fn expect(self, expected: Type) -> Result<Self, CompileError> {
        if self.result.may_be(expected) {
            return Ok(self);
        }
        let message = format!("must evaluate to {expected} but evaluates to {}", self.result);
        Err(CompileError { line: 1, column: 1, message })
    }

    /// Takes the fuel for evaluating each node once; comprehensions take it for more.
    pub(super) fn spend(&self) -> Result<(), ExecutionError> {
        budget::spend(self.nodes)
    }
}

fn compile(
    environment: &Environment,
    source: &str,
    scope: &Scope,
) -> Result<Expression, CompileError> {
    let program = environment.env.compile(source).map_err(|errors| syntax(&errors))?;
    let placed = |fault| place(fault, source, program.source_info());
    let mut ast = program.expression().clone();
    limits::check(&ast, scope).map_err(placed)?;
    let result = lint::check(&ast, environment, scope).map_err(placed)?;
    let (reads, nodes) = (reads(&ast, scope), limits::nodes(&ast));
    rewrite(&mut ast, environment);
    let levels = limits::levels(&ast, scope).map_err(placed)?;
    Ok(Expression { ast, env: Arc::clone(&environment.env), reads, result, nodes, levels })
}

/// A mistake with its line and column.
fn place(fault: Fault, source: &str, info: &SourceInfo) -> CompileError {
    let start = info.offset_for(fault.id).map_or(0, |(start, _)| start);
    let before = usize::try_from(start).ok().and_then(|start| source.get(..start)).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    CompileError {
        line: 1 + before.matches('\n').count(),
        column: 1 + line.chars().count(),
        message: fault.message,
    }
}

/// The first mistakes of the parser; there can be thousands, each with the whole source.
fn syntax(errors: &ParseErrors) -> CompileError {
    const SHOWN: usize = 3;
    let from_one = |number: isize| usize::try_from(number).unwrap_or(1).max(1);
    let (line, column) = errors.errors.first().map_or((1, 1), |error| error.pos);
    let messages: Vec<_> =
        errors.errors.iter().take(SHOWN).map(|error| short(&error.msg)).collect();
    CompileError { line: from_one(line), column: from_one(column), message: messages.join("; ") }
}

/// The parser's message without the list of tokens that it expected, which is half of the language.
fn short(message: &str) -> &str {
    if message.contains("Recursion limit") {
        return "too deeply nested";
    }
    message.split(" expecting {").next().unwrap_or(message)
}
