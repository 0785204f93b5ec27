//! Comparison of numbers of different types, with the roundings of cel-go.

use std::cmp::Ordering;

/// 2^63, from which doubles are above every int.
pub(crate) const INT_END: f64 = 9_223_372_036_854_775_808.0;
/// 2^64, from which doubles are above every uint.
pub(crate) const UINT_END: f64 = 18_446_744_073_709_551_616.0;

/// Orders an int and a double; neither is NaN. As in cel-go the int is rounded to a double, so that it may
/// equal one that it is not.
pub(crate) fn int_with_double(int: i64, double: f64) -> Ordering {
    #[expect(clippy::cast_precision_loss, reason = "cel-go rounds")]
    let rounded = int as f64;
    within(rounded, double, -INT_END, INT_END)
}

/// Orders a uint and a double; neither is NaN.
pub(crate) fn uint_with_double(uint: u64, double: f64) -> Ordering {
    #[expect(clippy::cast_precision_loss, reason = "cel-go rounds")]
    let rounded = uint as f64;
    within(rounded, double, 0.0, UINT_END)
}

/// Orders a rounded number and a double, which may be outside of the range of such numbers.
fn within(rounded: f64, double: f64, least: f64, end: f64) -> Ordering {
    if double < least {
        Ordering::Greater
    } else if double > end {
        Ordering::Less
    } else {
        doubles(rounded, double)
    }
}

/// Orders an int and a uint.
pub(crate) fn int_with_uint(int: i64, uint: u64) -> Ordering {
    u64::try_from(int).map_or(Ordering::Less, |int| int.cmp(&uint))
}

/// Orders doubles; neither is NaN.
pub(crate) fn doubles(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The int that a double is exactly; the largest and the smallest ones are left out, as in cel-go.
pub(crate) fn exact_int(double: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole one in range is as large as before"
    )]
    let inside = || double as i64;
    let is_inside = double > -INT_END && double < INT_END && double.fract() == 0.0;
    is_inside.then(inside)
}

/// The uint that a double is exactly.
pub(crate) fn exact_uint(double: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    let inside = || double as u64;
    let is_inside = (0.0..UINT_END).contains(&double) && double.fract() == 0.0;
    is_inside.then(inside)
}
