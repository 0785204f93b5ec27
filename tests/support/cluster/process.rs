//! A program in the background, for as long as a test wants it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

/// No program takes longer than this for one step.
const PATIENCE: Duration = Duration::from_mins(1);
/// The time between two looks.
const POLL: Duration = Duration::from_millis(20);
/// The number of log lines that a failure shows.
const LAST_LINES: usize = 15;

/// Waits until something holds; returns whether it did in time.
pub fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > PATIENCE {
            return false;
        }
        sleep(POLL);
    }
    true
}

/// A running program; dropping it kills it.
pub struct Process {
    child: Child,
    program: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
}

impl Process {
    /// Starts a program that writes to `log`. Should the thread that starts it end without dropping
    /// it (a test run that is itself killed), then the kernel kills the program.
    pub fn start(program: &Path, arguments: &[String], log: PathBuf) -> Self {
        let child = spawn(program, arguments, &log);
        Self { child, program: program.to_owned(), arguments: arguments.to_owned(), log }
    }

    /// Kills it.
    pub fn kill(&mut self) {
        // It may have ended by itself; either way nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it once more, after its end, with a new log.
    pub fn start_again(&mut self) {
        self.child = spawn(&self.program, &self.arguments, &self.log);
    }

    /// Sends it a signal, by the signal's name without `SIG`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        let in_time = eventually(|| {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(in_time, "{}", self.last_words("does not end"));
        status.unwrap()
    }

    /// Waits until our server, which logs JSON, reports its address.
    pub fn wait_for_address(&mut self) -> String {
        self.wait_until(|process| {
            let log = process.log();
            let mut lines = log.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok());
            lines.find_map(|line| line["address"].as_str().map(str::to_owned))
        })
    }

    /// Waits until it is ready; panics with the end of its log if it ends or takes too long.
    pub fn wait_until<T>(&mut self, mut ready: impl FnMut(&Self) -> Option<T>) -> T {
        let mut found = None;
        let in_time = eventually(|| {
            let status = self.child.try_wait().unwrap();
            assert!(status.is_none(), "{}", self.last_words("ended"));
            found = ready(self);
            found.is_some()
        });
        assert!(in_time, "{}", self.last_words("is not ready in time"));
        found.unwrap()
    }

    /// Its log.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    fn last_words(&self, what: &str) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let last = lines.len().saturating_sub(LAST_LINES);
        format!("{} {what}:\n{}", self.log.display(), lines[last..].join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(program: &Path, arguments: &[String], log: &Path) -> Child {
    let output = File::create(log).unwrap();
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .expect("setpriv, of util-linux, starts the programs that tests want")
}
