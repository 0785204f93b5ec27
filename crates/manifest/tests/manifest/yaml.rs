//! The meaning of YAML. The expectations were produced with `sigs.k8s.io/yaml` 1.6, unless a test
//! says that we differ.

use serde_json::json;

use super::{documents, value, values};

#[test]
fn plain_scalars_mean_what_kubectl_takes_them_for() {
    let table = [
        ("true", json!(true)),
        ("True", json!(true)),
        ("TRUE", json!(true)),
        ("yes", json!(true)),
        ("YES", json!(true)),
        ("on", json!(true)),
        ("y", json!(true)),
        ("false", json!(false)),
        ("No", json!(false)),
        ("Off", json!(false)),
        ("N", json!(false)),
        ("yEs", json!("yEs")),
        ("tRUE", json!("tRUE")),
        ("", json!(null)),
        ("~", json!(null)),
        ("Null", json!(null)),
        ("nULL", json!("nULL")),
        ("0", json!(0)),
        ("-0", json!(0)),
        ("+12", json!(12)),
        ("0o17", json!(15)),
        ("017", json!(15)),
        ("-017", json!(-15)),
        ("08", json!(8)),
        ("0x1F", json!(31)),
        ("0X1f", json!(31)),
        ("-0x1F", json!(-31)),
        ("0x_ff", json!(255)),
        ("0b101", json!(5)),
        ("-0b101", json!(-5)),
        ("1_000", json!(1000)),
        ("1__0_", json!(10)),
        ("_1", json!("_1")),
        ("0x", json!("0x")),
        ("0o", json!("0o")),
        ("0b2", json!("0b2")),
        ("0x+5", json!("0x+5")),
        ("+", json!("+")),
        ("9223372036854775807", json!(i64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551615", json!(u64::MAX)),
        ("0xFFFFFFFFFFFFFFFF", json!(u64::MAX)),
        ("-0xFFFFFFFFFFFFFFFF", json!("-0xFFFFFFFFFFFFFFFF")),
        ("18446744073709551616", json!(18_446_744_073_709_551_616.0)),
        ("0777777777777777777777777", json!(7.777_777_777_777_778e23)),
        ("1.5", json!(1.5)),
        ("00.5", json!(0.5)),
        (".5", json!(0.5)),
        ("-.5", json!(-0.5)),
        ("1.5e-7", json!(1.5e-7)),
        ("1e21", json!(1e21)),
        ("1_0.5_0", json!(10.5)),
        ("1.", json!(1)),
        ("1.0", json!(1)),
        ("-0.0", json!(0)),
        ("1e3", json!(1000)),
        ("1E+3", json!(1000)),
        ("+.5e3", json!(500)),
        ("12e03", json!(12000)),
        ("3.567685006037962e17", json!(356_768_500_603_796_200_i64)),
        ("1e20", json!(1e20)),
        ("1e", json!("1e")),
        ("1e400", json!("1e400")),
        ("inf", json!("inf")),
        ("nan", json!("nan")),
        ("1:30", json!("1:30")),
        ("2001-12-14", json!("2001-12-14")),
        ("10Gi", json!("10Gi")),
        ("=", json!("=")),
        ("<<", json!("<<")),
    ];
    for (text, expected) in table {
        assert_eq!(value(&format!("a: {text}")), json!({ "a": expected }), "{text}");
    }
}

#[test]
fn quoted_and_block_scalars_are_strings() {
    let table = [
        ("'true'", "true"),
        ("\"5\"", "5"),
        ("''", ""),
        ("'it''s'", "it's"),
        (r#""a\tb\u00e9\x41""#, "a\tb\u{e9}A"),
        ("|\n  1\n", "1\n"),
        ("|-\n  true\n", "true"),
        ("|+\n  x\n\n", "x\n\n"),
        (">\n  a\n  b\n", "a b\n"),
        ("|2\n    indented\n", "  indented\n"),
    ];
    for (text, expected) in table {
        assert_eq!(value(&format!("a: {text}")), json!({ "a": expected }), "{text}");
    }
}

#[test]
fn tags_say_the_type() {
    let table = [
        ("!!str 5", json!("5")),
        ("!!str", json!("")),
        ("!!str null", json!("null")),
        ("!<tag:yaml.org,2002:str> 5", json!("5")),
        ("!!int \"5\"", json!(5)),
        ("!!float 5", json!(5)),
        ("!!bool yes", json!(true)),
        ("!!null \"\"", json!(null)),
        ("!!timestamp 2001-12-14", json!("2001-12-14")),
        ("!foo 5", json!("5")),
        ("! 5", json!("5")),
        ("!!map {}", json!({})),
        ("!!seq []", json!([])),
    ];
    for (text, expected) in table {
        assert_eq!(value(&format!("a: {text}")), json!({ "a": expected }), "{text}");
    }
}

#[test]
fn keys_become_strings() {
    let table = [
        ("1: a", "1"),
        ("0x10: a", "16"),
        ("1.5: a", "1.5"),
        ("true: a", "true"),
        ("yes: a", "true"),
        ("y: a", "true"),
        ("'y': a", "y"),
        ("2001-12-14: a", "2001-12-14"),
        ("? k\n: a", "k"),
        ("!!str 1: a", "1"),
    ];
    for (text, key) in table {
        assert_eq!(value(text), json!({ key: "a" }), "{text}");
    }
}

#[test]
fn aliases_and_merge_keys_are_expanded() {
    let base = "x: &x {p: 1, q: 2}\n";
    let table = [
        ("z: *x", json!({"p": 1, "q": 2})),
        ("z: [*x, *x]", json!([{"p": 1, "q": 2}, {"p": 1, "q": 2}])),
        ("z: {<<: *x}", json!({"p": 1, "q": 2})),
        ("z: {<<: *x, q: 3}", json!({"p": 1, "q": 3})),
        ("z:\n  <<: *x\n  r: 3", json!({"p": 1, "q": 2, "r": 3})),
        ("z: {<<: {r: 3}}", json!({"r": 3})),
        ("z: {!!merge <<: *x}", json!({"p": 1, "q": 2})),
        ("z: {\"<<\": 1}", json!({"<<": 1})),
        // The earlier of a list wins, and the later of everything else: even a merge after a key,
        // which is go-yaml v2's own reading.
        ("z: {<<: [*x, {p: 5, r: 1}]}", json!({"p": 1, "q": 2, "r": 1})),
        ("z: {q: 3, <<: *x}", json!({"p": 1, "q": 2})),
        ("z: {<<: *x, <<: {p: 9}}", json!({"p": 9, "q": 2})),
    ];
    for (text, expected) in table {
        assert_eq!(value(&format!("{base}{text}"))["z"], expected, "{text}");
    }
    assert_eq!(value("&k key: 1\nother: *k"), json!({"key": 1, "other": "key"}));
}

#[test]
fn a_file_holds_any_number_of_documents() {
    let table = [
        ("", 0),
        ("# only a comment\n", 0),
        ("---\n---\n", 0),
        ("null\n---\n~\n", 0),
        ("a: 1", 1),
        ("---\na: 1\n", 1),
        ("--- # a comment\na: 1\n...\n", 1),
        ("a: 1\n---\n# nothing\n---\nb: 2\n", 2),
        ("a: 1\n...\n---\nb: 2\n...\n", 2),
        ("a: 1\r\n---\r\nb: 2\r\n", 2),
        ("%YAML 1.1\n---\na: 1\n", 1),
        ("%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n", 2),
        ("\u{feff}a: 1\n", 1),
        ("\u{feff}---\na: 1\n---\nb: 2\n", 2),
    ];
    for (text, count) in table {
        assert_eq!(documents(text).len(), count, "{text:?}");
    }
}

#[test]
fn windows_line_ends_are_no_part_of_a_value() {
    let text = "a: x\r\nb: |\r\n  one\r\n  two\r\nc:\r\n- 1\r\n";
    assert_eq!(value(text), json!({"a": "x", "b": "one\ntwo\n", "c": [1]}));
}

#[test]
fn flow_style_is_yaml_too() {
    let text = "{a: 1, b: [x, 'y'], c: {d: }}";
    assert_eq!(value(text), json!({"a": 1, "b": ["x", "y"], "c": {"d": null}}));
    assert_eq!(values("{a: 1}\n---\n{b: 2}\n"), [json!({"a": 1}), json!({"b": 2})]);
}
