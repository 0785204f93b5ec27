//! Texts of strangers, made harmless for those who read them.
//!
//! Names, map keys and values come from anyone who may write an object, or from anyone who reaches
//! the port. A line break in one would begin a line of its own in a log, an escape character would
//! paint the terminal, and a bidirectional override would show a name that is another. Such
//! characters are escaped in the log, in all reports and in answers. Nothing else is changed: a name
//! in Greek, Hindi or Chinese stays readable.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Returns whether a reader would not see this character, or would see others elsewhere because of
/// it.
///
/// These are the control characters, the two separators of lines and paragraphs, the annotation
/// characters, and what Unicode calls `Default_Ignorable_Code_Point`: characters that fonts show
/// as nothing, all bidirectional controls and zero-width characters among them.
pub const fn is_hidden(char: char) -> bool {
    matches!(
        char,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Writes a hidden character as Go's `%q` does.
pub fn write_escaped(out: &mut impl Write, char: char) -> fmt::Result {
    match (char, u32::from(char)) {
        ('\n', _) => out.write_str("\\n"),
        ('\r', _) => out.write_str("\\r"),
        ('\t', _) => out.write_str("\\t"),
        (_, code @ 0..=0x7f) => write!(out, "\\x{code:02x}"),
        (_, code @ 0x80..=0xffff) => write!(out, "\\u{code:04x}"),
        (_, code) => write!(out, "\\U{code:08x}"),
    }
}

/// The text on one line, with all hidden characters escaped.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// The text with all hidden characters escaped but line breaks, for a text of several lines.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |char| is_hidden(char) && char != '\n')
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    replaced(text, is_escaped, |out, char| {
        // A String takes everything.
        let _ = write_escaped(out, char);
    })
}

/// A JSON text that holds the same values, with all hidden characters inside of strings escaped.
/// Line breaks stay: outside of strings they are layout, and inside of them there are none.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    replaced(
        json,
        |char| is_hidden(char) && !matches!(char, '\n' | '\r' | '\t'),
        |out, char| {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        },
    )
}

fn replaced(
    text: &str,
    is_replaced: impl Fn(char) -> bool,
    write: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    // Nearly every text is fine as it is, and ASCII is looked through many bytes at a time.
    if is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let Some(first) = text.find(&is_replaced) else {
        return Cow::Borrowed(text);
    };
    let (fine, rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(fine);
    for char in rest.chars() {
        if is_replaced(char) { write(&mut out, char) } else { out.push(char) }
    }
    Cow::Owned(out)
}

/// Returns whether all is printable ASCII, in which nothing is hidden.
fn is_plain(text: &[u8]) -> bool {
    text.chunks(64).all(|chunk| chunk.iter().fold(true, |all, it| all & matches!(it, b' '..=b'~')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// What a stranger may write, with many of the characters that matter.
    const HOSTILE: &str = "(\\PC|[\\x00-\\x1f\\x7f-\\x9f\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2066}-\
                           \u{2069}\u{61c}\u{feff}\u{e0001}\"\\\\]){0,40}";

    #[test]
    fn the_characters_that_deceive_are_hidden_and_letters_are_not() {
        for char in "\n\r\t\0\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\
                     \u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{3164}\u{feff}\u{e0041}"
            .chars()
        {
            assert!(is_hidden(char), "{char:?}");
        }
        for char in " ~é\u{301}\u{a0}नि名עربー\u{1f600}\u{fffd}".chars() {
            assert!(!is_hidden(char), "{char:?}");
        }
    }

    #[test]
    fn they_are_written_as_go_and_json_write_them() {
        let hidden = "a\n\u{1b}[1m\u{9b}\u{202e}\u{e0041}\"\\";
        assert_eq!(visible(hidden), "a\\n\\x1b[1m\\u009b\\u202e\\U000e0041\"\\");
        assert_eq!(visible_lines("a\n\rb"), "a\n\\rb");
        assert_eq!(visible_json("{\n\"\u{202e}\u{e0041}\"}"), "{\n\"\\u202e\\udb40\\udc41\"}");
    }

    proptest! {
        #[test]
        fn whatever_the_text_nothing_hidden_is_left(text in HOSTILE) {
            let shown = visible(&text);
            prop_assert!(!shown.contains(is_hidden), "{shown:?}");
            prop_assert_eq!(visible(&shown), shown.as_ref(), "escaping it again changes nothing");
            prop_assert_eq!(shown == text, !text.contains(is_hidden));
        }

        #[test]
        fn json_holds_the_same_values(text in HOSTILE) {
            let value = Value::from(vec![text.clone(), text]);
            let json = serde_json::to_string_pretty(&value).unwrap();
            let shown = visible_json(&json);
            prop_assert!(!shown.contains(|char| is_hidden(char) && char != '\n'), "{shown:?}");
            prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        }
    }
}
