//! The command line.

mod check;
mod rules_args;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The `sandbox-admission` command.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::CheckArgs),
}

impl Cli {
    /// Runs the command.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Check(args) => args.run(),
        }
    }
}
