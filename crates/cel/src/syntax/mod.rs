//! From source to a syntax tree: the grammar and macros of cel-go as Kubernetes configures it.

pub(crate) mod ast;
mod lexer;
mod literals;
mod macros;
mod nodes;
mod parser;
#[cfg(test)]
mod tests;

use ast::Ast;
pub(crate) use macros::{UNUSED, usage};

use crate::error::Mistake;
use crate::limits;

/// Parses an expression and expands its macros.
///
/// # Errors
///
/// The first mistake of syntax, or the limit that the source exceeds.
pub(crate) fn parse(source: &str) -> Result<Ast, Mistake> {
    limits::check_length(source)?;
    let ast = parser::Parser::new(source)?.parse()?;
    limits::check_size(&ast)?;
    Ok(ast)
}

/// The line and the column, in characters and both from 1, of the byte `offset` of the source.
pub(crate) fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (1 + before.matches('\n').count(), 1 + line.chars().count())
}
