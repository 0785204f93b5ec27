//! Regular expressions: `matches`, `find` and `findAll`. Each is compiled once and kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use super::arguments::{Answer, Arguments, Refusal, is_not, text};
use super::pattern::translate;
use super::size::{CHARACTER, PATTERN_CHARACTER, size_of, times};
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    // cel-go counts the method only.
    Function::new("matches(string, string) -> bool", matches, Cost::One).by_value(),
    Function::new("string.matches(string) -> bool", matches, Cost::By(matching)).by_value(),
    Function::new("string.find(string) -> string", find, Cost::By(matching)),
    Function::new("string.findAll(string) -> list(string)", find_all, Cost::By(matching)),
    Function::new("string.findAll(string, int) -> list(string)", find_all, Cost::By(matching)),
];

/// The units for matching a text: its length times that of the pattern.
fn matching(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    let text = times(size_of(arguments, 0).saturating_add(1), CHARACTER);
    text.saturating_mul(times(size_of(arguments, 1), PATTERN_CHARACTER))
}

/// The limits of a compiled pattern in bytes. The first that is enough determines the steps of
/// matching, because at worst each byte of the text is tried against the whole pattern.
const SIZES: [usize; 5] = [4 << 10, 32 << 10, 256 << 10, 1 << 20, 8 << 20];

/// The bytes of a pattern that one byte of text is tried against in one step.
const TRIED: usize = 16 << 10;

/// The same for the rest of the text, in which `findAll` searches again after each match. The search rarely
/// reads far, but it may each time: `a*b|a`.
const TRIED_AGAIN: usize = 128 << 10;

/// The steps that compiling a pattern takes: some at least, and one for so many bytes of what it becomes.
const COMPILING: usize = 1_000;
const COMPILED_IN_STEP: usize = 32;

const TOO_LARGE: &str = "it is too large once compiled";

/// The most bytes of compiled patterns that a thread keeps. Patterns in expressions are constant and few;
/// others come from objects.
const KEPT: usize = 32 << 20;

#[derive(Default)]
struct Kept {
    patterns: HashMap<String, Rc<Pattern>>,
    bytes: usize,
}

thread_local! {
    static COMPILED: RefCell<Kept> = RefCell::default();
}

/// A compiled pattern.
struct Pattern {
    regex: Regex,
    size: usize,
}

impl Pattern {
    /// Compiles a translated pattern, if it then has no more than `size` bytes.
    fn within(translated: &str, size: usize) -> Result<Option<Self>, Refusal> {
        let mut builder = RegexBuilder::new(translated);
        match builder.size_limit(size).dfa_size_limit(1 << 20).build() {
            Ok(regex) => Ok(Some(Self { regex, size })),
            Err(regex::Error::CompiledTooBig(_)) => Ok(None),
            Err(error) => Err(in_short(&error)),
        }
    }

    /// The compiled pattern of this thread. It is shared, because a clone would begin with empty
    /// caches.
    fn of(pattern: &str, meter: &mut Meter) -> Result<Rc<Self>, Stop> {
        let known = COMPILED.with_borrow(|kept| kept.patterns.get(pattern).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let refused = |why: Refusal| is_not(pattern, "a regular expression", why);
        meter.work(COMPILING)?;
        let mut compiled = None;
        let translated = translate(pattern).map_err(refused)?;
        for size in SIZES {
            meter.work(size / COMPILED_IN_STEP)?;
            compiled = Self::within(&translated, size).map_err(refused)?;
            if compiled.is_some() {
                break;
            }
        }
        let compiled = Rc::new(compiled.ok_or_else(|| refused(TOO_LARGE.to_owned()))?);
        COMPILED.with_borrow_mut(|kept| {
            kept.bytes += compiled.size;
            if kept.bytes > KEPT {
                kept.patterns.clear();
                kept.bytes = compiled.size;
            }
            kept.patterns.insert(pattern.to_owned(), Rc::clone(&compiled));
        });
        Ok(compiled)
    }

    /// Takes the steps for one search.
    fn take_steps(&self, text: &str, tried: usize, meter: &mut Meter) -> Result<(), Stop> {
        meter.work(1 + text.len().saturating_mul(self.size) / tried)
    }
}

/// The message without the translated pattern, which is not the one that was written.
fn in_short(error: &regex::Error) -> String {
    let text = error.to_string();
    text.rsplit("error: ").next().unwrap_or(&text).to_owned()
}

/// Checks whether a pattern may be used. It is the check for constants, when an expression is loaded.
pub(crate) fn check(pattern: &str) -> Result<(), Refusal> {
    compile(pattern).map(drop)
}

/// Compiles a pattern that no expression has.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Refusal> {
    let [.., largest] = SIZES;
    match Pattern::within(&translate(pattern)?, largest)? {
        Some(pattern) => Ok(pattern.regex),
        None => Err(TOO_LARGE.to_owned()),
    }
}

fn matches<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (text, pattern) = (arguments.text(0)?, Pattern::of(arguments.text(1)?, meter)?);
    pattern.take_steps(text, TRIED, meter)?;
    Ok(pattern.regex.is_match(text).into())
}

fn find<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (searched, pattern) = (arguments.text(0)?, Pattern::of(arguments.text(1)?, meter)?);
    pattern.take_steps(searched, TRIED, meter)?;
    text(pattern.regex.find(searched).map_or("", |found| found.as_str()), meter)
}

fn find_all<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let (text, pattern) = (arguments.text(0)?, Pattern::of(arguments.text(1)?, meter)?);
    let limit = if arguments.len() > 2 { arguments.int(2)? } else { -1 };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut all = Vec::new();
    pattern.take_steps(text, TRIED, meter)?;
    for found in pattern.regex.find_iter(text).take(limit) {
        pattern.take_steps(text.get(found.end()..).unwrap_or_default(), TRIED_AGAIN, meter)?;
        meter.bytes(found.len())?;
        all.push(Value::from(found.as_str().to_owned()));
    }
    Ok(all.into())
}

#[cfg(test)]
mod tests {
    use super::{Pattern, check};
    use crate::evaluate::{Meter, Stop};

    #[test]
    fn what_matching_takes_is_known_by_the_size_of_the_compiled_pattern() {
        for (pattern, size) in [
            ("^[0-9]+(Mi|Gi)$", 4 << 10),
            ("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", 32 << 10),
            (r"\pL+", 256 << 10),
        ] {
            let mut meter = Meter::new(0, 1 << 20);
            let compiled = Pattern::of(pattern, &mut meter).unwrap();
            assert_eq!(compiled.size, size, "{pattern}");
        }
    }

    #[test]
    fn what_is_too_large_is_refused_and_takes_steps() {
        let pattern = r"(\pL{50}){20}";
        assert!(check(pattern).is_err());
        let mut meter = Meter::new(0, 1 << 20);
        assert!(matches!(Pattern::of(pattern, &mut meter), Err(Stop::Failed(_))));
        let mut few = Meter::new(0, 10_000);
        assert!(matches!(Pattern::of(pattern, &mut few), Err(Stop::Exhausted)));
    }
}
