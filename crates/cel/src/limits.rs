//! Limits on the size of an expression, so that its compilation and its recursion stay small.

use crate::error::Mistake;
use crate::syntax::ast::{Ast, Node};

/// The most characters of the source: as in Kubernetes.
const MAX_LENGTH: usize = 100_000;

/// The most levels of each rule of the grammar: as in Kubernetes.
pub(crate) const MAX_NESTING: usize = 250;

/// The most nodes of an expression with its macros expanded. Kubernetes has no such limit, but there a
/// chain of `optMap` doubles the tree with each link.
const MAX_NODES: usize = 100_000;

/// The most levels of nodes with macros expanded. Kubernetes' stacks grow; ours are those of threads, and
/// the checker and the evaluator recurse.
const MAX_LEVELS: usize = 500;

/// Refuses a source that is too long.
pub(crate) fn check_length(source: &str) -> Result<(), Mistake> {
    // A character has at most 4 bytes, so few sources need to be counted.
    if source.len() > MAX_LENGTH && source.chars().count() > MAX_LENGTH {
        return Err(Mistake::at(0, format!("must have no more than {MAX_LENGTH} characters")));
    }
    Ok(())
}

/// Refuses a tree with too many nodes.
pub(crate) fn check_nodes(nodes: usize, offset: usize) -> Result<(), Mistake> {
    if nodes > MAX_NODES {
        let message = format!("must have no more than {MAX_NODES} parts with its macros expanded");
        return Err(Mistake::at(offset, message));
    }
    Ok(())
}

/// Refuses a tree that is too large or too deep.
pub(crate) fn check_size(ast: &Ast) -> Result<(), Mistake> {
    check_nodes(ast.offsets.len(), 0)?;
    if levels(&ast.root) > MAX_LEVELS {
        let message = format!(
            "must be nested less deeply: more than {MAX_LEVELS} levels with macros expanded"
        );
        return Err(Mistake::at(0, message));
    }
    Ok(())
}

/// The number of levels.
pub(crate) fn levels(node: &Node) -> usize {
    1 + node.children().into_iter().map(levels).max().unwrap_or(0)
}
