//! Texts that are refused, and the messages.

use super::{refusal, refusal_of};

#[test]
fn broken_yaml_is_refused_with_its_place() {
    let table = [
        ("a: [1", "x.yaml:2:1: while parsing a flow sequence"),
        ("a: b: c", "x.yaml:1:5: mapping values are not allowed in this context"),
        ("a:\n\tb: 1", "x.yaml:2:"),
        ("a: 1\n b: 2", "x.yaml:2:"),
        ("a: \"x", "x.yaml:"),
        ("a: *nowhere", "x.yaml:1:4: while parsing node, found unknown anchor"),
        ("a: &a [*a]", "x.yaml:1:8: the alias stands in its own anchor"),
        ("a: &a 1\n---\nb: *a", "x.yaml:3:4: the alias stands in"),
        ("a: \u{0}", "x.yaml:1:4: "),
        ("{a: 1, b", "x.yaml:"),
    ];
    for (text, expected) in table {
        let refusal = refusal(text);
        assert!(refusal.starts_with(expected), "{text:?}: {refusal}");
    }
}

#[test]
fn what_json_cannot_say_is_refused() {
    let table = [
        ("a: .inf", "x.yaml:1:4: JSON has no number .inf; quote it if it is text"),
        ("a: .NaN", "x.yaml:1:4: JSON has no number .NaN; quote it if it is text"),
        ("a: !!int abc", "x.yaml:1:4: \"abc\" is no !!int"),
        ("a: !!int 1.5", "x.yaml:1:4: \"1.5\" is no !!int"),
        ("a: !!bool 1", "x.yaml:1:4: \"1\" is no !!bool"),
        ("a: !!null x", "x.yaml:1:4: \"x\" is no !!null"),
        ("a: !!binary aGk=", "x.yaml:1:4: !!binary is not supported; quote the base64 text"),
        ("~: 1", "x.yaml:1:1: a key must be a string, a number or a boolean"),
        ("a:\n  ? [1]\n  : 2", "x.yaml:2:5: a key must be a string, a number or a boolean"),
        ("? {b: 1}\n: 2", "x.yaml:1:3: a key must be a string, a number or a boolean"),
        (
            "a:\n  <<: 1",
            "x.yaml:2:7: the value of a merge key `<<` must be a mapping or a list of mappings",
        ),
        (
            "a: {<<: [1]}",
            "x.yaml:1:9: the value of a merge key `<<` must be a mapping or a list of mappings",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn a_key_set_twice_is_refused_with_both_lines() {
    let table = [
        ("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", "x.yaml:5:3: key \"c\" is already set on line 3"),
        ("{\"a\": 1,\n \"a\": 2}", "x.yaml:2:2: key \"a\" is already set on line 1"),
        ("1: a\n\"1\": b\n", "x.yaml:2:1: key \"1\" is already set on line 1"),
        (
            "x: &x {a: 1}\ny: {a: 2, <<: *x, a: 3}",
            "x.yaml:2:19: key \"a\" is already set on line 1",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn what_is_no_object_is_refused() {
    let table = [
        ("- a: 1", "x.yaml:1:1: expected an object, found a list"),
        ("a: 1\n---\nhello", "x.yaml:3:1: expected an object, found a string"),
        ("5", "x.yaml:1:1: expected an object, found a number"),
        ("[{\"a\": 1}]", "x.yaml:1:1: expected an object, found a list"),
        ("{} true", "x.yaml:1:4: expected an object, found a boolean"),
        ("{kind: List, items: [null]}", "x.yaml:1:22: expected an object, found nothing"),
        ("{kind: List, items: [[]]}", "x.yaml:1:22: expected an object, found a list"),
    ];
    for (text, expected) in table {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn broken_json_is_told_in_the_words_of_its_file_type() {
    let table = [
        ("x.json", "{\"a\": 1,}", "x.json:1:9: key must be a string"),
        ("x.json", "{\"é\": x}", "x.json:1:7: expected value"),
        ("x.json", "{\n \"a\": 1e999\n}", "x.json:2:7: number out of range"),
        ("x.json", "{\"a\": \"\\ud800\"}", "x.json:1:7: "),
        ("x.json", "{\"a\": 1} ]", "x.json:1:10: "),
        ("x.json", "{\"a\": 1", "x.json:1:7: EOF while parsing an object"),
        ("x.yaml", "{\"a\": 1", "x.yaml:2:1: while parsing a flow mapping"),
    ];
    for (file, text, expected) in table {
        let refusal = refusal_of(file, text);
        assert!(refusal.starts_with(expected), "{text:?}: {refusal}");
    }
}
