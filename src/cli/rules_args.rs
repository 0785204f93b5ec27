//! The rules as flags configure them.

use crate::rules::{RuleSet, Settings};

/// Flags that configure rules.
#[derive(Debug, clap::Args)]
pub struct RulesArgs {}

impl RulesArgs {
    /// The rules.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "replaced on merge")]
    pub fn load(&self) -> anyhow::Result<RuleSet> {
        Ok(RuleSet::new(Settings::default()))
    }
}
