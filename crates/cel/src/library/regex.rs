//! Regular expressions: `matches`, `find` and `findAll`. Each is compiled once and kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use cel::ExecutionError;
use cel::common::value::CowVal;
use regex::{Regex, RegexBuilder};

use super::arguments::{Answer, Arguments, STRINGS, bool, text};
use super::pattern::translate;
use crate::budget::{spend, spend_bytes};
use crate::function::Function;
use crate::types::Type;
use crate::value::{List, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("matches", &[Type::String, Type::String], Type::Bool, matches),
    Function::member("matches", Type::String, &[Type::String], Type::Bool, matches),
    Function::member("find", Type::String, &[Type::String], Type::String, find),
    Function::member("findAll", Type::String, &[Type::String], STRINGS, find_all),
    Function::member("findAll", Type::String, &[Type::String, Type::Int], STRINGS, find_all),
];

/// The limits of a compiled pattern in bytes. The first that is enough determines the cost of
/// matching, because at worst each byte of the text is tried against the whole pattern.
const SIZES: [usize; 4] = [4 << 10, 32 << 10, 256 << 10, 1 << 20];

/// The bytes of a pattern that one byte of text is tried against for one unit.
const TRIED: usize = 16 << 10;

/// The units that compiling a pattern costs.
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
    fn compile(pattern: &str) -> Result<Self, String> {
        let pattern = translate(pattern)?;
        for size in SIZES {
            let mut builder = RegexBuilder::new(&pattern);
            match builder.size_limit(size).dfa_size_limit(1 << 20).build() {
                Ok(regex) => return Ok(Self { regex, size }),
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(error) => return Err(in_short(&error)),
            }
        }
        Err("it is too large once compiled".to_owned())
    }

    /// The compiled pattern of this thread. It is shared, because a clone would begin with empty
    /// caches.
    fn of(pattern: &str) -> Result<Rc<Self>, ExecutionError> {
        let known = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        spend(COMPILING)?;
        let compiled = Self::compile(pattern).map(Rc::new);
        let compiled = compiled.map_err(|why| ExecutionError::function_error("matches", why))?;
        COMPILED.with_borrow_mut(|patterns| {
            if patterns.len() >= KEPT {
                patterns.clear();
            }
            patterns.insert(pattern.to_owned(), Rc::clone(&compiled));
        });
        Ok(compiled)
    }

    /// Takes the fuel for one search.
    fn spend(&self, text: &str) -> Result<(), ExecutionError> {
        spend(1 + text.len().saturating_mul(self.size) / TRIED)
    }
}

/// The message without the translated pattern, which is not the one that was written.
fn in_short(error: &regex::Error) -> String {
    let text = error.to_string();
    text.rsplit("error: ").next().unwrap_or(&text).to_owned()
}

/// Returns whether a pattern may be used; the error says why not.
pub fn check(pattern: &str) -> Result<(), String> {
    Pattern::compile(pattern).map(drop)
}

fn matches<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (text, pattern) = (arguments.text(0)?, Pattern::of(arguments.text(1)?)?);
    pattern.spend(text)?;
    bool(pattern.regex.is_match(text))
}

fn find<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (searched, pattern) = (arguments.text(0)?, Pattern::of(arguments.text(1)?)?);
    pattern.spend(searched)?;
    text(pattern.regex.find(searched).map_or("", |found| found.as_str()))
}

fn find_all<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (text, pattern) = (arguments.text(0)?, Pattern::of(arguments.text(1)?)?);
    let limit = usize::try_from(arguments.optional_int(2)?.unwrap_or(-1)).unwrap_or(usize::MAX);
    let mut all = Vec::new();
    pattern.spend(text)?;
    for found in pattern.regex.find_iter(text).take(limit) {
        // At worst each search reads all the rest.
        pattern.spend(text.get(found.end()..).unwrap_or_default())?;
        spend_bytes(found.len())?;
        all.push(Value::from(found.as_str().to_owned()));
    }
    Ok(CowVal::owned(List::from(all)))
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
