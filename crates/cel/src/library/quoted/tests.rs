use super::*;

#[test]
fn letters_of_escapes_are_the_same_in_both() {
    for quote in [cel, go] {
        let quoted = quote("\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"'");
        assert_eq!(quoted, r#""\a\b\f\n\r\t\v\\\"'""#);
    }
}

#[test]
fn go_escapes_what_is_not_printable() {
    for (text, expected) in [
        ("\u{0}\u{1f}\u{7f}", r#""\x00\x1f\x7f""#),
        ("\u{80}\u{a0}\u{ad}\u{2028}\u{feff}", r#""\u0080\u00a0\u00ad\u2028\ufeff""#),
        ("\u{e000}\u{10ffff}", r#""\ue000\U0010ffff""#),
        // Of Unicode 16, which Go does not know.
        ("\u{1c89}", r#""\u1c89""#),
        ("é😀\u{301}", "\"é😀\u{301}\""),
    ] {
        assert_eq!(go(text), expected);
        assert_eq!(cel(text), format!("\"{text}\""));
    }
}
