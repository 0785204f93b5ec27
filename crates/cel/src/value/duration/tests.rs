use proptest::prelude::*;

use super::*;

fn nanoseconds(text: &str) -> i64 {
    Duration::parse(text).unwrap_or_else(|why| panic!("{text}: {why}")).0
}

#[test]
fn every_unit_is_read() {
    let units =
        [("1ns", 1), ("1us", 1_000), ("1\u{b5}s", 1_000), ("1\u{3bc}s", 1_000), ("1ms", 1_000_000)];
    for (text, expected) in units {
        assert_eq!(nanoseconds(text), expected, "{text}");
    }
    assert_eq!(nanoseconds("1h1m1s"), HOUR + MINUTE + SECOND);
}

#[test]
fn signs_zeros_and_points_are_read_as_in_go() {
    for (text, expected) in [
        ("0", 0),
        ("-0", 0),
        ("+0", 0),
        ("+1.s", SECOND),
        ("-.5s", -SECOND / 2),
        ("1h1h", 2 * HOUR),
        ("1s1h", HOUR + SECOND),
        ("0.0000000019s", 1),
        ("00000000000000000000001s", SECOND),
        // More digits than a double has are rounded.
        ("0.99999999999999999999999h", HOUR),
        // Twice the limit is zero in Go.
        ("9223372036854775808ns9223372036854775808ns", 0),
    ] {
        assert_eq!(nanoseconds(text), expected, "{text}");
    }
}

#[test]
fn fractions_are_as_exact_as_go_makes_them() {
    assert_eq!(nanoseconds("2.3h"), nanoseconds("138m"));
    assert_eq!(nanoseconds("8.2s"), nanoseconds("8200ms"));
    assert_eq!(nanoseconds("0.3333333333333333333h"), 1_200_000_000_000);
    assert_eq!(nanoseconds("0.1234567891234567891s"), 123_456_789);
}

#[test]
fn the_longest_and_the_shortest_are_read_and_no_longer_ones() {
    assert_eq!(nanoseconds("9223372036854775807ns"), i64::MAX);
    assert_eq!(nanoseconds("-9223372036854775808ns"), i64::MIN);
    assert_eq!(nanoseconds("-2562047h47m16.854775808s"), i64::MIN);
    for text in [
        "9223372036854775808ns",
        "-9223372036854775809ns",
        "2562048h",
        "9223372036.854775808s",
        "99999999999999999999ns",
    ] {
        assert_eq!(Duration::parse(text), Err(TOO_LONG), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "",
        "-",
        "+",
        "1",
        "-1",
        "1h5",
        "1hh",
        "1h-5m",
        "1e3s",
        "5m foo",
        " 1s",
        "1s ",
        "1 s",
        "1d",
        ".s",
        "-.s",
        ".",
        "1S",
        "1H",
        "--1s",
        "\u{2212}1s",
        "1_000s",
        "s",
        "inf",
        "1.2.3s",
        "\u{661}s",
    ] {
        assert!(Duration::parse(text).is_err(), "{text}");
    }
}

#[test]
fn it_is_written_in_seconds_with_the_digits_of_a_double() {
    for (nanoseconds, expected) in [
        (0, "0s"),
        (90 * MINUTE, "5400s"),
        (1_500_000_000, "1.5s"),
        (-1, "-0.000000001s"),
        (i64::MAX, "9223372036.854776s"),
        (9_000_000_000_999_999_900, "9000000001s"),
    ] {
        assert_eq!(Duration(nanoseconds).to_string(), expected);
    }
}

#[test]
fn its_parts_are_whole_and_toward_zero() {
    let duration = Duration(-(HOUR + 59 * MINUTE + 59 * SECOND + 999_999_999));
    let parts = (duration.hours(), duration.minutes(), duration.seconds(), duration.milliseconds());
    assert_eq!(parts, (-1, -119, -7199, -7_199_999));
}

#[test]
fn a_very_long_one_that_is_a_nanosecond_short_of_an_hour_has_it() {
    let duration = Duration(2_562_047 * HOUR - 1);
    assert_eq!(duration.hours(), 2_562_047);
    assert_eq!(Duration(HOUR - 1).hours(), 0);
}

#[test]
fn arithmetic_that_overflows_fails() {
    assert_eq!(Duration(i64::MAX).add(Duration(1)), Err(Failure::OVERFLOW));
    assert_eq!(Duration(i64::MIN).subtract(Duration(1)), Err(Failure::OVERFLOW));
    assert_eq!(Duration(i64::MIN).negate(), Err(Failure::OVERFLOW));
}

proptest! {
    #[test]
    fn whole_parts_add_up_exactly(
        parts in prop::collection::vec((0..3_000_000_u64, 0_usize..6), 1..5),
        negative: bool,
    ) {
        const UNITS: [(&str, i128); 6] = [
            ("ns", 1),
            ("us", 1_000),
            ("ms", 1_000_000),
            ("s", SECOND as i128),
            ("m", MINUTE as i128),
            ("h", HOUR as i128),
        ];
        let mut text = if negative { "-" } else { "" }.to_owned();
        for (count, unit) in &parts {
            text += &count.to_string();
            text += UNITS[*unit].0;
        }
        let sum: i128 = parts.iter().map(|(it, unit)| i128::from(*it) * UNITS[*unit].1).sum();
        let sum = if negative { -sum } else { sum };
        let read = Duration::parse(&text).ok().map(|it| it.0);
        prop_assert_eq!(read, i64::try_from(sum).ok());
    }

    #[test]
    fn decimal_fractions_of_a_second_are_exact(
        whole in 0..9_223_372_036_u64,
        digits in 1..=9_usize,
        fraction in 0..1_000_000_000_u64,
    ) {
        let fraction = format!("{fraction:09}")[..digits].to_owned();
        let exact = i128::from(whole) * i128::from(SECOND)
            + format!("{fraction:0<9}").parse::<i128>().unwrap();
        prop_assert_eq!(i128::from(nanoseconds(&format!("{whole}.{fraction}s"))), exact);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in r"[-+]?([0-9]{0,25}\.?[0-9]{0,25}[hmsnuµ]{0,2}){0,4}") {
        let _ = Duration::parse(&text);
    }
}
