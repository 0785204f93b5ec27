//! The JSON patch of a mutating answer.

use serde::Serialize;
use serde_json::Value;

/// An `add` operation, the only one we send: it sets a member whether it was there or not, needs
/// its parent to exist, and never removes what we do not know.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename = "add")]
pub struct Add {
    /// A JSON pointer.
    pub path: &'static str,
    /// What stands there afterwards.
    pub value: Value,
}

/// The operations of an answer; empty when the object needs none.
pub type Patch = Vec<Add>;
