//! Drills: the failures that clients see while replicas, certificates, etcd and the API server come and go
//! under a steady load, with `failurePolicy: Fail`.
//!
//! At the end a table shows how many requests failed, and why. Where the programs for a control plane are
//! missing the drills are ignored; with `--include-ignored` that is a failure.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/cluster/mod.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod cluster;

mod drills;
mod load;
mod replica;
mod service;
mod world;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::Arguments;

use cluster::binaries;
use cluster::trial::{binaries_for, trial};
use load::Cause;
use world::{Row, World};

type Drill = (&'static str, fn(&mut World));

/// The drills, in the order in which they run.
const DRILLS: &[Drill] = &[
    ("a_rolling_restart_fails_no_request", drills::a_rolling_restart_fails_no_request),
    (
        "certificates_rotate_without_a_failed_request",
        drills::certificates_rotate_without_a_failed_request,
    ),
    ("an_overwritten_ca_bundle_is_repaired", drills::an_overwritten_ca_bundle_is_repaired),
    ("a_paused_etcd_is_waited_for", drills::a_paused_etcd_is_waited_for),
    ("a_restarted_api_server_is_followed_again", drills::a_restarted_api_server_is_followed_again),
];

const _: () = assert!(DRILLS.len() == binaries::TESTS.drills, "tests/support/cluster/binaries.rs");

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One after the other, and on this thread: the programs end together with the thread that starts them.
    arguments.test_threads = Some(1);
    let world = world(&arguments);
    let must_run = arguments.include_ignored;
    let trials = DRILLS.iter().map(|(name, drill)| {
        trial(name, world.clone(), must_run, |world| {
            drill(&mut world.lock().unwrap_or_else(PoisonError::into_inner));
        })
    });
    let trials = trials.collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Ok(world) = world {
        print(&world.lock().unwrap_or_else(PoisonError::into_inner).rows);
    }
    conclusion.exit_code()
}

/// Starts the installation for the drills. An error if none of them will run or its programs are missing.
fn world(arguments: &Arguments) -> Result<Arc<Mutex<World>>, String> {
    Ok(Arc::new(Mutex::new(World::start(&binaries_for(arguments, DRILLS)?))))
}

/// Prints the table: for each drill the requests from its beginning until nothing fails any more, those of
/// them that failed, and the same for the requests after that.
fn print(rows: &[Row]) {
    let causes = Cause::ALL.map(Cause::name).join(" | ");
    println!("| drill | requests | {causes} | requests afterwards | failed |");
    println!("| --- | {}", "--: | ".repeat(Cause::ALL.len() + 3).trim_end());
    for Row { drill, meanwhile, afterwards } in rows {
        let failed = Cause::ALL.map(|cause| meanwhile.count(cause).to_string()).join(" | ");
        let (requests, more) = (meanwhile.requests, afterwards.requests);
        println!("| {drill} | {requests} | {failed} | {more} | {} |", afterwards.failed());
    }
}
