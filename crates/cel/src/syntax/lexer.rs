//! From characters to tokens.

use super::Mistake;

/// A token of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// The end of the source.
    End,
    /// A name.
    Name,
    /// A name in backticks. The grammar has it, but Kubernetes does not allow it.
    Quoted,
    /// `1`, `0x1f`, without a sign.
    Int,
    /// `1u`, `0x1fu`.
    Uint,
    /// `1.5`, `.5`, `1e3`, without a sign.
    Double,
    /// A string, with its prefix and quotes.
    String,
    /// The same after a `b`.
    Bytes,
    /// An operator, a bracket, or one of the [`KEYWORDS`].
    Symbol(&'static str),
}

/// The names that are always symbols, so that they are not even allowed as fields.
const KEYWORDS: [&str; 4] = ["in", "true", "false", "null"];

/// Operators and brackets; each before those that it begins with.
const SYMBOLS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "[", "]", "{", "}", "(", ")", ".", ",", "-",
    "?", ":", "+", "*", "/", "%",
];

/// A token with its place in the source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme {
    pub token: Token,
    /// The byte where it begins.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
}

/// Reads tokens from a source.
#[derive(Debug)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    /// Reads the next token. As in cel-go, it is the longest that the characters allow.
    pub fn next(&mut self) -> Result<Lexeme, Mistake> {
        self.skip_blanks();
        let start = self.at;
        let rest = self.rest();
        let (token, length) = match rest.chars().next() {
            None => (Token::End, 0),
            Some('0'..='9') => number(rest),
            Some('.') if digits(rest.get(1..).unwrap_or_default()) > 0 => number(rest),
            Some('"' | '\'') => (Token::String, self.string(start)?),
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => self.word()?,
            Some('`') => (Token::Quoted, quoted(rest).ok_or_else(|| unexpected(rest, start))?),
            Some(_) => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                let symbol = symbol.ok_or_else(|| unexpected(rest, start))?;
                (Token::Symbol(symbol), symbol.len())
            }
        };
        self.at = start + length;
        Ok(Lexeme { token, start, end: self.at })
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Skips white space and comments.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let text = rest.trim_start_matches(['\t', ' ', '\r', '\n', '\u{c}']);
            self.at += rest.len() - text.len();
            if !text.starts_with("//") {
                return;
            }
            self.at += text.find('\n').unwrap_or(text.len());
        }
    }

    /// Reads a name, a keyword or a string with a prefix; returns it with its length.
    fn word(&self) -> Result<(Token, usize), Mistake> {
        let rest = self.rest();
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if after.starts_with(['"', '\'']) {
            let token = match word {
                "r" | "R" => Some(Token::String),
                "b" | "B" | "br" | "bR" | "Br" | "BR" => Some(Token::Bytes),
                _ => None,
            };
            if let Some(token) = token {
                return Ok((token, length + self.string(self.at + length)?));
            }
        }
        let keyword = KEYWORDS.iter().find(|keyword| **keyword == word);
        Ok((keyword.map_or(Token::Name, |keyword| Token::Symbol(keyword)), length))
    }

    /// The length of the string whose quotes begin at the byte `quotes`. Its prefix is before them.
    fn string(&self, quotes: usize) -> Result<usize, Mistake> {
        let text = self.source.get(quotes..).unwrap_or_default();
        let is_raw = self.source.get(self.at..quotes).is_some_and(|p| p.ends_with(['r', 'R']));
        let quote = if text.starts_with('"') { "\"" } else { "'" };
        let triple = quote.repeat(3);
        let close = if text.starts_with(&triple) { triple.as_str() } else { quote };
        let one_line = close.len() == 1;

        let mut at = close.len();
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(close) {
                return Ok(at + close.len());
            }
            if one_line && rest.starts_with(['\n', '\r']) {
                let message = format!(
                    "the string that begins here must end on its line, or begin with {}",
                    quote.repeat(3)
                );
                return Err(Mistake::at(self.at, message));
            }
            let escape = usize::from(!is_raw && rest.starts_with('\\'));
            let skipped = rest.chars().take(1 + escape).map(char::len_utf8).sum::<usize>();
            at += skipped;
        }
        Err(Mistake::at(self.at, format!("the string that begins here must end with {close}")))
    }
}

/// The number of digits at the beginning.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The kind and the length of the number at the beginning.
fn number(text: &str) -> (Token, usize) {
    let after = |length: usize| text.get(length..).unwrap_or_default();
    if let Some(hex) = text.strip_prefix("0x") {
        let length = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
        if length > 0 {
            return integer(text, 2 + length);
        }
    }
    let whole = digits(text);
    let fraction = after(whole).strip_prefix('.').map_or(0, digits);
    let mut length = if fraction > 0 { whole + 1 + fraction } else { whole };
    let exponent = after(length).strip_prefix(['e', 'E']).map_or(0, |exponent| {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let digits = digits(unsigned);
        if digits > 0 { 1 + exponent.len() - unsigned.len() + digits } else { 0 }
    });
    if fraction == 0 && exponent == 0 {
        return integer(text, whole);
    }
    length += exponent;
    (Token::Double, length)
}

fn integer(text: &str, length: usize) -> (Token, usize) {
    if text.get(length..).is_some_and(|rest| rest.starts_with(['u', 'U'])) {
        (Token::Uint, length + 1)
    } else {
        (Token::Int, length)
    }
}

/// The length of the name in backticks at the beginning.
fn quoted(text: &str) -> Option<usize> {
    let name = text.strip_prefix('`')?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_.-/ ".contains(letter);
    let length = name.find(|letter| !is_part(letter))?;
    (length > 0 && name.get(length..)?.starts_with('`')).then_some(length + 2)
}

/// The mistake of characters that no token begins with.
fn unexpected(text: &str, at: usize) -> Mistake {
    let hints = [
        ("===", "did you mean '=='?"),
        ("=", "did you mean '=='?"),
        ("&", "did you mean '&&'?"),
        ("|", "did you mean '||'?"),
        (";", "an expression has no ';'"),
        ("\u{201c}", "strings are in ' or \""),
        ("\u{201d}", "strings are in ' or \""),
        ("\u{2018}", "strings are in ' or \""),
        ("\u{2019}", "strings are in ' or \""),
        ("`", "strings are in ' or \""),
        ("#", "comments begin with '//'"),
    ];
    let hint = hints.iter().find(|(start, _)| text.starts_with(start));
    let message = match (hint, text.chars().next()) {
        (Some((start, hint)), _) => format!("unexpected '{start}', {hint}"),
        (None, Some(letter)) => format!("unexpected character {letter:?}"),
        (None, None) => "unexpected end".to_owned(),
    };
    Mistake::at(at, message)
}
