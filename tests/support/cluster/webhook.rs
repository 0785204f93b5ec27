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
    /// The flags for policies and rules, the same for `serve` and `manifests`.
    configuration: Vec<String>,
}

/// The account of an installed server.
const ACCOUNT: (&str, &str) = ("sandbox-admission-system", "sandbox-admission");

impl Webhook {
    /// Starts one that follows a cluster by itself, and waits until it knows all objects.
    pub fn beside(cluster: &Cluster) -> Self {
        Self::start(cluster, cluster.kubeconfig(), Vec::new(), None)
    }

    /// The same with policies and maybe a configuration, each given as the text of a file, and with
    /// actions of rules. It has the rights that `manifests` gives to such a server, and no others.
    pub fn configured(
        cluster: &Cluster,
        policies: &str,
        config: Option<&str>,
        rules: &[&str],
    ) -> Self {
        let written = |flag: &str, text: &str| {
            let file = cluster.folder().join(format!("{flag}.yaml"));
            fs::write(&file, text).unwrap();
            format!("--{flag}={}", file.display())
        };
        let rules = rules.iter().map(|rule| format!("--rule={rule}"));
        let configuration: Vec<_> = rules.chain([written("policy", policies)]).collect();
        let mut arguments = vec!["--only=rbac"];
        arguments.extend(configuration.iter().map(String::as_str));
        let rights = manifests(&arguments);
        cluster.kubectl().pipe("apply --server-side -f -", &rights).succeeded();
        let (namespace, account) = ACCOUNT;
        let kubeconfig = cluster.kubeconfig_of(namespace, account);
        // `manifests` has no configuration file.
        let config = config.map(|text| written("config", text));
        Self::start(cluster, &kubeconfig, configuration, config)
    }

    fn start(
        cluster: &Cluster,
        kubeconfig: &Path,
        configuration: Vec<String>,
        config: Option<String>,
    ) -> Self {
        let folder = cluster.folder().join("webhook");
        fs::create_dir_all(&folder).unwrap();
        let arguments: Vec<_> = [
            "serve".to_owned(),
            format!("--kubeconfig={}", kubeconfig.display()),
            format!("--cert-dir={}", folder.display()),
            "--bind-address=127.0.0.1:0".to_owned(),
            "--health-probe-bind-address=127.0.0.1:0".to_owned(),
            "--metrics-bind-address=127.0.0.1:0".to_owned(),
            "--log-format=json".to_owned(),
        ]
        .into_iter()
        .chain(configuration.iter().cloned())
        .chain(config)
        .collect();
        let program = Path::new(env!("CARGO_BIN_EXE_sandbox-admission"));
        let mut process = Process::start(program, &arguments, folder.join("log"));
        let address = process.wait_for_address();
        process.wait_until(|process| process.log().contains(READ).then_some(()));
        Self { process, address, folder, configuration }
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
        arguments.extend(self.configuration.iter().map(String::as_str));
        let configurations = manifests(&arguments);
        cluster.kubectl().pipe("apply --server-side -f -", &configurations).succeeded();
    }
}
