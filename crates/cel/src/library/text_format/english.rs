//! Doubles in the English way, as Go's `golang.org/x/text/message` writes them.

use crate::value::digits;

/// The digits after the point, and the least width of `%e`, where a clause has no number.
pub(super) const DEFAULT: u64 = 6;

/// The largest number in a clause that is read; Go writes a mistake of its own into the result for more.
const LARGEST: u64 = 10_000_009;
const TOO_LARGE: &str = "%!(NOVERB)";

/// The most bytes that are written.
pub(super) fn most_bytes(precision: u64) -> usize {
    const LONGEST_DOUBLE: usize = 420;
    usize::from(u16_of(precision)) + LONGEST_DOUBLE
}

/// The double with so many digits after the point, and a comma between thousands.
pub(super) fn fixed(double: f64, precision: u64) -> String {
    if precision > LARGEST {
        return TOO_LARGE.to_owned();
    }
    if let Some(name) = without_digits(double) {
        return name.to_owned();
    }
    // Go keeps the least number of digits in 8 bits and the greatest in 15, and a sign that stands
    // for no limit.
    let most = usize::from(u16_of(precision));
    let least = most % 256;
    let digits = if i16::try_from(most).is_ok() {
        format!("{:.most$}", double.abs())
    } else {
        digits::positional(double.abs())
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = if double < 0.0 { "-" } else { "" }.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    if least > 0 || !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
        text.extend(std::iter::repeat_n('0', least.saturating_sub(fraction.len())));
    }
    text
}

/// The double as `1.500000×10⁰⁶`, always with six digits: the number in the clause is the width.
pub(super) fn scientific(double: f64, width: u64) -> String {
    if width > LARGEST {
        return TOO_LARGE.to_owned();
    }
    let width = usize::from(u16_of(width));
    if let Some(name) = without_digits(double) {
        return format!("{name:>width$}");
    }
    let double = if double == 0.0 { 0.0 } else { double };
    let digits = format!("{double:.6e}");
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ("⁻", exponent),
        None => ("", exponent),
    };
    let raised = |digit: char| match digit {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    let exponent: String = format!("{exponent:0>2}").chars().map(raised).collect();
    let text = format!("{mantissa}×10{sign}{exponent}");
    format!("{text:>width$}")
}

fn without_digits(double: f64) -> Option<&'static str> {
    if double.is_nan() {
        Some("NaN")
    } else if double.is_infinite() {
        Some(if double > 0.0 { "∞" } else { "-∞" })
    } else {
        None
    }
}

/// The lower 16 bits.
fn u16_of(number: u64) -> u16 {
    u16::try_from(number % (1 << 16)).unwrap_or_default()
}
