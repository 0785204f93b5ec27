//! The real binary over HTTPS. What needs a stub handler or short timings is in `tests/server/`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use hyper::{Method, Version};
use sandbox_admission::admission::Phase;
use sandbox_admission::certs::{self, SubjectNames};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::client::{Answer, Client};
use crate::support::process::{PROGRAM, Server};
use crate::support::replace::replace;
use crate::support::samples::{self, Sample};

const CATALOG: &str = "examples/catalog";

fn sample(name: &str) -> Vec<u8> {
    Sample::read(&Path::new(samples::FOLDER).join(name)).body
}

fn start(certificates: &TempDir, more: &[&str]) -> (Server, Client) {
    let server = Server::start(Path::new(CATALOG), certificates.path(), more);
    let client = Client::new(server.address, certificates.path());
    (server, client)
}

fn review(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn everything_that_a_real_api_server_sent_is_answered() {
    let certificates = tempfile::tempdir().unwrap();
    let (_server, client) = start(&certificates, &[]);
    let mut http1 = client.http1().await.unwrap();
    let mut http2 = client.http2().await.unwrap();
    let samples = samples::all();
    assert_eq!(samples.len(), 38);
    for Sample { file: name, phase, body } in samples {
        let path = match phase {
            Phase::Mutating => "/mutate?timeout=7s",
            Phase::Validating => "/validate?timeout=7s",
        };
        let uid = serde_json::from_slice::<Value>(&body).unwrap()["request"]["uid"].clone();
        let answer = http1.post(path, body.clone()).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.version), (200, Version::HTTP_11), "{name}");
        assert_eq!(review(&answer)["response"]["uid"], uid, "{name}");
        assert!(review(&answer)["response"]["allowed"].is_boolean(), "{name}");
        let again = http2.post(path, body).await.unwrap();
        assert_eq!((again.status.as_u16(), again.version), (200, Version::HTTP_2), "{name}");
        assert_eq!(again.body, answer.body, "{name}");
    }
}

#[tokio::test]
async fn what_is_no_review_is_refused_in_words_and_the_next_request_works() {
    let certificates = tempfile::tempdir().unwrap();
    let (_server, client) = start(&certificates, &[]);
    let mut http = client.http1().await.unwrap();
    let old = json!({"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview"});
    for (body, says) in [
        ("{".to_owned(), "not an AdmissionReview: EOF"),
        ("[]".to_owned(), "not an AdmissionReview"),
        (old.to_string(), "admissionReviewVersions"),
        (r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#.to_owned(), "request"),
    ] {
        let answer = http.post("/validate", body.clone()).await.unwrap();
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text().contains(says), "{body}: {}", answer.text());
    }
    let answer = http.send(Method::GET, "/validate", "").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    assert_eq!(http.post("/", "").await.unwrap().status, 404);
    let answer = http.post("/validate", sample("validate-Sandbox-CREATE-apply.json")).await;
    assert_eq!(answer.unwrap().status, 200);
    let mut http = client.http1().await.unwrap();
    assert_eq!(http.post("/validate", vec![b' '; (8 << 20) + 1]).await.unwrap().status, 413);
}

#[tokio::test]
async fn a_kind_that_is_not_ours_is_allowed_with_a_warning() {
    let certificates = tempfile::tempdir().unwrap();
    let (_server, client) = start(&certificates, &[]);
    let mut http = client.http1().await.unwrap();
    let body = String::from_utf8(sample("validate-Sandbox-CREATE-apply.json")).unwrap();
    let body = body.replace("\"kind\":\"Sandbox\"", "\"kind\":\"SandboxClaim\"");
    let response = &review(&http.post("/validate", body).await.unwrap())["response"];
    assert_eq!(response["allowed"], true);
    assert!(response["warnings"][0].as_str().unwrap().contains("SandboxClaim"), "{response}");
}

#[test]
fn certificates_are_made_where_there_are_none_and_keys_are_private() {
    let certificates = tempfile::tempdir().unwrap();
    let folder = certificates.path().join("new");
    let _server = Server::start(Path::new(CATALOG), &folder, &["--dns-name", "a.b.svc"]);
    for (file, mode) in
        [("ca.crt", 0o644), ("tls.crt", 0o644), ("ca.key", 0o600), ("tls.key", 0o600)]
    {
        let metadata = fs::metadata(folder.join(file)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{file}");
    }
}

/// Sends reviews over connections of their own until it is stopped; returns how many were answered.
/// A connection that the server ends properly is replaced, as Go's client does.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(client: &Client) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let clients = (0..4).map(|_| {
            let (client, stop) = (client.clone(), Arc::clone(&stop));
            let answered = Arc::clone(&answered);
            tokio::spawn(async move {
                let body = sample("validate-Sandbox-UPDATE-keepalive.json");
                let mut http = client.http1().await.unwrap();
                while !stop.load(Ordering::Relaxed) {
                    let answer = http.post("/validate?timeout=5s", body.clone()).await.unwrap();
                    assert_eq!(answer.status, 200);
                    answered.fetch_add(1, Ordering::Relaxed);
                    if answer.header("connection") == "close" {
                        http = client.http1().await.unwrap();
                    }
                }
            })
        });
        Self { clients: clients.collect(), stop, answered }
    }

    /// Waits until some more requests are answered.
    async fn more(&self) {
        let before = self.answered.load(Ordering::Relaxed);
        let start = Instant::now();
        while self.answered.load(Ordering::Relaxed) < before + 50 {
            assert!(start.elapsed() < Duration::from_secs(20), "no answers");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends it; a request that failed fails the test here.
    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_new_certificate_is_taken_under_load_without_a_failed_request() {
    let certificates = tempfile::tempdir().unwrap();
    let (server, client) = start(&certificates, &["--reload-interval", "0.05"]);
    let load = Load::start(&client);
    load.more().await;

    let other = tempfile::tempdir().unwrap();
    certs::ensure(other.path(), &SubjectNames::default(), SystemTime::now()).unwrap();
    let renewed = Client::new(server.address, other.path());
    for file in ["tls.key", "tls.crt"] {
        let new = certificates.path().join(format!("{file}.new"));
        fs::copy(other.path().join(file), &new).unwrap();
        fs::rename(new, certificates.path().join(file)).unwrap();
    }
    let start = Instant::now();
    while renewed.http1().await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "the old certificate is still served");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    load.more().await;
    load.end().await;
}

#[tokio::test]
async fn it_leaves_under_load_without_a_failed_request_and_exits_with_0() {
    let certificates = tempfile::tempdir().unwrap();
    let (server, client) = start(&certificates, &["--shutdown-delay", "5"]);
    let load = Load::start(&client);
    load.more().await;
    server.terminate();
    // It goes on accepting, and answers say that their connection ends. Until the clients stop they
    // need a connection for each request: a busy machine needs more than a second for that.
    load.more().await;
    load.end().await;
    let ended = tokio::task::spawn_blocking(|| server.wait());
    assert_eq!(ended.await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_changed_catalog_is_taken_and_a_broken_one_keeps_the_last_good_state() {
    let (certificates, catalog) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = catalog.path().join("classes.yaml");
    let class = |name: &str| {
        format!(
            "apiVersion: agents.x-k8s.io/v1beta1\nkind: SnapshotClass\nmetadata: {{name: {name}}}\n"
        )
    };
    fs::write(&file, class("other")).unwrap();
    let server = Server::start(catalog.path(), certificates.path(), &["--reload-interval", "0.05"]);
    let mut http = Client::new(server.address, certificates.path()).http1().await.unwrap();
    let body = sample("validate-SnapshotClaim-CREATE-claim.json");
    let first = http.post("/validate", body.clone()).await.unwrap();
    assert_eq!(review(&first)["response"]["allowed"], false, "its class does not exist");

    replace(&file, class("gvisor-fast"));
    let start = Instant::now();
    while review(&http.post("/validate", body.clone()).await.unwrap())["response"]["allowed"]
        != true
    {
        assert!(start.elapsed() < Duration::from_secs(10), "the catalog is not read again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    replace(&file, "kind: [");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(review(&http.post("/validate", body).await.unwrap())["response"]["allowed"], true);
}

#[test]
fn what_cannot_start_says_why_and_exits_with_2() {
    let certificates = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = certificates.path().to_str().unwrap();
    let free = "127.0.0.1:0";
    for (arguments, says) in [
        (vec!["--catalog", "nowhere"], "nowhere"),
        (vec!["--catalog", CATALOG, "--bind-address", &address], &*address),
        (vec!["--catalog", CATALOG, "--rule", "hibernate-ignord=off"], "did you mean"),
        (vec!["--catalog", CATALOG, "--config", "Cargo.toml"], "Cargo.toml:"),
    ] {
        let mut command = Command::new(PROGRAM);
        command.arg("serve").args(["--cert-dir", folder]);
        command.args(["--health-probe-bind-address", free, "--metrics-bind-address", free]);
        let output = command.args(&arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
}
