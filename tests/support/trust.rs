//! Clients with a trust bundle.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The certificate that a client gets when it trusts this bundle (PEM) and calls by this name. The
/// error says why it does not trust the server.
pub async fn served(
    bundle: &[u8],
    name: &'static str,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<Vec<u8>> {
    let connection = connect(bundle, name, stream).await?;
    Ok(connection.get_ref().1.peer_certificates().unwrap()[0].to_vec())
}

/// What a client that shows no certificate gets for a request.
#[allow(dead_code, reason = "not every program of tests asks")]
pub async fn asked(
    bundle: &[u8],
    name: &'static str,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<String> {
    let mut connection = connect(bundle, name, stream).await?;
    connection.write_all(b"POST /validate HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    bundle: &[u8],
    name: &'static str,
    stream: S,
) -> io::Result<TlsStream<S>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).unwrap();
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}
