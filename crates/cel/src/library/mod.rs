//! The functions that expressions may call, in one table for the checks at load, for evaluation and for
//! the cost.

mod arguments;
mod builtin;
mod cidr;
pub(crate) mod comprehensions;
mod conversions;
mod durations;
mod format;
mod ip;
mod lists;
mod numbers;
mod operators;
mod optionals;
mod pattern;
mod quantity;
mod quoted;
mod regex;
mod semver;
mod sets;
pub(crate) mod size;
mod sort;
mod strings;
pub(crate) mod text_format;
mod timestamps;
mod url;
mod zones;

use crate::function::Function;

pub use cidr::Cidr;
pub use format::Format;
pub use quantity::Quantity;
pub use semver::Version;
pub use url::Url;

pub(crate) use builtin::SIGNATURES as BUILTIN;
pub(crate) use quoted::go as in_go_quotes;
pub(crate) use regex::{check as check_pattern, compile as compile_pattern};
pub(crate) use sets::is_among;

/// Every function, by library. Of the overloads of a function, cel-go tries those of its own first, and
/// those of `ip` before those of `cidr`; what is tried first decides what an unknown type becomes.
pub(crate) const LIBRARIES: &[&[Function]] = &[
    conversions::FUNCTIONS,
    comprehensions::FUNCTIONS,
    format::FUNCTIONS,
    ip::FUNCTIONS,
    cidr::FUNCTIONS,
    lists::FUNCTIONS,
    lists::IS_SORTED,
    lists::MAX,
    lists::MIN,
    lists::SORT,
    lists::SORT_BY_KEYS,
    operators::FUNCTIONS,
    optionals::FUNCTIONS,
    quantity::FUNCTIONS,
    regex::FUNCTIONS,
    semver::FUNCTIONS,
    sets::FUNCTIONS,
    strings::FUNCTIONS,
    text_format::FUNCTIONS,
    timestamps::FUNCTIONS,
    durations::FUNCTIONS,
    url::FUNCTIONS,
];
