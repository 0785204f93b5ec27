//! The real server as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

/// The binary under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sandbox-admission");

/// `sandbox-admission serve` on free loopback ports; ended when dropped.
pub struct Server {
    child: Child,
    /// The address that takes reviews.
    pub address: SocketAddr,
    /// The address of its probes.
    pub health: SocketAddr,
    /// The address of its metrics.
    pub metrics: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts it over a catalog of files with one worker, and waits until it listens.
    pub fn start(catalog: &Path, certificates: &Path, more: &[&str]) -> Self {
        let catalog = ["--catalog", catalog.to_str().unwrap()];
        let certificates = ["--cert-dir", certificates.to_str().unwrap()];
        let workers = ["--workers", "1"];
        let arguments = [&catalog[..], &certificates, &workers, more].concat();
        Self::run(&mut Command::new(PROGRAM), &arguments)
    }

    /// Starts a program and waits until it listens.
    pub fn run(program: &mut Command, arguments: &[&str]) -> Self {
        let mut child = program
            .arg("serve")
            .args(["--bind-address", "127.0.0.1:0"])
            .args(["--health-probe-bind-address", "127.0.0.1:0"])
            // At another address: one port would serve both.
            .args(["--metrics-bind-address", "127.0.0.2:0", "--log-format", "json"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let (address, health, metrics) = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it does not serve:\n{said}");
            said.push_str(&line);
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if event["message"] == "answering admission reviews" {
                let probes = event["probes"].as_str().unwrap().trim_matches(['[', ']']);
                let (health, metrics) = probes.split_once(", ").unwrap();
                let address = event["address"].as_str().unwrap();
                break [address, health, metrics].map(|it| it.parse().unwrap()).into();
            }
        };
        // The log must be read on, or it fills its pipe and the server waits.
        let said = Arc::new(Mutex::new(said));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self { child, address, health, metrics, log: said }
    }

    /// Its log up to now.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Server {
    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns whether it says so itself.
    pub fn is_ready(&self) -> bool {
        let mut answer = String::new();
        let asked = TcpStream::connect(self.health).and_then(|mut stream| {
            stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
            stream.read_to_string(&mut answer)
        });
        asked.is_ok() && answer.contains(" 200 ")
    }

    /// Asks it to leave, as the kubelet does.
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for its end.
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
