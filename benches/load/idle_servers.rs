//! Servers that read a review and always give the same answer: the cost without any decision.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use sandbox_admission::admission::Phase;
use sandbox_admission::admission::{self, Operation};
use sandbox_admission::api;
use sandbox_admission::certs::{CertificateFiles, Certificates};
use sandbox_admission::server::{Handler, Metrics, Server, ServerOptions};
use sandbox_admission::webhook::{Caller, Outcome, Reply, Verdict};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

use crate::process::Contender;

/// The server that the command line asks this process to be.
pub fn asked_for(arguments: &[String]) -> Option<(Contender, &[String])> {
    let (name, rest) = arguments.split_first()?;
    let mut idle = [Contender::Constant, Contender::Bare].into_iter();
    Some((idle.find(|contender| contender.name() == name)?, rest))
}

/// Serves until it is killed.
pub fn serve(contender: Contender, arguments: &[String]) {
    let [address, folder] = arguments else { panic!("an address and a folder are wanted") };
    let address = address.parse().unwrap();
    let certificates =
        Certificates::new(&CertificateFiles::in_folder(Path::new(folder)).load().unwrap());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    if contender == Contender::Bare {
        LocalSet::new().block_on(&runtime, bare(address, certificates));
    } else {
        runtime.block_on(constant(address, certificates));
    }
}

fn answer() -> Vec<u8> {
    admission::Response::default().encode("258c30c3-c270-4038-884a-3d5590adccf4").unwrap()
}

struct Constant(Vec<u8>);

impl Handler for Constant {
    async fn review(self: Arc<Self>, _: Phase, _: Bytes, _: Caller) -> (Reply, Outcome) {
        let outcome = Outcome {
            kind: Some(api::Kind::Sandbox),
            operation: Some(Operation::Update),
            verdict: Verdict::Allowed,
            ..Outcome::default()
        };
        (Reply::Review(self.0.clone()), outcome)
    }

    fn not_ready(&self) -> Option<String> {
        None
    }
}

async fn constant(address: SocketAddr, certificates: Arc<Certificates>) {
    let options = ServerOptions {
        address,
        health_address: None,
        metrics_address: None,
        workers: NonZeroUsize::MIN,
        ..ServerOptions::default()
    };
    let (_signals, received) = mpsc::channel(1);
    let metrics = Arc::new(Metrics::new(&[], "bench"));
    let handler = Arc::new(Constant(answer()));
    let server = Server::bind(options, certificates, handler, metrics).await.unwrap();
    server.run(received).await.unwrap();
}

async fn bare(address: SocketAddr, certificates: Arc<Certificates>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(address).await.unwrap();
    let answer = Bytes::from(answer());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        tokio::task::spawn_local(async move {
            stream.set_nodelay(true).unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = answer.clone();
                async move {
                    let _read = request.into_body().collect().await;
                    let mut response = Response::new(Full::<Bytes>::from(answer));
                    let json = HeaderValue::from_static("application/json");
                    response.headers_mut().insert(CONTENT_TYPE, json);
                    Ok::<_, Infallible>(response)
                }
            });
            // An error means that the client went away, which is normal.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
