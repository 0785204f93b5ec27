//! A server that runs like a Pod of the installed Deployment.

use std::net::SocketAddr;
use std::path::Path;

use crate::cluster::free_address;
use crate::cluster::process::{Process, eventually};
use crate::service::get;

/// A running server; dropping it kills it.
pub struct Replica {
    process: Process,
    /// The address for reviews.
    pub reviews: SocketAddr,
    /// The address for probes and metrics.
    pub probes: SocketAddr,
}

impl Replica {
    /// Starts a replica with the rights of the installed service account.
    pub fn start(kubeconfig: &Path, namespace: &str, log: &Path) -> Self {
        let probes = free_address();
        let arguments = [
            "serve".to_owned(),
            format!("--kubeconfig={}", kubeconfig.display()),
            format!("--namespace={namespace}"),
            "--bind-address=127.0.0.1:0".to_owned(),
            format!("--health-probe-bind-address={probes}"),
            format!("--metrics-bind-address={probes}"),
            // Ten times as long as the Service of these tests needs to notice.
            "--shutdown-delay=2".to_owned(),
            "--log-format=json".to_owned(),
        ];
        let program = Path::new(env!("CARGO_BIN_EXE_sandbox-admission"));
        let mut process = Process::start(program, &arguments, log.to_owned());
        let reviews = process.wait_for_address().parse().unwrap();
        Self { process, reviews, probes }
    }

    /// Panics if the replica does not run any more.
    pub fn assert_alive(&mut self) {
        self.process.wait_until(|_| Some(()));
    }

    /// The value of a metric, without the decimals. `name` is without the prefix that all metrics have.
    pub fn metric(&self, name: &str) -> i64 {
        let metrics = get(self.probes, "/metrics").unwrap();
        let mut lines = metrics.lines().filter_map(|it| it.strip_prefix("sandbox_admission_"));
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = value.unwrap_or_else(|| panic!("no {name} in {metrics}"));
        value.split('.').next().unwrap().parse().unwrap()
    }

    /// Waits until the value of a metric passes a test.
    pub fn wait_for_metric(&self, name: &str, holds: impl Fn(i64) -> bool) {
        let in_time = eventually(|| holds(self.metric(name)));
        assert!(in_time, "{name} is {}", self.metric(name));
    }

    /// Ends the replica as the kubelet does.
    pub fn terminate(mut self) {
        self.process.signal("TERM");
        let status = self.process.wait();
        assert!(status.success(), "{status}: {}", self.process.log());
    }
}
