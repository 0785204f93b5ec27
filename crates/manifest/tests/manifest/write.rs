//! Writing YAML.

use kubernetes_manifest::to_yaml;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::value;

#[test]
fn values_are_written_in_block_style() {
    let object = json!({
        "apiVersion": "v1",
        "conversion": {},
        "list": ["a", {"name": "b", "of": [1]}, [["c"], []], {}],
        "long": "one line, however long it may be; it's not folded",
        "nothing": null,
        "number": 1.5,
        "text": "first\n\n  second\n",
        "texts": ["a\nb", "trailing \nspace\n"],
    });
    let expected = "\
apiVersion: v1
conversion: {}
list:
- a
- name: b
  of:
  - 1
- - - c
  - []
- {}
long: one line, however long it may be; it's not folded
nothing: null
number: 1.5
text: |
  first

    second
texts:
- |-
  a
  b
- \"trailing \\nspace\\n\"
";
    assert_eq!(to_yaml(&object), expected);
}

#[test]
fn strings_are_quoted_where_another_reader_could_take_them_for_something_else() {
    let quoted = [
        "",
        " a",
        "a ",
        "true",
        "no",
        "y",
        "N",
        "off",
        "~",
        "null",
        "1",
        "-1",
        "0x1F",
        "0o7",
        "1_0",
        "1e3",
        "1.5",
        ".5",
        "1:30",
        "190:20:30",
        "2001-12-14",
        "2001-12-14T21:59:43Z",
        ".inf",
        "...",
        "..",
        "---",
        "- a",
        "-a",
        "? a",
        ": a",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "'a'",
        "%a",
        "@a",
        "`a`",
        "{a}",
        "[a]",
        ",a",
        "=",
        "<<",
        "\u{7f}",
        "a\tb",
        "a\u{85}b",
        "a\u{2028}b",
        "\u{feff}",
    ];
    for text in quoted {
        assert!(to_yaml(&json!({ "k": text })).starts_with("k: \""), "{text:?}");
        assert!(to_yaml(&json!({ text: "v" })).starts_with('"'), "{text:?}");
    }
    let plain = [
        "a",
        "a b",
        "a:b",
        "a#b",
        "it's",
        "say \"x\"",
        "a, b",
        "10Gi",
        "v1",
        "apiextensions.k8s.io/v1",
        ".status.phase",
        "^[a-z]{1,3}$",
        "/a/b",
        "1password",
        "nothing",
        "yesterday",
        "(a)",
        "é",
    ];
    for text in plain {
        assert_eq!(to_yaml(&json!({ "k": text })), format!("k: {text}\n"));
        assert_eq!(to_yaml(&json!({ text: "v" })), format!("{text}: v\n"));
    }
}

#[test]
fn a_key_too_long_for_parsers_is_marked() {
    let key = "k".repeat(3000);
    let object = json!({"a": [{ key.clone(): {"b": 1} }], "z": { key: [1] }});
    assert_eq!(value(&to_yaml(&object)), object);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(object in object()) {
        prop_assert_eq!(value(&to_yaml(&object)), object);
    }
}

fn object() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // A whole number is an integer after reading, as for the API server.
        any::<f64>().prop_filter("fractional", |float| float.fract() != 0.0).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let any_value = scalar.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            members(inner).prop_map(Value::from),
        ]
    });
    members(any_value).prop_map(Value::from)
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(text(), value, 0..6)
        .prop_map(|members| members.into_iter().collect())
}

/// Texts of any characters, and texts of those that YAML gives a meaning to.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z]{0,6}",
        "[-+.:0-9eExXoO_ ytnfTZ]{0,8}",
        "[ab \n\t:#'\"|>%@`{}\\[\\],&*!?~=<-]{0,12}",
        "[a \n]{0,10}",
    ]
}
