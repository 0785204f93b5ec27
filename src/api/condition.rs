//! An entry of `status.conditions`.

use partial_json::Text;
use serde::Deserialize;

/// An entry of `status.conditions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct Condition<'a> {
    /// The aspect that it is about.
    #[serde(borrow, default)]
    pub r#type: Option<Text<'a>>,
    /// `True`, `False` or `Unknown`.
    #[serde(borrow, default)]
    pub status: Option<Text<'a>>,
    /// The explanation for people.
    #[serde(borrow, default)]
    pub message: Option<Text<'a>>,
    /// The generation of the object that the controller had read.
    #[serde(default)]
    pub observed_generation: Option<i64>,
}

impl Condition<'_> {
    /// Returns whether it says this about this aspect.
    pub fn says(&self, r#type: &str, status: &str) -> bool {
        self.r#type.as_deref() == Some(r#type) && self.status.as_deref() == Some(status)
    }
}
