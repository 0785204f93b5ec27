//! Servers as processes of their own, so that the kernel reports the cost of each.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_setaffinity};
use sandbox_admission::admission::Phase;

use crate::client::Connection;
use crate::resident;
use crate::samples;

/// One of the servers that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// `sandbox-admission serve`, as it is built for release.
    Real,
    /// Our server, router and extractor included, with a constant answer.
    Constant,
    /// hyper and rustls alone, with a constant answer.
    Bare,
    /// `Real` with three policies, which apply to every review.
    Policies,
    /// Another build of `Real`.
    Before,
}

impl Contender {
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "sandbox-admission",
            Self::Constant => "constant",
            Self::Bare => "bare",
            Self::Policies => "with policies",
            Self::Before => "before",
        }
    }
}

/// A core to run on.
#[derive(Debug, Clone, Copy)]
pub struct Core(usize);

impl Core {
    pub const SERVERS: Self = Self(0);
    pub const CLIENTS: Self = Self(1);

    /// Keeps this thread, and the threads and processes that it starts, on the core.
    pub fn pin(self) {
        let mut set = CpuSet::new();
        set.set(self.0);
        sched_setaffinity(None, &set).expect("two cores are needed: one to serve, one to ask");
    }
}

/// A running server; dropping it ends it.
pub struct Process {
    pub contender: Contender,
    child: Child,
    pub address: SocketAddr,
    pub certificates: PathBuf,
    /// The time from before the process was made to its first answer.
    pub started_in: Duration,
}

impl Process {
    /// Starts a server and waits for its first answer.
    pub fn start(contender: Contender, certificates: &Path) -> Self {
        let program = match contender {
            Contender::Constant | Contender::Bare => std::env::current_exe().unwrap(),
            _ => env!("CARGO_BIN_EXE_sandbox-admission").into(),
        };
        Self::start_program(contender, &program, certificates)
    }

    /// Starts another build of the program, and waits for its first answer.
    pub fn start_program(contender: Contender, program: &Path, certificates: &Path) -> Self {
        Core::SERVERS.pin();
        let address = free_address();
        let mut command = Command::new(program);
        match contender {
            Contender::Real | Contender::Policies | Contender::Before => {
                command.args(["serve", "--workers", "1"]);
                command.args(["--health-probe-bind-address", "127.0.0.1:0"]);
                command.args(["--metrics-bind-address", "127.0.0.1:0"]);
                command.args(
                    samples::catalog().iter().flat_map(|it| ["--catalog".as_ref(), it.as_os_str()]),
                );
                command.args(["--bind-address", &address.to_string()]);
                command.arg("--cert-dir").arg(certificates);
                if contender == Contender::Policies {
                    command.arg("--policy").arg(samples::policies());
                }
            }
            Contender::Constant | Contender::Bare => {
                command.arg(contender.name()).arg(address.to_string()).arg(certificates);
            }
        }
        let before = Instant::now();
        let child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut process = Self {
            contender,
            child,
            address,
            certificates: certificates.to_owned(),
            started_in: Duration::ZERO,
        };
        process.await_answer(before);
        process
    }

    fn await_answer(&mut self, started: Instant) {
        let review = samples::review(samples::UPDATES[0]);
        while started.elapsed() < Duration::from_secs(10) {
            // It refuses connections until it listens.
            if let Ok(mut connection) = Connection::open(self) {
                connection.post(&Connection::request(Phase::Validating, &review)).unwrap();
                self.started_in = started.elapsed();
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "the server ended");
            thread::sleep(Duration::from_micros(100));
        }
        panic!("the server does not answer");
    }

    /// The CPU time of all its threads so far.
    pub fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let nanos = tasks.map(|task| {
            let schedstat = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
            schedstat.split(' ').next().unwrap().parse::<u64>().unwrap()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// Resident memory in KiB.
    pub fn resident(&self) -> u64 {
        resident::now(self.child.id())
    }

    /// The peak of resident memory in KiB.
    pub fn peak(&self) -> u64 {
        resident::peak(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr()).unwrap()
}
