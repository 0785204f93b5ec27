//! The real server, compared with servers that decide nothing: `cargo bench --bench load`.
//!
//! Absolute figures say more about the machine than about the program, so everything is a ratio to
//! `constant`: our own TLS, HTTP, router, limits and metrics, but always the same answer. `bare` is
//! hyper on rustls without any of that. It shows the cost of routes, and of the care about slow
//! clients and overload.
//!
//! Servers share one core (one worker each, only one busy at a time), the clients have another, and
//! rounds are interleaved, so that other work of the machine affects all alike. Options:
//!
//! - `--quick`: fewer and shorter rounds; under a minute.
//! - `--check`: exit with 1 if a goal is missed.
//! - `--before PATH`: another build of the program is measured in the same rounds.
//!
//! Where `h2load` is installed, it measures too, because the goal for throughput was set with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
// Figures are for people: small numbers, of which the first digits count.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]

mod client;
mod h2load;
mod idle_servers;
mod process;
mod report;
#[path = "../../tests/support/resident.rs"]
mod resident;
#[path = "../samples/mod.rs"]
mod samples;
mod tls;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use client::Workload;
use process::{Contender, Core, Process};
use report::{Goals, Latency, Load, Round, median};
use sandbox_admission::admission::Phase;

/// The amount that is measured.
struct Plan {
    rounds: usize,
    round: Duration,
    /// The number of times that `h2load` sends each body in a round.
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
    if let Some((contender, arguments)) = idle_servers::asked_for(&arguments) {
        idle_servers::serve(contender, arguments);
        return ExitCode::SUCCESS;
    }
    let place = |name: &str| arguments.iter().position(|argument| argument == name);
    if place("--bench").is_none() {
        println!("nothing is measured in a test; run `cargo bench --bench load`");
        return ExitCode::SUCCESS;
    }
    let before = place("--before").map(|place| Path::new(&arguments[place + 1]));
    let plan = if place("--quick").is_some() { &QUICK } else { &FULL };
    let all_met = measure(plan, before).print();
    if all_met || place("--check").is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(plan: &Plan, before: Option<&Path>) -> Goals {
    let folder = tempfile::tempdir().unwrap();
    let certificates = folder.path();
    // The first server makes the certificates that all use.
    drop(Process::start(Contender::Real, certificates));

    let starts = (0..plan.starts)
        .map(|_| Process::start(Contender::Real, certificates).started_in)
        .collect();
    let contenders =
        [Contender::Real, Contender::Constant, Contender::Bare, Contender::Policies].into_iter();
    let mut servers: Vec<_> =
        contenders.map(|contender| Process::start(contender, certificates)).collect();
    if let Some(program) = before {
        servers.push(Process::start_program(Contender::Before, program, certificates));
    }
    let servers = &servers;
    let idle: Vec<_> = servers.iter().map(Process::resident).collect();

    Core::CLIENTS.pin();
    let updates = samples::UPDATES.map(|name| (Phase::Validating, samples::review(name)));
    let large = [(Phase::Validating, samples::grown(&updates[0].1, 100 << 10))];
    let all: Vec<_> = servers.iter().collect();
    let by_us = |name: &str, servers: &[&Process], connections, reviews: &[_]| {
        let workloads: Vec<_> =
            servers.iter().map(|it| Workload::connect(it, connections, reviews)).collect();
        load(name, plan.rounds, servers, |place, server| {
            workloads[place].saturate(server, plan.round)
        })
    };
    let by_updates = [("8 connections", 8), ("64 connections", 64)]
        .map(|(name, connections)| by_us(name, &all, connections, &updates));
    let large = by_us("8 connections, 100 KB objects", &all, 8, &large);

    // No goal depends on these, so few servers are enough.
    let few: Vec<_> = servers
        .iter()
        .filter(|it| !matches!(it.contender, Contender::Bare | Contender::Policies))
        .collect();
    for kind in samples::OTHER_KINDS {
        by_us(&format!("8 connections, {kind}"), &few, 8, &samples::reviews_of(kind));
    }

    let mut by_h2load = Vec::new();
    if h2load::is_installed() {
        let bodies = samples::UPDATES.map(samples::file);
        for (name, connections) in [("8 connections, h2load", 8), ("64 connections, h2load", 64)] {
            by_h2load.push(load(name, plan.rounds, &all, |_, server| {
                h2load::saturate(server, connections, &bodies, plan.requests)
            }));
        }
    } else {
        println!(
            "\nh2load is not installed (Debian has it in nghttp2-client): no throughput by it"
        );
    }

    let latencies = latencies(servers, plan, &updates);
    report::print_latencies(&latencies);
    let memory = servers.iter().zip(&idle);
    let memory: Vec<_> =
        memory.map(|(server, idle)| (server.contender, [*idle, server.peak()])).collect();
    report::print_memory(&memory);

    Goals {
        updates: by_updates.into(),
        large,
        by_h2load,
        latency: latencies[0].1,
        idle: idle[0],
        start: median(starts),
    }
}

/// Runs rounds of all these servers in turn.
fn load(
    name: &str,
    rounds: usize,
    servers: &[&Process],
    round: impl Fn(usize, &Process) -> Round,
) -> Load {
    let mut load = Load::new(name, servers.iter().map(|server| server.contender).collect());
    for _ in 0..rounds {
        let servers = servers.iter().enumerate();
        load.add(servers.map(|(place, server)| round(place, server)).collect());
    }
    load.print();
    load
}

/// Measures the time of answers while there is little to do.
fn latencies(
    servers: &[Process],
    plan: &Plan,
    reviews: &[(Phase, String)],
) -> Vec<(Contender, Latency)> {
    let workloads: Vec<_> = servers.iter().map(|it| Workload::connect(it, 8, reviews)).collect();
    let mut rounds = vec![Vec::new(); servers.len()];
    for _ in 0..plan.rounds {
        for (workload, rounds) in workloads.iter().zip(&mut rounds) {
            rounds.push(Latency::of(workload.pace(RATE, plan.round * 2)));
        }
    }
    let contenders = servers.iter().map(|server| server.contender);
    contenders.zip(rounds.iter().map(|rounds| Latency::median(rounds))).collect()
}
