//! No input may hang, crash or exhaust the process.

use std::fmt::Write;
use std::time::{Duration, Instant};

use kubernetes_manifest::{MAX_DEPTH, parse};
use proptest::prelude::*;

use super::{documents, refusal, refusal_of};

#[test]
fn collections_nest_up_to_the_limit() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{a: ", "}")] {
        let nested = |depth| format!("{{\"x\": {}1{}}}", open.repeat(depth), close.repeat(depth));
        assert_eq!(documents(&nested(MAX_DEPTH - 1)).len(), 1, "{open}");
        assert!(refusal(&nested(MAX_DEPTH)).ends_with("nested deeper than 100 levels"), "{open}");
    }
}

#[test]
fn an_alias_counts_for_the_depth_where_it_stands() {
    let anchor = format!("a: &a {}{}\n", "[".repeat(60), "]".repeat(60));
    let used = |depth| format!("{anchor}b: {}*a{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(documents(&used(MAX_DEPTH - 61)).len(), 1);
    assert!(refusal(&used(MAX_DEPTH - 60)).ends_with("nested deeper than 100 levels"));
}

#[test]
fn hostile_texts_are_refused_at_once() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..40 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        writeln!(laughs, "a{level}: &a{level} [{alias}]").unwrap();
    }
    let mut merges = "a0: &a0 {x: {y: 1}}\n".to_owned();
    for level in 1..60 {
        writeln!(merges, "a{level}: &a{level} {{l: *a{0}, r: *a{0}}}", level - 1).unwrap();
    }
    let long = format!("a: &a \"{}\"\nb: [{}]", "x".repeat(100_000), "*a, ".repeat(10_000));
    let anchors = (0..100_000).map(|number| format!("&a{number} [")).collect::<Vec<_>>().concat();
    let repeated =
        ["[", "{", "- ", "? ", "{a: ", "[[{", "\"", "'", "&a ", "!", "|", "{\"a\":", "[{\"a\":"]
            .map(|part| part.repeat(100_000));
    let indented = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<Vec<_>>();
    let indented = indented.concat();
    for text in [laughs, merges, long, anchors, indented].into_iter().chain(repeated) {
        for file in ["x.yaml", "x.json"] {
            let start = Instant::now();
            let message = refusal_of(file, &text);
            assert!(message.len() < 300, "{message}");
            let head = text.get(..20).unwrap();
            assert!(start.elapsed() < Duration::from_secs(5), "{head}: {:?}", start.elapsed());
        }
    }
}

#[test]
fn large_files_take_time_in_proportion_to_their_size() {
    let members =
        |from: u32| (from..from + 50_000).map(|number| format!("\"k{number}\": {{\"é\": [1]}}"));
    let json = format!("{{{}}}", members(0).collect::<Vec<_>>().join(", "));
    let flow = format!("{{{}, x: 1}}", members(0).collect::<Vec<_>>().join(", "));
    let block = members(0).collect::<Vec<_>>().join("\n");
    let many = "a: 1\n---\n".repeat(50_000);
    let start = Instant::now();
    for text in [json, flow, block] {
        assert_eq!(documents(&text).len(), 1);
    }
    assert_eq!(documents(&many).len(), 50_000);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,200}") {
        let _ = parse("x.yaml", &text);
    }

    #[test]
    fn no_text_of_yaml_parts_makes_the_reader_panic(
        parts in prop::collection::vec(prop::sample::select(PARTS), 0..40)
    ) {
        let _ = parse("x.yaml", &parts.concat());
    }
}

/// The texts that mean something to a YAML or JSON parser.
const PARTS: &[&str] = &[
    "a",
    "b: ",
    "- ",
    "? ",
    ": ",
    ":",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&x ",
    "*x",
    "*x ",
    "!!str ",
    "!t ",
    "!<x> ",
    "!e!t ",
    "%TAG !e! x\n",
    "%YAML 1.1\n",
    "|",
    ">",
    "|2-\n",
    ">+\n",
    "\n",
    "\n ",
    "\n  ",
    "\r\n",
    "\t",
    "---\n",
    "--- ",
    "...\n",
    "<<: ",
    "\"",
    "'",
    "\\",
    "\\u",
    "#",
    " #",
    "~",
    "1",
    ".inf",
    "é",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "{\"a\": ",
    "null",
    "kind: List\n",
    "items: ",
    "@",
    "`",
];
