//! Upstream's controller, with its extensions.

use crate::cluster::Cluster;
use crate::cluster::process::Process;
use crate::installation::Installation;

/// The namespace and the service account of its installation.
const HOME: &str = "agent-sandbox-system";
const ACCOUNT: &str = "agent-sandbox-controller";
/// The user that it is to the API server.
pub const USER: &str = "system:serviceaccount:agent-sandbox-system:agent-sandbox-controller";

/// The lines of its log when one of its four controllers starts to work.
const AT_WORK: &str = "Starting workers";

/// A running controller; dropping it kills it.
pub struct Controller(Process);

impl Controller {
    /// Starts it as its Deployment does, with the rights of its service account, and waits until it works.
    pub fn start(cluster: &Cluster, installation: &Installation) -> Self {
        let kubeconfig = cluster.kubeconfig_of(HOME, ACCOUNT);
        let arguments = [
            "--extensions".to_owned(),
            "--leader-elect=true".to_owned(),
            format!("--leader-election-namespace={HOME}"),
            format!("--kubeconfig={}", kubeconfig.display()),
            // Not served.
            "--metrics-bind-address=0".to_owned(),
            "--health-probe-bind-address=0".to_owned(),
        ];
        let log = cluster.folder().join("agent-sandbox-controller.log");
        let mut process = Process::start(&installation.controller, &arguments, log);
        process.wait_until(|process| (process.log().matches(AT_WORK).count() == 4).then_some(()));
        Self(process)
    }

    /// The number of lines that it has logged.
    pub fn lines(&self) -> usize {
        self.0.log().lines().count()
    }

    /// What webhooks told it, from a line of its log on: denials, failures and warnings.
    pub fn told(&self, from: usize) -> Vec<String> {
        let log = self.0.log();
        let told = log.lines().skip(from).filter(|line| {
            let is_refused = ["admission webhook", "calling webhook"];
            // A warning is logged as it is, and ours end with the rule's id.
            is_refused.iter().any(|it| line.contains(it)) || line.contains(r#"]","controller""#)
        });
        told.map(str::to_owned).collect()
    }
}
