//! JSON texts.

use serde_json::json;

use super::{value, values};

#[test]
fn json_is_read_as_json() {
    let table = [
        (r#"{"a": "\ud83d\ude00"}"#, json!({"a": "😀"})),
        (r#"{"a": "\/"}"#, json!({"a": "/"})),
        ("{\t\"a\":\t1\t}", json!({"a": 1})),
        (r#"{"a": 1.0, "b": 1e3, "c": 2.5}"#, json!({"a": 1, "b": 1000, "c": 2.5})),
        (r#"{"a": "yes", "b": null, "c": true}"#, json!({"a": "yes", "b": null, "c": true})),
        (r#"{"a": [[], {}, [{"b": -1}]]}"#, json!({"a": [[], {}, [{"b": -1}]]})),
        ("\u{feff}\r\n {\"a\": 18446744073709551615}\r\n", json!({"a": u64::MAX})),
    ];
    for (text, expected) in table {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn json_values_may_follow_one_another() {
    let both = [json!({"a": 1}), json!({"b": 2})];
    for text in [
        "{\"a\": 1}\n{\"b\": 2}\n",
        "{\"a\": 1}{\"b\": 2}",
        "{\"a\": 1} null {\"b\": 2}",
        "{\"a\": 1}\n---\n{\"b\": 2}\n",
    ] {
        assert_eq!(values(text), both, "{text}");
    }
}
