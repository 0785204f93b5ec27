//! The threads that serve connections.
//!
//! Each has a runtime of its own and keeps the connections that it receives, so that no part of a
//! request crosses threads. A request costs a third less than with one runtime over all threads.

use std::io;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use axum::Router;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::activity::Timings;
use super::body::Room;
use super::connection;
use super::listener::Accepted;
use super::metrics::Metrics;
use super::seats::Seats;
use super::shutdown::Stage;

/// The most connections that wait for a worker; it takes them at once unless it is overloaded.
const BACKLOG: usize = 64;
/// The most threads of each worker for large bodies.
const BLOCKING_THREADS: usize = 2;

/// The means by which a worker serves its connections.
pub(super) struct WorkerContext {
    pub(super) acceptor: TlsAcceptor,
    pub(super) timings: Timings,
    pub(super) router: Router,
    /// For bodies that are thrown away.
    pub(super) room: Room,
    /// The seats of the connections that speak HTTP/2.
    pub(super) http2_seats: Arc<Seats>,
    pub(super) stage: watch::Receiver<Stage>,
    pub(super) metrics: Arc<Metrics>,
}

/// The running workers.
pub(super) struct Workers {
    /// The queues of connections. Workers end when these are dropped and their connections closed,
    /// or when the stage is `Aborting`.
    pub(super) senders: Vec<mpsc::Sender<Accepted>>,
    /// A channel that is closed when the last worker has ended.
    pub(super) ended: mpsc::Receiver<()>,
}

/// Starts `count` workers, each with a context of its own; an error means that the system has no
/// threads or files left for them.
pub(super) fn start(
    count: NonZeroUsize,
    context: impl Fn() -> WorkerContext,
) -> io::Result<Workers> {
    let (alive, ended) = mpsc::channel(1);
    let mut senders = Vec::with_capacity(count.get());
    for number in 0..count.get() {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        let (started, start) = std::sync::mpsc::sync_channel(1);
        let (context, alive) = (context(), alive.clone());
        thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
            // A runtime of this kind cannot be sent to another thread.
            match runtime(BLOCKING_THREADS) {
                Ok(runtime) => {
                    let _ = started.send(Ok(()));
                    runtime.block_on(work(receiver, context));
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
            drop(alive);
        })?;
        start.recv().unwrap_or_else(|ended| Err(io::Error::other(ended)))?;
        senders.push(sender);
    }
    Ok(Workers { senders, ended })
}

/// A runtime of one thread, and so many for what would block it.
pub(super) fn runtime(blocking_threads: usize) -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(blocking_threads)
        .build_local(LocalOptions::default())
}

async fn work(mut incoming: mpsc::Receiver<Accepted>, context: WorkerContext) {
    let context = Rc::new(context);
    let mut stage = context.stage.clone();
    let mut aborting = pin!(stage.wait_for(|stage| *stage == Stage::Aborting));
    let mut connections = JoinSet::new();
    let mut accepting = true;
    while accepting || !connections.is_empty() {
        tokio::select! {
            accepted = incoming.recv(), if accepting => match accepted {
                Some(Accepted { stream, peer, seat }) => {
                    let context = Rc::clone(&context);
                    connections.spawn_local(async move {
                        match adopt(stream) {
                            Ok(stream) => connection::serve(stream, peer, seat, context).await,
                            Err(error) => tracing::debug!(%error, "connection dropped"),
                        }
                    });
                }
                None => accepting = false,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut aborting => return,
        }
    }
}

/// Makes a connection this thread's.
fn adopt(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    // An answer is one small write; Nagle's algorithm would delay its end.
    stream.set_nodelay(true)?;
    TcpStream::from_std(stream)
}
