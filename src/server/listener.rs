//! Accepts connections and deals them out to the workers. Nothing here waits for a client.

use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch;

use super::peer::Peer;
use super::seats::{Seat, Seats};
use super::shutdown::Stage;

/// The time to wait when the system has no file descriptor left: trying again at once would keep a
/// core busy until a connection closes.
const BACK_OFF: Duration = Duration::from_millis(100);
/// The time for which new connections may be held up before `/readyz` says so.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most connections that are accepted after the last moment: as many as the kernel holds for
/// us.
const WAITING: usize = 1024;

/// A connection on its way to a worker.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) peer: Peer,
    pub(super) seat: Seat,
}

/// The thing that keeps new connections from being served, if there is any.
#[derive(Default)]
pub(super) struct Obstacle(Mutex<Option<(Instant, String)>>);

impl Obstacle {
    /// The reason why new connections are not served, if that has lasted a while.
    pub(super) fn get(&self) -> Option<String> {
        let obstacle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, what) = obstacle.as_ref()?;
        (since.elapsed() >= PATIENCE).then(|| format!("new connections are not served: {what}"))
    }

    /// Notes what is in the way; returns whether nothing was until now.
    fn met(&self, what: impl FnOnce() -> String) -> bool {
        let mut obstacle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = obstacle.is_none();
        if is_new {
            *obstacle = Some((Instant::now(), what()));
        }
        is_new
    }

    fn gone(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Accepts until the stage is `Draining`.
pub(super) async fn accept(
    listener: TcpListener,
    mut workers: Vec<Sender<Accepted>>,
    seats: Arc<Seats>,
    obstacle: Arc<Obstacle>,
    mut stage: watch::Receiver<Stage>,
) {
    let mut leave = pin!(stage.wait_for(|stage| *stage >= Stage::Draining));
    let mut failing = false;
    loop {
        let next = if failing {
            let Some(next) = listener.accept().now_or_never() else {
                // Nobody waits, so it can't be told whether it would still fail.
                failing = false;
                obstacle.gone();
                continue;
            };
            next
        } else {
            tokio::select! {
                next = listener.accept() => next,
                _ = &mut leave => break,
            }
        };
        match next.and_then(|(stream, from)| Ok((stream.into_std()?, from))) {
            Ok((stream, from)) => {
                failing = false;
                if deal(seated(stream, from, &seats), &mut workers, &obstacle).await {
                    obstacle.gone();
                }
            }
            Err(error) => {
                failing = true;
                if obstacle.met(|| error.to_string()) {
                    tracing::warn!(%error, "cannot accept: is the limit on open files too low?");
                }
                tokio::select! {
                    () = tokio::time::sleep(BACK_OFF) => {}
                    _ = &mut leave => break,
                }
            }
        }
    }
    // Otherwise the connections that the kernel has accepted for us would be reset. The system
    // itself is asked, because tokio may not know of them yet.
    let Ok(listener) = listener.into_std() else {
        return;
    };
    for _ in 0..WAITING {
        let Ok((stream, from)) = listener.accept() else {
            return;
        };
        deal(seated(stream, from, &seats), &mut workers, &obstacle).await;
    }
}

fn seated(stream: TcpStream, from: SocketAddr, seats: &Arc<Seats>) -> Accepted {
    let peer = from.into();
    Accepted { stream, peer, seat: seats.take(peer) }
}

/// Gives a connection to the next worker whose queue has room; returns whether one has taken it.
async fn deal(
    mut accepted: Accepted,
    workers: &mut [Sender<Accepted>],
    obstacle: &Obstacle,
) -> bool {
    workers.rotate_left(1);
    for worker in &*workers {
        match worker.try_send(accepted) {
            Ok(()) => return true,
            Err(TrySendError::Full(back) | TrySendError::Closed(back)) => accepted = back,
        }
    }
    obstacle.met(|| "no worker thread takes them".to_owned());
    match workers.iter().find(|worker| !worker.is_closed()) {
        Some(worker) => worker.send(accepted).await.is_ok(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;
    use tokio::net::TcpStream;
    use tokio::sync::mpsc;
    use tokio::time::sleep;

    use super::super::limit_metrics::LimitMetrics;
    use super::*;

    #[tokio::test]
    async fn connections_that_no_worker_takes_are_an_obstacle_until_one_does() {
        let (worker, mut taken) = mpsc::channel(1);
        let metrics = LimitMetrics::new(&mut Registry::default());
        let seats = Arc::new(Seats::new(9, &metrics.connections, &metrics));
        let obstacle = Arc::new(Obstacle::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_stage, stage) = watch::channel(Stage::Serving);
        tokio::spawn(accept(listener, vec![worker], seats, Arc::clone(&obstacle), stage));

        let _first = TcpStream::connect(address).await.unwrap();
        sleep(PATIENCE + Duration::from_millis(100)).await;
        assert_eq!(obstacle.get(), None);
        let _second = TcpStream::connect(address).await.unwrap();
        sleep(PATIENCE / 2).await;
        assert_eq!(obstacle.get(), None, "a moment is no reason");
        sleep(PATIENCE).await;
        let why = "new connections are not served: no worker thread takes them";
        assert_eq!(obstacle.get().as_deref(), Some(why));
        for _ in 0..2 {
            taken.recv().await.unwrap();
        }
        sleep(Duration::from_millis(100)).await;
        assert_eq!(obstacle.get(), None);
    }
}
