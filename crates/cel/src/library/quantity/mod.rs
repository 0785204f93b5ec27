//! Amounts of resources: `quantity('1.5Gi')`.

mod amount;
#[cfg(test)]
mod tests;

use cel::ExecutionError;
use cel::common::types::{CelDouble, Type as CelType};
use cel::common::value::CowVal;

use super::arguments::{Answer, Arguments, bool, int, no};
use super::opaque::{Opaque, OpaqueValue};
use crate::function::Function;
use crate::types::Type;
use amount::Quantity;

const QUANTITY: Type = OpaqueValue::<Quantity>::TYPE;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("quantity", &[Type::String], QUANTITY, from_text),
    Function::global("isQuantity", &[Type::String], Type::Bool, is_quantity),
    // Kubernetes has it as a function and not as a method.
    Function::global("sign", &[QUANTITY], Type::Int, sign),
    Function::member("isGreaterThan", QUANTITY, &[QUANTITY], Type::Bool, is_greater_than),
    Function::member("isLessThan", QUANTITY, &[QUANTITY], Type::Bool, is_less_than),
    Function::member("compareTo", QUANTITY, &[QUANTITY], Type::Int, compare_to),
    Function::member("isInteger", QUANTITY, &[], Type::Bool, is_integer),
    Function::member("asInteger", QUANTITY, &[], Type::Int, as_integer),
    Function::member("asApproximateFloat", QUANTITY, &[], Type::Double, as_approximate_float),
    Function::member("add", QUANTITY, &[QUANTITY], QUANTITY, add),
    Function::member("add", QUANTITY, &[Type::Int], QUANTITY, add_int),
    Function::member("sub", QUANTITY, &[QUANTITY], QUANTITY, sub),
    Function::member("sub", QUANTITY, &[Type::Int], QUANTITY, sub_int),
];

impl Opaque for Quantity {
    const TYPE: &'static CelType = &CelType::new_unspecified_type("kubernetes.Quantity");
}

fn from_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let text = Arguments(&arguments).text(0)?;
    let refused = |why| no("a quantity", "quantity", text, why);
    Quantity::parse(text).map(OpaqueValue::cow).map_err(refused)
}

fn is_quantity<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(Quantity::parse(Arguments(&arguments).text(0)?).is_ok())
}

fn sign<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    int(Arguments(&arguments).own::<Quantity>(0)?.sign())
}

fn pair<'c>(
    arguments: &'c [CowVal<'_, '_>],
) -> Result<(&'c Quantity, &'c Quantity), ExecutionError> {
    let arguments = Arguments(arguments);
    Ok((arguments.own(0)?, arguments.own(1)?))
}

fn is_greater_than<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = pair(&arguments)?;
    bool(left > right)
}

fn is_less_than<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = pair(&arguments)?;
    bool(left < right)
}

fn compare_to<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = pair(&arguments)?;
    int(left.cmp(right) as i64)
}

fn is_integer<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(Arguments(&arguments).own::<Quantity>(0)?.as_integer().is_some())
}

fn as_integer<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let integer = Arguments(&arguments).own::<Quantity>(0)?.as_integer();
    let refused = || ExecutionError::function_error("asInteger", "cannot convert value to integer");
    int(integer.ok_or_else(refused)?)
}

fn as_approximate_float<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let float = Arguments(&arguments).own::<Quantity>(0)?.as_approximate_float();
    Ok(CowVal::owned(CelDouble::from(float)))
}

fn result<'b, 'v>(function: &str, quantity: Option<Quantity>) -> Answer<'b, 'v> {
    let too_long = || ExecutionError::function_error(function, "the result has too many digits");
    quantity.map(OpaqueValue::cow).ok_or_else(too_long)
}

fn add<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = pair(&arguments)?;
    result("add", left.add(right))
}

fn add_int<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    result("add", arguments.own::<Quantity>(0)?.add(&arguments.int(1)?.into()))
}

fn sub<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = pair(&arguments)?;
    result("sub", left.sub(right))
}

fn sub_int<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    result("sub", arguments.own::<Quantity>(0)?.sub(&arguments.int(1)?.into()))
}
