//! Order.

use std::cmp::Ordering;

use super::Value;
use super::number::{doubles, int_with_double, int_with_uint, uint_with_double};
use crate::error::Failure;
use crate::evaluate::{Meter, Stop};

/// Orders two values of one type, or two numbers.
///
/// # Errors
///
/// The values have no order, or one is NaN.
pub(crate) fn compare(a: &Value<'_>, b: &Value<'_>, meter: &mut Meter) -> Result<Ordering, Stop> {
    let is_nan = |value: &Value<'_>| matches!(value, Value::Double(double) if double.is_nan());
    let is_number =
        |value: &Value<'_>| matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_));
    if is_number(a) && is_number(b) && (is_nan(a) || is_nan(b)) {
        return Err(Failure("NaN has no order".into()).into());
    }
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
        (Value::Double(a), Value::Double(b)) => doubles(*a, *b),
        (Value::Int(int), Value::Uint(uint)) => int_with_uint(*int, *uint),
        (Value::Uint(uint), Value::Int(int)) => int_with_uint(*int, *uint).reverse(),
        (Value::Int(int), Value::Double(double)) => int_with_double(*int, *double),
        (Value::Double(double), Value::Int(int)) => int_with_double(*int, *double).reverse(),
        (Value::Uint(uint), Value::Double(double)) => uint_with_double(*uint, *double),
        (Value::Double(double), Value::Uint(uint)) => uint_with_double(*uint, *double).reverse(),
        (Value::String(a), Value::String(b)) => {
            meter.bytes(a.len().min(b.len()))?;
            (**a).cmp(&**b)
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            meter.bytes(a.len().min(b.len()))?;
            a.cmp(b)
        }
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => {
            (a.seconds, a.nanoseconds).cmp(&(b.seconds, b.nanoseconds))
        }
        _ => return Err(Failure::NO_SUCH_OVERLOAD.into()),
    })
}
