//! The real server beside servers that decide nothing: `cargo bench --bench load`.
//!
//! Absolute figures say more about the machine than about us, so everything is a ratio to
//! `constant`: our own TLS, HTTP, limits and metrics, but always the same answer. `bare` is hyper
//! on rustls without any of that, to tell what the care about slow clients and overload costs.
//!
//! Servers share one core (one worker each, only one busy at a time), the clients have another, and
//! rounds are interleaved, so that whatever else the machine does hits all alike. Options:
//!
//! - `--quick`: fewer and shorter rounds; under 45 s.
//! - `--check`: exit with 1 if a goal is missed.
//!
//! Where `h2load` is installed, it measures too: the goal for throughput was set with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
// Figures are for people: small numbers, of which the first digits count.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]

mod client;
mod h2load;
mod idle_servers;
mod process;
mod report;
#[path = "../samples/mod.rs"]
mod samples;

use std::process::ExitCode;
use std::time::Duration;

use client::Workload;
use process::{Core, Kind, Process};
use report::{Goals, Latency, Load, Round, median};

/// How much is measured.
struct Plan {
    rounds: usize,
    round: Duration,
    /// How often `h2load` sends each body in a round.
    requests: u32,
    starts: usize,
}

const FULL: Plan =
    Plan { rounds: 9, round: Duration::from_millis(700), requests: 10_000, starts: 11 };
const QUICK: Plan =
    Plan { rounds: 3, round: Duration::from_millis(300), requests: 4_000, starts: 3 };

/// Reviews per second at which latency is measured: far from what a server can take.
const RATE: u32 = 1_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((kind, arguments)) = idle_servers::asked_for(&arguments) {
        idle_servers::serve(kind, arguments);
        return ExitCode::SUCCESS;
    }
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if !has("--bench") {
        println!("nothing is measured in a test; run `cargo bench --bench load`");
        return ExitCode::SUCCESS;
    }
    let goals = measure(if has("--quick") { &QUICK } else { &FULL });
    if goals.print() || !has("--check") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(plan: &Plan) -> Goals {
    let folder = tempfile::tempdir().unwrap();
    let certificates = folder.path();
    // The first server makes the certificates that all use.
    drop(Process::start(Kind::Real, certificates));

    let starts: Vec<_> =
        (0..plan.starts).map(|_| Process::start(Kind::Real, certificates).started_in).collect();
    let servers = Kind::ALL.map(|kind| Process::start(kind, certificates));
    let idle = servers.each_ref().map(Process::resident);

    Core::CLIENTS.pin();
    let updates = samples::UPDATES.map(samples::review);
    let large = samples::grown(&updates[0], 100 << 10);
    let mut loads = Vec::new();
    for (name, connections, bodies) in [
        ("8 connections", 8, &updates[..]),
        ("64 connections", 64, &updates[..]),
        ("8 connections, 100 KB objects", 8, std::slice::from_ref(&large)),
    ] {
        let workloads =
            servers.each_ref().map(|server| Workload::connect(server, connections, bodies));
        loads.push(load(name, plan.rounds, |server| {
            workloads[server].saturate(&servers[server], plan.round)
        }));
    }
    let mut by_h2load = Vec::new();
    if h2load::is_installed() {
        let bodies = samples::UPDATES.map(samples::file);
        for (name, connections) in [("8 connections, h2load", 8), ("64 connections, h2load", 64)] {
            by_h2load.push(load(name, plan.rounds, |server| {
                h2load::saturate(&servers[server], connections, &bodies, plan.requests)
            }));
        }
    } else {
        println!(
            "\nh2load is not installed (Debian has it in nghttp2-client): no throughput by it"
        );
    }

    let workloads = servers.each_ref().map(|server| Workload::connect(server, 8, &updates));
    let mut latencies = [const { Vec::new() }; Kind::COUNT];
    for _ in 0..plan.rounds {
        for (workload, latencies) in workloads.iter().zip(&mut latencies) {
            latencies.push(Latency::of(workload.pace(RATE, plan.round * 2)));
        }
    }
    let latencies = latencies.map(|rounds| Latency::median(&rounds));
    report::print_latencies(&latencies);
    report::print_memory(&idle, &servers.each_ref().map(Process::peak));

    Goals { loads, by_h2load, latency: latencies[0], idle: idle[0], start: median(starts) }
}

/// Rounds of all servers in turn, each given by its number in [`Kind::ALL`].
fn load(name: &'static str, rounds: usize, round: impl Fn(usize) -> Round) -> Load {
    let mut load = Load::new(name);
    for _ in 0..rounds {
        load.add(Kind::ALL.map(|kind| round(kind as usize)));
    }
    load.print();
    load
}
