//! Our server, next to a cluster.

use std::fs;
use std::path::{Path, PathBuf};

use super::process::Process;
use super::{Cluster, manifests};

/// The line of the log when all kinds have been read from the cluster.
const READ: &str = "everything was read from the cluster";

/// A running server; dropping it stops it.
pub struct Webhook {
    process: Process,
    address: String,
    folder: PathBuf,
    /// The flag that names them.
    policies: Option<String>,
}

impl Webhook {
    /// Starts one that follows a cluster by itself, and waits until it knows all objects.
    pub fn beside(cluster: &Cluster) -> Self {
        Self::with(cluster, None, None)
    }

    /// The same with policies and a configuration, each given as the text of a file.
    pub fn with(cluster: &Cluster, policies: Option<&str>, config: Option<&str>) -> Self {
        let folder = cluster.folder().join("webhook");
        fs::create_dir_all(&folder).unwrap();
        let written = |flag: &str, text: &str| {
            let file = folder.join(format!("{flag}.yaml"));
            fs::write(&file, text).unwrap();
            format!("--{flag}={}", file.display())
        };
        let policies = policies.map(|text| written("policy", text));
        let config = config.map(|text| written("config", text));
        let arguments: Vec<_> = [
            "serve".to_owned(),
            format!("--kubeconfig={}", cluster.kubeconfig().display()),
            format!("--cert-dir={}", folder.display()),
            "--bind-address=127.0.0.1:0".to_owned(),
            "--health-probe-bind-address=127.0.0.1:0".to_owned(),
            "--metrics-bind-address=127.0.0.1:0".to_owned(),
            "--log-format=json".to_owned(),
        ]
        .into_iter()
        .chain(policies.clone())
        .chain(config)
        .collect();
        let program = Path::new(env!("CARGO_BIN_EXE_sandbox-admission"));
        let mut process = Process::start(program, &arguments, folder.join("log"));
        let address = process.wait_for_address();
        process.wait_until(|process| process.log().contains(READ).then_some(()));
        Self { process, address, folder, policies }
    }

    /// Registers it as `manifests` says, and as `failurePolicy: Fail`.
    pub fn register(&self, cluster: &Cluster) {
        self.register_at(cluster, &self.address);
    }

    /// Registers another address instead.
    pub fn register_at(&self, cluster: &Cluster, address: &str) {
        let url = format!("--url=https://{address}");
        let authority = format!("--ca-file={}", self.folder.join("ca.crt").display());
        let mut arguments = vec!["--only=webhooks", &url, &authority];
        arguments.extend(self.policies.as_deref());
        let configurations = manifests(&arguments);
        cluster.kubectl().pipe("apply --server-side -f -", &configurations).succeeded();
    }
}
