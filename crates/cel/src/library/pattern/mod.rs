//! Regular expressions in Go's syntax, written in that of the `regex` crate. Both come from RE2,
//! but `\d`, `\w`, `\s` and `\b` are ASCII there, classes do not nest, `{` may stand for itself, and
//! groups need no names, because nobody asks for what they matched.

mod class;
mod property;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::arguments::Refusal;

/// The most repetitions that Go allows, also of nested ones together: `(a{10}){100}`.
const MAX_REPETITIONS: u32 = 1000;

/// A class that matches nothing.
const NOTHING: &str = "[a&&b]";

/// Translates a pattern for the `regex` crate.
pub(super) fn translate(pattern: &str) -> Result<String, Refusal> {
    let mut translator = Translator {
        rest: pattern,
        out: String::with_capacity(pattern.len()),
        ..Default::default()
    };
    translator.all()?;
    Ok(translator.out)
}

#[derive(Default)]
struct Translator<'p> {
    rest: &'p str,
    out: String,
    /// Flags, `(?i)`, that are still to be written: in Go, a repetition after them is that of what is before
    /// them.
    flags: String,
    /// How often the last part is repeated, at most, with what it contains.
    last: u32,
    /// The same of all parts of the group so far.
    all: u32,
    /// The same of the groups around this one.
    around: Vec<u32>,
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
            if next == '(' && self.rest.starts_with('?') && self.only_flags()? {
                continue;
            }
            self.out.push_str(&std::mem::take(&mut self.flags));
            self.last = 1;
            self.part(next)?;
            self.all = self.all.max(self.last);
        }
        Ok(())
    }

    /// Takes a part that begins with `first`, which is no repetition.
    fn part(&mut self, first: char) -> Result<(), Refusal> {
        match first {
            '{' => self.out.push_str(r"\{"),
            '[' => self.class()?,
            '(' => self.group()?,
            ')' => {
                self.last = self.all;
                self.all = self.around.pop().unwrap_or(1);
                self.out.push(')');
            }
            '\\' if self.take("Q") => self.literal(),
            '\\' if self.take("b") => self.out.push_str(r"(?-u:\b)"),
            '\\' if self.take("B") => self.out.push_str(r"(?-u:\B)"),
            '\\' => {
                let escape = self.escape()?;
                self.out.push_str(&escape.as_class());
            }
            other => self.out.push(other),
        }
        Ok(())
    }

    /// Takes the rest of a repetition, `2,5}`; `None` for braces that stand for themselves.
    fn repetition(&mut self) -> Result<Option<String>, Refusal> {
        let Some((inner, rest)) = self.rest.split_once('}') else { return Ok(None) };
        let (min, max) = inner.split_once(',').unwrap_or((inner, inner));
        let is_number = |digits: &str| {
            let has_zero = digits.len() > 1 && digits.starts_with('0');
            !has_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if min.is_empty() || !is_number(min) || !is_number(max) {
            return Ok(None);
        }
        let refused = || format!("invalid repeat count: `{{{inner}}}`");
        let number = |digits: &str| digits.parse().ok().filter(|it| *it <= MAX_REPETITIONS);
        let min = number(min).ok_or_else(refused)?;
        let max = if max.is_empty() { None } else { Some(number(max).ok_or_else(refused)?) };
        if max.is_some_and(|max| max < min) {
            return Err(refused());
        }
        // Go does not look into what is repeated no times.
        self.last = match max.unwrap_or(min) {
            0 if max.is_some() => 0,
            times => times.max(1).saturating_mul(self.last.max(1)),
        };
        if self.last > MAX_REPETITIONS {
            return Err(refused());
        }
        self.all = self.all.max(self.last);
        self.rest = rest;
        Ok(Some(format!("{{{inner}}}")))
    }

    /// Takes the literal text before `\E`.
    fn literal(&mut self) {
        let (literal, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
        self.out.push_str(&regex::escape(literal));
        self.rest = rest;
    }

    /// Takes flags alone, after a `(`: `?i)`.
    fn only_flags(&mut self) -> Result<bool, Refusal> {
        let end = self.rest.find([')', ':', '<']).map(|end| self.rest.split_at(end));
        let Some((flags, rest)) = end.filter(|(_, rest)| rest.starts_with(')')) else {
            return Ok(false);
        };
        let flags = normal_flags(flags.strip_prefix('?').unwrap_or(flags))?;
        if !flags.is_empty() {
            _ = write!(self.flags, "(?{flags})");
        }
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(true)
    }

    /// Takes the beginning of a group, after its `(`.
    fn group(&mut self) -> Result<(), Refusal> {
        self.around.push(self.all);
        self.all = 1;
        if self.take("?P<") || self.take("?<") {
            let name = self.rest.split_once('>');
            let is_name = |name: &str| {
                !name.is_empty() && name.bytes().all(|at| at.is_ascii_alphanumeric() || at == b'_')
            };
            let Some((_, rest)) = name.filter(|(name, _)| is_name(name)) else {
                let name = name.map_or(self.rest, |(name, _)| name);
                return Err(format!("invalid named capture: `(?<{name}`"));
            };
            self.rest = rest;
            self.out.push_str("(?:");
        } else if self.take("?") {
            let (flags, rest) = self.rest.split_once(':').ok_or("missing closing )")?;
            self.rest = rest;
            _ = write!(self.out, "(?{}:", normal_flags(flags)?);
        } else {
            self.out.push_str("(?:");
        }
        Ok(())
    }
}

/// Flags, each once: the last mention of a flag counts, and all after the dash are unset.
fn normal_flags(flags: &str) -> Result<String, Refusal> {
    let refused = || Err(format!("invalid or unsupported Perl syntax: `(?{flags}`"));
    let (set, unset) = match flags.split_once('-') {
        Some((_, "")) => return refused(),
        Some((set, unset)) => (set, unset),
        None => (flags, ""),
    };
    if !set.chars().chain(unset.chars()).all(|flag| "imsU".contains(flag)) {
        return refused();
    }
    let one = |flag: &char, wanted: bool| {
        if wanted { set.contains(*flag) && !unset.contains(*flag) } else { unset.contains(*flag) }
    };
    let mut normal: String = "imsU".chars().filter(|flag| one(flag, true)).collect();
    if !unset.is_empty() {
        normal.push('-');
        normal.extend("imsU".chars().filter(|flag| one(flag, false)));
    }
    Ok(normal)
}
