//! Patterns, compared with the results of Go.

use super::translate;

fn compile(pattern: &str) -> Result<regex::Regex, String> {
    regex::Regex::new(&translate(pattern)?).map_err(|error| error.to_string())
}

#[test]
fn what_go_refuses_is_refused() {
    for pattern in [
        "(?ix)",
        "(?i-)",
        "(?--i)",
        "(?",
        "(?i",
        "(?P<>a)",
        "(?P<n.>a)",
        "(?<é>a)",
        "(?<n",
        "(?P=n)",
        "(?=a)",
        "(?i)*",
        "a|*",
        "(*)",
        "a**",
        "a{2}{3}",
        "a{1001}",
        "a{3,1}",
        "(a{2}){501}",
        "(a{100}b){10}{2}",
        "((a{10}){10}){11}",
        r"\p{IsGreek}",
        r"\p{Script=Greek}",
        r"\p{Grek}",
        r"\p{Alphabetic}",
        r"\p{}",
        r"\pé",
        r"\p{L",
        r"\x{110000}",
        r"\x{}",
        r"\x4",
        r"\1",
        r"\8",
        r"\Z",
        r"\C",
        r"\é",
        "[z-a]",
        r"[a-\d]",
        "[a",
        r"a\",
        "[[:foo:]]",
        "[[:ALPHA:]]",
        "(a",
        "a)",
    ] {
        assert!(compile(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn what_go_accepts_finds_the_same() {
    for (pattern, text, found) in [
        ("(?P<n>a)(?P<n>b)", "ab", Some("ab")),
        ("(?P<1n>a)", "a", Some("a")),
        ("(?ii)A", "a", Some("a")),
        ("(?i-i)A", "a", None),
        ("a(?i)+B", "aab", Some("aab")),
        ("a*(?i)*", "aa", Some("aa")),
        ("(?)a", "a", Some("a")),
        ("((a{2}){5}){100}", "a", None),
        ("(a{1000}){0}b", "b", Some("b")),
        ("(a{2}|b{500}){2}", "bb", None),
        (r"\p{greek}", "α", Some("α")),
        (r"\p{lower_case letter}", "α", Some("α")),
        (r"\p{^L}", "a1", Some("1")),
        (r"\P{^L}", "1a", Some("a")),
        (r"\p{Cs}", "a", None),
        (r"[^\p{Cs}]", "a", Some("a")),
        (r"\P{Cs}", "a", Some("a")),
        (r"\x{D800}?a", "a", Some("a")),
        (r"[\x{D800}a]", "a", Some("a")),
        (r"[\x{D7FF}-\x{E000}]", "\u{e000}", Some("\u{e000}")),
        (r"[^\x{D800}]", "a", Some("a")),
        (r"\x{00000000041}", "A", Some("A")),
        (r"\101", "A", Some("A")),
        (r"\Qa.b\E", "a.b", Some("a.b")),
        ("{,2}", "{,2}", Some("{,2}")),
        ("a{,2}", "a{,2}", Some("a{,2}")),
        ("[a&&b]+", "&a&b", Some("&a&b")),
        (r"\d", "٣", None),
        (r"\w", "é", None),
        (r"é\b", "é", None),
        ("(?U)a+", "aa", Some("a")),
        ("(?s).", "\n", Some("\n")),
    ] {
        let regex = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(regex.find(text).map(|found| found.as_str()), found, "{pattern} {text}");
    }
}
