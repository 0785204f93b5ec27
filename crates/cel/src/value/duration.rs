//! Durations: read, written and counted as Go does it.

#[cfg(test)]
mod tests;

use std::fmt;

use super::digits;
use crate::error::Failure;

/// A length of time, in nanoseconds: Go's `time.Duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The largest magnitude, which only a negative duration has.
const LIMIT: u64 = 1 << 63;

impl Duration {
    /// Reads a duration like `1h30m`, `-1.5s`, `300ms`.
    ///
    /// # Errors
    ///
    /// The text is no duration, or one of more than 292 years.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (negative, mut rest) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or_default()),
            Some(b'+') => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        match rest {
            "0" => return Ok(Self(0)),
            "" => return Err("it is empty"),
            _ => {}
        }
        let mut sum = 0_u64;
        while !rest.is_empty() {
            let part;
            (part, rest) = read_part(rest)?;
            // Twice the limit is zero in Go, too.
            sum = sum.wrapping_add(part);
            if sum > LIMIT {
                return Err(TOO_LONG);
            }
        }
        if negative {
            return Ok(Self(0_i64.wrapping_sub_unsigned(sum)));
        }
        i64::try_from(sum).map(Self).map_err(|_| TOO_LONG)
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// It is no 64-bit number of nanoseconds.
    pub(crate) fn add(self, other: Self) -> Result<Self, Failure> {
        self.0.checked_add(other.0).map(Self).ok_or(Failure::OVERFLOW)
    }

    /// The difference.
    ///
    /// # Errors
    ///
    /// It is no 64-bit number of nanoseconds.
    pub(crate) fn subtract(self, other: Self) -> Result<Self, Failure> {
        self.0.checked_sub(other.0).map(Self).ok_or(Failure::OVERFLOW)
    }

    /// The duration backwards.
    ///
    /// # Errors
    ///
    /// The shortest duration has no other.
    pub(crate) fn negate(self) -> Result<Self, Failure> {
        self.0.checked_neg().map(Self).ok_or(Failure::OVERFLOW)
    }

    /// The whole hours in it.
    pub(crate) fn hours(self) -> i64 {
        self.whole(HOUR)
    }

    /// The whole minutes in it.
    pub(crate) fn minutes(self) -> i64 {
        self.whole(MINUTE)
    }

    /// The whole seconds in it.
    pub(crate) fn seconds(self) -> i64 {
        self.whole(SECOND)
    }

    /// The whole milliseconds in it.
    pub(crate) fn milliseconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// The whole units in it. Go goes by a double, in which a very long duration that is a nanosecond
    /// short of a whole unit becomes whole.
    #[expect(clippy::cast_possible_truncation, reason = "as in Go; it is far from the limits")]
    fn whole(self, unit: i64) -> i64 {
        self.in_units(unit) as i64
    }

    #[expect(clippy::cast_precision_loss, reason = "as in Go")]
    fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }
}

/// In seconds with all digits that a double has: `5400s`, `-0.000000001s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", digits::positional(self.in_units(SECOND)))
    }
}

const TOO_LONG: &str = "it is longer than 292 years";

/// Reads a number with its unit; returns it in nanoseconds, and the text after it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the doubles of Go; the product is at most the unit"
)]
fn read_part(text: &str) -> Result<(u64, &str), &'static str> {
    let (whole, rest) = split_digits(text);
    let count = read_whole(whole)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err("a number is missing");
    }
    let end = rest.find(|at: char| at == '.' || at.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let unit = match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND.unsigned_abs(),
        "m" => MINUTE.unsigned_abs(),
        "h" => HOUR.unsigned_abs(),
        "" => return Err("a unit is missing: ns, us, ms, s, m or h"),
        _ => return Err("the units are ns, us, ms, s, m and h"),
    };
    let mut part = count.checked_mul(unit).filter(|part| *part <= LIMIT).ok_or(TOO_LONG)?;
    let (digits, scale) = read_fraction(fraction);
    if digits > 0 {
        part += (digits as f64 * (unit as f64 / scale)) as u64;
    }
    if part > LIMIT { Err(TOO_LONG) } else { Ok((part, rest)) }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|at: char| !at.is_ascii_digit()).unwrap_or(text.len()))
}

fn read_whole(digits: &str) -> Result<u64, &'static str> {
    if digits.is_empty() {
        return Ok(0);
    }
    digits.parse().ok().filter(|count| *count <= LIMIT).ok_or(TOO_LONG)
}

/// The digits after the point as a number, and the power of ten to divide it by. Digits that do not
/// fit are left out.
fn read_fraction(digits: &str) -> (u64, f64) {
    let (mut number, mut scale) = (0_u64, 1.0);
    for digit in digits.bytes() {
        if number > (LIMIT - 1) / 10 {
            break;
        }
        let longer = number * 10 + u64::from(digit.wrapping_sub(b'0'));
        if longer > LIMIT {
            break;
        }
        (number, scale) = (longer, scale * 10.0);
    }
    (number, scale)
}
