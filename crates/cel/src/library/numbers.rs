//! Numbers and bools as text: read as Go's `strconv` reads them and written as `fmt` writes them.

#[cfg(test)]
mod tests;

use crate::value::digits;

/// Reads an int.
pub(crate) fn int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// Reads a uint. Unlike an int it has no sign, not even `+`.
pub(crate) fn uint(text: &str) -> Option<u64> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

/// Reads a bool.
pub(crate) fn bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Reads a double: decimal or hexadecimal as in Go's source, with `_` between digits, or one of
/// `Inf`, `Infinity` and `NaN` in any case, of which `NaN` has no sign. One that is too large is no
/// double.
pub(crate) fn double(text: &str) -> Option<f64> {
    let (negative, number) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..)?),
        Some(b'+') => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = if number.eq_ignore_ascii_case("inf") || number.eq_ignore_ascii_case("infinity")
    {
        f64::INFINITY
    } else if text.eq_ignore_ascii_case("nan") {
        f64::NAN
    } else {
        read_magnitude(number).filter(|number| number.is_finite())?
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn read_magnitude(number: &str) -> Option<f64> {
    let hexadecimal = number.strip_prefix("0x").or_else(|| number.strip_prefix("0X"));
    if !has_good_underscores(number, hexadecimal.is_some()) {
        return None;
    }
    let letter = if hexadecimal.is_some() { 'p' } else { 'e' };
    let digits = hexadecimal.unwrap_or(number);
    let (digits, exponent) = match digits.split_once(|at: char| at.eq_ignore_ascii_case(&letter)) {
        Some((digits, exponent)) => (digits, Some(read_exponent(exponent)?)),
        None => (digits, None),
    };
    let digits = digits.replace('_', "");
    match (hexadecimal, exponent) {
        (None, exponent) => {
            let is_decimal = |at: u8| at.is_ascii_digit() || at == b'.';
            let exponent = exponent.unwrap_or_default();
            if !digits.bytes().all(is_decimal) {
                return None;
            }
            format!("{digits}e{exponent}").parse().ok()
        }
        (Some(_), Some(exponent)) => read_hexadecimal(&digits, exponent),
        (Some(_), None) => None,
    }
}

/// Returns whether each `_` is between digits, where the prefix `0x` counts as one.
fn has_good_underscores(number: &str, is_hexadecimal: bool) -> bool {
    let is_digit = |at: Option<&u8>| match at {
        Some(b'x' | b'X') => is_hexadecimal,
        Some(at) if is_hexadecimal => at.is_ascii_hexdigit(),
        Some(at) => at.is_ascii_digit(),
        None => false,
    };
    let bytes = number.as_bytes();
    bytes.iter().enumerate().filter(|(_, at)| **at == b'_').all(|(index, _)| {
        let before = index.checked_sub(1).and_then(|before| bytes.get(before));
        is_digit(before) && is_digit(bytes.get(index + 1))
    })
}

/// Reads an exponent. As in Go, digits after the fifth do not count.
fn read_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..)?),
        Some(b'+') => (false, text.get(1..)?),
        _ => (false, text),
    };
    if !digits.starts_with(|at: char| at.is_ascii_digit()) {
        return None;
    }
    let mut exponent = 0;
    for digit in digits.bytes().filter(|at| *at != b'_') {
        if !digit.is_ascii_digit() {
            return None;
        }
        if exponent < 10_000 {
            exponent = exponent * 10 + i64::from(digit - b'0');
        }
    }
    Some(if negative { -exponent } else { exponent })
}

/// The digits that fit in 64 bits; of the others only counts whether they are all zero.
const HEXADECIMAL_DIGITS: u32 = 16;

fn read_hexadecimal(digits: &str, exponent: i64) -> Option<f64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut exponent = exponent;
    let (mut mantissa, mut taken, mut rest) = (0_u64, 0, false);
    let digits = whole.chars().map(|digit| (digit, 4)).chain(fraction.chars().map(|it| (it, 0)));
    for (digit, weight) in digits {
        let digit = digit.to_digit(16)?;
        if taken < HEXADECIMAL_DIGITS {
            mantissa = mantissa << 4 | u64::from(digit);
            taken += u32::from(mantissa != 0);
            exponent -= 4 - weight;
        } else {
            rest |= digit != 0;
            exponent += weight;
        }
    }
    Some(round(mantissa, rest, exponent))
}

/// The double nearest to `mantissa * 2^exponent`, or to a bit more if there is a `rest`; of two the even
/// one.
fn round(mantissa: u64, rest: bool, exponent: i64) -> f64 {
    /// The exponents of the last bit of the smallest and of the largest double.
    const LOWEST: i64 = -1_074;
    const HIGHEST: i64 = 971;
    if mantissa == 0 {
        return 0.0;
    }
    let exact = u128::from(mantissa) << 1 | u128::from(rest);
    let exponent = exponent - 1;
    let bits = i64::from(u128::BITS - exact.leading_zeros());
    let last = (exponent + bits - i64::from(f64::MANTISSA_DIGITS)).max(LOWEST);
    if last > HIGHEST {
        return f64::INFINITY;
    }
    let kept = match u32::try_from(last - exponent) {
        Err(_) => exact << (exponent - last).unsigned_abs(),
        Ok(0) => exact,
        Ok(dropped) if dropped >= u128::BITS => 0,
        Ok(dropped) => {
            let (kept, below) = (exact >> dropped, exact & ((1 << dropped) - 1));
            let half = 1 << (dropped - 1);
            kept + u128::from(below > half || below == half && kept & 1 == 1)
        }
    };
    // A mantissa of 53 bits adds its first to the exponent, and so does one that was rounded up to 54.
    let exponent = (last - LOWEST).unsigned_abs();
    f64::from_bits((exponent << 52).saturating_add(u64::try_from(kept).unwrap_or(u64::MAX)))
}

/// The fewest digits that read back as the same double: `1.5`, `1e+06`, `+Inf`. Go's `%g`.
pub(crate) fn shortest(double: f64) -> String {
    if double.is_nan() {
        return "NaN".to_owned();
    }
    if double.is_infinite() {
        return if double > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let digits = digits::scientific(double);
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    match exponent.parse::<i32>() {
        Ok(-4..6) | Err(_) => digits::positional(double),
        Ok(exponent @ ..0) => format!("{mantissa}e-{:02}", exponent.unsigned_abs()),
        Ok(exponent) => format!("{mantissa}e+{exponent:02}"),
    }
}
