//! Regular expressions in Go's syntax, written in that of the `regex` crate. Both come from RE2,
//! but `\d`, `\w`, `\s` and `\b` are ASCII there, classes do not nest, and `{` may stand for
//! itself.

use std::fmt::Write as _;

use super::arguments::Refusal;

/// The most repetitions that Go allows.
const MAX_REPETITIONS: u32 = 1000;

const DIGITS: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0C\r ";

/// Classes with a name: `[[:alpha:]]`.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Translates a pattern for the `regex` crate.
pub(super) fn translate(pattern: &str) -> Result<String, Refusal> {
    let mut translator = Translator { rest: pattern, out: String::with_capacity(pattern.len()) };
    translator.all()?;
    Ok(translator.out)
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
}

/// The meaning of an escape.
enum Escape {
    Character(char),
    /// The characters of a class, inside of brackets or outside; true where all others are meant.
    Class(&'static str, bool),
    /// An escape that both syntaxes have.
    Same(String),
}

impl Translator<'_> {
    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn take(&mut self, prefix: &str) -> bool {
        let stripped = self.rest.strip_prefix(prefix);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    /// Takes digits of a radix, at most `max`.
    fn digits(&mut self, radix: u32, max: usize) -> String {
        let digits = self.rest.chars().take(max).take_while(|at| at.is_digit(radix)).collect();
        let digits: String = digits;
        self.rest = self.rest.get(digits.len()..).unwrap_or_default();
        digits
    }

    fn all(&mut self) -> Result<(), Refusal> {
        let mut is_repeated = false;
        while let Some(next) = self.next() {
            let repetition = match next {
                '*' | '+' | '?' => Some(next.to_string()),
                '{' => self.repetition()?,
                _ => None,
            };
            if let Some(repetition) = repetition {
                if is_repeated {
                    return Err(format!("invalid nested repetition operator: `{repetition}`"));
                }
                self.out.push_str(&repetition);
                if self.take("?") {
                    self.out.push('?');
                }
                is_repeated = true;
                continue;
            }
            is_repeated = false;
            match next {
                '{' => self.out.push_str(r"\{"),
                '[' => self.class()?,
                '(' => self.group()?,
                '\\' if self.take("Q") => self.literal(),
                '\\' if self.take("b") => self.out.push_str(r"(?-u:\b)"),
                '\\' if self.take("B") => self.out.push_str(r"(?-u:\B)"),
                '\\' => match self.escape()? {
                    Escape::Character(character) => self.character(character),
                    Escape::Class(class, false) => _ = write!(self.out, "[{class}]"),
                    Escape::Class(class, true) => _ = write!(self.out, "[^{class}]"),
                    Escape::Same(escape) => self.out.push_str(&escape),
                },
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    /// Takes the rest of a repetition, `2,5}`; `None` for braces that stand for themselves.
    fn repetition(&mut self) -> Result<Option<String>, Refusal> {
        let Some((inner, rest)) = self.rest.split_once('}') else { return Ok(None) };
        let (min, max) = inner.split_once(',').unwrap_or((inner, ""));
        let is_number = |digits: &str| {
            let has_zero = digits.len() > 1 && digits.starts_with('0');
            !has_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if min.is_empty() || !is_number(min) || !is_number(max) {
            return Ok(None);
        }
        let is_sane = |digits: &str| digits.parse::<u32>().is_ok_and(|it| it <= MAX_REPETITIONS);
        if !is_sane(min) || !max.is_empty() && !is_sane(max) {
            return Err(format!("invalid repeat count: `{{{inner}}}`"));
        }
        self.rest = rest;
        Ok(Some(format!("{{{inner}}}")))
    }

    /// Takes the literal text before `\E`.
    fn literal(&mut self) {
        let (literal, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
        self.out.push_str(&regex::escape(literal));
        self.rest = rest;
    }

    fn group(&mut self) -> Result<(), Refusal> {
        // In Go, the flags may be empty.
        if self.take("?)") {
            self.out.push_str("(?:)");
            return Ok(());
        }
        self.out.push('(');
        let flags = self.rest.strip_prefix('?').unwrap_or_default();
        let flags = flags.split([')', ':', '<']).next().unwrap_or_default();
        if flags.contains(['R', 'u', 'x']) {
            return Err(format!("invalid or unsupported Perl syntax: `(?{flags}`"));
        }
        if self.take("?") {
            self.out.push('?');
        }
        Ok(())
    }

    fn character(&mut self, character: char) {
        _ = write!(self.out, "\\x{{{:X}}}", u32::from(character));
    }

    /// Takes the part of an escape after the backslash.
    fn escape(&mut self) -> Result<Escape, Refusal> {
        let Some(escaped) = self.next() else {
            return Err("trailing backslash at end of expression".to_owned());
        };
        Ok(match escaped {
            'd' | 'D' => Escape::Class(DIGITS, escaped == 'D'),
            'w' | 'W' => Escape::Class(WORD, escaped == 'W'),
            's' | 'S' => Escape::Class(SPACE, escaped == 'S'),
            'p' | 'P' => Escape::Same(self.property(escaped)?),
            'A' | 'z' => Escape::Same(format!("\\{escaped}")),
            'a' => Escape::Character('\u{7}'),
            'f' => Escape::Character('\u{c}'),
            't' => Escape::Character('\t'),
            'n' => Escape::Character('\n'),
            'r' => Escape::Character('\r'),
            'v' => Escape::Character('\u{b}'),
            'x' => Escape::Character(self.hexadecimal()?),
            '0' => Escape::Character(self.octal("0")?),
            // A digit alone refers back to a group, which neither has.
            '1'..='7' if self.rest.starts_with(|next: char| next.is_digit(8)) => {
                Escape::Character(self.octal(escaped.encode_utf8(&mut [0; 4]))?)
            }
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Escape::Character(other),
            other => return Err(format!("invalid escape sequence: `\\{other}`")),
        })
    }

    fn octal(&mut self, first: &str) -> Result<char, Refusal> {
        let digits = format!("{first}{}", self.digits(8, 2));
        code_point(&digits, 8)
    }

    fn hexadecimal(&mut self) -> Result<char, Refusal> {
        if !self.take("{") {
            let digits = Some(self.digits(16, 2)).filter(|digits| digits.len() == 2);
            return code_point(&digits.unwrap_or_default(), 16);
        }
        let digits = self.digits(16, 8);
        if self.take("}") {
            code_point(&digits, 16)
        } else {
            Err("invalid escape sequence: `\\x`".to_owned())
        }
    }

    /// Takes a class of Unicode: `\pL`, `\p{Greek}`.
    fn property(&mut self, p: char) -> Result<String, Refusal> {
        let name = if self.take("{") {
            let end = self.rest.split_once('}');
            let (name, rest) = end.ok_or("invalid character class range: `\\p`")?;
            self.rest = rest;
            name.to_owned()
        } else {
            self.next().map(String::from).unwrap_or_default()
        };
        Ok(format!("\\{p}{{{name}}}"))
    }

    /// Takes a class after its `[`. Every character is written by its number, so that none has a
    /// special meaning.
    fn class(&mut self) -> Result<(), Refusal> {
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
                _ = write!(self.out, "{name}:]");
                self.rest = rest;
                continue;
            }
            match self.atom()? {
                Escape::Character(low) => self.range(low)?,
                Escape::Class(class, false) => self.out.push_str(class),
                Escape::Class(class, true) => _ = write!(self.out, "[^{class}]"),
                Escape::Same(escape) => self.out.push_str(&escape),
            }
        }
    }

    fn atom(&mut self) -> Result<Escape, Refusal> {
        match self.next() {
            Some('\\') => self.escape(),
            Some(character) => Ok(Escape::Character(character)),
            None => Err("missing closing ]".to_owned()),
        }
    }

    /// Takes one character, or a range from it to another.
    fn range(&mut self, low: char) -> Result<(), Refusal> {
        self.character(low);
        let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
        if !is_range || !self.take("-") {
            return Ok(());
        }
        match self.atom()? {
            Escape::Character(high) if high >= low => {
                self.out.push('-');
                self.character(high);
                Ok(())
            }
            _ => Err("invalid character class range".to_owned()),
        }
    }
}

fn code_point(digits: &str, radix: u32) -> Result<char, Refusal> {
    let number = u32::from_str_radix(digits, radix).ok();
    number.and_then(char::from_u32).ok_or_else(|| format!("invalid escape sequence: `{digits}`"))
}
