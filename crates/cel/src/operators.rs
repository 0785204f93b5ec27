//! The types of operands and results of the operators.

use cel::common::ast::operators::{
    ADD, CONDITIONAL, DIVIDE, EQUALS, GREATER, GREATER_EQUALS, IN, INDEX, LESS, LESS_EQUALS,
    LOGICAL_AND, LOGICAL_NOT, LOGICAL_OR, MODULO, MULTIPLY, NEGATE, NOT_EQUALS, NOT_STRICTLY_FALSE,
    OPT_INDEX, OPT_SELECT, SUBSTRACT,
};

use super::intrinsics::{ENTRIES, MERGED, PAIRS};
use super::types::Type::{
    self, Bool, Bytes, Double, Duration, Dyn, Int, List, Map, Optional, String, Timestamp, Uint,
};

/// The overloads of arithmetic: operator, operands and result.
const ARITHMETIC: &[(&str, &[Type], Type)] = &[
    (ADD, &[Int, Int], Int),
    (ADD, &[Uint, Uint], Uint),
    (ADD, &[Double, Double], Double),
    (ADD, &[String, String], String),
    (ADD, &[Bytes, Bytes], Bytes),
    (ADD, &[Timestamp, Duration], Timestamp),
    (ADD, &[Duration, Timestamp], Timestamp),
    (ADD, &[Duration, Duration], Duration),
    (SUBSTRACT, &[Int, Int], Int),
    (SUBSTRACT, &[Uint, Uint], Uint),
    (SUBSTRACT, &[Double, Double], Double),
    (SUBSTRACT, &[Timestamp, Duration], Timestamp),
    (SUBSTRACT, &[Timestamp, Timestamp], Duration),
    (SUBSTRACT, &[Duration, Duration], Duration),
    (MULTIPLY, &[Int, Int], Int),
    (MULTIPLY, &[Uint, Uint], Uint),
    (MULTIPLY, &[Double, Double], Double),
    (DIVIDE, &[Int, Int], Int),
    (DIVIDE, &[Uint, Uint], Uint),
    (DIVIDE, &[Double, Double], Double),
    (MODULO, &[Int, Int], Int),
    (MODULO, &[Uint, Uint], Uint),
    (NEGATE, &[Int], Int),
    (NEGATE, &[Double], Double),
    (LOGICAL_NOT, &[Bool], Bool),
    (LOGICAL_AND, &[Bool, Bool], Bool),
    (LOGICAL_OR, &[Bool, Bool], Bool),
    (NOT_STRICTLY_FALSE, &[Bool], Bool),
    (PAIRS, &[List(&Dyn)], List(&Dyn)),
    (PAIRS, &[Map(&Dyn)], List(&Dyn)),
    (ENTRIES, &[List(&Dyn)], Map(&Dyn)),
    (MERGED, &[List(&Dyn)], Map(&Dyn)),
];

/// Returns whether values of the type have an order.
fn is_ordered(of: Type) -> bool {
    of.is_number() || matches!(of, Dyn | Bool | String | Bytes | Timestamp | Duration)
}

/// Returns whether values of the two types can be equal: numbers of different types can.
fn are_comparable(left: Type, right: Type) -> bool {
    match (left, right) {
        (List(a), List(b)) | (Map(a), Map(b)) => are_comparable(*a, *b),
        _ => left.may_be(right) || left.is_number() && right.is_number(),
    }
}

/// The type of an operator's result on operands of these types: `None` where it does not take
/// these, and `Some(None)` where it is no operator.
#[expect(clippy::option_option, reason = "both answers are there to be matched, once")]
pub(super) fn result(operator: &str, operands: &[Type]) -> Option<Option<Type>> {
    let when = |is_valid: bool, result: Type| is_valid.then_some(Some(result));
    match (operator, operands) {
        (EQUALS | NOT_EQUALS, [left, right]) => when(are_comparable(*left, *right), Bool),
        (LESS | LESS_EQUALS | GREATER | GREATER_EQUALS, [left, right]) => {
            let are_ordered = is_ordered(*left) && is_ordered(*right);
            when(are_ordered && are_comparable(*left, *right), Bool)
        }
        (CONDITIONAL, [condition, yes, no]) => {
            when(condition.may_be(Bool) && yes.may_be(*no), yes.or(*no))
        }
        (IN, [item, container]) => match container {
            List(of) => when(are_comparable(*item, **of), Bool),
            Map(_) | Dyn => when(true, Bool),
            _ => None,
        },
        (INDEX, [of, at]) => indexed(*of, *at).map(Some),
        (OPT_INDEX, [of, at]) => match indexed(*of, *at)? {
            Optional(to) => Some(Some(Optional(to))),
            to => Some(Some(to.optional())),
        },
        (OPT_SELECT, [of, _]) => when(matches!(of, Dyn | Map(_) | Optional(_)), Optional(&Dyn)),
        (ADD, [List(one), List(other)]) => {
            when(true, if one == other { List(one) } else { List(&Dyn) })
        }
        (ADD, [List(_), Dyn] | [Dyn, List(_)]) => when(true, List(&Dyn)),
        _ => {
            let mut overloads = ARITHMETIC.iter().filter(|(name, ..)| *name == operator).peekable();
            if overloads.peek().is_none() {
                return Some(None);
            }
            let takes = |taken: &&[Type]| {
                taken.len() == operands.len()
                    && taken.iter().zip(operands).all(|(taken, operand)| operand.may_be(*taken))
            };
            let results =
                overloads.filter(|(_, taken, _)| takes(taken)).map(|(.., result)| *result);
            results.reduce(Type::or).map(Some)
        }
    }
}

fn indexed(of: Type, at: Type) -> Option<Type> {
    match of {
        Dyn => Some(Dyn),
        List(to) if at.is_number() || at == Dyn => Some(*to),
        Map(to) => Some(*to),
        Optional(_) => Some(Optional(&Dyn)),
        _ => None,
    }
}
