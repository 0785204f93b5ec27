//! Equality.

use std::cmp::Ordering::Equal;

use super::Value;
use super::number::{int_with_double, int_with_uint, uint_with_double};
use crate::evaluate::{Meter, Stop};

/// Returns whether two values are equal. Values of different types are not, except numbers.
///
/// # Errors
///
/// As in cel-go values that only their own functions know can't be compared with other ones, if they stand on
/// the left and the other is not null. Inside lists and maps this error is lost, and they count as equal.
pub(crate) fn equal(a: &Value<'_>, b: &Value<'_>, meter: &mut Meter) -> Result<bool, Stop> {
    Ok(match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Uint(a), Value::Uint(b)) => a == b,
        #[expect(clippy::float_cmp, reason = "that is the equality of doubles")]
        (Value::Double(a), Value::Double(b)) => a == b,
        (Value::Int(int), Value::Double(double)) | (Value::Double(double), Value::Int(int)) => {
            !double.is_nan() && int_with_double(*int, *double) == Equal
        }
        (Value::Uint(uint), Value::Double(double)) | (Value::Double(double), Value::Uint(uint)) => {
            !double.is_nan() && uint_with_double(*uint, *double) == Equal
        }
        (Value::Int(int), Value::Uint(uint)) | (Value::Uint(uint), Value::Int(int)) => {
            int_with_uint(*int, *uint) == Equal
        }
        (Value::String(a), Value::String(b)) => {
            meter.bytes(a.len())?;
            **a == **b
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            meter.bytes(a.len())?;
            a == b
        }
        (Value::List(a), Value::List(b)) if !a.is_ordered() => {
            if a.items().len() != b.items().len() {
                return Ok(false);
            }
            for item in b.items() {
                let own = a.find(item, meter)?.and_then(|place| a.items().get(place));
                let Some(own) = own else { return Ok(false) };
                if !all_equal([(own, item)], meter)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::List(a), Value::List(b)) => {
            let (a, b) = (a.items(), b.items());
            a.len() == b.len() && all_equal(a.iter().zip(b), meter)?
        }
        (Value::Map(a), Value::Map(b)) => {
            let (a, others) = (a.entries(), b);
            if a.len() != others.entries().len() {
                return Ok(false);
            }
            // Each is looked up in so many tries.
            let tries = 1 + a.len().checked_ilog2().unwrap_or(0) as usize;
            for (key, value) in a {
                meter.work(tries)?;
                let Some(other) = others.get(key) else { return Ok(false) };
                if !all_equal([(value, other)], meter)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => {
            (a.seconds, a.nanoseconds) == (b.seconds, b.nanoseconds)
        }
        (Value::Type(a), Value::Type(b)) => a.runtime_name() == b.runtime_name(),
        (Value::Optional(a), Value::Optional(b)) => match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                meter.work(1)?;
                match (&**a, &**b) {
                    // Only here cel-go does not look for null first.
                    (Value::Opaque(a), b) => a.equals(b)?,
                    (a, b) => equal(a, b, meter)?,
                }
            }
            _ => false,
        },
        (Value::Opaque(a), b) => a.equals(b)?,
        _ => false,
    })
}

/// Returns whether the values of each pair are equal, or can't be compared.
fn all_equal<'b, 'a: 'b>(
    pairs: impl IntoIterator<Item = (&'b Value<'a>, &'b Value<'a>)>,
    meter: &mut Meter,
) -> Result<bool, Stop> {
    for (a, b) in pairs {
        meter.work(1)?;
        match equal(a, b, meter) {
            Ok(false) => return Ok(false),
            Ok(true) | Err(Stop::Failed(_)) => {}
            Err(stop) => return Err(stop),
        }
    }
    Ok(true)
}
