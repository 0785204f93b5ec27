//! Sources that are meant to take much time or memory.

use proptest::prelude::*;

use super::super::parse;

#[test]
fn each_rule_may_be_nested_as_deeply_as_in_kubernetes() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    for (most, source) in [
        (249, &(|n| nested("(", "a", ")", n)) as &dyn Fn(usize) -> String),
        (249, &|n| nested("[", "a", "]", n)),
        (249, &|n| nested("f(", "a", ")", n)),
        (250, &|n| nested("", "a", "+1", n)),
        (250, &|n| nested("", "a", "==1", n)),
        (250, &|n| nested("", "a", ".b", n)),
        (250, &|n| nested("", "a", "[0]", n)),
        (83, &|n| nested("f([1+", "1", "])", n)),
        (249, &|n| nested("a?b:", "c", "", n)),
        (99_999, &|n| nested("", "a", "", 1) + &" ".repeat(n)),
    ] {
        assert!(parse(&source(most)).is_ok(), "{}", source(most));
        assert!(parse(&source(most + 1)).is_err(), "{}", source(most + 1));
    }
}

#[test]
fn a_chain_of_macros_is_not_nested() {
    assert!(parse(&format!("a{}", ".filter(x, x).map(x, x)".repeat(125))).is_ok());
}

#[test]
fn macros_that_double_the_tree_are_bounded() {
    assert!(parse(&format!("a{}", ".optMap(x, x)".repeat(5))).is_ok());
    assert!(parse(&format!("a{}", ".optMap(x, x)".repeat(100))).is_err());
}

#[test]
fn macros_in_one_another_fit_the_stack() {
    for (open, close) in [("a.map(x, ", ")"), ("a.map(x, x, ", ")"), ("!f([!a.optMap(x, ", ")])")] {
        for times in [50, 100, 249, 300, 10_000] {
            let _ = parse(&format!("{}a{}", open.repeat(times), close.repeat(times)));
        }
    }
    for open in ["(", "[", "{a:", "!", "-", "a.", "a?", "a[", "'", "'''", "a{b:", "\\", "a&&"] {
        assert!(parse(&open.repeat(20_000)).is_err(), "{open}");
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_at_a_place_inside(source in any::<String>()) {
        inside(&source);
    }

    #[test]
    fn any_row_of_tokens_is_parsed_or_refused_at_a_place_inside(
        tokens in proptest::collection::vec(prop::sample::select(TOKENS), 0..60)
    ) {
        inside(&tokens.concat());
    }
}

const TOKENS: &[&str] = &[
    "a",
    "b.c",
    ".",
    ".?",
    "[",
    "]",
    "[?",
    "(",
    ")",
    "{",
    "}",
    ",",
    ":",
    "?",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "==",
    "<",
    "&&",
    "||",
    " in ",
    "1",
    "2u",
    "0x",
    "1.5",
    "1e",
    "'x'",
    "\"",
    "'",
    "r'",
    "b'",
    "'''",
    "\\",
    "\\u",
    "é",
    "\n",
    "\r",
    " ",
    "//",
    "true",
    "null",
    "has(",
    ".all(x,",
    ".map(x,y,",
    ".optMap(x,",
    ".sortBy(",
    "cel.bind(x,",
    "`",
    "=",
    "&",
];

fn inside(source: &str) {
    if let Err(mistake) = parse(source) {
        let offset = usize::try_from(mistake.offset).unwrap();
        assert!(source.is_char_boundary(offset), "{source:?}: {mistake:?}");
        assert!(!mistake.message.is_empty());
    }
}
