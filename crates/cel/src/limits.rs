//! Limits on the size of an expression: its recursion must fit the stack of a thread, and its
//! nested loops must fit its time.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};

use super::error::Fault;
use super::evaluate::VARIABLES;
use super::macros::is_bind;
use super::scope::Scope;

/// The most bytes of the source of an expression.
pub(super) const MAX_LENGTH: usize = 4 << 10;

/// The most nodes of an expression with its macros expanded.
const MAX_NODES: usize = 4_000;

/// The most levels of nodes, together with those of the definitions that the expression uses. On a
/// stack of 2 MiB the evaluator overflows at about 1,400.
const MAX_LEVELS: usize = 300;

/// The levels that count for the step from an expression to a definition.
const LEVELS_TO_DEFINITION: usize = 4;

/// The most comprehensions in one another. Each multiplies the steps.
const MAX_LOOPS: usize = 3;

/// The parts of an expression.
pub(super) fn children(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => {
            let entries = map.entries.iter().map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
                EntryExpr::StructField(field) => vec![&field.value],
            });
            entries.flatten().collect()
        }
        Expr::Comprehension(it) => {
            vec![&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
        }
        Expr::Struct(_) | Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

/// The number of nodes.
pub(super) fn nodes(expression: &IdedExpr) -> usize {
    1 + children(expression).into_iter().map(nodes).sum::<usize>()
}

/// The number of levels, with those of the definitions that the expression uses.
///
/// # Errors
///
/// There are too many.
pub(super) fn levels(expression: &IdedExpr, scope: &Scope) -> Result<usize, Fault> {
    let levels = count_levels(expression, scope);
    if levels > MAX_LEVELS {
        let message =
            format!("must be nested less deeply, together with the '{VARIABLES}' that it uses");
        return Err(Fault::at(expression, message));
    }
    Ok(levels)
}

fn count_levels(expression: &IdedExpr, scope: &Scope) -> usize {
    let used = match &expression.expr {
        Expr::Select(select) => match &select.operand.expr {
            Expr::Ident(name) if name == VARIABLES => scope.definition(&select.field),
            _ => None,
        },
        _ => None,
    };
    let below = children(expression).into_iter().map(|child| count_levels(child, scope)).max();
    1 + below.unwrap_or(0).max(used.map_or(0, |used| used.levels + LEVELS_TO_DEFINITION))
}

fn loops(expression: &IdedExpr) -> Result<usize, Fault> {
    let mut deepest = 0;
    for child in children(expression) {
        deepest = deepest.max(loops(child)?);
    }
    match &expression.expr {
        Expr::Comprehension(it) if !is_bind(it) => deepest += 1,
        _ => {}
    }
    if deepest > MAX_LOOPS {
        let message = format!("must have no more than {MAX_LOOPS} comprehensions in one another");
        return Err(Fault::at(expression, message));
    }
    Ok(deepest)
}

/// Refuses an expression that is too large.
pub(super) fn check(expression: &IdedExpr, scope: &Scope) -> Result<(), Fault> {
    levels(expression, scope)?;
    if nodes(expression) > MAX_NODES {
        let message = format!("must have no more than {MAX_NODES} parts");
        return Err(Fault::at(expression, message));
    }
    loops(expression).map(drop)
}
