//! The command line: one file per command.

mod admission;
mod catalog_args;
mod certificate_args;
mod certs;
mod check;
mod client_args;
mod crds;
mod log_writer;
mod manifests;
mod names_args;
mod policy;
mod policy_args;
mod reload;
mod review;
mod rules;
mod rules_args;
mod serve;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::visible::visible_lines;

/// Admission for agent-sandbox's suspend/resume and snapshot API
#[derive(Debug, Parser)]
#[command(name = "sandbox-admission", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::ServeArgs>),
    Check(check::CheckArgs),
    Review(review::ReviewArgs),
    Policy(policy::PolicyCommandArgs),
    Rules(rules::RulesCommandArgs),
    Crds(crds::CrdsArgs),
    Manifests(manifests::ManifestsArgs),
    Certs(certs::CertsArgs),
}

/// The exit code of a command that could not run, as opposed to one with a bad result.
const COULD_NOT_RUN: u8 = 2;

impl Cli {
    /// Runs the command. Exit codes: 0 success, 1 a bad result (only `check` and `policy`), 2 could not run.
    pub fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Check(args) => args.run(),
            Command::Policy(args) => args.run(),
            Command::Serve(args) => args.run().map(|()| ExitCode::SUCCESS),
            Command::Review(args) => args.run().map(|()| ExitCode::SUCCESS),
            Command::Rules(args) => args.run().map(|()| ExitCode::SUCCESS),
            Command::Crds(args) => args.run().map(|()| ExitCode::SUCCESS),
            Command::Manifests(args) => args.run().map(|()| ExitCode::SUCCESS),
            Command::Certs(args) => args.run().map(|()| ExitCode::SUCCESS),
        };
        done.unwrap_or_else(|error| {
            // A reader that went away (`| head`) is no failure of this program.
            if !is_broken_pipe(&error) {
                // It may quote files, which are others' work.
                eprintln!("error: {}", visible_lines(&format!("{error:#}")));
            }
            ExitCode::from(COULD_NOT_RUN)
        })
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Writes a command's result to standard output. Returns an error where `print!` would panic.
fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(())
}
