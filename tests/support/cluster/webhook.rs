//! Our server, beside a cluster.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Cluster;
use super::process::Process;

/// What the log says when it has read all kinds from the cluster.
const READ: &str = "everything was read from the cluster";

/// A running server; dropping it stops it.
pub struct Webhook {
    process: Process,
    address: String,
    folder: PathBuf,
}

impl Webhook {
    /// Starts one that follows a cluster by itself, and waits until it knows all that there is.
    pub fn beside(cluster: &Cluster) -> Self {
        let folder = cluster.folder().join("webhook");
        fs::create_dir_all(&folder).unwrap();
        let arguments = [
            "serve".to_owned(),
            format!("--kubeconfig={}", cluster.kubeconfig().display()),
            format!("--cert-dir={}", folder.display()),
            "--bind-address=127.0.0.1:0".to_owned(),
            "--health-probe-bind-address=127.0.0.1:0".to_owned(),
            "--metrics-bind-address=127.0.0.1:0".to_owned(),
            "--log-format=json".to_owned(),
        ];
        let program = Path::new(env!("CARGO_BIN_EXE_sandbox-admission"));
        let mut process = Process::start(program, &arguments, folder.join("log"));
        let address = process.wait_until(|process| {
            let lines = process.log();
            let mut lines =
                lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.find_map(|line| line["address"].as_str().map(str::to_owned))
        });
        process.wait_until(|process| process.log().contains(READ).then_some(()));
        Self { process, address, folder }
    }

    /// Registers it as `manifests` says, and as `failurePolicy: Fail`.
    pub fn register(&self, cluster: &Cluster) {
        self.register_at(cluster, &self.address);
    }

    /// Registers another address in its stead.
    pub fn register_at(&self, cluster: &Cluster, address: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox-admission"));
        command.args(["manifests", "--only=webhooks", "--url", &format!("https://{address}")]);
        let output = command.arg("--ca-file").arg(self.folder.join("ca.crt")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let configurations = String::from_utf8(output.stdout).unwrap();
        cluster.kubectl().pipe("apply --server-side -f -", &configurations).succeeded();
    }
}
