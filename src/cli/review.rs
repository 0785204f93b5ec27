//! `review`: reads one AdmissionReview and prints the server's answer.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::policy_args::PolicyArgs;
use super::print;
use super::rules_args::RulesArgs;
use crate::admission::Phase;
use crate::catalog::files::Files;
use crate::webhook::{self, Reply};

/// Answer one AdmissionReview as the server would, byte for byte
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// The AdmissionReview as JSON; `-` is standard input
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
    /// Answer as the mutating webhook does, not the validating one
    #[arg(long)]
    mutate: bool,
    /// Manifests of the other objects that exist: a file or folder; may be repeated
    #[arg(long, value_name = "PATH")]
    catalog: Vec<PathBuf>,
    #[command(flatten)]
    rules: RulesArgs,
    #[command(flatten)]
    policies: PolicyArgs,
}

impl ReviewArgs {
    /// Prints the answer.
    pub fn run(self) -> anyhow::Result<()> {
        let (rules, policies) = (self.rules.load()?, self.policies.load()?);
        let catalog = Files::open(self.catalog, self.policies.keeps()).context("--catalog")?;
        let mut body = Vec::new();
        if self.file.as_os_str() == "-" {
            std::io::stdin().lock().read_to_end(&mut body).context("cannot read standard input")?;
        } else {
            body = std::fs::read(&self.file)
                .with_context(|| format!("cannot read {}", self.file.display()))?;
        }
        let phase = if self.mutate { Phase::Mutating } else { Phase::Validating };
        match webhook::answer(phase, &body, &rules, &policies, &**catalog.current()).0 {
            Reply::Review(answer) => print(&answer),
            Reply::NotAReview(reason) => bail!("the server would answer 400: {reason}"),
            Reply::Undecided(reason) => bail!("the server would answer 503: {reason}"),
        }
    }
}
