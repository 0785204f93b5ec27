//! The values of literals: numbers, and strings with their escapes.

use super::Mistake;

/// The value of `text`, an integer without its sign.
pub(super) fn int(text: &str, is_negative: bool) -> Option<i64> {
    let (digits, radix) = radix(text);
    // The sign belongs to the number, because the least one has no positive counterpart.
    let value = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if is_negative { -value } else { value }).ok()
}

/// The value of `text`, which ends with `u`.
pub(super) fn uint(text: &str) -> Option<u64> {
    let (digits, radix) = radix(text.trim_end_matches(['u', 'U']));
    u64::from_str_radix(digits, radix).ok()
}

/// The value of `text`, a number without its sign; none if it is too large.
pub(super) fn double(text: &str, is_negative: bool) -> Option<f64> {
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some(if is_negative { -value } else { value })
}

fn radix(text: &str) -> (&str, u32) {
    text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16))
}

/// The text of a string; `source` is all of it, and it begins at the byte `at`.
pub(super) fn string(source: &str, at: usize) -> Result<String, Mistake> {
    let content = Content::of(source);
    let mut text = String::with_capacity(content.text.len());
    content.unescape(at, Kind::String, |code| {
        let character = match code {
            Code::Character(character) => Some(character),
            Code::Escaped(code) => char::from_u32(code),
        };
        character.map(|character| text.push(character))
    })?;
    Ok(text)
}

/// The bytes of a bytes literal.
pub(super) fn bytes(source: &str, at: usize) -> Result<Vec<u8>, Mistake> {
    let content = Content::of(source);
    let mut bytes = Vec::with_capacity(content.text.len());
    content.unescape(at, Kind::Bytes, |code| {
        match code {
            Code::Character(character) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Code::Escaped(code) => bytes.push(u8::try_from(code).ok()?),
        }
        Some(())
    })?;
    Ok(bytes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    Bytes,
}

/// A character of a literal, as it stands or as the number of an escape.
enum Code {
    Character(char),
    Escaped(u32),
}

/// What is between the quotes.
struct Content<'s> {
    text: &'s str,
    is_raw: bool,
    /// The length of what is before it: the prefix and the quotes.
    start: usize,
}

impl<'s> Content<'s> {
    fn of(source: &'s str) -> Self {
        let (prefix, quoted) = source.split_at(source.find(['\'', '"']).unwrap_or_default());
        let is_raw = prefix.contains(['r', 'R']);
        let is_triple = ["'''", "\"\"\""].iter().any(|quotes| quoted.starts_with(quotes));
        let length = if is_triple { 3 } else { 1 };
        let text = quoted.get(length..quoted.len().saturating_sub(length)).unwrap_or_default();
        Self { text, is_raw, start: prefix.len() + length }
    }

    /// Gives each character to `push`, which returns nothing for a code that is none. New lines are
    /// always `\n`.
    fn unescape(
        &self,
        at: usize,
        kind: Kind,
        mut push: impl FnMut(Code) -> Option<()>,
    ) -> Result<(), Mistake> {
        let mut rest = self.text;
        while let Some(character) = rest.chars().next() {
            let (code, length) = match character {
                '\\' if !self.is_raw => match escape(rest, kind) {
                    Some((code, length)) => (Code::Escaped(code), length),
                    None => return Err(self.bad_escape(at, rest, kind)),
                },
                '\r' if rest.starts_with("\r\n") => (Code::Character('\n'), 2),
                '\r' => (Code::Character('\n'), 1),
                other => (Code::Character(other), other.len_utf8()),
            };
            if push(code).is_none() {
                return Err(self.bad_escape(at, rest, kind));
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    /// The mistake of the escape at the beginning of `rest`.
    fn bad_escape(&self, at: usize, rest: &str, kind: Kind) -> Mistake {
        let place = at + self.start + self.text.len() - rest.len();
        let message = match rest.chars().nth(1) {
            Some('u' | 'U') if kind == Kind::Bytes => {
                "bytes have no '\\u'; write the character itself, or its bytes as '\\xff'"
                    .to_owned()
            }
            Some('u') => "'\\u' needs the 4 hexadecimal digits of a character".to_owned(),
            Some('U') => "'\\U' needs the 8 hexadecimal digits of a character".to_owned(),
            Some('x' | 'X') => "'\\x' needs 2 hexadecimal digits".to_owned(),
            Some('0'..='7') => "'\\' needs 3 octal digits, from 000 to 377".to_owned(),
            Some(other) => format!(
                "unknown escape '\\{}'; a backslash is written '\\\\', or as it is in r'...'",
                other.escape_debug()
            ),
            None => "a backslash is written '\\\\'".to_owned(),
        };
        Mistake::at(place, message)
    }
}

/// The code and the length of the escape at the beginning of `text`.
fn escape(text: &str, kind: Kind) -> Option<(u32, usize)> {
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = text.get(from..from + count)?;
        // `from_str_radix` would take a sign.
        let are_digits = digits.chars().all(|digit| digit.is_digit(radix));
        Some((u32::from_str_radix(digits, radix).ok().filter(|_| are_digits)?, from + count))
    };
    let character = match text.chars().nth(1)? {
        'x' | 'X' => return digits(2, 2, 16),
        'u' if kind == Kind::String => return digits(2, 4, 16),
        'U' if kind == Kind::String => return digits(2, 8, 16),
        '0'..='3' => return digits(1, 3, 8),
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        same @ ('\\' | '\'' | '"' | '`' | '?') => same,
        _ => return None,
    };
    Some((character.into(), 2))
}
