use proptest::prelude::*;

use super::*;
use crate::value::Timestamp;

fn formatted(format: &str, values: Vec<Value<'_>>) -> String {
    let result = super::format(&[format.into(), values.into()], &mut Meter::new(0, 1_000_000));
    match result {
        Ok(Value::String(text)) => text.to_string(),
        Ok(other) => panic!("{other:?}"),
        Err(Stop::Failed(failure)) => format!("error: {}", failure.0),
        Err(stop) => panic!("{stop:?}"),
    }
}

fn one<'a>(format: &str, value: impl Into<Value<'a>>) -> String {
    formatted(format, vec![value.into()])
}

#[test]
fn clauses_are_replaced_in_their_order() {
    assert_eq!(formatted("%s: %d%%", vec!["half".into(), 50.into_value()]), "half: 50%");
}

trait IntoValue {
    fn into_value<'a>(self) -> Value<'a>;
}

impl IntoValue for i64 {
    fn into_value<'a>(self) -> Value<'a> {
        self.into()
    }
}

#[test]
fn more_values_than_clauses_are_no_failure_and_fewer_are() {
    assert_eq!(one("none", 1_i64), "none");
    assert_eq!(formatted("%s", Vec::new()), "error: there are more clauses than values");
}

#[test]
fn mistakes_in_clauses_are_told() {
    assert_eq!(one("%", 1_i64), "error: the text ends within a clause");
    assert_eq!(one("%.5", 1.0), "error: the text ends within a clause");
    assert_eq!(one("%.f", 1.0), "error: there must be a number after '%.'");
    assert_eq!(one("%5d", 1_i64), "error: there is no clause '%5'");
    assert_eq!(one("%é", 1_i64), "error: there is no clause '%é'");
    assert_eq!(one("%d", 1.0), "error: %d takes ints and uints, not double");
}

#[test]
fn integers_are_written_in_other_bases_with_their_sign() {
    assert_eq!(one("%b", -5_i64), "-101");
    assert_eq!(one("%o", 8_u64), "10");
    assert_eq!(one("%x", i64::MIN), "-8000000000000000");
    assert_eq!(one("%X", 255_i64), "FF");
    assert_eq!(one("%b", true), "1");
    assert_eq!(one("%x", "é\n"), "c3a90a");
}

#[test]
fn fixed_doubles_have_commas_between_thousands() {
    for (format, double, expected) in [
        ("%f", 1_234_567.5, "1,234,567.500000"),
        ("%f", -0.0, "0.000000"),
        ("%.0f", -0.4, "-0"),
        ("%.0f", 2.5, "2"),
        ("%.2f", 1.005, "1.00"),
        ("%.20f", 0.1, "0.10000000000000000555"),
        ("%f", f64::NAN, "NaN"),
        ("%f", f64::NEG_INFINITY, "-∞"),
        // As in Go, the least number of digits has 8 bits.
        ("%.256f", 1.5, "1.5"),
        ("%.10000010f", 1.5, "%!(NOVERB)"),
    ] {
        assert_eq!(one(format, double), expected, "{format} {double}");
    }
    assert_eq!(one("%.10000009f", 1.5), format!("1.5{}", "0".repeat(10_000_009 % 256 - 1)));
    assert_eq!(one("%.40000f", 0.1), format!("0.1{}", "0".repeat(63)));
}

#[test]
fn the_number_of_a_scientific_clause_is_the_width() {
    assert_eq!(one("%e", 1234.5), "1.234500×10⁰³");
    assert_eq!(one("%.2e", 1.5e-10), "1.500000×10⁻¹⁰");
    assert_eq!(one("%.15e", 1e100), " 1.000000×10¹⁰⁰");
    assert_eq!(one("%e", f64::NAN), "   NaN");
    assert_eq!(one("%.0e", f64::INFINITY), "∞");
    assert_eq!(one("%e", -0.0), "0.000000×10⁰⁰");
}

#[test]
fn names_of_doubles_are_doubles() {
    assert_eq!(one("%f", "NaN"), "NaN");
    assert_eq!(one("%e", "-Infinity"), "    -∞");
    assert_eq!(one("%f", "inf"), "error: %f takes doubles, not string");
}

#[test]
fn values_in_lists_and_maps_are_written_as_in_cel() {
    let list: Value<'_> = vec![
        "a\"\u{2028}".into(),
        1.5.into(),
        f64::INFINITY.into(),
        Value::Null,
        Value::Bytes(b"x"[..].into()),
        Value::Timestamp(Timestamp::parse("2020-01-01T00:00:00+02:00").unwrap()),
    ]
    .into();
    let expected =
        r#"["a\"\u2028", 1.500000, "+Inf", null, b"x", timestamp("2020-01-01T00:00:00+02:00")]"#;
    assert_eq!(one("%s", list), expected);
}

#[test]
fn the_entries_of_a_map_are_in_the_order_of_their_written_keys() {
    let map: Value<'_> = Value::Map(
        [(Value::Int(10), true), (Value::Int(9), true), ("x".into(), false), (true.into(), false)]
            .into_iter()
            .map(|(key, value)| (key, value.into()))
            .collect(),
    );
    assert_eq!(one("%s", map), r#"{"x":false, 10:true, 9:true, true:false}"#);
}

#[test]
fn bytes_that_are_no_text_and_optionals_have_none() {
    assert_eq!(one("%s", Value::Bytes([0xff][..].into())), "error: the bytes are not UTF-8");
    let takes = one("%s", Value::Optional(None));
    assert!(
        takes.starts_with("error: %s takes ") && takes.ends_with(", not optional_type"),
        "{takes}"
    );
}

#[test]
fn what_it_writes_takes_steps_before() {
    let wide =
        super::format(&["%.65000e".into(), vec![1.5.into()].into()], &mut Meter::new(0, 1_000));
    assert_eq!(wide.err(), Some(Stop::Exhausted));
}

proptest! {
    #[test]
    fn any_format_is_read_without_a_panic(format in r"(%?\.?[0-9]{0,9}\PC?){0,5}", double: f64) {
        let _ = formatted(&format, vec![double.into(), double.into(), double.into()]);
    }
}
