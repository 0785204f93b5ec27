//! Instructions per review, as valgrind counts them: `cargo bench --bench instructions`.
//!
//! A count is the same on a busy machine as on a quiet one, so that a change of 1 % shows. It does
//! not include the cost of the network.
//!
//! The program runs itself under callgrind, twice for each row: the difference between many rounds
//! and few does not include the start. To look at one run function by function, use
//! `instructions answer ROW ROUNDS`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::expect_fun_call)]

mod samples;

use std::hint::black_box;
use std::process::Command;

use sandbox_admission::admission::Phase;
use sandbox_admission::catalog::{Objects, Retention, files};
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook::answer;

/// The row of the five updates, each as often as the others.
const UPDATES: &str = "updates";
/// Rounds over a row's reviews.
const FEW: u64 = 20;
const MANY: u64 = 220;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["answer", row, rounds] => answer_all(&reviews(row), rounds.parse().unwrap()),
        [.., "--bench"] => count(),
        _ => println!("nothing is counted in a test; run `cargo bench --bench instructions`"),
    }
}

fn rows() -> impl Iterator<Item = &'static str> {
    [UPDATES].into_iter().chain(samples::UPDATES).chain(samples::OTHER_KINDS)
}

/// The reviews of a row: the five updates, one of them, or all of a kind.
fn reviews(row: &str) -> Vec<(Phase, String)> {
    let validate = |name: &str| (Phase::Validating, samples::review(name));
    if row == UPDATES {
        samples::UPDATES.map(validate).into()
    } else if samples::UPDATES.contains(&row) {
        vec![validate(row)]
    } else {
        samples::reviews_of(row)
    }
}

fn count() {
    println!("{:<28}{:>10}{:>14}", "", "bytes", "instructions");
    for row in rows() {
        let reviews = reviews(row);
        let reviewed = reviews.len() as u64;
        let bytes: usize = reviews.iter().map(|(_, body)| body.len()).sum();
        let instructions = (collected(row, MANY) - collected(row, FEW)) / (MANY - FEW) / reviewed;
        println!("{row:<28}{:>10}{instructions:>14}", bytes as u64 / reviewed);
    }
}

/// The instructions of a whole run.
fn collected(row: &str, rounds: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args(["answer", row, &rounds.to_string()])
        .output()
        .expect("valgrind is installed");
    let reported = String::from_utf8(output.stderr).unwrap();
    let collected = reported.split_once("Collected : ").and_then(|(_, rest)| rest.lines().next());
    collected.expect(&reported).trim().parse().unwrap()
}

fn answer_all(reviews: &[(Phase, String)], rounds: u64) {
    let rules = RuleSet::new(Settings::default());
    let (policies, catalog) = (PolicySet::default(), catalog());
    for _ in 0..rounds {
        for (phase, body) in reviews {
            black_box(answer(*phase, black_box(body.as_bytes()), &rules, &policies, &catalog));
        }
    }
}

fn catalog() -> Objects {
    let read = |path| kubernetes_manifest::read(path).unwrap();
    let documents: Vec<_> = samples::catalog().iter().flat_map(|path| read(path)).collect();
    files::objects(&documents, Retention::Essentials).unwrap()
}
