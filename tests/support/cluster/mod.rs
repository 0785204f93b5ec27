//! A real control plane: etcd, kube-apiserver and kube-controller-manager on loopback, with a kubectl.
//!
//! RBAC and the usual admission plugins are on. There are no nodes, so nothing runs in it.

pub mod audit;
mod authority;
pub mod binaries;
pub mod client;
pub mod kubectl;
pub mod process;
pub mod trial;
pub mod webhook;
pub mod webhook_client;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use audit::Write;
use authority::{Authority, Pair};
use process::Process;

pub use binaries::Binaries;
pub use kubectl::Kubectl;

/// A running control plane; dropping it stops all of it and removes its files.
pub struct Cluster {
    // Stopped in this order.
    controller_manager: Option<Process>,
    apiserver: Process,
    etcd: Process,
    kubectl: PathBuf,
    authority: Authority,
    url: String,
    kubeconfig: PathBuf,
    folder: TempDir,
}

impl Cluster {
    /// Starts one with some custom resource definitions.
    pub fn start(binaries: &Binaries, definitions: &str) -> Self {
        Self::with_controllers(tempfile::tempdir().unwrap(), binaries, definitions, &[])
    }

    /// The same without the namespace controller and the garbage collector.
    pub fn without_controllers(binaries: &Binaries, definitions: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), binaries, definitions, &[])
    }

    /// The same, whose API server has more flags, of which some may name files in `folder`.
    pub fn with_flags(
        folder: TempDir,
        binaries: &Binaries,
        definitions: &str,
        flags: &[String],
    ) -> Self {
        Self::start_in(folder, binaries, definitions, flags)
    }

    /// The same with controllers and a log of all writes, which [`Self::writes`] reads.
    pub fn audited(binaries: &Binaries, definitions: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments = audit::arguments(folder.path());
        Self::with_controllers(folder, binaries, definitions, &arguments)
    }

    fn with_controllers(
        folder: TempDir,
        binaries: &Binaries,
        definitions: &str,
        arguments: &[String],
    ) -> Self {
        let mut cluster = Self::start_in(folder, binaries, definitions, arguments);
        // It looks for kinds when it starts, and then seldom.
        let controller_manager = binaries.path("kube-controller-manager");
        if controller_manager.is_file() {
            let user = cluster.authority.client("system:kube-controller-manager", None);
            let kubeconfig = kubeconfig(&cluster.authority, &cluster.url, &user);
            let process = start_controllers(&controller_manager, cluster.folder(), &kubeconfig);
            cluster.controller_manager = Some(process);
        }
        cluster
    }

    fn start_in(
        folder: TempDir,
        binaries: &Binaries,
        definitions: &str,
        arguments: &[String],
    ) -> Self {
        let authority = Authority::new(folder.path());
        let (etcd, etcd_url) = start_etcd(binaries, folder.path());
        let (apiserver, url) =
            start_apiserver(binaries, folder.path(), &authority, &etcd_url, arguments);
        let admin = authority.client("admin", Some("system:masters"));
        let mut cluster = Self {
            controller_manager: None,
            apiserver,
            etcd,
            kubectl: binaries.path("kubectl"),
            kubeconfig: kubeconfig(&authority, &url, &admin),
            authority,
            url,
            folder,
        };
        cluster.wait_until_ready();
        cluster.install(definitions);
        cluster
    }

    /// A folder for files of tests, for as long as it runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The connection of a cluster administrator.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The connection of a service account.
    pub fn kubeconfig_of(&self, namespace: &str, account: &str) -> PathBuf {
        let token = self.kubectl().in_namespace(namespace);
        let token = token.run(&format!("create token {account}")).succeeded();
        let file = self.folder().join(format!("{namespace}-{account}.kubeconfig"));
        write_kubeconfig(&file, &self.authority, &self.url, &json!({"token": token.trim()}));
        file
    }

    /// The database of the API server.
    pub fn etcd(&self) -> &Process {
        &self.etcd
    }

    /// Ends the API server without a warning.
    pub fn kill_apiserver(&mut self) {
        self.apiserver.kill();
    }

    /// Starts it again at the same address.
    pub fn start_apiserver_again(&mut self) {
        self.apiserver.start_again();
        self.wait_until_ready();
    }

    /// A kubectl of a cluster administrator.
    pub fn kubectl(&self) -> Kubectl {
        Kubectl::new(&self.kubectl, &self.kubeconfig, self.folder.path())
    }

    /// A kubectl of a service account, in the account's namespace.
    pub fn kubectl_of(&self, namespace: &str, account: &str) -> Kubectl {
        let kubeconfig = self.kubeconfig_of(namespace, account);
        Kubectl::new(&self.kubectl, &kubeconfig, self.folder.path()).in_namespace(namespace)
    }

    /// Returns whether namespaces can be deleted and garbage can be collected; envtest's own set of
    /// binaries lacks the controller manager.
    pub fn has_controllers(&self) -> bool {
        self.controller_manager.is_some()
    }

    fn install(&self, definitions: &str) {
        self.kubectl().pipe("apply --server-side -f -", definitions).succeeded();
        self.kubectl().run("wait --for=condition=Established crd --all --timeout=30s").succeeded();
    }

    /// The calls to webhooks that failed, other than by a denial, as the API server counts them.
    pub fn failed_webhook_calls(&self) -> Vec<String> {
        let metrics = self.kubectl().run("get --raw /metrics").succeeded();
        let rejections = metrics.lines().filter(|line| {
            line.starts_with("apiserver_admission_webhook_rejection_count{")
                || line.starts_with("apiserver_admission_webhook_fail_open_count{")
        });
        rejections
            .filter(|line| !line.contains(r#"error_type="no_error""#))
            .map(str::to_owned)
            .collect()
    }

    /// The calls that an action causes, to each webhook by the first label of its name. No other test may
    /// cause any meanwhile.
    pub fn calls_during(&self, act: impl FnOnce()) -> Vec<(String, u64)> {
        let before = self.webhook_calls();
        act();
        let made = self.webhook_calls().into_iter().map(|(name, count)| {
            let earlier = before.get(&name).copied().unwrap_or_default();
            (name, count - earlier)
        });
        made.filter(|(_, count)| *count > 0).collect()
    }

    /// The number of calls that the API server made to each webhook.
    fn webhook_calls(&self) -> BTreeMap<String, u64> {
        const COUNT: &str = "apiserver_admission_webhook_request_total{";
        let metrics = self.kubectl().run("get --raw /metrics").succeeded();
        let mut calls = BTreeMap::new();
        for line in metrics.lines().filter(|line| line.starts_with(COUNT)) {
            let (_, name) = line.split_once(r#"name=""#).unwrap();
            let (label, _) = name.split_once('.').unwrap();
            let (_, count) = line.rsplit_once(' ').unwrap();
            *calls.entry(label.to_owned()).or_default() += count.parse::<u64>().unwrap();
        }
        calls
    }

    /// The writes of a user in a namespace, and how they ended; of an [audited](Self::audited) cluster.
    pub fn writes(&self, user: &str, namespace: &str) -> Vec<Write> {
        let of = |write: &Write| write.user == user && write.namespace == namespace;
        audit::read(self.folder()).into_iter().filter(of).collect()
    }

    fn wait_until_ready(&mut self) {
        let kubectl = self.kubectl();
        self.apiserver.wait_until(|_| {
            let ready = kubectl.run("get --raw /readyz").code == 0;
            ready.then_some(())
        });
    }
}

/// This repository's definitions of the four snapshot kinds.
pub fn snapshot_definitions() -> String {
    let files = fs::read_dir(repository().join("manifests/crds")).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    texts.collect::<Vec<_>>().join("---\n")
}

/// This repository's small definition of Sandbox.
pub fn sandbox_definition() -> String {
    fs::read_to_string(repository().join("manifests/sandbox-crd.yaml")).unwrap()
}

/// The output of `sandbox-admission manifests`.
pub fn manifests(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox-admission"));
    let output = command.arg("manifests").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn start_etcd(binaries: &Binaries, folder: &Path) -> (Process, String) {
    let (clients, peers) =
        (format!("http://{}", free_address()), format!("http://{}", free_address()));
    let arguments = [
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // Nothing of it may outlive the tests.
        "--unsafe-no-fsync".to_owned(),
    ];
    (Process::start(&binaries.path("etcd"), &arguments, folder.join("etcd.log")), clients)
}

fn start_apiserver(
    binaries: &Binaries,
    folder: &Path,
    authority: &Authority,
    etcd: &str,
    more: &[String],
) -> (Process, String) {
    let address = free_address();
    let serving = authority.server("kube-apiserver");
    let service_accounts = authority.key_pair("service-accounts");
    let arguments = [
        format!("--etcd-servers={etcd}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        format!("--secure-port={}", address.port()),
        format!("--tls-cert-file={}", serving.certificate.display()),
        format!("--tls-private-key-file={}", serving.key.display()),
        format!("--client-ca-file={}", authority.certificate().display()),
        "--service-account-issuer=https://localhost".to_owned(),
        format!("--service-account-key-file={}", service_accounts.certificate.display()),
        format!("--service-account-signing-key-file={}", service_accounts.key.display()),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        // These two need controllers that do not run here.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
    ];
    let arguments = [&arguments[..], more].concat();
    let program = binaries.path("kube-apiserver");
    let process = Process::start(&program, &arguments, folder.join("kube-apiserver.log"));
    (process, format!("https://{address}"))
}

/// The namespace controller and the garbage collector, as themselves: in-use protection knows them
/// by name.
fn start_controllers(program: &Path, folder: &Path, kubeconfig: &Path) -> Process {
    let arguments = [
        format!("--kubeconfig={}", kubeconfig.display()),
        "--controllers=namespace-controller,garbage-collector-controller".to_owned(),
        "--use-service-account-credentials=true".to_owned(),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
    ];
    let log = folder.join("kube-controller-manager.log");
    Process::start(program, &arguments, log)
}

/// The connection as a user, in a file next to the user's key.
fn kubeconfig(authority: &Authority, url: &str, user: &Pair) -> PathBuf {
    let file = user.key.with_extension("kubeconfig");
    let user = json!({"client-certificate": user.certificate, "client-key": user.key});
    write_kubeconfig(&file, authority, url, &user);
    file
}

fn write_kubeconfig(file: &Path, authority: &Authority, url: &str, user: &Value) {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "envtest", "cluster": {
            "server": url,
            "certificate-authority": authority.certificate(),
        }}],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "envtest", "context": {"cluster": "envtest", "user": "user"}}],
        "current-context": "envtest",
    });
    fs::write(file, config.to_string()).unwrap();
}

/// Free at this moment, and not handed out again by the system for a while.
pub fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
