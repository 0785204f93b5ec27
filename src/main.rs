//! The `sandbox-admission` command.

use std::process::ExitCode;

use clap::Parser;
use sandbox_admission::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
