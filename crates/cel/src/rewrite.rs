//! Changes an expression so that everything it does takes fuel, and its lists and maps are ours.
//!
//! The turns of comprehensions take fuel for their steps ([`EACH`]); the rest of an expression has
//! as many steps as nodes. A string takes fuel for its length where it is read out of a container,
//! made, or read from a variable by name. The last only counts where the value itself is needed,
//! and not where it is only a step to another value.

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators as op,
};

use super::environment::Environment;
use super::intrinsics::{EACH, FIELDS, LIST, MAP, PAID, PAIRS};
use super::limits::nodes;
use super::lint::dotted;
use super::macros::{RESULT, is_bind};

/// The cost of the value of an expression: still due, or paid elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// The value is read as a whole or copied, and its name alone does not pay for that.
    Due,
    /// Only a part of the value is read, or its user pays for it.
    Paid,
}

/// Changes an expression so that it takes fuel for everything it does.
pub(super) fn rewrite(expression: &mut IdedExpr, environment: &Environment) {
    Rewriter { environment }.rewrite(expression, Cost::Due);
}

struct Rewriter<'e> {
    environment: &'e Environment,
}

/// Puts a call of `function` around an expression.
fn wrap(expression: &mut IdedExpr, function: &str, more: Option<IdedExpr>) {
    let id = expression.id;
    let inner = std::mem::take(expression);
    let args = std::iter::once(inner).chain(more).collect();
    let call = CallExpr { func_name: function.to_owned(), target: None, args };
    *expression = IdedExpr { id, expr: Expr::Call(call) };
}

impl Rewriter<'_> {
    fn rewrite(&self, expression: &mut IdedExpr, cost: Cost) {
        match &mut expression.expr {
            Expr::Ident(name) => {
                if cost == Cost::Due && !name.starts_with('@') {
                    wrap(expression, PAID, None);
                }
            }
            Expr::Select(select) => {
                self.rewrite(&mut select.operand, Cost::Paid);
                if select.test {
                    wrap(&mut select.operand, FIELDS, None);
                }
            }
            Expr::List(list) => {
                for element in &mut list.elements {
                    self.rewrite(element, Cost::Due);
                }
                wrap(expression, LIST, None);
            }
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                        self.rewrite(&mut entry.key, Cost::Due);
                        self.rewrite(&mut entry.value, Cost::Due);
                    }
                }
                wrap(expression, MAP, None);
            }
            Expr::Call(call) => {
                let is_made = self.call(call, cost);
                if is_made {
                    wrap(expression, PAID, None);
                }
            }
            Expr::Comprehension(comprehension) => {
                self.comprehension(comprehension, cost);
                if is_empty_list(&comprehension.accu_init) {
                    wrap(expression, LIST, None);
                }
            }
            Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
        }
    }

    /// Rewrites a call; returns whether its result is still to be paid for.
    fn call(&self, call: &mut CallExpr, cost: Cost) -> bool {
        without_not(call);
        let CallExpr { func_name, target, args } = call;
        match (func_name.as_str(), args.as_mut_slice()) {
            (op::CONDITIONAL, [condition, yes, no]) => {
                self.rewrite(condition, Cost::Paid);
                self.rewrite(yes, cost);
                self.rewrite(no, cost);
            }
            (op::INDEX | op::OPT_INDEX | op::OPT_SELECT, [of, at]) => {
                self.rewrite(of, Cost::Paid);
                self.rewrite(at, Cost::Due);
            }
            (op::IN, [item, container]) => {
                self.rewrite(item, Cost::Paid);
                if !is_list_of_literals(container) {
                    self.rewrite(container, Cost::Paid);
                }
            }
            // A comparison reads no more than the length of the shorter one, so one side is enough.
            (
                op::EQUALS
                | op::NOT_EQUALS
                | op::LESS
                | op::LESS_EQUALS
                | op::GREATER
                | op::GREATER_EQUALS,
                [left, right],
            ) => {
                let has_literal = is_literal(left) || is_literal(right);
                self.rewrite(left, if has_literal { Cost::Paid } else { Cost::Due });
                self.rewrite(right, Cost::Paid);
            }
            (op::ADD, [left, right]) => {
                if is_result(left) && matches!(right.expr, Expr::List(_)) {
                    // The evaluator appends in place where the code has this form.
                    if let Expr::List(list) = &mut right.expr {
                        for element in &mut list.elements {
                            self.rewrite(element, Cost::Due);
                        }
                    }
                    return false;
                }
                let is_number = is_number(left) || is_number(right);
                self.rewrite(left, Cost::Paid);
                self.rewrite(right, Cost::Paid);
                return !is_number;
            }
            // The evaluator keeps the offset in which a timestamp is written, and Kubernetes does
            // not. The timestamp's text is in UTC; reading that again gives the value of
            // Kubernetes.
            ("timestamp", [text]) if target.is_none() => {
                self.rewrite(text, Cost::Due);
                wrap(text, "timestamp", None);
                wrap(text, "string", None);
            }
            (PAIRS, [range]) => self.rewrite(range, Cost::Paid),
            (name, args) => {
                let cost = if is_operator(name) { Cost::Paid } else { Cost::Due };
                if let Some(target) = target {
                    let on = dotted(target).map(|on| format!("{on}.{name}"));
                    let is_namespace = |name: &String| !self.environment.overloads(name).is_empty();
                    if !on.as_ref().is_some_and(is_namespace) {
                        self.rewrite(target, cost);
                    }
                }
                for argument in args {
                    self.rewrite(argument, cost);
                }
            }
        }
        false
    }

    fn comprehension(&self, comprehension: &mut ComprehensionExpr, cost: Cost) {
        if is_bind(comprehension) {
            self.rewrite(&mut comprehension.accu_init, Cost::Due);
            self.rewrite(&mut comprehension.result, cost);
            return;
        }
        let cost = nodes(&comprehension.loop_step);
        self.rewrite(&mut comprehension.iter_range, Cost::Paid);
        let cost = LiteralValue::Int(i64::try_from(cost).unwrap_or(i64::MAX).into());
        let id = comprehension.iter_range.id;
        let cost = IdedExpr { id, expr: Expr::Literal(cost) };
        wrap(&mut comprehension.iter_range, EACH, Some(cost));
        // The condition and the result are the macros' own.
        self.rewrite(&mut comprehension.loop_step, Cost::Paid);
    }
}

/// Changes `!a` to `a ? false : true`, because the evaluator builds the error of `!` even if it
/// is not needed.
fn without_not(call: &mut CallExpr) {
    if call.func_name == op::LOGICAL_NOT {
        op::CONDITIONAL.clone_into(&mut call.func_name);
        let literal = |bool: bool| Expr::Literal(LiteralValue::Boolean(bool.into()));
        let literals = [false, true].map(|bool| IdedExpr { id: 0, expr: literal(bool) });
        call.args.extend(literals);
    }
}

fn is_operator(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn is_result(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Ident(name) if name == RESULT)
}

fn is_empty_list(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::List(list) if list.elements.is_empty())
}

fn is_literal(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Literal(_))
}

fn is_number(expression: &IdedExpr) -> bool {
    matches!(
        expression.expr,
        Expr::Literal(LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_))
    )
}

fn is_list_of_literals(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::List(list) if list.elements.iter().all(is_literal))
}
