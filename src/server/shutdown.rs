//! The shutdown, in stages, so that no request is lost.
//!
//! Kubernetes sends SIGTERM and removes the endpoint *at the same time*, so requests keep arriving
//! for a while. An API server whose connection is refused does not try again.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// The stage of the shutdown; it only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Not shutting down.
    Serving,
    /// Not ready, but still accepting; every HTTP/1.1 answer ends its connection, so that clients
    /// move elsewhere.
    Leaving,
    /// No new connections; those in use finish what they are doing.
    Draining,
    /// Out of time: connections that are still open are cut.
    Aborting,
}

/// The signals SIGTERM and SIGINT as they arrive, for [`Server::run`](super::Server::run).
pub fn signals() -> io::Result<mpsc::Receiver<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

/// Waits for the first signal, then goes through the stages. `drained` ends when the last
/// connection has ended.
pub(super) async fn sequence(
    stage: &watch::Sender<Stage>,
    mut signals: mpsc::Receiver<()>,
    delay: Duration,
    patience: Duration,
    drained: impl Future<Output = ()>,
) {
    signals.recv().await;
    tracing::info!(
        "shutting down: still accepting for {delay:?}, then draining for up to {patience:?}"
    );
    stage.send_replace(Stage::Leaving);

    if timeout(delay, second(&mut signals)).await.is_err() {
        stage.send_replace(Stage::Draining);
        tokio::select! {
            () = drained => tracing::info!("every connection is closed"),
            () = tokio::time::sleep(patience) => {
                tracing::warn!("some connections were still busy after {patience:?}: cutting them");
            }
            () = second(&mut signals) => tracing::warn!("second signal: ending at once"),
        }
    } else {
        tracing::warn!("second signal: ending at once");
    }
    stage.send_replace(Stage::Aborting);
}

/// Waits for the next signal; for ever, if their sender is dropped.
async fn second(signals: &mut mpsc::Receiver<()>) {
    if signals.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}
