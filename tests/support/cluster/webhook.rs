//! Our server, beside a cluster.

use std::fs;
use std::path::{Path, PathBuf};

use super::process::Process;
use super::{Cluster, manifests};

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
        let address = process.wait_for_address();
        process.wait_until(|process| process.log().contains(READ).then_some(()));
        Self { process, address, folder }
    }

    /// Registers it as `manifests` says, and as `failurePolicy: Fail`.
    pub fn register(&self, cluster: &Cluster) {
        self.register_at(cluster, &self.address);
    }

    /// Registers another address in its stead.
    pub fn register_at(&self, cluster: &Cluster, address: &str) {
        let url = format!("--url=https://{address}");
        let authority = format!("--ca-file={}", self.folder.join("ca.crt").display());
        let configurations = manifests(&["--only=webhooks", &url, &authority]);
        cluster.kubectl().pipe("apply --server-side -f -", &configurations).succeeded();
    }
}
