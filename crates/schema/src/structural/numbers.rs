//! Bounds of numbers, and what their types can hold.

use kubernetes_cel::go;
use serde_json::Number;

use super::{Checked, in_body};
use crate::finding::{Fault, invalid};
use crate::path::Place;
use crate::schema::{Kind, Schema};

/// A number as the API server has it: all that fit are `int64`.
#[derive(Clone, Copy)]
enum Numeric {
    Int(i64),
    Double(f64),
}

impl Numeric {
    fn of(number: &Number) -> Self {
        match number.as_i64() {
            Some(int) => Self::Int(int),
            None => Self::Double(number.as_f64().unwrap_or_default()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "as Go does it")]
    fn double(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Double(double) => double,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Int(int) => int.to_string(),
            Self::Double(double) => go::double(double),
        }
    }
}

/// Checks a number.
pub(super) fn check(number: &Number, schema: &Schema, place: &Place<'_>, checked: &mut Checked) {
    let number = Numeric::of(number);
    fits(number, "Checked", schema, place, checked);
    if let Some(factor) = schema.multiple_of {
        let is_native = fits(Numeric::Double(factor), "MultipleOf", schema, place, checked);
        multiple_of(number, factor, is_native, place, checked);
    }
    for (bound, is_exclusive, of) in [
        (schema.minimum, schema.exclusive_minimum, &MINIMUM),
        (schema.maximum, schema.exclusive_maximum, &MAXIMUM),
    ] {
        let Some(bound) = bound else { continue };
        let is_native = fits(Numeric::Double(bound), of.boundary, schema, place, checked);
        let bound = native(bound, number, is_native);
        let (a, b) = (number, bound);
        let order = match (a, b) {
            (Numeric::Int(a), Numeric::Int(b)) => Some(a.cmp(&b)),
            (a, b) => a.double().partial_cmp(&b.double()),
        };
        if order == Some(of.wrong) || (is_exclusive && order.is_some_and(std::cmp::Ordering::is_eq))
        {
            let word = if is_exclusive { of.exclusive } else { of.inclusive };
            let detail = in_body(place, &format!("should be {word} {}", bound.shown()));
            checked.tell(of.fault, place, invalid(&number.shown(), &detail));
        }
    }
    checked.matches += 1;
}

struct Bound {
    fault: Fault,
    boundary: &'static str,
    /// How a number that is wrong compares with the bound.
    wrong: std::cmp::Ordering,
    inclusive: &'static str,
    exclusive: &'static str,
}

const MINIMUM: Bound = Bound {
    fault: Fault::Minimum,
    boundary: "Minimum boundary",
    wrong: std::cmp::Ordering::Less,
    inclusive: "greater than or equal to",
    exclusive: "greater than",
};

const MAXIMUM: Bound = Bound {
    fault: Fault::Maximum,
    boundary: "Maximum boundary",
    wrong: std::cmp::Ordering::Greater,
    inclusive: "less than or equal to",
    exclusive: "less than",
};

/// A bound as it is compared with the number: a whole one without its fraction.
fn native(bound: f64, number: Numeric, is_native: bool) -> Numeric {
    match number {
        #[expect(clippy::cast_possible_truncation, reason = "as Go does it")]
        Numeric::Int(_) if is_native => Numeric::Int(bound as i64),
        _ => Numeric::Double(bound),
    }
}

fn multiple_of(
    number: Numeric,
    factor: f64,
    is_native: bool,
    place: &Place<'_>,
    checked: &mut Checked,
) {
    let factor = native(factor, number, is_native);
    if factor.double() <= 0.0 {
        let path = place.path();
        let shown = factor.shown();
        let detail = format!("factor MultipleOf declared for {path} must be positive: {shown}");
        checked.tell(Fault::MultipleOf, place, invalid(&shown, &detail));
        return;
    }
    let is_multiple = match (number, factor) {
        (Numeric::Int(number), Numeric::Int(factor)) => {
            number.checked_rem(factor).is_none_or(|rest| rest == 0)
        }
        (number, factor) => {
            let (number, factor) = (number.double(), factor.double());
            let times = if factor < 1.0 { 1.0 / factor * number } else { number / factor };
            is_json_integer(times)
        }
    };
    if !is_multiple {
        let detail = in_body(place, &format!("should be a multiple of {}", factor.shown()));
        checked.tell(Fault::MultipleOf, place, invalid(&number.shown(), &detail));
    }
}

/// Returns whether the type of the schema can hold a number, and tells that it cannot.
fn fits(
    number: Numeric,
    what: &str,
    schema: &Schema,
    place: &Place<'_>,
    checked: &mut Checked,
) -> bool {
    let format = match (schema.kind, &*schema.format) {
        _ if schema.is_int_or_string => "",
        (Kind::Integer, format @ ("int32" | "int64"))
        | (Kind::Number, format @ ("float" | "double")) => format,
        _ => "",
    };
    let is_integer = schema.kind == Kind::Integer && !schema.is_int_or_string;
    let fits = match number {
        Numeric::Int(int) if is_integer => format != "int32" || i32::try_from(int).is_ok(),
        Numeric::Double(double) if is_integer => {
            let (min, max) = if format == "int32" {
                (f64::from(i32::MIN), f64::from(i32::MAX))
            } else {
                (-9_223_372_036_854_775_808.0, 9_223_372_036_854_774_784.0)
            };
            double.fract() == 0.0 && (min..=max).contains(&double)
        }
        number => format != "float" || number.double().abs() <= f64::from(f32::MAX),
    };
    if !fits {
        let of = schema.kind.name();
        let format = match format {
            "" => "(default format)".to_owned(),
            format => format!("with format {format}"),
        };
        let detail = format!("{what} value must be of type {of} {format} in {}", place.path());
        checked.tell(Fault::NumberRange, place, invalid("\"\"", &detail));
    }
    fits
}

/// Returns whether a double is whole, or as near as its digits can tell, and small enough to be exact.
pub(super) fn is_json_integer(double: f64) -> bool {
    const MAX: f64 = 9_007_199_254_740_991.0;
    const EPSILON: f64 = 1e-9;
    if !double.is_finite() || double.abs() > MAX {
        return false;
    }
    // Go looks at the whole number towards zero alone.
    let whole = double.trunc();
    #[expect(clippy::float_cmp, reason = "the difference comes next")]
    if double == whole {
        return true;
    }
    if whole == 0.0 || double < 0.0 {
        return false;
    }
    (double - whole).abs() / (double.abs() + whole.abs()) < EPSILON
}
