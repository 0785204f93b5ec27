//! A real API server beside `kubernetes-schema`: for each case of the corpus the same verdict, the same
//! fields and the same words.
//!
//! The old objects of updates are stored while the definition allows anything: so they may be wrong under the
//! one that comes then.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/cluster/mod.rs"]
#[allow(dead_code, reason = "the tests of a server that follows a cluster need more of it")]
mod cluster;
#[path = "../../crates/schema/tests/corpus/mod.rs"]
mod corpus;

#[path = "../model/random.rs"]
#[allow(dead_code, reason = "the model makes other choices, too")]
mod random;

mod answer;
mod generator;
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;

use answer::Answer;
use cluster::binaries;
use cluster::trial::{SharingTest, binaries_for, trials};
use corpus::Case;
use server::Server;

type Test = SharingTest<Server>;

const TESTS: &[Test] = &[
    ("what_is_created_is_judged_as_the_api_server_judges_it", created),
    ("random_objects_are_judged_as_the_api_server_judges_them", created_at_random),
    ("random_updates_are_judged_as_the_api_server_judges_them", updated_at_random),
    ("what_is_updated_is_judged_as_the_api_server_judges_it", updated),
];

const _: () = assert!(TESTS.len() == binaries::TESTS.apply, "tests/support/cluster/binaries.rs");

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let world = world(&arguments);
    libtest_mimic::run(&arguments, trials(&arguments, TESTS, &world)).exit_code()
}

/// Starts the control plane. An error if no test will run or a program is missing.
fn world(arguments: &Arguments) -> Result<Arc<Server>, String> {
    let binaries = binaries_for(arguments, TESTS)?;
    let updates = corpus::updates().into_iter().chain(generator::updates());
    Ok(Arc::new(Server::start(&binaries, &updates.collect::<Vec<_>>())))
}

fn created(server: &Server) {
    compare(&corpus::creates(), |case| server.create(&case.object));
}

fn updated(server: &Server) {
    compare(&corpus::updates(), |case| server.update(&case.object));
}

fn created_at_random(server: &Server) {
    compare(&generator::creates(), |case| server.create(&case.object));
}

fn updated_at_random(server: &Server) {
    compare(&generator::updates(), |case| server.update(&case.object));
}

/// Compares what the API server answers to each case with our findings.
fn compare(cases: &[Case], ask: impl Fn(&Case) -> Answer) {
    let definitions = corpus::definitions();
    let mut different = Vec::new();
    for case in cases {
        let definition = corpus::definition_of(&definitions, &case.object);
        let report = match &case.old {
            None => definition.create(&case.object),
            Some(old) => definition.update(old, &case.object),
        };
        let theirs = ask(case);
        if let Err(ours) = theirs.is_told_by(&report) {
            different.push(format!("{}\n  there: {theirs:#?}\n  here: {ours:#?}", case.text));
        }
    }
    let number = different.len();
    assert!(number == 0, "{number} of {}:\n{}", cases.len(), different.join("\n"));
}
