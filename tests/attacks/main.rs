//! Attacks on the real program, by anyone who reaches its ports or may store objects, each bounded in count and
//! time.
//!
//! While each one runs, a regular client asks as API servers and kubelets do (see `regular`), and no answer
//! may be late or missing. The memory must stay below [`target::MOST`], and fall again afterwards. One attack
//! runs at a time, because each measures. At the end a table says what each one cost.
//!
//! `cargo test --test attacks` lasts about two minutes. `-- --full` makes each flood ten times as long,
//! `-- --program PATH` attacks another build of the program.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod api_server;
mod bodies;
mod connections;
mod hostile;
mod listings;
mod look_ups;
mod probes;
mod regular;
mod target;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::{Builder, Runtime};

use api_server::ApiServer;
use regular::Regular;
use support::process::PROGRAM;
use target::{MIB, Target};

/// The time for which the regular client is alone.
const WARM_UP: Duration = Duration::from_secs(1);
/// The time that a flood lasts.
const SPAN: Duration = Duration::from_secs(3);
const FULL_SPAN: Duration = Duration::from_secs(30);

/// An attack: its name, what the cluster holds, and what is done to the server.
#[derive(Clone, Copy)]
pub struct Attack {
    name: &'static str,
    world: fn() -> ApiServer,
    /// More flags for the server.
    flags: &'static [&'static str],
    run: Run,
}

/// Attacks for about so long; the error says what did not hold.
type Run = fn(&Runtime, &Target, Duration) -> Result<(), Failed>;

/// The test's own flags.
struct Options {
    span: Duration,
    program: String,
}

impl Options {
    /// Takes them out of the arguments of the test program.
    fn take(arguments: &mut Vec<String>) -> Self {
        let mut options = Self { span: SPAN, program: PROGRAM.to_owned() };
        let mut others = Vec::new();
        let mut rest = std::mem::take(arguments).into_iter();
        while let Some(argument) = rest.next() {
            match &*argument {
                "--full" => options.span = FULL_SPAN,
                "--program" => options.program = rest.next().expect("--program wants a path"),
                _ => others.push(argument),
            }
        }
        *arguments = others;
        options
    }
}

/// A row of the table.
struct Row {
    name: &'static str,
    answers: usize,
    slowest: Duration,
    idle: u64,
    most: u64,
    after: u64,
}

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args().collect();
    let options = Arc::new(Options::take(&mut arguments));
    let mut arguments = Arguments::from_iter(arguments);
    arguments.test_threads = Some(1);

    let rows = Arc::new(Mutex::new(Vec::new()));
    let attacks = [
        connections::ATTACKS,
        bodies::ATTACKS,
        probes::ATTACKS,
        look_ups::ATTACKS,
        listings::ATTACKS,
    ];
    let trials = attacks.concat().into_iter().map(|attack| {
        let (rows, options) = (Arc::clone(&rows), Arc::clone(&options));
        Trial::test(attack.name, move || {
            attack.withstood(&options).map(|row| rows.lock().unwrap().push(row))
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    print(&rows.lock().unwrap());
    conclusion.exit_code()
}

impl Attack {
    /// An attack on a server that follows a small cluster.
    pub const fn new(name: &'static str, run: Run) -> Self {
        Self { name, world: ApiServer::start, flags: &[], run }
    }

    /// The same in another cluster.
    #[must_use]
    pub const fn in_world(self, world: fn() -> ApiServer) -> Self {
        Self { world, ..self }
    }

    /// The same on a server with more flags.
    #[must_use]
    pub const fn with_flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    /// Attacks a server of its own, and returns what that cost; the error says what did not hold.
    fn withstood(&self, options: &Options) -> Result<Row, Failed> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let world = (self.world)();
        let target = Target::start(&options.program, &world, self.flags);
        let regular = Regular::start(&target);
        // By then the code that serves it is in memory, too.
        sleep(WARM_UP);
        let idle = target.memory();
        let ran = (self.run)(&runtime, &target, options.span);
        let most = target.most_memory();
        let after = target.memory_at_rest(idle);
        let served = regular.stop();
        let row = Row {
            name: self.name,
            answers: served.answers,
            slowest: served.slowest,
            idle,
            most,
            after,
        };
        ran.and(served.check()).and(target.check_memory(idle, most, after)).map_err(|failed| {
            let why = failed.message().unwrap_or_default();
            Failed::from(format!("{why}\nthe server's log ends with:\n{}", target.end_of_log()))
        })?;
        Ok(row)
    }
}

fn print(rows: &[Row]) {
    println!("\n| attack | answers to the regular client | slowest | idle | most | after |");
    println!("|---|---|---|---|---|---|");
    for Row { name, answers, slowest, idle, most, after } in rows {
        let name = name.replace('_', " ");
        let [idle, most, after] = [idle, most, after].map(|bytes| bytes / MIB);
        let slowest = slowest.as_millis();
        println!("| {name} | {answers} | {slowest} ms | {idle} MiB | {most} MiB | {after} MiB |");
    }
}
