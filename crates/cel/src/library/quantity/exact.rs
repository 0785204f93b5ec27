//! Quantities, held to exact arithmetic in billionths.

use num_bigint::BigInt;
use proptest::prelude::*;

use super::amount::Amount;
use super::shared::Quantity;

/// A text, taken apart.
#[derive(Debug, Clone)]
struct Written {
    sign: &'static str,
    whole: String,
    fraction: String,
    suffix: &'static str,
}

/// The suffixes with what they multiply by, in billionths, and whether the amount is capped.
const SUFFIXES: [(&str, &str, bool); 20] = [
    ("", "1000000000", false),
    ("n", "1", false),
    ("u", "1000", false),
    ("m", "1000000", false),
    ("k", "1000000000000", false),
    ("M", "1000000000000000", false),
    ("G", "1000000000000000000", false),
    ("T", "1000000000000000000000", false),
    ("P", "1000000000000000000000000", false),
    ("E", "1000000000000000000000000000", false),
    ("Ki", "1024000000000", true),
    ("Mi", "1048576000000000", true),
    ("Gi", "1073741824000000000", true),
    ("Ti", "1099511627776000000000", true),
    ("Pi", "1125899906842624000000000", true),
    ("Ei", "1152921504606846976000000000", true),
    ("e3", "1000000000000", false),
    ("E2", "100000000000", false),
    ("e-9", "1", false),
    ("e0", "1000000000", false),
];

fn number(digits: &str) -> BigInt {
    digits.parse().unwrap()
}

impl Written {
    fn text(&self) -> String {
        let Self { sign, whole, fraction, suffix } = self;
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}{suffix}")
    }

    /// The amount in billionths: rounded away from zero, and capped where the suffix is binary.
    fn exact(&self) -> BigInt {
        let (_, factor, is_capped) =
            SUFFIXES.into_iter().find(|(suffix, ..)| *suffix == self.suffix).unwrap();
        let digits = number(&format!("{}{}", self.whole, self.fraction)) * number(factor);
        let scale = number("10").pow(u32::try_from(self.fraction.len()).unwrap());
        let mut amount: BigInt = (digits + &scale - 1) / scale;
        if is_capped {
            amount = amount.min(BigInt::from(i64::MAX) * 1_000_000_000);
        }
        if self.sign == "-" { -amount } else { amount }
    }

    fn amount(&self) -> Amount {
        Amount::parse(&self.text()).unwrap()
    }
}

fn written() -> impl Strategy<Value = Written> {
    let digits = prop_oneof!["[0-9]{1,4}", "[0-9]{1,25}", "0{0,3}[1-9]"];
    let fraction = prop_oneof![Just(String::new()), "[0-9]{1,3}", "[0-9]{1,14}"];
    let suffix = prop::sample::select(&SUFFIXES[..]).prop_map(|(suffix, ..)| suffix);
    (prop::sample::select(vec!["", "-", "+"]), digits, fraction, suffix)
        .prop_map(|(sign, whole, fraction, suffix)| Written { sign, whole, fraction, suffix })
}

/// A billionth at a time, so that an amount can be told by its order.
fn is_exactly(amount: &Amount, exact: &BigInt) -> bool {
    Amount::parse(&format!("{exact}n")).is_ok_and(|exact| *amount == exact)
}

proptest! {
    #[test]
    fn what_is_read_is_what_is_written(one in written()) {
        prop_assert!(is_exactly(&one.amount(), &one.exact()));
    }

    #[test]
    fn the_order_is_that_of_the_exact_amounts(one in written(), other in written()) {
        let exact = one.exact().cmp(&other.exact());
        prop_assert_eq!(one.amount().cmp(&other.amount()), exact);
        let held = |written: &Written| Quantity::from(written.amount());
        prop_assert_eq!(held(&one).compare(&held(&other)), exact);
        prop_assert_eq!(held(&one) == held(&other), exact.is_eq());
    }

    #[test]
    fn sums_and_differences_are_those_of_the_exact_amounts(one in written(), other in written()) {
        let (left, right) = (one.exact(), other.exact());
        let sum = one.amount().add(&other.amount()).unwrap();
        prop_assert!(is_exactly(&sum, &(&left + &right)));
        let difference = one.amount().sub(&other.amount()).unwrap();
        prop_assert!(is_exactly(&difference, &(left - right)));
    }

    #[test]
    fn an_integer_is_the_exact_amount(one in written()) {
        if let Some(integer) = one.amount().as_integer() {
            prop_assert_eq!(BigInt::from(integer) * 1_000_000_000, one.exact());
        }
    }
}
