//! An adversarial model test: random writes of all forms, by many users, through a real API server with our
//! server at its door. An oracle that was written from the contract says what must be admitted, denied and
//! warned of, and the stored state is held to invariants.
//!
//! `cargo test --test model -- --include-ignored` makes 3,000 writes; `--full` makes 100,000, `--writes N` as
//! many as you like. The seed is printed; `--seed N` makes the same writes again. A sequence that fails is
//! shrunk to the shortest one and printed as kubectl commands. `--all` tells every kind of disagreement
//! instead of ending at the first, and `--about TEXT` looks for kinds that contain a text.
//!
//! Where the programs for a control plane are missing the test is ignored; with `--include-ignored` that is a
//! failure.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/cluster/mod.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod cluster;

mod actors;
mod apply;
mod door;
mod generator;
mod installed;
mod invariants;
mod kubectl;
mod machinery;
mod options;
mod oracle;
mod random;
mod requests;
mod run;
mod session;
mod shrink;
mod verdict;
mod world;
mod writes;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use cluster::{Binaries, binaries};
use installed::Installed;
use options::Options;

const NAME: &str = "random_writes_are_answered_as_the_contract_says";

const _: () = assert!(binaries::TESTS.model == 1, "tests/support/cluster/binaries.rs");

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args().collect();
    let options = options::take(&mut arguments);
    let mut arguments = Arguments::from_iter(arguments);
    // On this thread: the programs end together with the thread that starts them.
    arguments.test_threads = Some(1);
    let must_run = arguments.include_ignored;
    let model = Trial::ignorable_test(NAME, move || match Binaries::find() {
        Ok(binaries) => agree(&binaries, &options).map(|()| Completion::Completed),
        Err(reason) if must_run => Err(reason.into()),
        Err(reason) => Ok(Completion::ignored_with(reason)),
    });
    let mut trials = machinery::trials();
    trials.push(model);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn agree(binaries: &Binaries, options: &Options) -> Result<(), Failed> {
    let installed = Installed::start(binaries);
    let mut session = installed.session();
    let mut reports = run::run(&mut session, options);
    let failed_calls = installed.cluster.failed_webhook_calls();
    if !failed_calls.is_empty() {
        reports.push(format!("calls failed: {}", failed_calls.join("\n")));
    }
    if reports.is_empty() { Ok(()) } else { Err(reports.join("\n\n").into()) }
}
