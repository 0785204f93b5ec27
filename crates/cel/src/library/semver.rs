//! Semantic versions, as `blang/semver` reads and compares them.

use std::cmp::Ordering;

use cel::ExecutionError;
use cel::common::types::Type as CelType;
use cel::common::value::CowVal;

use super::arguments::{Answer, Arguments, bool, int, no};
use super::opaque::{Opaque, OpaqueValue};
use crate::function::Function;
use crate::types::Type;

const SEMVER: Type = OpaqueValue::<Semver>::TYPE;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("semver", &[Type::String], SEMVER, from_text),
    Function::global("semver", &[Type::String, Type::Bool], SEMVER, from_text),
    Function::global("isSemver", &[Type::String], Type::Bool, is_semver),
    Function::global("isSemver", &[Type::String, Type::Bool], Type::Bool, is_semver),
    Function::member("major", SEMVER, &[], Type::Int, major),
    Function::member("minor", SEMVER, &[], Type::Int, minor),
    Function::member("patch", SEMVER, &[], Type::Int, patch),
    Function::member("isGreaterThan", SEMVER, &[SEMVER], Type::Bool, is_greater_than),
    Function::member("isLessThan", SEMVER, &[SEMVER], Type::Bool, is_less_than),
    Function::member("compareTo", SEMVER, &[SEMVER], Type::Int, compare_to),
];

#[derive(Debug, Clone)]
struct Semver(semver::Version);

impl Opaque for Semver {
    const TYPE: &'static CelType = &CelType::new_unspecified_type("kubernetes.Semver");
}

/// Equality by precedence: build metadata does not count.
impl PartialEq for Semver {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_eq()
    }
}

impl Semver {
    fn parse(text: &str, normalize: bool) -> Result<Self, ExecutionError> {
        let version = if normalize { normalized(text).parse() } else { text.parse() };
        version
            .map(Self)
            .map_err(|why: semver::Error| no("a semantic version", "semver", text, why))
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

/// The version without a `v`, with three numbers, and these without leading zeros.
fn normalized(text: &str) -> String {
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<_> = text.splitn(3, '.').map(without_leading_zeros).collect();
    // A short version with metadata is left as it is, and is refused later.
    if !parts.last().is_some_and(|last| last.contains(['+', '-'])) {
        parts.resize(3, "0".to_owned());
    }
    parts.join(".")
}

/// The part without leading zeros; one that then does not begin with a digit gets a zero.
fn without_leading_zeros(part: &str) -> String {
    let stripped = part.trim_start_matches('0');
    if part.len() > 1 && !stripped.starts_with(|first: char| first.is_ascii_digit()) {
        return format!("0{stripped}");
    }
    if stripped.is_empty() { part.to_owned() } else { stripped.to_owned() }
}

fn from_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    Semver::parse(arguments.text(0)?, arguments.flag(1)?).map(OpaqueValue::cow)
}

fn is_semver<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    bool(Semver::parse(arguments.text(0)?, arguments.flag(1)?).is_ok())
}

fn number<'b, 'v>(number: u64) -> Answer<'b, 'v> {
    let refused =
        |_| ExecutionError::function_error("semver", "the number is too large for an int");
    int(i64::try_from(number).map_err(refused)?)
}

fn major<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    number(Arguments(&arguments).own::<Semver>(0)?.0.major)
}

fn minor<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    number(Arguments(&arguments).own::<Semver>(0)?.0.minor)
}

fn patch<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    number(Arguments(&arguments).own::<Semver>(0)?.0.patch)
}

fn compared(arguments: &[CowVal<'_, '_>]) -> Result<Ordering, ExecutionError> {
    let arguments = Arguments(arguments);
    Ok(arguments.own::<Semver>(0)?.compare(arguments.own(1)?))
}

fn is_greater_than<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(compared(&arguments)?.is_gt())
}

fn is_less_than<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(compared(&arguments)?.is_lt())
}

fn compare_to<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    int(compared(&arguments)? as i64)
}
