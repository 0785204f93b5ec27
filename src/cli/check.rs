//! `check`: the server's verdicts on files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use kubernetes_manifest::{Document, ManifestError};

use super::policy_args::PolicyArgs;
use super::rules_args::RulesArgs;
use crate::check::{Input, Report, check, report};

/// Judge manifests as the server would if they were applied together.
///
/// Exit status: 0 if all would be admitted, 1 if at least one would be denied, 2 if the check could
/// not run.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Files or folders (.yaml, .yml and .json, recursive) to judge; `-` is standard input.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Other objects that exist in the cluster: files, folders or `-`; repeatable.
    #[arg(long, value_name = "PATH")]
    catalog: Vec<PathBuf>,

    /// Objects that are stored in the cluster, as `kubectl get -o yaml` prints them: an object that is
    /// among these is judged as an update. Also part of the catalog; repeatable.
    #[arg(long, value_name = "PATH")]
    old: Vec<PathBuf>,

    /// The format of the report.
    #[arg(long, short, value_enum, default_value_t = CheckOutput::Text)]
    output: CheckOutput,

    /// Exit with 1 for warnings too.
    #[arg(long)]
    warnings_as_errors: bool,

    /// The namespace of objects that name none.
    #[arg(long, short, value_name = "NAME", default_value = "default")]
    namespace: String,

    #[command(flatten)]
    rules: RulesArgs,

    #[command(flatten)]
    policies: PolicyArgs,
}

/// The formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckOutput {
    /// Text for people.
    Text,
    /// One object with results and a summary.
    Json,
    /// Test results in XML, for CI systems: one test per object.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

impl CheckArgs {
    /// Judges, prints the report and returns the exit status. An error means that nothing was printed:
    /// the check could not run.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let (rules, policies) = (self.rules.load()?, self.policies.load()?);
        let [checked, catalog, old] = self.read()?;
        let input =
            Input { checked: &checked, catalog: &catalog, old: &old, namespace: &self.namespace };
        let report = check(&input, &rules, &policies)?;
        self.print(&report).context("cannot write the report")?;
        let summary = report.summary();
        let fails = summary.denied > 0 || self.warnings_as_errors && summary.warnings > 0;
        Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Reads all files, or names all that cannot be read: anyone who fixes files wants to see all errors
    /// at once.
    fn read(&self) -> anyhow::Result<[Vec<Document>; 3]> {
        let lists = [&self.paths, &self.catalog, &self.old];
        if lists.into_iter().flatten().filter(|path| is_stdin(path)).count() > 1 {
            bail!("standard input can be read once only: give `-` in one place");
        }
        let mut faults = Vec::new();
        let documents = lists.map(|paths| {
            let mut documents = Vec::new();
            for path in paths {
                match read(path) {
                    Ok(found) => documents.extend(found),
                    Err(fault) => faults.push(fault.to_string()),
                }
            }
            documents
        });
        if faults.is_empty() { Ok(documents) } else { bail!(faults.join("\n")) }
    }

    fn print(&self, results: &Report) -> anyhow::Result<()> {
        let text = match self.output {
            CheckOutput::Text => {
                let mut out = anstream::stdout();
                out.write_all(report::text(results).as_bytes())?;
                return Ok(out.flush()?);
            }
            CheckOutput::Json => report::json(results)?,
            CheckOutput::Junit => report::junit(results)?,
            CheckOutput::Sarif => report::sarif(results)?,
            CheckOutput::Github => report::github(results),
        };
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read(path: &Path) -> Result<Vec<Document>, ManifestError> {
    if is_stdin(path) { kubernetes_manifest::read_stdin() } else { kubernetes_manifest::read(path) }
}
