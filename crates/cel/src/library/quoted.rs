//! Text in quotes, with escapes.

#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

/// In quotes as `strings.quote` writes it: other characters than those with an escape of one letter
/// stand for themselves, printable or not.
pub(super) fn cel(text: &str) -> String {
    in_quotes(text, String::push)
}

/// In quotes as Go's `%q` writes it: only printable characters stand for themselves.
pub(crate) fn go(text: &str) -> String {
    in_quotes(text, |quoted, character| {
        let code = u32::from(character);
        // Writing to a string does not fail.
        let _ = match code {
            _ if is_printable(character) => quoted.write_char(character),
            0..=0x1f | 0x7f => write!(quoted, "\\x{code:02x}"),
            0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
            _ => write!(quoted, "\\U{code:08x}"),
        };
    })
}

fn in_quotes(text: &str, write: impl Fn(&mut String, char)) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match escape(character) {
            Some(escape) => quoted.push_str(escape),
            None => write(&mut quoted, character),
        }
    }
    quoted.push('"');
    quoted
}

/// The escape of one letter.
fn escape(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{7}' => r"\a",
        '\u{8}' => r"\b",
        '\u{c}' => r"\f",
        '\n' => r"\n",
        '\r' => r"\r",
        '\t' => r"\t",
        '\u{b}' => r"\v",
        '\\' => r"\\",
        '"' => "\\\"",
        _ => return None,
    })
}

/// Returns whether a character is printable in Go: a letter, mark, number, sign or symbol of Unicode 15,
/// or an ASCII space.
fn is_printable(character: char) -> bool {
    static PRINTABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\A[[\pL\pM\pN\pP\pS]&&\p{Age:15.0}]\z").ok());
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    let mut buffer = [0; 4];
    PRINTABLE.as_ref().is_some_and(|class| class.is_match(character.encode_utf8(&mut buffer)))
}
