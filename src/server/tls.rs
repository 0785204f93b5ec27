//! TLS for the API server, and for people with curl.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::{AlertDescription, CertificateError, ServerConfig};

/// The name of HTTP/2 in ALPN. The API server asks for it only with loopback URLs.
pub(super) const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// The configuration: TLS 1.2 and 1.3. Client certificates are asked for only where somebody judges
/// them, because the API server has none by default.
pub(super) fn config(
    certificates: Arc<dyn ResolvesServerCert>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
) -> Result<ServerConfig, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let mut config = match clients {
        None => builder.with_no_client_auth().with_cert_resolver(certificates),
        Some(clients) => {
            let mut config =
                builder.with_client_cert_verifier(clients).with_cert_resolver(certificates);
            // A session that is resumed is not verified again, and CAs may be replaced.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config
        }
    };
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    Ok(config)
}

/// Returns whether a handshake failed because the client did not like our certificate, which is
/// almost always a wrong or stale `caBundle`.
pub(super) fn client_refused_certificate(error: &io::Error) -> bool {
    matches!(
        cause(error),
        Some(rustls::Error::AlertReceived(
            AlertDescription::BadCertificate
                | AlertDescription::UnknownCA
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnsupportedCertificate
        ))
    )
}

/// The reason why we did not accept a client, if a handshake failed by its certificate or because it
/// had none.
pub(super) fn refused_client(error: &io::Error) -> Option<String> {
    match cause(error)? {
        rustls::Error::InvalidCertificate(CertificateError::Other(error)) => {
            Some(error.to_string())
        }
        error @ (rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            Some(error.to_string())
        }
        _ => None,
    }
}

fn cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|error| error.downcast_ref())
}
