//! Kubernetes quantities (`500m`, `1.5Gi`, `12e3`) with the arithmetic of
//! `apimachinery/pkg/api/resource`, which has two representations: a small one that may be an
//! integer, and an exact decimal that never is.

use std::cmp::Ordering;

use num_bigint::BigInt;

/// The most digits of a value; beyond that a quantity is refused and a result is an error.
/// Kubernetes has no limit, and a single `1e2000000000` takes it minutes.
const MAX_DIGITS: usize = 4096;
/// The number of decimal digits that always fit an `i64`.
const SMALL_DIGITS: i64 = 18;
/// The exponent of the smallest unit of a quantity, as a power of ten.
const NANO: i32 = -9;

/// An amount.
#[derive(Debug, Clone)]
pub(super) enum Amount {
    /// `value * 10^exponent`.
    Small { value: i64, exponent: i32 },
    /// `value * 10^exponent`, with any number of digits.
    Decimal { value: BigInt, exponent: i32 },
}

/// The factor of a suffix.
#[derive(Clone, Copy)]
enum Suffix {
    /// A power of ten: `k`, `m`, `e3`.
    Ten(i32),
    /// A power of two: `Ki`.
    Two(u32),
}

impl From<i64> for Amount {
    fn from(value: i64) -> Self {
        Self::Small { value, exponent: 0 }
    }
}

impl Amount {
    /// Reads a quantity; the error is Kubernetes' own.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err(FORMAT);
        }
        if text.len() > MAX_DIGITS {
            return Err(SIZE);
        }
        let parts = Parts::of(text)?;
        let suffix = Suffix::of(parts.suffix).ok_or("unable to parse quantity's suffix")?;
        match Self::small(&parts, suffix) {
            Some(quantity) => Ok(quantity),
            None => Self::decimal(&parts, suffix),
        }
    }

    /// The representation of quantities with few digits and no unit below nano.
    fn small(parts: &Parts, suffix: Suffix) -> Option<Self> {
        let digits = i64::try_from(parts.whole.len() + parts.fraction.len()).ok()?;
        let (exponent, multiplier, room) = match suffix {
            Suffix::Ten(exponent) => (exponent, 1, SMALL_DIGITS - digits),
            Suffix::Two(_) if !parts.fraction.is_empty() => return None,
            Suffix::Two(bits) => (0, 1_i64 << bits, 14 - digits - i64::from(bits) * 3 / 10),
        };
        let exponent = exponent.wrapping_sub(i32::try_from(parts.fraction.len()).ok()?);
        if room < 0 || exponent < NANO {
            return None;
        }
        let value: i64 = format!("{}{}", parts.whole, parts.fraction).parse().ok()?;
        let value = value.checked_mul(multiplier)?;
        Some(Self::Small { value: if parts.negative { -value } else { value }, exponent })
    }

    /// The representation of all other quantities: rounded up to nano, and capped where the suffix
    /// is binary.
    fn decimal(parts: &Parts, suffix: Suffix) -> Result<Self, &'static str> {
        const NUMERIC: &str = "unable to parse numeric part of quantity";
        if parts.digits().next().is_none() {
            return Err(NUMERIC);
        }
        let digits: String = parts.digits().collect();
        let mut value: BigInt = digits.parse().map_err(|_| NUMERIC)?;
        let fraction = i32::try_from(parts.fraction.len()).map_err(|_| NUMERIC)?;
        let mut exponent = match suffix {
            Suffix::Ten(exponent) => exponent.wrapping_sub(fraction),
            Suffix::Two(bits) => {
                value <<= bits;
                -fraction
            }
        };
        if value != BigInt::ZERO {
            (value, exponent) = (round_up_to_nano(value, exponent)?, NANO);
        }
        let max = BigInt::from(i64::MAX);
        let is_binary = matches!(suffix, Suffix::Two(_));
        if is_binary && compare((&value, exponent), (&max, 0)) == Ordering::Greater {
            (value, exponent) = (max, 0);
        }
        Ok(Self::Decimal { value: if parts.negative { -value } else { value }, exponent })
    }

    /// The sign: -1, 0 or 1.
    pub fn sign(&self) -> i64 {
        match self.to_decimal().0.sign() {
            num_bigint::Sign::Minus => -1,
            num_bigint::Sign::NoSign => 0,
            num_bigint::Sign::Plus => 1,
        }
    }

    /// The value of a small quantity in whole units; `1000m` is not written in these.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Small { value, exponent } => scaled(*value, u32::try_from(*exponent).ok()?),
            Self::Decimal { .. } => None,
        }
    }

    /// The nearest double, or one close by.
    pub fn as_approximate_float(&self) -> f64 {
        let (value, exponent) = self.to_decimal();
        let value = value.to_string().parse().unwrap_or(f64::NAN);
        if exponent == 0 { value } else { value * power_of_ten(exponent) }
    }

    /// The sum, unless it has too many digits.
    pub fn add(&self, other: &Self) -> Option<Self> {
        if let Some(sum) = self.small_sum(other) {
            return Some(sum);
        }
        self.decimal_sum(other)
    }

    /// The difference, unless it has too many digits.
    pub fn sub(&self, other: &Self) -> Option<Self> {
        let (value, exponent) = other.to_decimal();
        match other {
            Self::Small { value: i64::MIN, .. } | Self::Decimal { .. } => {
                self.decimal_sum(&Self::Decimal { value: -value, exponent })
            }
            Self::Small { value, .. } => self.add(&Self::Small { value: -value, exponent }),
        }
    }

    fn decimal_sum(&self, other: &Self) -> Option<Self> {
        let (mut left, mut right) = (self.to_decimal(), other.to_decimal());
        let exponent = left.1.min(right.1);
        for (value, its) in [&mut left, &mut right] {
            *value *= ten_to_the(its.abs_diff(exponent))?;
        }
        Some(Self::Decimal { value: left.0 + right.0, exponent })
    }

    fn small_sum(&self, other: &Self) -> Option<Self> {
        let (Self::Small { value: left, exponent: l }, Self::Small { value: right, exponent: r }) =
            (self, other)
        else {
            return None;
        };
        if *right == 0 {
            return Some(self.clone());
        }
        if *left == 0 {
            return Some(other.clone());
        }
        let exponent = *l.min(r);
        let left = scaled(*left, l.abs_diff(exponent))?;
        let right = scaled(*right, r.abs_diff(exponent))?;
        Some(Self::Small { value: left.checked_add(right)?, exponent })
    }

    /// The amount in the representation that is no integer.
    pub fn into_decimal(self) -> Self {
        let (value, exponent) = self.to_decimal();
        Self::Decimal { value, exponent }
    }

    /// The bytes of its digits.
    pub fn size(&self) -> usize {
        match self {
            Self::Small { .. } => 0,
            Self::Decimal { value, .. } => usize::try_from(value.bits() / 8).unwrap_or(usize::MAX),
        }
    }

    fn to_decimal(&self) -> (BigInt, i32) {
        match self {
            Self::Small { value, exponent } => ((*value).into(), *exponent),
            Self::Decimal { value, exponent } => (value.clone(), *exponent),
        }
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.to_decimal(), other.to_decimal());
        compare((&left.0, left.1), (&right.0, right.1))
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Equality by amount: `1` and `1000m` are equal.
impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Amount {}

const SIZE: &str = "the quantity has too many digits";
const FORMAT: &str = "quantities must match the regular expression \
    '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// A quantity's text, taken apart.
struct Parts<'t> {
    negative: bool,
    /// The whole part without leading zeros, and `0` where nothing is left.
    whole: &'t str,
    fraction: &'t str,
    suffix: &'t str,
    /// True where there is any digit; `.` is a quantity, but not with every suffix.
    has_digits: bool,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Result<Self, &'static str> {
        let is_digit = |at: char| at.is_ascii_digit();
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let stripped = unsigned.trim_start_matches('0');
        let (whole, rest) = split_while(stripped, is_digit);
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => split_while(rest, is_digit),
            None => ("", rest),
        };
        let (_, exponent) = split_while(suffix, |at| "eEinumkKMGTP".contains(at));
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FORMAT);
        }
        Ok(Self {
            negative: text.starts_with('-'),
            whole: if whole.is_empty() { "0" } else { whole },
            fraction,
            suffix,
            has_digits: stripped.len() < unsigned.len()
                || !(whole.is_empty() && fraction.is_empty()),
        })
    }

    /// The digits of the value, if it has any.
    fn digits(&self) -> impl Iterator<Item = char> {
        let digits = self.whole.chars().chain(self.fraction.chars());
        digits.take(if self.has_digits { usize::MAX } else { 0 })
    }
}

fn split_while(text: &str, mut holds: impl FnMut(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|at| !holds(at)).unwrap_or(text.len()))
}

impl Suffix {
    #[expect(clippy::cast_possible_truncation, reason = "as in Go")]
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "" => Self::Ten(0),
            "n" => Self::Ten(-9),
            "u" => Self::Ten(-6),
            "m" => Self::Ten(-3),
            "k" => Self::Ten(3),
            "M" => Self::Ten(6),
            "G" => Self::Ten(9),
            "T" => Self::Ten(12),
            "P" => Self::Ten(15),
            "E" => Self::Ten(18),
            "Ki" => Self::Two(10),
            "Mi" => Self::Two(20),
            "Gi" => Self::Two(30),
            "Ti" => Self::Two(40),
            "Pi" => Self::Two(50),
            "Ei" => Self::Two(60),
            _ => {
                let exponent: i64 = text.strip_prefix(['e', 'E'])?.parse().ok()?;
                // Go cuts it to 32 bits: `1e4294967299` is `1e3`.
                Self::Ten(exponent as i32)
            }
        })
    }
}

/// The value in units of nano, rounded away from zero, so that a small amount does not become none.
fn round_up_to_nano(value: BigInt, exponent: i32) -> Result<BigInt, &'static str> {
    let shift = exponent.abs_diff(NANO);
    if exponent >= NANO {
        return ten_to_the(shift).map(|scale| value * scale).ok_or(SIZE);
    }
    // A value with fewer digits than places to cut rounds up to the smallest amount.
    let digits = u32::try_from(value.bits()).unwrap_or(u32::MAX);
    let scale = ten_to_the(shift.min(digits)).ok_or(SIZE)?;
    Ok((value + &scale - 1) / scale)
}

/// `value * 10^exponent`.
fn scaled(value: i64, exponent: u32) -> Option<i64> {
    if value == 0 { Some(0) } else { value.checked_mul(10_i64.checked_pow(exponent)?) }
}

fn ten_to_the(exponent: u32) -> Option<BigInt> {
    let is_sane = usize::try_from(exponent).is_ok_and(|exponent| exponent <= MAX_DIGITS);
    is_sane.then(|| BigInt::from(10).pow(exponent))
}

/// Compares by magnitude first, so that far-apart exponents are not multiplied out.
fn compare(left: (&BigInt, i32), right: (&BigInt, i32)) -> Ordering {
    if left.0.sign() != right.0.sign() || *left.0 == BigInt::ZERO {
        return left.0.sign().cmp(&right.0.sign());
    }
    let digits = |(value, exponent): (&BigInt, i32)| {
        let digits = value.magnitude().to_string();
        let magnitude = i64::try_from(digits.len()).unwrap_or(i64::MAX) + i64::from(exponent);
        (magnitude, digits.trim_end_matches('0').to_owned())
    };
    let by_size = digits(left).cmp(&digits(right));
    if left.0.sign() == num_bigint::Sign::Minus { by_size.reverse() } else { by_size }
}

/// A power of ten, computed from two tables as by Go's `math.Pow10`, so that the last bit agrees.
fn power_of_ten(exponent: i32) -> f64 {
    if exponent < -323 {
        return 0.0;
    }
    if exponent > 308 {
        return f64::INFINITY;
    }
    let exact = |exponent: i32| format!("1e{exponent}").parse().unwrap_or(f64::NAN);
    let (coarse, fine) = (exponent / 32 * 32, exponent % 32);
    if exponent < 0 { exact(coarse) / exact(-fine) } else { exact(coarse) * exact(fine) }
}
