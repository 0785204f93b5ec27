//! The HTTPS server: connections, limits, time-outs, probes, metrics and the shutdown.
//!
//! It knows no rule and no kind. A [`Handler`] answers the reviews; certificates come from a rustls
//! resolver, see [`certs`](crate::certs).
//!
//! The way of a connection: `listener` accepts it, a `worker` thread takes it and keeps it,
//! `connection` does the handshake and the time-outs. The way of a request: `router` finds the
//! handler of its path, `extract` admits it and reads its body, `state` calls the [`Handler`].

mod activity;
mod body;
mod connection;
mod deadline;
mod extract;
mod labels;
mod limits;
mod listener;
mod log;
mod metrics;
mod peer;
mod policy_checks;
mod probes;
mod rarely;
mod rejection;
mod router;
mod shutdown;
mod state;
mod tls;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use rustls::server::ResolvesServerCert;
use rustls::server::danger::ClientCertVerifier;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub use self::activity::Timings;
pub use self::log::panics_to_log;
pub use self::metrics::Metrics;
pub use self::shutdown::signals;

use self::limits::Limits;
use self::router::Pages;
use self::shutdown::Stage;
use self::state::AppState;
use self::worker::WorkerContext;
use crate::admission::Phase;
use crate::webhook::{Caller, Outcome, Reply};

/// The code that knows the answers to reviews.
pub trait Handler: Send + Sync + 'static {
    /// Answers a review.
    ///
    /// It runs on a thread that serves many other connections, so work of milliseconds must be done
    /// elsewhere.
    fn review(
        self: Arc<Self>,
        phase: Phase,
        body: Bytes,
        caller: Caller,
    ) -> impl Future<Output = (Reply, Outcome)> + Send;
    /// The reason why the handler is not ready yet, if it is not; shown by `/readyz`.
    fn not_ready(&self) -> Option<String>;
}

/// The addresses to listen on, and the bounds.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The address for HTTPS: `/mutate` and `/validate`.
    pub address: SocketAddr,
    /// The address for plain HTTP: `/livez` and `/readyz`; `None` turns them off.
    pub health_address: Option<SocketAddr>,
    /// The address for plain HTTP: `/metrics`; may be the same as `health_address`, and `None`
    /// turns it off.
    pub metrics_address: Option<SocketAddr>,
    /// The judge of clients' certificates on that address; `None` lets anyone call.
    pub clients: Option<Arc<dyn ClientCertVerifier>>,
    /// The number of threads that serve connections.
    pub workers: NonZeroUsize,
    /// The most open connections; more wait to be accepted.
    pub max_connections: usize,
    /// The most requests being read or answered; more receive the answer to try again.
    pub max_in_flight: usize,
    /// The most bytes of bodies in memory at a time; beyond that, requests receive the answer to
    /// try again.
    pub max_body_bytes: usize,
    /// The time to continue accepting after the first signal: as long as it may take until every
    /// API server knows that this is no endpoint any more.
    pub shutdown_delay: Duration,
    /// The time that requests may take to finish after that.
    pub drain_timeout: Duration,
    /// The times that clients may take.
    pub timings: Timings,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([0, 0, 0, 0], 9443)),
            health_address: Some(SocketAddr::from(([0, 0, 0, 0], 8081))),
            metrics_address: Some(SocketAddr::from(([0, 0, 0, 0], 8080))),
            clients: None,
            workers: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            max_connections: 1024,
            max_in_flight: 512,
            max_body_bytes: 64 << 20,
            shutdown_delay: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(20),
            timings: Timings::default(),
        }
    }
}

/// The reason why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address is taken, forbidden or not ours.
    #[error("cannot listen on {address} for {purpose}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Its purpose: `admission reviews`, `health probes` or `metrics`.
        purpose: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// The crypto provider offers no TLS 1.2 or 1.3.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
    /// The system has no threads or file descriptors left.
    #[error("cannot start worker threads")]
    Workers(#[source] io::Error),
}

/// A server that listens but does not accept yet.
pub struct Server<H> {
    reviews: TcpListener,
    probes: Vec<(TcpListener, Pages)>,
    acceptor: TlsAcceptor,
    stage: watch::Sender<Stage>,
    app: Arc<AppState<H>>,
    options: ServerOptions,
}

impl<H: Handler> Server<H> {
    /// Listens on the addresses. Must be called within a tokio runtime with I/O and time.
    pub async fn bind(
        options: ServerOptions,
        certificates: Arc<dyn ResolvesServerCert>,
        handler: Arc<H>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, ServerError> {
        let acceptor =
            TlsAcceptor::from(Arc::new(tls::config(certificates, options.clients.clone())?));
        let reviews = listen(options.address, "admission reviews").await?;
        let probes = bind_probes(options.health_address, options.metrics_address).await?;
        let (stage, watched) = watch::channel(Stage::Serving);
        let in_flight = metrics.in_flight.clone();
        let limits = Limits::new(in_flight, options.max_in_flight, options.max_body_bytes);
        let limits = Arc::new(limits);
        let app = Arc::new(AppState { handler, metrics, limits, stage: watched });
        Ok(Self { reviews, probes, acceptor, stage, app, options })
    }

    /// The address for reviews: of use when the system chose the port.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.reviews.local_addr()
    }

    /// The addresses of the probe pages, `/livez` and `/readyz` before `/metrics`.
    pub fn probe_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.probes.iter().map(|(listener, _)| listener.local_addr()).collect()
    }

    /// Serves until the first of `signals` (or until their sender is dropped), then shuts down in
    /// stages; a second signal ends it at once.
    pub async fn run(self, signals: mpsc::Receiver<()>) -> Result<(), ServerError> {
        let Self { reviews, probes, acceptor, stage, app, options } = self;
        let ServerOptions { workers, max_connections, timings, .. } = options;

        let context = || WorkerContext {
            acceptor: acceptor.clone(),
            timings,
            router: router::reviews(&app),
            stage: stage.subscribe(),
            metrics: Arc::clone(&app.metrics),
        };
        let mut workers = worker::start(workers, context).map_err(ServerError::Workers)?;
        let mut tasks = JoinSet::new();
        for (listener, pages) in probes {
            tasks.spawn(probes::serve(listener, router::probes(pages, &app)));
        }
        tasks.spawn(listener::accept(
            reviews,
            workers.senders,
            max_connections,
            app.metrics.connections.clone(),
            stage.subscribe(),
        ));

        let drained = async {
            workers.ended.recv().await;
        };
        let ServerOptions { shutdown_delay, drain_timeout, .. } = options;
        shutdown::sequence(&stage, signals, shutdown_delay, drain_timeout, drained).await;
        Ok(())
    }
}

async fn listen(address: SocketAddr, purpose: &'static str) -> Result<TcpListener, ServerError> {
    let listening = TcpListener::bind(address).await;
    listening.map_err(|source| ServerError::Listen { address, purpose, source })
}

async fn bind_probes(
    health: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
) -> Result<Vec<(TcpListener, Pages)>, ServerError> {
    let mut probes = Vec::new();
    if let Some(address) = health {
        let pages = Pages { health: true, metrics: metrics == health };
        probes.push((listen(address, "health probes").await?, pages));
    }
    if let Some(address) = metrics.filter(|_| metrics != health) {
        let pages = Pages { health: false, metrics: true };
        probes.push((listen(address, "metrics").await?, pages));
    }
    Ok(probes)
}
