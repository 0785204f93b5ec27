//! `policy`: tests and checks for authors of policies.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use kubernetes_manifest::{Document, ManifestError};

use super::print;
use crate::policy::{lint, test};
use crate::visible::visible_lines;

/// Try policies out before they are in use
#[derive(Debug, Args)]
pub struct PolicyCommandArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    Test(TestArgs),
    Lint(LintArgs),
}

/// Run the test cases in the folders of policies.
///
/// Exit status: 0 if all cases pass, 1 if one fails, 2 if a policy or a case cannot be read.
#[derive(Debug, Args)]
struct TestArgs {
    /// Files or folders with policies and their cases, of kind `PolicyTest`
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The format of the report
    #[arg(long, short, value_enum, default_value_t = PolicyOutput::Table)]
    output: PolicyOutput,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PolicyOutput {
    /// Text for people, a line per case
    Table,
    /// Test results in XML, for CI systems
    Junit,
}

impl PolicyCommandArgs {
    /// Runs the subcommand and returns the exit status.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            PolicyCommand::Test(args) => args.run(),
            PolicyCommand::Lint(args) => args.run(),
        }
    }
}

impl TestArgs {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let report = test::run(&read(&self.paths)?)?;
        if report.results().next().is_none() {
            bail!("there are no cases: put documents of kind PolicyTest into their folders");
        }
        let text = match self.output {
            PolicyOutput::Table => visible_lines(&test::table(&report)).into_owned(),
            PolicyOutput::Junit => test::junit(&report)?,
        };
        print(text.as_bytes())?;
        Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Report what can be found in policies without objects: mistakes, policies that no request reaches,
/// fields that do not exist, variables that nobody uses, validations without a message.
///
/// Exit status: 0 if nothing is found, 1 if something is, 2 if the policies could not be used.
#[derive(Debug, Args)]
struct LintArgs {
    /// Files or folders with policies
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

impl LintArgs {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let found = lint(&read(&self.paths)?)?;
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        if !lines.is_empty() {
            print(visible_lines(&(lines.join("\n") + "\n")).as_bytes())?;
        }
        Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn read(paths: &[PathBuf]) -> Result<Vec<Document>, ManifestError> {
    let mut documents = Vec::new();
    for path in paths {
        documents.extend(kubernetes_manifest::read(path)?);
    }
    Ok(documents)
}
