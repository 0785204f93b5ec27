//! Lists as sets. Numbers of different types are equal if their values are.

use cel::ExecutionError;
use cel::common::value::{CowVal, Val};

use super::arguments::{Answer, Arguments, bool};
use crate::budget::spend;
use crate::function::Function;
use crate::types::Type;

const ANY: Type = Type::List(&Type::Dyn);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("sets.contains", &[ANY, ANY], Type::Bool, contains),
    Function::global("sets.equivalent", &[ANY, ANY], Type::Bool, equivalent),
    Function::global("sets.intersects", &[ANY, ANY], Type::Bool, intersects),
];

/// Returns whether a value is among others; each comparison takes fuel.
pub(super) fn is_among(value: &dyn Val, others: &[&dyn Val]) -> Result<bool, ExecutionError> {
    for other in others {
        spend(1)?;
        if value.equals(*other) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_all(set: &[&dyn Val], wanted: &[&dyn Val]) -> Result<bool, ExecutionError> {
    for value in wanted {
        if !is_among(*value, set)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn contains<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    bool(has_all(&arguments.items(0)?, &arguments.items(1)?)?)
}

fn equivalent<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (left, right) = (arguments.items(0)?, arguments.items(1)?);
    bool(has_all(&left, &right)? && has_all(&right, &left)?)
}

fn intersects<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let others = arguments.items(1)?;
    for value in arguments.items(0)? {
        if is_among(value, &others)? {
            return bool(true);
        }
    }
    bool(false)
}
