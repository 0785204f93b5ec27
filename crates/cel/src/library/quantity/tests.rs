//! Quantities, compared with the results of Kubernetes.

use super::amount::Amount;
use super::shared::Quantity;

fn quantity(text: &str) -> Amount {
    Amount::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn what_kubernetes_reads_is_a_quantity_and_nothing_else() {
    for text in [
        "0",
        "00",
        "1",
        "+1",
        "-1",
        "1.5",
        "1.",
        ".5",
        ".",
        "+",
        "-",
        "1k",
        "1Ki",
        "1.5Gi",
        "12e3",
        "12E3",
        "1e-3",
        "1e+3",
        "100n",
        "1e-10",
        "1E",
        "99999999999999999999999",
        "1e0000",
        "1Ei",
        "9999999999Ei",
        "0e1000000000",
        "1e2000000000",
        "1e4294967296",
        "1e9223372036854775807",
    ] {
        assert!(Amount::parse(text).is_ok(), "{text}");
    }
    for text in [
        "",
        " 1",
        "1 ",
        "1K",
        "1ki",
        "1kk",
        "1e",
        "1e3k",
        "1e1.5",
        "0x10",
        "1,5",
        "1..5",
        "--1",
        "1e99999999999999999999",
        "1e9223372036854775808",
        ".e-10",
        "Infinity",
        "1Zi",
        "1µ",
        "123456789012345678901234567890e1000000",
    ] {
        assert!(Amount::parse(text).is_err(), "{text}");
    }
}

#[test]
fn quantities_compare_by_amount() {
    let ascending = [
        "-1e2000000000",
        "-2",
        "-1500m",
        "-1",
        "0",
        "1n",
        "2n",
        "1u",
        "999m",
        "1",
        "1001m",
        "1k",
        "1Ki",
        "1025",
        "1M",
        "1Mi",
        "9223372036854775807",
        "9223372036854775808",
        "1e30",
        "1e31",
        "1e1000000000",
        "1e2000000000",
    ];
    for (index, lower) in ascending.iter().enumerate() {
        assert_eq!(quantity(lower), quantity(lower));
        for higher in &ascending[index + 1..] {
            assert!(quantity(lower) < quantity(higher), "{lower} < {higher}");
            assert!(quantity(higher) > quantity(lower), "{higher} > {lower}");
        }
    }
    for (left, right) in [
        ("1", "1000m"),
        ("1Gi", "1024Mi"),
        ("0.5", "500m"),
        ("12e3", "12k"),
        ("0", "-0"),
        ("0.1n", "1n"),
        ("-0.1n", "-1n"),
        ("0.00000000000000000000000000000000000000001", "1n"),
        ("1.00000000000000000000000000000", "1"),
        ("100Ei", "9223372036854775807"),
        ("-100Ei", "-9223372036854775807"),
        ("0.5Ki", "512"),
        ("1e4294967299", "1k"),
    ] {
        assert_eq!(quantity(left), quantity(right), "{left} == {right}");
    }
}

#[test]
fn only_whole_units_are_integers() {
    for (text, integer) in [
        ("0", Some(0)),
        ("-5", Some(-5)),
        ("2Gi", Some(2 << 30)),
        ("12e3", Some(12_000)),
        ("1k", Some(1_000)),
        ("1000m", None),
        ("1.0", None),
        ("1.5", None),
        ("1e19", None),
        ("0.5Ki", None),
        ("9223372036854775807", None),
        ("999999999999999999", Some(999_999_999_999_999_999)),
        ("8Ei", None),
    ] {
        assert_eq!(quantity(text).as_integer(), integer, "{text}");
    }
}

#[test]
fn sums_and_differences_are_exact() {
    for (left, right, sum, difference) in [
        ("1", "500m", "1500m", "500m"),
        ("1Gi", "1", "1073741825", "1073741823"),
        ("0", "1k", "1k", "-1k"),
        ("1k", "0", "1k", "1k"),
        ("9000000000000000000", "9000000000000000000", "18e18", "0"),
        (
            "1e30",
            "1n",
            "1000000000000000000000000000000.000000001",
            "999999999999999999999999999999.999999999",
        ),
    ] {
        assert_eq!(quantity(left).add(&quantity(right)), Some(quantity(sum)), "{left} + {right}");
        let found = quantity(left).sub(&quantity(right));
        assert_eq!(found, Some(quantity(difference)), "{left} - {right}");
    }
    let whole = quantity("1k").add(&5.into()).unwrap();
    assert_eq!(whole.as_integer(), Some(1005));
}

#[test]
fn a_result_with_too_many_digits_is_refused_and_not_computed() {
    assert_eq!(quantity("1e1000000000").add(&1.into()), None);
    assert_eq!(quantity("1").sub(&quantity("1e1000000000")), None);
}

#[test]
fn floats_are_the_nearest() {
    for (text, float) in
        [("1.5", 1.5), ("-500m", -0.5), ("1Ki", 1024.0), ("1e400", f64::INFINITY), ("0", 0.0)]
    {
        let found = quantity(text).as_approximate_float();
        assert_eq!(found.to_bits(), f64::to_bits(float), "{text}: {found}");
    }
}

#[test]
fn the_sign_is_that_of_the_amount() {
    for (text, sign) in [("-1m", -1), ("0", 0), ("-0", 0), ("1n", 1), ("-1e30", -1)] {
        assert_eq!(quantity(text).sign(), sign, "{text}");
    }
}

fn held(text: &str) -> Quantity {
    Quantity::from(quantity(text))
}

#[test]
fn a_sum_is_written_into_a_decimal_and_not_into_a_small_quantity() {
    let decimal = held("1.5Gi");
    let sum = decimal.add(&quantity("0.5Gi")).unwrap();
    assert_eq!(sum, held("2Gi"));
    assert_eq!(decimal, held("2Gi"), "as in Kubernetes");
    assert_eq!(sum.sub(&quantity("1Gi")).unwrap(), held("1Gi"));
    assert_eq!(decimal, held("1Gi"), "a sum of a sum too");

    let small = held("1Gi");
    assert_eq!(small.add(&quantity("1Gi")).unwrap(), held("2Gi"));
    assert_eq!(small.add(&quantity("1.5Gi")).unwrap(), held("2.5Gi"));
    assert_eq!(small, held("1Gi"));
}

#[test]
fn a_small_quantity_that_is_compared_with_a_decimal_is_no_integer_from_then_on() {
    let small = held("1");
    assert!(small.compare(&held("2")).is_lt());
    assert_eq!(held("1.5Ki"), held("1536"));
    assert!(small.amount().as_integer().is_some());
    assert!(held("1.5Ki").compare(&small).is_gt());
    assert!(small.amount().as_integer().is_some(), "on the right it stays what it is");
    assert!(small.compare(&held("1.5Ki")).is_lt());
    assert_eq!(small.amount().as_integer(), None);
    assert_eq!(small, held("1"));
}
