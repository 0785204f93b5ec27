//! Replicas, and clients that check them.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sandbox_admission::certs::cluster::{CertificateReport, ObjectNames, Timing, keep};
use sandbox_admission::certs::{Certificates, SubjectNames, new_ca, new_serving};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

use super::fake::{Fake, MUTATING, SECRET, VALIDATING};
use crate::support::trust;

pub const NAME: &str = "webhook.agents.svc";

/// A replica; dropping it stops it.
pub struct Replica {
    pub certificates: Arc<Certificates>,
    pub failures: Arc<AtomicUsize>,
    /// The number of times that it began to use a certificate.
    pub replaced: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Replica {
    pub fn start(fake: &Fake) -> Self {
        let objects = ObjectNames {
            namespace: "agents".to_owned(),
            service: "webhook".to_owned(),
            secret: "shared".to_owned(),
            mutating: "ours".to_owned(),
            validating: "ours".to_owned(),
        };
        let certificates = Certificates::none_yet();
        let (failures, replaced) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let counts = (Arc::clone(&failures), Arc::clone(&replaced));
        let report = move |report: CertificateReport<'_>| {
            let count = match report {
                CertificateReport::Failed => &counts.0,
                CertificateReport::Serving(_) => &counts.1,
            };
            count.fetch_add(1, Ordering::Relaxed);
        };
        let keep =
            keep(fake.client(), objects, Timing::default(), Arc::clone(&certificates), report);
        Self { certificates, failures, replaced, task: tokio::spawn(keep) }
    }

    pub fn is_ready(&self) -> bool {
        self.certificates.not_ready(SystemTime::now()).is_none()
    }

    pub fn failures(&self) -> usize {
        self.failures.load(Ordering::Relaxed)
    }

    pub fn replaced(&self) -> usize {
        self.replaced.load(Ordering::Relaxed)
    }

    /// The certificate that a client gets who trusts this bundle; `None` if the client rejects it.
    pub async fn served(&self, bundle: &[u8]) -> Option<Vec<u8>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.certificates) as _);
        let (near, far) = tokio::io::duplex(1 << 16);
        let accept = TlsAcceptor::from(Arc::new(server)).accept(far);
        let (accepted, _) = tokio::join!(trust::served(bundle, NAME, near), accept);
        accepted.ok()
    }
}

/// Waits until a condition holds; the paused clock jumps forward meanwhile.
pub async fn until(mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_mins(20), "it never came to hold");
        sleep(Duration::from_millis(5)).await;
    }
}

/// The bundle that a webhook trusts.
pub fn bundle(fake: &Fake, path: &str, webhook: usize) -> Option<Vec<u8>> {
    let configuration = fake.get(path)?;
    let bundle = configuration["webhooks"][webhook]["clientConfig"]["caBundle"].as_str()?;
    Some(BASE64.decode(bundle).unwrap())
}

/// The data of the Secret under a key.
pub fn secret(fake: &Fake, key: &str) -> Option<Vec<u8>> {
    fake.get(SECRET)?["data"][key].as_str().map(|value| BASE64.decode(value).unwrap())
}

/// The number of CAs in a bundle.
pub fn cas(bundle: &[u8]) -> usize {
    CertificateDer::pem_slice_iter(bundle).count()
}

/// Returns whether both configurations trust the CAs in the Secret.
pub fn is_published(fake: &Fake) -> bool {
    let shared = secret(fake, "ca.crt");
    shared.is_some() && [MUTATING, VALIDATING].iter().all(|path| bundle(fake, path, 0) == shared)
}

/// Two running replicas that have nothing left to do.
pub async fn settled() -> (Fake, [Replica; 2]) {
    let fake = Fake::registered();
    let replicas = [Replica::start(&fake), Replica::start(&fake)];
    until(|| is_published(&fake) && replicas.iter().all(Replica::is_ready)).await;
    (fake, replicas)
}

/// Returns whether a client that trusts the published CAs gets the Secret's certificate from each replica.
pub async fn all_serve_the_secret(fake: &Fake, replicas: &[Replica]) -> bool {
    let shared = secret(fake, "tls.crt").unwrap();
    let shared = CertificateDer::from_pem_slice(&shared).unwrap();
    for replica in replicas {
        for path in [MUTATING, VALIDATING] {
            let trusted = bundle(fake, path, 0).unwrap_or_default();
            if replica.served(&trusted).await.as_deref() != Some(&shared) {
                return false;
            }
        }
    }
    true
}

/// A Secret with a CA for ten years and a certificate for one, each made a number of days ago.
pub fn made(ca_age: u64, age: u64) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let days_ago = |days| SystemTime::now() - Duration::from_hours(24 * days);
    let names =
        SubjectNames { dns: vec![NAME.into(), format!("{NAME}.cluster.local")], ip: vec![] };
    new_ca(folder.path(), days_ago(ca_age)).unwrap();
    new_serving(folder.path(), &names, days_ago(age)).unwrap();
    let file = |name: &str| BASE64.encode(fs::read(folder.path().join(name)).unwrap());
    let data = ["ca.crt", "ca.key", "tls.crt", "tls.key"].map(|name| (name.to_owned(), file(name)));
    let data: BTreeMap<_, _> = data.into();
    json!({"metadata": {"name": "shared"}, "type": "kubernetes.io/tls", "data": data})
}
