//! Text.

use std::ops::Deref;
use std::sync::Arc;

/// Text, borrowed from the JSON where it has no escapes there.
#[derive(Debug, Clone)]
pub enum Text<'a> {
    /// From the JSON.
    Borrowed(&'a str),
    /// Of an expression, or made by one.
    Shared(Arc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}
