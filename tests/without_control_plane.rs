//! Says how many tests did not run for lack of a control plane, and how to get one. Its name sorts last,
//! so that cargo says it after the results of all other programs.

#[path = "support/cluster/binaries.rs"]
#[allow(dead_code, reason = "nothing is started here")]
mod binaries;

use std::process::ExitCode;

use binaries::{Binaries, TESTS};
use libtest_mimic::{Arguments, Completion, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let must_run = arguments.include_ignored;
    let number =
        TESTS.apply + TESTS.cluster + TESTS.drills + TESTS.kubectl + TESTS.upstream + TESTS.model;
    let name = format!("{number}_tests_need_a_control_plane");
    let trial = Trial::ignorable_test(name, move || match Binaries::find() {
        Ok(_) => Ok(Completion::Completed),
        Err(reason) if must_run => Err(reason.into()),
        Err(reason) => {
            Ok(Completion::ignored_with(format!("{reason}, then cargo test -- --include-ignored")))
        }
    });
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}
