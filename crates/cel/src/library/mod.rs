//! The functions that expressions may call, in one table for the checks at load and for evaluation.

#![expect(clippy::needless_pass_by_value, reason = "the evaluator gives arguments away")]

mod arguments;
mod cidr;
mod format;
mod ip;
mod lists;
mod opaque;
mod optionals;
mod pattern;
mod quantity;
mod regex;
mod semver;
mod sets;
mod standard;
mod strings;
mod text_format;
mod url;

use super::function::Function;

pub use lists::SORT_BY_KEYS;
pub use regex::check as check_pattern;

/// Every function, by library.
pub(super) const LIBRARIES: [&[Function]; 13] = [
    standard::FUNCTIONS,
    optionals::FUNCTIONS,
    strings::FUNCTIONS,
    text_format::FUNCTIONS,
    regex::FUNCTIONS,
    lists::FUNCTIONS,
    sets::FUNCTIONS,
    quantity::FUNCTIONS,
    url::FUNCTIONS,
    ip::FUNCTIONS,
    cidr::FUNCTIONS,
    semver::FUNCTIONS,
    format::FUNCTIONS,
];
