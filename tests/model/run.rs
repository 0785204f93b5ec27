//! The run: world after world of random writes, until the number is reached or something disagrees.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::generator::Generator;
use crate::kubectl;
use crate::options::Options;
use crate::random::Random;
use crate::session::{Outcome, Session};
use crate::shrink::{shorten, simplify};
use crate::verdict::Disagreement;
use crate::writes::Write;

/// The writes of one world. Then all is removed: a failure is not far from the beginning.
const LIFE: usize = 150;
/// What depends on the moment does not happen each time.
const ATTEMPTS: usize = 4;
const PROGRESS: Duration = Duration::from_secs(10);

/// Runs it; returns a report for each kind of disagreement.
pub fn run(session: &mut Session, options: &Options) -> Vec<String> {
    println!("seed {} (again with --seed {0}), {} writes", options.seed, options.writes);
    let start = Instant::now();
    let mut told = start;
    let (mut made, mut reports, mut known) = (0, Vec::new(), BTreeSet::new());
    for part in 0.. {
        if made >= options.writes {
            break;
        }
        let mut random = Random::new(options.seed, part);
        session.wipe();
        let mut writes = Vec::new();
        let mut found = None;
        let end = (made + LIFE).min(options.writes);
        while made < end && found.is_none() {
            let write = Generator { random: &mut random, world: &session.world }.write();
            match session.perform(&write) {
                Outcome::Skipped => continue,
                Outcome::Agreed => writes.push(write),
                Outcome::Disagreed(disagreement) => {
                    writes.push(write);
                    let is_asked_for = disagreement.kind.contains(&options.about);
                    if is_asked_for && known.insert(disagreement.kind.clone()) {
                        found = Some(disagreement);
                    }
                }
            }
            made += 1;
            if told.elapsed() > PROGRESS {
                told = Instant::now();
                println!("{made} of {} writes in {:.0?}", options.writes, start.elapsed());
            }
        }
        let Some(disagreement) = found else { continue };
        let title = format!("seed {}, write {made}: {}", options.seed, disagreement.kind);
        if options.all {
            reports.push(format!("{title}\n{}", disagreement.details));
            continue;
        }
        println!("{title}; looking for the shortest sequence");
        reports.push(report(session, &title, &disagreement, writes));
        break;
    }
    println!("{made} writes in {:.1?}", start.elapsed());
    reports
}

/// Shrinks the sequence that ends in a disagreement, and prints it.
fn report(
    session: &mut Session,
    title: &str,
    disagreement: &Disagreement,
    writes: Vec<Write>,
) -> String {
    let kind = &disagreement.kind;
    let mut happens = |writes: &[Write]| replay(session, writes, kind).is_some();
    let times = (0..ATTEMPTS).filter(|_| happens(&writes)).count();
    let (writes, note) = if times == 0 {
        (
            writes,
            format!("It did not happen again in {ATTEMPTS} replays: it depends on the moment."),
        )
    } else {
        let attempts = if times == ATTEMPTS { 1 } else { ATTEMPTS };
        let mut fails = |writes: &[Write]| (0..attempts).any(|_| happens(writes));
        let writes = shorten(writes, &mut fails);
        let writes = simplify(writes, Write::simpler, &mut fails);
        (shorten(writes, &mut fails), "The shortest sequence:".to_owned())
    };
    let (commands, last) = commands(session, &writes, kind);
    let details = last.unwrap_or_else(|| disagreement.clone()).details;
    let mut report = format!("{title}\n{details}\n{note}\n");
    if kubectl::needs_preface(&writes) {
        report = format!("{report}{}\n", kubectl::PREFACE);
    }
    report + &commands.join("\n")
}

/// Makes the writes in a new world; returns the disagreement if it is of this kind.
fn replay(session: &mut Session, writes: &[Write], kind: &str) -> Option<Disagreement> {
    session.wipe();
    for write in writes {
        if let Outcome::Disagreed(disagreement) = session.perform(write)
            && disagreement.kind == kind
        {
            return Some(disagreement);
        }
    }
    None
}

/// The commands of the writes, and the disagreement at their end.
fn commands(
    session: &mut Session,
    writes: &[Write],
    kind: &str,
) -> (Vec<String>, Option<Disagreement>) {
    session.wipe();
    let mut commands = Vec::new();
    let mut last = None;
    for write in writes {
        commands.extend(session.command(write));
        if let Outcome::Disagreed(disagreement) = session.perform(write)
            && disagreement.kind == kind
        {
            last = Some(disagreement);
        }
    }
    (commands, last)
}
