//! The reader against `serde_json`.
#![cfg(test)] // clippy lets only tests unwrap, index and panic

use partial_json::{Brackets, Raw, Token, from_str, ordinary};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

#[test]
fn well_formed_values_are_ordinary() {
    for text in [
        "0",
        "-1",
        "18446744073709551615",
        "18446744073709551616",
        "-0",
        "1.5",
        "-2e-3",
        "1E+3",
        "true",
        "false",
        "null",
        r#""""#,
        r#""a\"b""#,
        r#""é\u00e9\ud83d\ude00\\""#,
        r#""a string that is longer than sixteen bytes""#,
        r#""{\"an\":\"object\",\"in\":[\"a\",\"string\"]}\n""#,
        r#""fifteen bytes..\"""#,
        "[]",
        "{}",
        " [ 1 , [ ] , { } ]\n",
        r#" { "a" : { "b" : [ null , { "c" : "d" } ] } } "#,
    ] {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(ordinary::<Value>(text), Some(value), "{text}");
        assert!(ordinary::<IgnoredAny>(text).is_some(), "{text}");
        assert_eq!(ordinary::<Raw<'_>>(text).map(Raw::get), Some(text.trim()), "{text}");
    }
}

#[test]
fn what_is_not_json_is_never_taken_nor_skipped() {
    for text in [
        "",
        " ",
        "tru",
        "nul",
        "fals",
        "nothing",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "--1",
        "'a'",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"a\nb\"",
        "\"sixteen bytes and\u{1}a control\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{",
        "}",
        "{1:2}",
        "{a:1}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{"a":1]"#,
        r#"{"a" 1}"#,
        r#"{,"a":1}"#,
        r#"{"a":1 "b":2}"#,
        "1 2",
        "{} {}",
        "[] ]",
        "\u{a0}1",
        "\u{c}1",
        "1\u{c}",
        "/* */ 1",
        "NaN",
        "{\"a\":1}x",
    ] {
        assert!(serde_json::from_str::<IgnoredAny>(text).is_err(), "{text}");
        assert!(ordinary::<IgnoredAny>(text).is_none(), "{text}");
        assert!(ordinary::<Raw<'_>>(text).is_none(), "{text}");
        assert!(ordinary::<Value>(text).is_none(), "{text}");
        let within = format!("{{\"a\":[{text}]}}");
        let accepted = serde_json::from_str::<IgnoredAny>(&within).is_ok();
        assert_eq!(ordinary::<IgnoredAny>(&within).is_some(), accepted, "{within}");
    }
}

#[test]
fn what_is_unusual_is_left_to_serde_json() {
    let deep = "[".repeat(120) + &"]".repeat(120);
    for text in ["1e400", "-1e999", r#"["\ud800"]"#, &deep] {
        assert!(ordinary::<Value>(text).is_none(), "{text}");
        let (ours, theirs) = (from_str::<Value>(text), serde_json::from_str::<Value>(text));
        assert_eq!(ours.map_err(|it| it.to_string()), theirs.map_err(|it| it.to_string()));
    }
}

#[test]
fn a_value_that_repeats_one_before_and_goes_on_is_not_taken_for_it() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Pair<'a> {
        #[serde(borrow)]
        a: Raw<'a>,
        #[serde(borrow)]
        b: Raw<'a>,
    }

    let long = format!("\"{}\"", "x".repeat(80));
    let longer = format!("\"{}\\\"y\"", "x".repeat(80));
    for (a, b) in [(&long, &long), (&long, &longer), (&longer, &long)] {
        let text = format!("{{\"a\":{a},\"b\":{b}}}");
        let pair = ordinary::<Pair<'_>>(&text).unwrap();
        assert_eq!((pair.a.get(), pair.b.get()), (a.as_str(), b.as_str()));
        assert!(ordinary::<Pair<'_>>(&format!("{{\"a\":{a},\"b\":{b}1}}")).is_none());
    }
}

/// Values that an API server may write.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[a-z/:.\"\\\\\n]{0,40}", any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(text.clone(), inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

/// The JSON that tokens spell.
fn spelled<'a>(tokens: impl Iterator<Item = Token<'a>>) -> String {
    let (mut text, mut open) = (String::new(), Vec::new());
    let mut is_first = true;
    for token in tokens {
        if !is_first && token != Token::Close {
            text.push(',');
        }
        is_first = matches!(token, Token::Open(_) | Token::Key(_));
        match token {
            Token::Open(brackets) => {
                let [start, end] = match brackets {
                    Brackets::Object => ['{', '}'],
                    Brackets::List => ['[', ']'],
                };
                text.push(start);
                open.push(end);
            }
            Token::Close => text.push(open.pop().unwrap()),
            Token::Key(key) => text.extend([&json!(key.as_str()).to_string(), ":"]),
            Token::String(string) => text.push_str(&json!(string.as_str()).to_string()),
            Token::Literal(literal) => text.push_str(literal),
        }
    }
    text
}

#[test]
fn tokens_are_read_at_any_depth() {
    let text = r#"{"a":["#.repeat(50_000) + " 1 " + &"]}".repeat(50_000);
    let raw: Raw<'_> = from_str(&text).unwrap();
    assert_eq!(spelled(raw.tokens()), text.replace(' ', ""));
}

#[test]
fn a_string_that_cannot_be_decoded_is_given_as_written() {
    let raw: Raw<'_> = from_str(r#"{"\ud800": "\u0041\udead"}"#).unwrap();
    let strings: Vec<_> = raw.tokens().collect();
    assert_eq!(
        strings[1..3],
        [Token::Key(r"\ud800".into()), Token::String(r"\u0041\udead".into()),]
    );
}

proptest! {
    #[test]
    fn tokens_spell_the_value(value in value()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let raw: Raw<'_> = from_str(&text).unwrap();
            prop_assert_eq!(spelled(raw.tokens()), value.to_string());
        }
    }

    #[test]
    fn what_an_api_server_writes_is_ordinary(value in value()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(ordinary::<Value>(&text), Some(value.clone()));
            prop_assert!(ordinary::<IgnoredAny>(&text).is_some());
        }
    }

    #[test]
    fn a_float_is_the_nearest_double(
        sign in "-?", whole in "0|[1-9][0-9]{0,25}", rest in "(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?"
    ) {
        let text = format!("{sign}{whole}{rest}");
        let nearest = text.parse::<f64>().unwrap();
        for read in [from_str::<f64>(&text), serde_json::from_str(&text)] {
            match read {
                Ok(read) => prop_assert_eq!(read.to_bits(), nearest.to_bits(), "{}", text),
                Err(_) => prop_assert!(nearest.is_infinite(), "{}", text),
            }
        }
    }

    #[test]
    fn what_is_skipped_twice_is_skipped_rightly(value in value(), other in value()) {
        let text = json!([value, {"again": [value, other, value]}, other]).to_string();
        prop_assert!(ordinary::<IgnoredAny>(&text).is_some());
        let items: Vec<Raw<'_>> = ordinary(&text).unwrap();
        prop_assert_eq!(items[0].get(), value.to_string());
        prop_assert_eq!(items[2].get(), other.to_string());
    }

    #[test]
    fn what_is_taken_of_damaged_json_is_what_serde_json_reads(
        value in value(),
        damage in vec((any::<Index>(), 0..3_u8, "[\\[\\]{}\",:\\\\u0-9a-f \u{1}\u{c}]"), 1..4),
    ) {
        let mut text: Vec<char> = json!([value, value]).to_string().chars().collect();
        for (at, what, with) in damage {
            let at = at.index(text.len());
            match what {
                0 => drop(text.remove(at)),
                1 => text.insert(at, with.chars().next().unwrap()),
                _ => text[at] = with.chars().next().unwrap(),
            }
            if text.is_empty() {
                text.push('0');
            }
        }
        let text: String = text.into_iter().collect();
        if let Some(taken) = ordinary::<Value>(&text) {
            prop_assert_eq!(taken, serde_json::from_str::<Value>(&text).unwrap());
        }
        let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        prop_assert_eq!(ordinary::<IgnoredAny>(&text).is_some(), is_json, "{}", text);
    }
}
