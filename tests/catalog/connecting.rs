//! The choice of the cluster, and the messages when there is none, from the real binary.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

fn serve() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox-admission"));
    command.arg("serve").env_remove("KUBECONFIG").env_remove("KUBERNETES_SERVICE_HOST");
    command
}

/// The error of a server that does not start.
fn error(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

/// A kubeconfig for an API server that is not there.
fn nowhere(folder: &Path) -> String {
    let file = folder.join("kubeconfig");
    let text = "apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]
users: [{name: u, user: {}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
";
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn without_files_and_without_a_cluster_it_says_what_to_give() {
    let error = error(&mut serve());
    assert!(error.contains("--kubeconfig FILE") && error.contains("--catalog PATH"), "{error}");
}

#[test]
fn a_kubeconfig_that_is_of_no_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.yaml");
    let argument = file.display().to_string();
    let missing = error(serve().args(["--kubeconfig", &argument]));
    assert!(missing.contains("broken.yaml") && missing.contains("No such file"), "{missing}");
    fs::write(&file, "clusters: {").unwrap();
    let broken = error(serve().args(["--kubeconfig", &argument]));
    assert!(broken.contains("broken.yaml"), "{broken}");
    let broken = error(serve().env("KUBECONFIG", &argument));
    assert!(broken.contains("KUBECONFIG"), "{broken}");
}

#[test]
fn files_and_a_cluster_at_once_are_refused() {
    let error = error(serve().args(["--catalog", "examples/catalog", "--kubeconfig", "any"]));
    assert!(error.contains("cannot be used with"), "{error}");
}

/// A server, killed when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_whose_cluster_is_out_of_reach_is_not_ready_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let log = folder.path().join("log");
    let child = serve()
        .args(["--kubeconfig", &nowhere(folder.path()), "--bind-address=127.0.0.1:0"])
        .arg(format!("--cert-dir={}", folder.path().display()))
        .arg(format!("--health-probe-bind-address={free}"))
        .arg(format!("--metrics-bind-address={free}"))
        .stderr(Stdio::from(fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let _server = Server(child);
    let wanted = "not read from the cluster yet: sandboxes, snapshotclasses, snapshotclaims, \
        snapshotclaimtemplates, snapshotproviders";
    let mut page = String::new();
    for _ in 0..500 {
        page = get(free, "/readyz");
        if page.ends_with(wanted) {
            break;
        }
        sleep(Duration::from_millis(20));
    }
    assert!(page.starts_with("HTTP/1.1 503") && page.ends_with(wanted), "{page}");
    // The second failure of each is not logged again.
    sleep(Duration::from_secs(2));
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("cannot follow sandboxes").count(), 1, "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    let failures = "sandbox_admission_catalog_reloads_total{result=\"failure\"} ";
    let metrics = get(free, "/metrics");
    let count = metrics.lines().find_map(|line| line.strip_prefix(failures)).unwrap();
    assert!(count.parse::<u32>().unwrap() >= 5, "{count}");
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_to_string(&mut answer).unwrap();
    }
    answer
}
