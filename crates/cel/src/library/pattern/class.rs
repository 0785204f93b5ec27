//! Escapes and classes: `\d`, `[^a-z]`.

use std::cmp::Ordering;

use super::{NOTHING, Translator};
use crate::library::arguments::Refusal;

const DIGITS: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0C\r ";

/// The half of the code points of UTF-16 that are no characters: Go's patterns may name them, but no
/// text has them.
const SURROGATES: std::ops::RangeInclusive<u32> = 0xd800..=0xdfff;

/// Classes with a name: `[[:alpha:]]`.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// The meaning of an escape.
pub(super) enum Escape {
    CodePoint(u32),
    /// The characters of a class, inside of brackets or outside; true where all others are meant.
    Class(&'static str, bool),
    /// What both syntaxes have.
    Same(String),
}

impl Escape {
    /// The escape for outside of brackets, and for inside where it is no end of a range.
    pub(super) fn as_class(&self) -> String {
        match self {
            Self::CodePoint(code) if SURROGATES.contains(code) => NOTHING.to_owned(),
            Self::CodePoint(code) => written(*code),
            Self::Class(class, false) => format!("[{class}]"),
            Self::Class(class, true) => format!("[^{class}]"),
            Self::Same(escape) => escape.clone(),
        }
    }
}

/// A character by its number, so that none has a special meaning.
fn written(code: u32) -> String {
    format!("\\x{{{code:X}}}")
}

impl Translator<'_> {
    /// Takes the part of an escape after the backslash.
    pub(super) fn escape(&mut self) -> Result<Escape, Refusal> {
        let Some(escaped) = self.next() else {
            return Err("trailing backslash at end of expression".to_owned());
        };
        let character = |character: char| Escape::CodePoint(character.into());
        Ok(match escaped {
            'd' | 'D' => Escape::Class(DIGITS, escaped == 'D'),
            'w' | 'W' => Escape::Class(WORD, escaped == 'W'),
            's' | 'S' => Escape::Class(SPACE, escaped == 'S'),
            'p' | 'P' => Escape::Same(self.property(escaped == 'P')?),
            'A' | 'z' => Escape::Same(format!("\\{escaped}")),
            'a' => character('\u{7}'),
            'f' => character('\u{c}'),
            't' => character('\t'),
            'n' => character('\n'),
            'r' => character('\r'),
            'v' => character('\u{b}'),
            'x' => Escape::CodePoint(self.hexadecimal()?),
            '0' => Escape::CodePoint(self.octal("0")?),
            // A digit alone refers back to a group, which neither has.
            '1'..='7' if self.rest.starts_with(|next: char| next.is_digit(8)) => {
                Escape::CodePoint(self.octal(escaped.encode_utf8(&mut [0; 4]))?)
            }
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => character(other),
            other => return Err(format!("invalid escape sequence: `\\{other}`")),
        })
    }

    /// Takes digits of a radix, at most `max`.
    fn digits(&mut self, radix: u32, max: usize) -> String {
        let digits = self.rest.chars().take(max).take_while(|at| at.is_digit(radix)).collect();
        let digits: String = digits;
        self.rest = self.rest.get(digits.len()..).unwrap_or_default();
        digits
    }

    fn octal(&mut self, first: &str) -> Result<u32, Refusal> {
        let digits = format!("{first}{}", self.digits(8, 2));
        code_point(&digits, 8)
    }

    fn hexadecimal(&mut self) -> Result<u32, Refusal> {
        if !self.take("{") {
            let digits = Some(self.digits(16, 2)).filter(|digits| digits.len() == 2);
            return code_point(&digits.unwrap_or_default(), 16);
        }
        let digits = self.digits(16, usize::MAX);
        if self.take("}") {
            code_point(&digits, 16)
        } else {
            Err("invalid escape sequence: `\\x`".to_owned())
        }
    }

    /// Takes a class after its `[`.
    pub(super) fn class(&mut self) -> Result<(), Refusal> {
        let is_negated = self.take("^");
        self.out.push_str(if is_negated { "[^" } else { "[" });
        let mut is_first = true;
        loop {
            if !is_first && self.take("]") {
                self.out.push(']');
                return Ok(());
            }
            is_first = false;
            if self.rest.starts_with("[:")
                && let Some((name, rest)) = self.rest.split_once(":]")
            {
                if !NAMED.contains(&name.trim_start_matches("[:").trim_start_matches('^')) {
                    return Err(format!("invalid character class range: `{name}:]`"));
                }
                self.out.push_str(name);
                self.out.push_str(":]");
                self.rest = rest;
                continue;
            }
            match self.atom()? {
                Escape::CodePoint(low) => self.range(low)?,
                escape => self.out.push_str(&escape.as_class()),
            }
        }
    }

    fn atom(&mut self) -> Result<Escape, Refusal> {
        match self.next() {
            Some('\\') => self.escape(),
            Some(character) => Ok(Escape::CodePoint(character.into())),
            None => Err("missing closing ]".to_owned()),
        }
    }

    /// Takes one character, or a range from it to another.
    fn range(&mut self, low: u32) -> Result<(), Refusal> {
        let mut high = low;
        if self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.take("-") {
            high = match self.atom()? {
                Escape::CodePoint(high) if high >= low => high,
                _ => return Err("invalid character class range".to_owned()),
            };
        }
        let (first, last) = (*SURROGATES.start(), *SURROGATES.end());
        let low = if SURROGATES.contains(&low) { last + 1 } else { low };
        let high = if SURROGATES.contains(&high) { first - 1 } else { high };
        match low.cmp(&high) {
            Ordering::Greater => self.out.push_str(NOTHING),
            Ordering::Equal => self.out.push_str(&written(low)),
            Ordering::Less => self.out.extend([written(low), "-".to_owned(), written(high)]),
        }
        Ok(())
    }
}

fn code_point(digits: &str, radix: u32) -> Result<u32, Refusal> {
    let number = u32::from_str_radix(digits, radix).ok();
    let number = number.filter(|number| *number <= u32::from(char::MAX));
    number.ok_or_else(|| format!("invalid escape sequence: `{digits}`"))
}
