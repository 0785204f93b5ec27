//! The thread that follows a cluster.

use std::io;
use std::sync::mpsc;
use std::thread;

use kube::Config;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::Follower;
use crate::client::{ApiClient, ConnectError};

/// The reason why a cluster cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no client for it.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The system has no threads or file descriptors left.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// A follower at work; it ends when this is dropped.
#[derive(Debug)]
pub struct Connected {
    _stop: oneshot::Sender<()>,
}

impl Follower {
    /// Runs on a thread of its own, so that reading the cluster delays no request.
    pub fn start(self, config: Config) -> Result<Connected, StartError> {
        let (started, start) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let work = move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(async {
                let (client, result) = match ApiClient::connect(config) {
                    Ok(client) => (Some(client), Ok(())),
                    Err(error) => (None, Err(StartError::Connect(error))),
                };
                let _ = started.send(result);
                let Some(client) = client else { return };
                tokio::select! {
                    () = self.run(client) => {}
                    _ = stopped => {}
                }
            }),
            Err(error) => _ = started.send(Err(StartError::Thread(error))),
        };
        let thread = thread::Builder::new().name("cluster".to_owned());
        thread.spawn(work).map_err(StartError::Thread)?;
        start.recv().unwrap_or_else(|ended| Err(StartError::Thread(io::Error::other(ended))))?;
        Ok(Connected { _stop: stop })
    }
}
