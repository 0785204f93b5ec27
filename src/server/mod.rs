//! The HTTPS server: connections, limits, time-outs, probes, metrics and the shutdown.
//!
//! It knows no rule and no kind. A [`Handler`] answers the reviews; certificates come from a rustls
//! resolver, see [`certs`](crate::certs).
//!
//! The way of a connection: `listener` accepts it, on the thread of `front`, and `seats` closes
//! another one for it when there are too many; a `worker` thread takes it and keeps it;
//! `connection` does the handshake and the time-outs. The way of a request: `router` finds the
//! handler of its path, `extract` reads its body, by `body` and `arriving`, and admits it, by
//! `limits`; `state` calls the [`Handler`].
//!
//! Anyone may be a client. So nothing that a client may be slow at is without a deadline, and
//! whatever there is not enough of is shared between peers: who takes most loses first.

mod activity;
mod arriving;
mod body;
mod connection;
mod deadline;
mod extract;
mod front;
mod labels;
mod limit_metrics;
mod limits;
mod listener;
mod log;
mod metrics;
mod open_files;
mod peer;
mod policy_checks;
mod probes;
mod rarely;
mod rejection;
mod router;
mod seats;
mod shares;
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
use tokio::sync::{Mutex, mpsc, watch};
use tokio_rustls::TlsAcceptor;

pub use self::activity::Timings;
pub use self::log::panics_to_log;
pub use self::metrics::Metrics;
pub use self::shutdown::signals;

use self::arriving::Arriving;
use self::body::Room;
use self::limits::Limits;
use self::router::Pages;
use self::seats::Seats;
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

/// One in so many connections may speak HTTP/2. Each of those takes as much memory as ten others,
/// and API servers use it for loopback URLs alone.
const HTTP2_SHARE: usize = 32;
/// The fewest connections that may speak HTTP/2, however few there may be in all.
const MIN_HTTP2: usize = 8;

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
    /// The most open connections; for more, others are closed.
    pub max_connections: usize,
    /// The most requests being answered; more receive the answer to try again. A request counts
    /// from the last byte of its body on.
    pub max_in_flight: usize,
    /// The most bodies that have begun to arrive and are not there yet; for more, others are given
    /// up.
    pub max_unread_bodies: usize,
    /// The most bytes of bodies in memory at a time, beyond the buffers of connections. When there
    /// is no room, requests receive the answer to try again.
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
            max_unread_bodies: 256,
            max_body_bytes: 24 << 20,
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
        let ServerOptions { max_in_flight, max_unread_bodies, max_body_bytes, .. } = options;
        let limits = metrics.limits.clone();
        let room = Room {
            limits: Arc::new(Limits::new(limits.in_flight.clone(), max_in_flight, max_body_bytes)),
            arriving: Arc::new(Arriving::new(max_unread_bodies, limits)),
            time: options.timings.body,
        };
        let (obstacle, rendering) = (Arc::default(), Mutex::default());
        let app = AppState { handler, metrics, room, obstacle, rendering, stage: watched };
        let app = Arc::new(app);
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

        let metrics = &app.metrics;
        let limits = &metrics.limits;
        open_files::raise_limit();
        let max_connections = open_files::connections(max_connections);
        let seats = Seats::new(max_connections, &limits.connections, limits);
        let max_http2 = (max_connections / HTTP2_SHARE).max(MIN_HTTP2);
        let http2_seats = Arc::new(Seats::new(max_http2, &limits.http2_connections, limits));
        let context = || WorkerContext {
            acceptor: acceptor.clone(),
            timings,
            router: router::reviews(&app),
            room: app.room.clone(),
            http2_seats: Arc::clone(&http2_seats),
            stage: stage.subscribe(),
            metrics: Arc::clone(metrics),
        };
        let mut workers = worker::start(workers, context).map_err(ServerError::Workers)?;

        let mut doors: Vec<front::Task> = Vec::new();
        for (listener, pages) in probes {
            let (router, limits) = (router::probes(pages, &app), limits.clone());
            doors.push(front::task(listener, move |listener| {
                probes::serve(listener, router, timings.page, limits)
            }));
        }
        let (obstacle, watched) = (Arc::clone(&app.obstacle), stage.subscribe());
        doors.push(front::task(reviews, move |listener| {
            listener::accept(listener, workers.senders, Arc::new(seats), obstacle, watched)
        }));
        front::start(doors, stage.subscribe()).map_err(ServerError::Workers)?;

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
