//! The resident memory of `serve`: when it reads a cluster of very many or of very large objects, and
//! while and after clients send it large and odd reviews.
//!
//! `cargo bench --bench memory` takes two minutes and fails if anything takes more than it may. With the
//! path of another build, `cargo bench --bench memory -- target/.../sandbox-admission`, that is
//! measured.

// What clippy lets tests do, it does not let benches do.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod api_server;
mod flood;
mod process;
#[path = "../../tests/support/resident.rs"]
mod resident;
#[path = "../load/tls.rs"]
mod tls;

use std::process::ExitCode;

use api_server::{ApiServer, Lists, Objects};
use process::Process;

fn main() -> ExitCode {
    let program = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_sandbox-admission").to_owned());
    let mut is_in_limit = true;
    let mut judge = |what: &str, mib: f64, limit: f64| {
        let verdict = if mib < limit { "" } else { "  TOO MUCH" };
        println!("{what}: {mib:.1} MiB (less than {limit}){verdict}");
        is_in_limit &= mib < limit;
    };
    for (objects, lists, has_policies, limit) in [
        (Objects::Many, Lists::Pages, false, 32.0),
        (Objects::Large, Lists::Pages, false, 64.0),
        (Objects::Large, Lists::Streams, false, 64.0),
        (Objects::Large, Lists::Streams, true, 96.0),
    ] {
        let serve = Process::following(&program, ApiServer { objects, lists }, has_policies);
        judge(&format!("{objects:?} objects by {lists:?}, peak"), serve.peak(), limit);
    }

    let serve = Process::alone(&program);
    flood::warm_up(&serve);
    let idle = serve.resident();
    println!("idle: {idle:.1} MiB");
    for (what, body) in flood::bodies() {
        flood::send(&serve, &body);
        judge(&format!("flood of {what}, peak"), serve.peak(), 96.0);
        println!("  now {:.1} MiB", serve.resident());
    }
    flood::rest(&serve);
    judge("one minute after the floods", serve.resident(), idle + 16.0);
    if is_in_limit { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
