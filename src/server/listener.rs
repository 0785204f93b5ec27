//! Accepts connections and deals them out to the workers. Nothing here waits for a client.

use std::io;
use std::net::TcpStream;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::peer::Peer;
use super::shutdown::Stage;

/// The time to wait when the system has no file descriptor left: trying again at once would keep a
/// core busy until a connection closes.
const BACK_OFF: Duration = Duration::from_millis(100);

/// A connection on its way to a worker, with its place among `max_connections`.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) peer: Peer,
    pub(super) slot: Slot,
}

/// One of `max_connections`, given back on drop.
pub(super) struct Slot {
    connections: Gauge,
    _permit: OwnedSemaphorePermit,
}

impl Slot {
    fn new(permit: OwnedSemaphorePermit, connections: &Gauge) -> Self {
        connections.inc();
        Self { connections: connections.clone(), _permit: permit }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.dec();
    }
}

/// Accepts until the stage is `Draining`. With `max_connections` open, further ones wait in the
/// kernel's queue.
pub(super) async fn accept(
    listener: TcpListener,
    mut workers: Vec<Sender<Accepted>>,
    max_connections: usize,
    connections: Gauge,
    mut stage: watch::Receiver<Stage>,
) {
    let places = Arc::new(Semaphore::new(max_connections));
    let mut leave = pin!(stage.wait_for(|stage| *stage >= Stage::Draining));
    let mut failing = false;
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            let (stream, address) = listener.accept().await?;
            let (stream, slot) = (stream.into_std()?, Slot::new(place, &connections));
            Ok::<_, io::Error>(Accepted { stream, peer: address.into(), slot })
        };
        let next = tokio::select! {
            next = next => next,
            _ = &mut leave => break,
        };
        match next {
            Ok(accepted) => {
                failing = false;
                deal(accepted, &mut workers).await;
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "cannot accept: is the limit on open files too low?");
                }
                failing = true;
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
    // Otherwise the connections that the kernel has accepted for us would be reset. The system
    // itself is asked, because tokio may not know of them yet.
    let Ok(listener) = listener.into_std() else {
        return;
    };
    while let (Ok(place), Ok((stream, address))) =
        (Arc::clone(&places).try_acquire_owned(), listener.accept())
    {
        let slot = Slot::new(place, &connections);
        deal(Accepted { stream, peer: address.into(), slot }, &mut workers).await;
    }
}

/// Gives a connection to the next worker whose queue has room.
async fn deal(mut accepted: Accepted, workers: &mut [Sender<Accepted>]) {
    workers.rotate_left(1);
    for worker in &*workers {
        match worker.try_send(accepted) {
            Ok(()) => return,
            Err(TrySendError::Full(back) | TrySendError::Closed(back)) => accepted = back,
        }
    }
    if let Some(worker) = workers.first() {
        // An error means that the workers are gone, and with them every connection.
        let _ = worker.send(accepted).await;
    }
}
