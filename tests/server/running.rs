//! A server for one test.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use sandbox_admission::admission::Phase;
use sandbox_admission::certs::{
    CertificateFiles, Certificates, ServingCertificate, SubjectNames, ensure, watch,
};
use sandbox_admission::server::{Handler, Metrics, Server, ServerError, ServerOptions, Timings};
use sandbox_admission::webhook::{Caller, Outcome, Reply, Verdict};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep};

use crate::support::client::{Client, get, in_time};

/// Times much shorter than the defaults, and different enough that a test can tell which one it was.
pub const TIMINGS: Timings = Timings {
    handshake: Duration::from_millis(300),
    first_request: Duration::from_millis(300),
    head: Duration::from_millis(300),
    body: Duration::from_secs(2),
    idle: Duration::from_millis(1200),
    drain: Duration::from_millis(200),
    max_age: Duration::from_mins(1),
    page: Duration::from_secs(1),
};

/// The interval at which certificate files are checked for changes.
pub const POLL: Duration = Duration::from_millis(20);

/// Answers with the length of the body, except to a few bodies that ask for another behaviour.
#[derive(Default)]
pub struct Stub {
    pub not_ready: AtomicBool,
}

impl Handler for Stub {
    async fn review(
        self: Arc<Self>,
        phase: Phase,
        body: Bytes,
        Caller { until, .. }: Caller,
    ) -> (Reply, Outcome) {
        let reply = match &body[..] {
            b"panic" => panic!("as asked"),
            b"panic later" => {
                yield_now().await;
                panic!("as asked")
            }
            b"due" => {
                let left = until.duration_since(Instant::now()).as_millis();
                Reply::Review(left.to_string().into_bytes())
            }
            b"block" => {
                thread::sleep(Duration::from_millis(300));
                Reply::Review(b"{}".to_vec())
            }
            b"wait" => {
                sleep(Duration::from_millis(300)).await;
                Reply::Review(b"{}".to_vec())
            }
            b"nonsense" => Reply::NotAReview("no review".to_owned()),
            b"undecided" => Reply::Undecided("cannot tell".to_owned()),
            _ => Reply::Review(format!("{{\"{phase:?}\":{}}}", body.len()).into_bytes()),
        };
        (reply, Outcome { verdict: Verdict::Allowed, ..Outcome::default() })
    }

    fn not_ready(&self) -> Option<String> {
        self.not_ready.load(Ordering::Relaxed).then(|| "the catalog is not read yet".to_owned())
    }
}

/// A running server; dropping it stops it.
pub struct Running {
    pub address: SocketAddr,
    pub probes: SocketAddr,
    pub stub: Arc<Stub>,
    pub client: Client,
    pub signals: mpsc::Sender<()>,
    pub ended: JoinHandle<Result<(), ServerError>>,
    folder: tempfile::TempDir,
}

/// The options that most tests want.
pub fn options() -> ServerOptions {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    ServerOptions {
        address: any_port,
        health_address: Some(any_port),
        metrics_address: Some(any_port),
        workers: NonZeroUsize::new(2).unwrap(),
        shutdown_delay: Duration::ZERO,
        drain_timeout: Duration::from_secs(3),
        timings: TIMINGS,
        ..ServerOptions::default()
    }
}

impl Running {
    pub async fn start() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: ServerOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        ensure(folder.path(), &SubjectNames::default(), SystemTime::now()).unwrap();
        let path = folder.path().to_owned();
        Self::with_certificates(options, folder, &path).await
    }

    /// Starts a server with the certificate in `path`, somewhere in `folder`, and follows changes there.
    pub async fn with_certificates(
        options: ServerOptions,
        folder: tempfile::TempDir,
        path: &Path,
    ) -> Self {
        let metrics = Arc::new(Metrics::new(&[], "test"));
        let files = CertificateFiles::in_folder(path);
        let certificate = files.load().unwrap();
        let certificates = Certificates::new(&certificate);
        let counted = Arc::clone(&metrics);
        tokio::spawn(watch(files, Arc::clone(&certificates), certificate, POLL, move |result| {
            match result.map(ServingCertificate::not_after) {
                Ok(not_after) => counted.certificate_loaded(not_after),
                Err(_) => counted.certificate_failed(),
            }
        }));
        let stub = Arc::new(Stub::default());
        let server = Server::bind(options, certificates, Arc::clone(&stub), metrics).await.unwrap();
        let address = server.address().unwrap();
        let probes = server.probe_addresses().unwrap()[0];
        let (signals, received) = mpsc::channel(2);
        let ended = tokio::spawn(server.run(received));
        let client = Client::new(address, path);
        Self { address, probes, stub, client, signals, ended, folder }
    }

    /// The folder of its certificates.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The value of a metric without labels, or with these.
    pub async fn metric(&self, name: &str) -> u64 {
        let page = get(self.probes, "/metrics").await;
        let start = format!("sandbox_admission_{name} ");
        let line = page.text().lines().find(|line| line.starts_with(&start));
        line.unwrap_or_else(|| panic!("no {name}"))[start.len()..].parse().unwrap()
    }

    /// Waits until a metric has a value.
    pub async fn until(&self, name: &str, value: u64) {
        in_time(async { while self.metric(name).await != value {} }).await;
    }

    pub async fn signal(&self) {
        self.signals.send(()).await.unwrap();
    }

    /// Waits until [`Server::run`] returns.
    pub async fn end(self) {
        in_time(self.ended).await.unwrap().unwrap();
    }
}
