use proptest::prelude::*;

use super::*;

/// 683187190646925.25
const QUARTER: f64 = 5_465_497_525_175_402.0 / 8.0;

#[test]
fn of_two_numbers_that_are_as_near_the_even_one_is_written() {
    for (double, expected) in [
        (QUARTER, "683187190646925.2"),
        (QUARTER + 0.5, "683187190646925.8"),
        (-QUARTER, "-683187190646925.2"),
        (0.3, "0.3"),
        (f64::INFINITY, "inf"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(positional(double), expected);
    }
    assert_eq!(scientific(QUARTER), "6.831871906469252e14");
    assert_eq!(scientific(QUARTER + 0.5), "6.831871906469258e14");
    assert_eq!(scientific(5e-324), "5e-324");
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_the_same_double(bits: u64) {
        let double = f64::from_bits(bits);
        prop_assume!(!double.is_nan());
        for text in [scientific(double), positional(double)] {
            prop_assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(bits));
        }
    }

    #[test]
    fn halves_and_quarters_of_large_numbers_are_written_as_even_digits(
        number in (1_u64 << 50)..(1 << 53),
        shift in 1..4_i32,
    ) {
        #[expect(clippy::cast_precision_loss, reason = "it has 53 bits")]
        let double = number as f64 / 2_f64.powi(shift);
        prop_assert_eq!(positional(double).parse::<f64>(), Ok(double));
        let exact = format!("{double:.10}");
        let exact = exact.trim_end_matches('0');
        let written = positional(double);
        if exact.len() == written.len() + 1 && exact.ends_with('5') {
            prop_assert!(written.ends_with(['0', '2', '4', '6', '8']), "{} {}", written, exact);
        }
    }
}
