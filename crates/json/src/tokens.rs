//! The tokens of a value, one after another: for values of any depth, with no tree and no recursion.

use super::raw::Raw;
use super::scan;
use super::text::Text;

/// A token of a value. Commas and colons are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// The `{` of an object or the `[` of a list.
    Open(Brackets),
    /// The bracket that ends the innermost one.
    Close,
    /// The key of the member that comes next.
    Key(Text<'a>),
    /// A string that is no key.
    String(Text<'a>),
    /// A number, `true`, `false` or `null`, as written.
    Literal(&'a str),
}

/// The two sorts of values that hold others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brackets {
    /// `{}`
    Object,
    /// `[]`
    List,
}

impl<'a> Raw<'a> {
    /// The value's tokens. A string whose escapes mean no character, like a lone surrogate, is given
    /// as written.
    pub fn tokens(self) -> impl Iterator<Item = Token<'a>> {
        Tokens { text: self.get(), rest: self.get().as_bytes() }
    }
}

/// A value is well-formed, so a string before a colon is a key, and nothing else is.
struct Tokens<'a> {
    text: &'a str,
    /// The part that is not read yet.
    rest: &'a [u8],
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (first, behind) = scan::first(self.rest)?;
            let start = self.text.len() - behind.len() - 1;
            self.rest = behind;
            return Some(match first {
                b',' | b':' => continue,
                b'{' => Token::Open(Brackets::Object),
                b'[' => Token::Open(Brackets::List),
                b'}' | b']' => Token::Close,
                b'"' => {
                    let (rest, has_escapes) = scan::string(behind)?;
                    self.rest = rest;
                    let text = self.text.get(start..self.text.len() - rest.len())?;
                    let text = unquoted(text, has_escapes)?;
                    match scan::first(rest) {
                        Some((b':', _)) => Token::Key(text),
                        _ => Token::String(text),
                    }
                }
                _ => {
                    let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | 0..=b' ');
                    let length = behind.iter().position(is_end).unwrap_or(behind.len());
                    self.rest = behind.get(length..)?;
                    Token::Literal(self.text.get(start..=start + length)?)
                }
            });
        }
    }
}

/// The string that is written between quotes.
fn unquoted(text: &str, has_escapes: bool) -> Option<Text<'_>> {
    if has_escapes && let Ok(text) = serde_json::from_str(text) {
        return Some(text);
    }
    text.strip_prefix('"')?.strip_suffix('"').map(Text::from)
}
