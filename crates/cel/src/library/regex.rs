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
const SIZES: [usize; 4] = [4 << 10, 32 << 10, 256 << 10, 1 << 20];

/// The bytes of a pattern that one byte of text is tried against in one step.
const TRIED: usize = 16 << 10;

/// The same for the rest of the text, in which `findAll` searches again after each match. The search rarely
/// reads far.
const TRIED_AGAIN: usize = 1 << 20;

/// The steps that compiling a pattern takes.
const COMPILING: usize = 2_000;

/// The most patterns that a thread keeps. Patterns in expressions are constant and few; others come
/// from objects.
const KEPT: usize = 256;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Rc<Pattern>>> = RefCell::new(HashMap::new());
}

/// A compiled pattern.
struct Pattern {
    regex: Regex,
    size: usize,
}

impl Pattern {
    fn compile(pattern: &str) -> Result<Self, Refusal> {
        let pattern = translate(pattern)?;
        for size in SIZES {
            let mut builder = RegexBuilder::new(&pattern);
            match builder.size_limit(size).dfa_size_limit(1 << 20).build() {
                Ok(regex) => return Ok(Self { regex, size }),
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(error) => return Err(in_short(&error).into()),
            }
        }
        Err("it is too large once compiled".into())
    }

    /// The compiled pattern of this thread. It is shared, because a clone would begin with empty
    /// caches.
    fn of(pattern: &str, meter: &mut Meter) -> Result<Rc<Self>, Stop> {
        let known = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        meter.work(COMPILING)?;
        let compiled = Self::compile(pattern).map(Rc::new);
        let compiled = compiled.map_err(|why| is_not(pattern, "a regular expression", why))?;
        COMPILED.with_borrow_mut(|patterns| {
            if patterns.len() >= KEPT {
                patterns.clear();
            }
            patterns.insert(pattern.to_owned(), Rc::clone(&compiled));
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
    Pattern::compile(pattern).map(drop)
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
    use super::Pattern;

    #[test]
    fn what_matching_costs_is_known_by_the_size_of_the_compiled_pattern() {
        for (pattern, size) in [
            ("^[0-9]+(Mi|Gi)$", 4 << 10),
            ("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", 32 << 10),
            (r"\pL+", 256 << 10),
            (r"(\pL{50}){20}", 1 << 30),
        ] {
            let compiled = Pattern::compile(pattern).map_or(1 << 30, |pattern| pattern.size);
            assert_eq!(compiled, size, "{pattern}");
        }
    }
}
