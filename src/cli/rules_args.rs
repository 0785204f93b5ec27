//! The flags that configure rules, the same in all commands.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use crate::rules::{RuleSet, Settings};

/// The configuration of the rules.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub struct RulesArgs {
    /// Configuration file: actions of rules and a few lists
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    actions: ActionArgs,
}

/// The actions of rules. (`manifests` has no configuration file to give to the server.)
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub struct ActionArgs {
    /// Action of a rule: deny, warn or off (on or off for a default); overrides the file
    #[arg(long = "rule", value_name = "ID=ACTION")]
    rules: Vec<String>,
}

impl RulesArgs {
    /// Reads the rules as configured.
    pub fn load(&self) -> anyhow::Result<RuleSet> {
        Ok(RuleSet::new(self.settings()?))
    }

    /// Reads the configuration of the rules.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = match &self.config {
            None => Settings::default(),
            Some(path) => {
                let documents = kubernetes_manifest::read(path).context("--config")?;
                match documents.as_slice() {
                    [] => Settings::default(),
                    [document] => Settings::from_document(document)?,
                    [_, second, ..] => bail!(
                        "{}:{}: a second document; --config takes one file with one document",
                        second.file,
                        second.root.position
                    ),
                }
            }
        };
        self.actions.set(&mut settings)?;
        Ok(settings)
    }
}

impl ActionArgs {
    /// Reads the actions.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = Settings::default();
        self.set(&mut settings)?;
        Ok(settings)
    }

    fn set(&self, settings: &mut Settings) -> anyhow::Result<()> {
        for rule in &self.rules {
            let (id, action) = rule
                .split_once('=')
                .ok_or_else(|| anyhow!("--rule {rule}: an action is missing, as in {rule}=warn"))?;
            let set = settings.set_action(id, action);
            set.map_err(|error| anyhow!("--rule {rule}: {error}"))?;
        }
        Ok(())
    }

    /// The same flags, for another command.
    pub fn flags(&self) -> Vec<String> {
        self.rules.iter().map(|rule| format!("--rule={rule}")).collect()
    }
}
