//! Semantic versions, as `blang/semver` reads and compares them.

use std::cmp::Ordering;
use std::sync::Arc;

use super::arguments::{Answer, Arguments, is_not, no_overload};
use super::size;
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Opaque, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("semver(string) -> kubernetes.Semver", from_text, Cost::By(size::of_first)),
    Function::new("semver(string, bool) -> kubernetes.Semver", from_text, Cost::By(size::of_first)),
    Function::new("isSemver(string) -> bool", is_semver, Cost::By(size::of_first)),
    Function::new("isSemver(string, bool) -> bool", is_semver, Cost::By(size::of_first)),
    Function::new("kubernetes.Semver.major() -> int", major, Cost::One),
    Function::new("kubernetes.Semver.minor() -> int", minor, Cost::One),
    Function::new("kubernetes.Semver.patch() -> int", patch, Cost::One),
    Function::new(
        "kubernetes.Semver.isGreaterThan(kubernetes.Semver) -> bool",
        is_greater,
        Cost::One,
    ),
    Function::new("kubernetes.Semver.isLessThan(kubernetes.Semver) -> bool", is_less, Cost::One),
    Function::new("kubernetes.Semver.compareTo(kubernetes.Semver) -> int", compare_to, Cost::One),
];

/// A semantic version.
#[derive(Debug, Clone)]
pub struct Version(semver::Version);

/// Equality by precedence: build metadata does not count.
impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_eq()
    }
}

impl Version {
    fn parse(text: &str, normalize: bool) -> Result<Self, Stop> {
        let refused = |why: &dyn std::fmt::Display| is_not(text, "a semantic version", why);
        let version = if normalize { normalized(text).parse() } else { text.parse() };
        let version: semver::Version = version.map_err(|why: semver::Error| refused(&why))?;
        // The crate compares numbers of any length, Kubernetes reads 64 bits.
        let mut identifiers = version.pre.split('.');
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if identifiers.any(|it| !it.is_empty() && is_number(it) && it.parse::<u64>().is_err()) {
            return Err(refused(&"a number of the pre-release is too large"));
        }
        Ok(Self(version))
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

fn read(arguments: &[Value<'_>], meter: &mut Meter) -> Result<Result<Version, Stop>, Stop> {
    let normalize = arguments.len() > 1 && arguments.bool(1)?;
    Ok(Version::parse(arguments.read(0, meter)?, normalize))
}

fn from_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Value::Opaque(Opaque::Version(Arc::new(read(arguments, meter)??))))
}

fn is_semver<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(read(arguments, meter)?.is_ok().into())
}

fn version<'s>(arguments: &'s [Value<'_>], index: usize) -> Result<&'s Version, Stop> {
    match arguments.opaque(index)? {
        Opaque::Version(version) => Ok(version),
        _ => no_overload(),
    }
}

/// A number as Kubernetes makes an int of it: those beyond come out negative.
fn number<'a>(number: u64) -> Value<'a> {
    Value::Int(number.cast_signed())
}

fn major<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(number(version(arguments, 0)?.0.major))
}

fn minor<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(number(version(arguments, 0)?.0.minor))
}

fn patch<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(number(version(arguments, 0)?.0.patch))
}

fn compared(arguments: &[Value<'_>]) -> Result<Ordering, Stop> {
    Ok(version(arguments, 0)?.compare(version(arguments, 1)?))
}

fn is_greater<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(compared(arguments)?.is_gt().into())
}

fn is_less<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(compared(arguments)?.is_lt().into())
}

fn compare_to<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(compared(arguments)? as i64))
}
