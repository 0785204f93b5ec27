//! Amounts of resources: `quantity('1.5Gi')`.

mod amount;
#[cfg(test)]
mod exact;
mod shared;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::sync::Arc;

use super::arguments::{Answer, Arguments, failed, is_not, no_overload};
use super::size;
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Opaque, Value};
use amount::Amount;
pub use shared::Quantity;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("quantity(string) -> kubernetes.Quantity", from_text, Cost::By(size::of_first)),
    Function::new("isQuantity(string) -> bool", is_quantity, Cost::By(size::of_first)),
    // Kubernetes has it as a function and not as a method.
    Function::new("sign(kubernetes.Quantity) -> int", sign, Cost::One),
    Function::new(
        "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity) -> bool",
        is_greater_than,
        Cost::One,
    ),
    Function::new(
        "kubernetes.Quantity.isLessThan(kubernetes.Quantity) -> bool",
        is_less_than,
        Cost::One,
    ),
    Function::new(
        "kubernetes.Quantity.compareTo(kubernetes.Quantity) -> int",
        compare_to,
        Cost::One,
    ),
    Function::new("kubernetes.Quantity.isInteger() -> bool", is_integer, Cost::One),
    Function::new("kubernetes.Quantity.asInteger() -> int", as_integer, Cost::One),
    Function::new("kubernetes.Quantity.asApproximateFloat() -> double", as_float, Cost::One),
    Function::new(
        "kubernetes.Quantity.add(kubernetes.Quantity) -> kubernetes.Quantity",
        add,
        Cost::One,
    ),
    Function::new("kubernetes.Quantity.add(int) -> kubernetes.Quantity", add_int, Cost::One),
    Function::new(
        "kubernetes.Quantity.sub(kubernetes.Quantity) -> kubernetes.Quantity",
        sub,
        Cost::One,
    ),
    Function::new("kubernetes.Quantity.sub(int) -> kubernetes.Quantity", sub_int, Cost::One),
];

fn from_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let text = arguments.read(0, meter)?;
    let amount = Amount::parse(text).map_err(|why| is_not(text, "a quantity", why))?;
    Ok(Value::Opaque(Opaque::Quantity(Arc::new(amount.into()))))
}

fn is_quantity<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Amount::parse(arguments.read(0, meter)?).is_ok().into())
}

fn quantity<'s>(arguments: &'s [Value<'_>], index: usize) -> Result<&'s Quantity, Stop> {
    match arguments.opaque(index)? {
        Opaque::Quantity(quantity) | Opaque::Computed(quantity) => Ok(quantity),
        _ => no_overload(),
    }
}

/// The amount of a quantity; its digits take steps.
fn amount(arguments: &[Value<'_>], index: usize, meter: &mut Meter) -> Result<Amount, Stop> {
    let amount = quantity(arguments, index)?.amount();
    meter.bytes(amount.size())?;
    Ok(amount)
}

fn sign<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(amount(arguments, 0, meter)?.sign()))
}

fn compared(arguments: &[Value<'_>], meter: &mut Meter) -> Result<Ordering, Stop> {
    let (left, right) = (quantity(arguments, 0)?, quantity(arguments, 1)?);
    meter.bytes(left.amount().size() + right.amount().size())?;
    Ok(left.compare(right))
}

fn is_greater_than<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(compared(arguments, meter)?.is_gt().into())
}

fn is_less_than<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(compared(arguments, meter)?.is_lt().into())
}

fn compare_to<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(compared(arguments, meter)? as i64))
}

fn is_integer<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(amount(arguments, 0, meter)?.as_integer().is_some().into())
}

fn as_integer<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let integer = amount(arguments, 0, meter)?.as_integer();
    Ok(Value::Int(integer.ok_or_else(|| failed("the quantity is not an integer of 64 bits"))?))
}

fn as_float<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Double(amount(arguments, 0, meter)?.as_approximate_float()))
}

fn computed<'a>(result: Option<Quantity>) -> Answer<'a> {
    let result = result.ok_or_else(|| failed("the result has too many digits"))?;
    Ok(Value::Opaque(Opaque::Computed(Arc::new(result))))
}

fn add<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let other = amount(arguments, 1, meter)?;
    computed(quantity(arguments, 0)?.add(&other))
}

fn add_int<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    computed(quantity(arguments, 0)?.add(&arguments.int(1)?.into()))
}

fn sub<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let other = amount(arguments, 1, meter)?;
    computed(quantity(arguments, 0)?.sub(&other))
}

fn sub_int<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    computed(quantity(arguments, 0)?.sub(&arguments.int(1)?.into()))
}
