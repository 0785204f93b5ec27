//! The server that is attacked, and its memory.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::api_server::ApiServer;
use crate::support::client::Client;
use crate::support::process::{PROGRAM, Server};
use crate::support::resident;

pub const MIB: u64 = 1 << 20;
/// The memory that it may have at most; its Pod may have 128 MiB.
pub const MOST: u64 = 96 * MIB;
/// The memory above that of idle times to which the image's program must fall again.
const REST: u64 = 16 * MIB;
/// The time after an attack within which it must fall.
const REST_WITHIN: Duration = Duration::from_mins(1);

/// The same for a build with glibc, whose allocator keeps more of what connections took. The image has
/// musl's, which `.ci/run` holds to the figure.
const REST_WITH_GLIBC: u64 = 24 * MIB;
/// What makes glibc's allocator give back the bodies of a flood (docs/performance.md).
const GIVES_BACK: [(&str, &str); 3] = [
    ("MALLOC_MMAP_THRESHOLD_", "131072"),
    ("MALLOC_TRIM_THRESHOLD_", "131072"),
    ("MALLOC_ARENA_MAX", "2"),
];

/// The real program, with what it needs to run.
pub struct Target {
    pub server: Server,
    folder: TempDir,
    /// The API server that it follows.
    pub cluster: ApiServer,
    /// The memory above that of idle times to which it must fall again.
    rest: u64,
}

impl Target {
    /// Starts the program with nearly all flags as they are by default, and waits until it is ready.
    pub fn start(program: &str, cluster: &ApiServer, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = folder.path().join("kubeconfig");
        fs::write(&kubeconfig, cluster.kubeconfig()).unwrap();
        let certificates = folder.path().join("certificates");
        fs::create_dir(&certificates).unwrap();
        let mut arguments =
            vec!["--kubeconfig", text(&kubeconfig), "--cert-dir", text(&certificates)];
        arguments.extend(flags);
        let mut command = Command::new(program);
        let server = Server::run(command.envs(GIVES_BACK), &arguments);
        let rest = if program == PROGRAM { REST_WITH_GLIBC } else { REST };
        let target = Self { server, folder, cluster: cluster.clone(), rest };
        let start = Instant::now();
        while !target.server.is_ready() {
            assert!(start.elapsed() < Duration::from_mins(1), "not ready: {}", target.end_of_log());
            sleep(Duration::from_millis(20));
        }
        target
    }

    /// A client at 127.0.0.`host`, which is another client than those at other addresses.
    pub fn client(&self, host: u8) -> Client {
        let folder = self.folder.path().join("certificates");
        Client::new(self.server.address, &folder).from([127, 0, 0, host])
    }

    /// The bytes that are in memory now.
    pub fn memory(&self) -> u64 {
        resident::now(self.server.id()) << 10
    }

    /// The most bytes that ever were in memory.
    pub fn most_memory(&self) -> u64 {
        resident::peak(self.server.id()) << 10
    }

    /// The memory as soon as it is near that of idle times, or after a minute.
    pub fn memory_at_rest(&self, idle: u64) -> u64 {
        let start = Instant::now();
        while self.memory() > idle + self.rest && start.elapsed() < REST_WITHIN {
            sleep(Duration::from_millis(100));
        }
        self.memory()
    }

    /// Holds what was measured to the figures that must hold.
    pub fn check_memory(&self, idle: u64, most: u64, after: u64) -> Result<(), Failed> {
        let mib = |bytes| bytes / MIB;
        if most > MOST {
            return Err(
                format!("{} MiB were in memory, of {} at most", mib(most), mib(MOST)).into()
            );
        }
        if after > idle + self.rest {
            let (after, idle) = (mib(after), mib(idle));
            return Err(format!("{after} MiB are in memory afterwards, of {idle} before").into());
        }
        Ok(())
    }

    /// The last lines of its log.
    pub fn end_of_log(&self) -> String {
        let log = self.server.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
