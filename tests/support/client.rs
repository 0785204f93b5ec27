//! A client for tests: HTTPS that trusts one CA, over HTTP/1.1, HTTP/2, or byte by byte.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// No test waits longer than this for one thing.
const PATIENCE: Duration = Duration::from_secs(5);

/// The response.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub version: Version,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// A header's value, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Opens connections to one server; sessions are not resumed.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    roots: Arc<RootCertStore>,
    versions: Vec<&'static SupportedProtocolVersion>,
    shown: Option<Arc<Identity>>,
    from: IpAddr,
}

/// A certificate that a client shows, and its key.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
}

impl Client {
    /// Trusts the CA in `folder/ca.crt`.
    pub fn new(address: SocketAddr, folder: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(folder.join("ca.crt")).unwrap()).unwrap();
        Self {
            address,
            roots: Arc::new(roots),
            versions: rustls::DEFAULT_VERSIONS.to_vec(),
            shown: None,
            from: Ipv4Addr::LOCALHOST.into(),
        }
    }

    /// Connects from another address of this machine: for the server it is another client.
    pub fn from(&self, address: impl Into<IpAddr>) -> Self {
        Self { from: address.into(), ..self.clone() }
    }

    /// A connection without TLS, on which nothing has been said yet.
    pub async fn dial(&self) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((self.from, 0).into())?;
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Speaks this version of TLS alone.
    pub fn only(&self, version: &'static SupportedProtocolVersion) -> Self {
        Self { versions: vec![version], ..self.clone() }
    }

    /// Shows this certificate.
    pub fn showing(&self, identity: Identity) -> Self {
        Self { shown: Some(Arc::new(identity)), ..self.clone() }
    }

    /// A connection that offers these protocols by ALPN.
    pub async fn connect(&self, protocols: &[&str]) -> io::Result<TlsStream<TcpStream>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_root_certificates(Arc::clone(&self.roots));
        let mut config = match self.shown.as_deref() {
            None => config.with_no_client_auth(),
            Some(Identity { certificate, key }) => {
                config.with_client_auth_cert(vec![certificate.clone()], key.clone_key()).unwrap()
            }
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = self.dial().await?;
        let name = ServerName::try_from("localhost").unwrap();
        in_time(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
    }

    pub async fn http1(&self) -> io::Result<Http1> {
        let stream = self.connect(&["http/1.1"]).await?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Http1 { sender })
    }

    pub async fn http2(&self) -> io::Result<Http2> {
        let stream = self.connect(&["h2"]).await?;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Http2 { sender })
    }
}

/// One HTTP/1.1 connection, kept alive.
pub struct Http1 {
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Http1 {
    pub async fn post(&mut self, path: &str, body: impl Into<Bytes>) -> hyper::Result<Answer> {
        self.send(Method::POST, path, body).await
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> hyper::Result<Answer> {
        let request = Request::builder().method(method).uri(path).header(HOST, "localhost");
        let request = request.body(Full::new(body.into())).unwrap();
        in_time(async {
            self.sender.ready().await?;
            collect(self.sender.send_request(request).await?).await
        })
        .await
    }

    /// Returns whether the server has kept it open.
    pub fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }
}

/// One HTTP/2 connection.
#[derive(Clone)]
pub struct Http2 {
    sender: http2::SendRequest<Full<Bytes>>,
}

impl Http2 {
    pub async fn post(&mut self, path: &str, body: impl Into<Bytes>) -> hyper::Result<Answer> {
        let uri = format!("https://localhost{path}");
        let request = Request::post(uri).body(Full::new(body.into())).unwrap();
        in_time(async { collect(self.sender.send_request(request).await?).await }).await
    }

    /// Returns whether the server has kept it open.
    pub fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }
}

/// Plain HTTP, for the probes.
pub async fn get(address: SocketAddr, path: &str) -> Answer {
    in_time(try_get(address, path)).await.unwrap()
}

/// The same where there may be no answer.
pub async fn try_get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    let stream = TcpStream::connect(address).await?;
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(io::Error::other)?;
    tokio::spawn(connection);
    let request = Request::get(path).header(HOST, "localhost").body(Full::<Bytes>::default());
    let answer = sender.send_request(request.unwrap()).await.map_err(io::Error::other)?;
    collect(answer).await.map_err(io::Error::other)
}

/// The head of a request whose body is written by hand.
pub fn head(path: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\n{HOST}: localhost\r\n{CONTENT_LENGTH}: {length}\r\n\r\n")
}

/// Writes and flushes.
pub async fn write(stream: &mut TlsStream<TcpStream>, bytes: impl AsRef<[u8]>) {
    stream.write_all(bytes.as_ref()).await.unwrap();
    stream.flush().await.unwrap();
}

/// The bytes that the server sends until it closes the connection, politely or not.
pub async fn read_to_end(stream: &mut TlsStream<TcpStream>) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut ends here as well.
    let _ = in_time(stream.read_to_end(&mut bytes)).await;
    String::from_utf8(bytes).unwrap()
}

/// The next bytes that the server sends.
pub async fn read_some(stream: &mut TlsStream<TcpStream>) -> String {
    let mut bytes = vec![0; 4096];
    let read = in_time(stream.read(&mut bytes)).await.unwrap();
    String::from_utf8(bytes[..read].to_vec()).unwrap()
}

pub async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("took too long")
}

async fn collect(response: hyper::Response<hyper::body::Incoming>) -> hyper::Result<Answer> {
    let (head, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Answer { status: head.status, version: head.version, headers: head.headers, body })
}
