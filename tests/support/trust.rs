//! Clients with a trust bundle.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// The certificate that a client gets when it trusts this bundle (PEM) and calls by this name. The
/// error says why it does not trust the server.
pub async fn served(
    bundle: &[u8],
    name: &'static str,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<Vec<u8>> {
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
    let connection = TlsConnector::from(Arc::new(client)).connect(name, stream).await?;
    Ok(connection.get_ref().1.peer_certificates().unwrap()[0].to_vec())
}
