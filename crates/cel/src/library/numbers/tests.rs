use proptest::prelude::*;

use super::*;

/// The bits, by which `-0` and `0` differ.
fn bits(text: &str) -> Option<u64> {
    double(text).map(f64::to_bits)
}

#[test]
fn an_int_may_have_a_sign_and_a_uint_has_none() {
    assert_eq!((int("+5"), int("-5"), int("007")), (Some(5), Some(-5), Some(7)));
    assert_eq!((uint("5"), uint("+5"), uint("-0")), (Some(5), None, None));
    for text in ["", "+", "-", " 5", "5 ", "5.0", "1e3", "0x5", "1_000", "\u{665}"] {
        assert_eq!((int(text), uint(text)), (None, None), "{text}");
    }
    assert_eq!(int("9223372036854775808"), None);
    assert_eq!(uint("18446744073709551616"), None);
}

#[test]
fn a_bool_has_the_words_of_go() {
    for text in ["1", "t", "T", "true", "TRUE", "True"] {
        assert_eq!(bool(text), Some(true));
    }
    for text in ["0", "f", "F", "false", "FALSE", "False"] {
        assert_eq!(bool(text), Some(false));
    }
    for text in ["", "tRUE", "yes", "on", "2", " true"] {
        assert_eq!(bool(text), None, "{text}");
    }
}

#[test]
fn a_double_is_read_as_in_the_source_of_go() {
    for (text, expected) in [
        ("1", 1.0),
        ("-0", -0.0),
        ("+1.5e3", 1500.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1_000.2_5", 1000.25),
        ("1E1_0", 1e10),
        ("1e-400", 0.0),
        ("0x1p3", 8.0),
        ("-0X1.8P-1", -0.75),
        ("0x_1p-1074", 5e-324),
        ("0x.00000000000000000000001p0", 2_f64.powi(-92)),
        ("0x100000000000000000000p0", 2_f64.powi(80)),
        ("inf", f64::INFINITY),
        ("-INFINITY", f64::NEG_INFINITY),
        ("+Inf", f64::INFINITY),
    ] {
        assert_eq!(bits(text), Some(expected.to_bits()), "{text}");
    }
    assert!(double("nAn").is_some_and(f64::is_nan));
}

#[test]
fn what_is_no_double_is_refused() {
    for text in [
        "", "+", ".", "e5", "1e", "1e+", "1e400", "-1e400", "0x1p1024", "+NaN", "-nan", "infi",
        "Infinit", "--1", "+-1", "1p3", "0x1", "0x1e3", "0xp3", "0x.p3", "0b1", "0o7", "_1", "1_",
        "1__0", "1_.5", "1._5", "1_e5", "1e_5", "0_x1p3", "0x1_p3", " 1", "1 ", "1,5", "1.5f",
        "\u{661}",
    ] {
        assert_eq!(double(text), None, "{text}");
    }
}

#[test]
fn a_double_is_written_with_an_exponent_from_a_million_on() {
    for (double, expected) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.5, "1.5"),
        (100_000.0, "100000"),
        (999_999.5, "999999.5"),
        (1_000_000.0, "1e+06"),
        (123_456_789.0, "1.23456789e+08"),
        (0.0001, "0.0001"),
        (0.000_01, "1e-05"),
        (1e100, "1e+100"),
        (5e-324, "5e-324"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(shortest(double), expected);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(bits: u64) {
        let number = f64::from_bits(bits);
        let read = double(&shortest(number)).unwrap();
        prop_assert!(read.to_bits() == bits || number.is_nan() && read.is_nan());
    }

    #[test]
    fn the_bits_of_a_double_are_read_from_hexadecimal(bits in 1..0x7ff_u64 << 52) {
        let (exponent, mantissa) = (i64::try_from(bits >> 52).unwrap(), bits & ((1 << 52) - 1));
        let (whole, exponent) = if exponent == 0 { (0, -1022) } else { (1, exponent - 1023) };
        prop_assert_eq!(super::double(&format!("0x{whole}.{mantissa:013x}p{exponent}")), Some(f64::from_bits(bits)));
    }

    #[test]
    fn more_bits_than_a_double_has_are_rounded_to_the_nearest(number: u128, few in 0..60_u32) {
        // The decimal digits are rounded by another way.
        let number = number >> few;
        let decimal = double(&number.to_string());
        prop_assert_eq!(double(&format!("0x{number:x}p0")), decimal);
        prop_assert_eq!(double(&format!("0x{number:x}00p-8")), decimal);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in r"[-+]?(0x)?[0-9a-f_.]{0,40}([ep][-+]?[0-9_]{0,9})?\PC?") {
        let _ = (double(&text), int(&text), uint(&text));
    }
}
