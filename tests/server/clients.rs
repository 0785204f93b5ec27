//! Who may call, where clients must show a certificate.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::StatusCode;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, SanType,
};
use sandbox_admission::certs::ClientVerifier;
use sandbox_admission::server::ServerOptions;

use super::running::{POLL, Running, options};
use crate::support::client::{Client, Identity, get, in_time};

/// A CA that signs clients.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, mut params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            certificate: certificate.der().clone(),
            key: key.serialize_der().try_into().unwrap(),
        }
    }

    /// A client by its common name.
    fn client(&self, name: &str) -> Identity {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        self.sign(params)
    }
}

/// A server that accepts the clients of a CA.
struct Guarded {
    server: Running,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Guarded {
    async fn start(authority: &Authority, names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clients.crt");
        fs::write(&file, &authority.pem).unwrap();
        let names = names.iter().map(|it| (*it).to_owned()).collect();
        let verifier = ClientVerifier::open(&file, names).unwrap();
        tokio::spawn(Arc::clone(&verifier).follow(POLL, || ()));
        let server = Running::with(ServerOptions { clients: Some(verifier), ..options() }).await;
        Self { server, file, _folder: folder }
    }

    /// Returns whether a client that shows this gets an answer.
    async fn accepts(&self, identity: Identity) -> bool {
        answers(&self.server.client.showing(identity)).await
    }
}

/// Returns whether a client gets an answer. With TLS 1.3 it only learns
/// from its first request that it was refused.
async fn answers(client: &Client) -> bool {
    let Ok(mut connection) = client.http1().await else {
        return false;
    };
    let answer = connection.post("/validate", "{}").await;
    answer.is_ok_and(|answer| answer.status == StatusCode::OK)
}

#[tokio::test]
async fn only_a_client_with_a_certificate_of_the_ca_gets_an_answer() {
    let (ours, other) = (Authority::new(), Authority::new());
    let guarded = Guarded::start(&ours, &[]).await;
    assert!(guarded.accepts(ours.client("kube-apiserver")).await);
    assert!(!guarded.accepts(other.client("kube-apiserver")).await);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = guarded.server.client.only(version);
        assert!(!answers(&client).await);
        assert!(answers(&client.showing(ours.client("kube-apiserver"))).await);
    }
    guarded.server.until("clients_refused_total", 3).await;
    assert_eq!(guarded.server.metric("tls_handshake_failures_total").await, 3);
    // The kubelet and Prometheus have no such certificate.
    assert_eq!(get(guarded.server.probes, "/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn of_the_clients_of_a_ca_only_those_with_one_of_the_names_get_an_answer() {
    let ours = Authority::new();
    let guarded = Guarded::start(&ours, &["kube-apiserver", "spiffe://cluster/apiserver"]).await;
    let alternative = |name: SanType| {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.subject_alt_names.push(name);
        ours.sign(params)
    };
    assert!(guarded.accepts(ours.client("kube-apiserver")).await);
    let dns = |name: &str| SanType::DnsName(name.try_into().unwrap());
    assert!(guarded.accepts(alternative(dns("kube-apiserver"))).await);
    let uri = SanType::URI("spiffe://cluster/apiserver".try_into().unwrap());
    assert!(guarded.accepts(alternative(uri)).await);
    for name in ["kubelet", "kube-apiserver.evil", "KUBE-APISERVER", ""] {
        assert!(!guarded.accepts(ours.client(name)).await, "{name}");
    }
    assert!(!guarded.accepts(alternative(dns("kubelet"))).await);
}

#[tokio::test]
async fn new_cas_count_from_the_next_connection_on_and_a_broken_file_changes_nothing() {
    let (first, second) = (Authority::new(), Authority::new());
    let guarded = Guarded::start(&first, &[]).await;
    let client = guarded.server.client.showing(first.client("a"));
    assert!(answers(&client).await);

    for broken in ["", "nothing to see here", "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
        replace(&guarded.file, broken);
        tokio::time::sleep(POLL * 5).await;
        assert!(answers(&client).await);
    }

    replace(&guarded.file, &second.pem);
    in_time(async { while answers(&client).await {} }).await;
    assert!(guarded.accepts(second.client("a")).await);
}

/// Replaces a file in one step, as tools that renew certificates do.
fn replace(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}

#[test]
fn a_file_without_a_usable_ca_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clients.crt");
    for (text, why) in [
        (None, "cannot read"),
        (Some(""), "no CERTIFICATE block"),
        (Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "not an X.509"),
    ] {
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let error = ClientVerifier::open(&file, Vec::new()).unwrap_err();
        let error = format!("{:#}", anyhow::Error::from(error));
        assert!(error.contains(why) && error.contains("clients.crt"), "{error}");
    }
}
