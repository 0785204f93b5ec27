//! Limits on the size of an expression, so that its compilation and its recursion stay small.

use crate::error::Mistake;
use crate::scope::{Scope, VARIABLES};
use crate::syntax::ast::{Ast, Kind, Node};

/// The most characters of the source: as in Kubernetes.
const MAX_LENGTH: usize = 100_000;

/// The most levels of each rule of the grammar: as in Kubernetes.
pub(crate) const MAX_NESTING: usize = 250;

/// The most nodes of an expression with its macros expanded. Kubernetes has no such limit, but there a
/// chain of `optMap` doubles the tree with each link.
const MAX_NODES: usize = 100_000;

/// The most levels of nodes with macros expanded, together with those of the definitions that the
/// expression uses. Kubernetes' stacks grow; ours are those of threads, and the checker and the
/// evaluator recurse.
const MAX_LEVELS: usize = 500;

/// The levels that count for the step from an expression to a definition.
const LEVELS_TO_DEFINITION: usize = 4;

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
    check_levels(&ast.root, &Scope::new()).map(drop)
}

/// The levels of a tree, with those of the definitions that it uses.
///
/// # Errors
///
/// There are too many.
pub(crate) fn check_levels(root: &Node, scope: &Scope) -> Result<usize, Mistake> {
    let levels = count_levels(root, scope);
    if levels > MAX_LEVELS {
        let message = format!(
            "must be nested less deeply: it has {levels} levels with its macros expanded and with the \
             '{VARIABLES}' that it uses, and the limit is {MAX_LEVELS}"
        );
        return Err(Mistake::at(0, message));
    }
    Ok(levels)
}

fn count_levels(node: &Node, scope: &Scope) -> usize {
    let used = match &node.kind {
        Kind::Select(select) => match &select.operand.kind {
            Kind::Ident(name) if &**name == VARIABLES => scope.levels(&select.field),
            _ => None,
        },
        _ => None,
    };
    let used = used.map_or(0, |levels| levels + LEVELS_TO_DEFINITION);
    let below = node.children().into_iter().map(|child| count_levels(child, scope)).max();
    1 + below.unwrap_or(0).max(used)
}
