//! The real server as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// The binary under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sandbox-admission");

/// `sandbox-admission serve` on free loopback ports; ended when dropped.
pub struct Server {
    child: Child,
    /// Where it takes reviews.
    pub address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(catalog: &Path, certificates: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .arg("serve")
            .args(["--bind-address", "127.0.0.1:0", "--workers", "1"])
            .args(["--health-probe-bind-address", "127.0.0.1:0"])
            .args(["--metrics-bind-address", "127.0.0.1:0", "--log-format", "json"])
            .arg("--catalog")
            .arg(catalog)
            .arg("--cert-dir")
            .arg(certificates)
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it does not serve:\n{said}");
            said.push_str(&line);
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if event["message"] == "answering admission reviews" {
                break event["address"].as_str().unwrap().parse().unwrap();
            }
        };
        // Someone has to read on, or the log fills its pipe and the server waits.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, address }
    }
}

impl Server {
    /// Asks it to leave, as the kubelet does.
    #[allow(dead_code, reason = "not every test lets it leave in good order")]
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for its end.
    #[allow(dead_code, reason = "not every test lets it leave in good order")]
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
