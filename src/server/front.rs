//! The thread that accepts connections and answers probes.
//!
//! Nothing else runs there. On the caller's thread, the catalog and certificates are kept up to
//! date, and reading a large object could hold up the kubelet or a new connection.

use std::io;
use std::pin::{Pin, pin};
use std::thread;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::shutdown::Stage;
use super::worker;

/// A listener with the code that serves it.
pub(super) type Task = Box<dyn FnOnce() -> io::Result<Serving> + Send>;
/// A future that stays on its thread.
type Serving = Pin<Box<dyn Future<Output = ()>>>;

/// Prepares a listener for another runtime than that on which it was bound.
pub(super) fn task<F: Future<Output = ()> + 'static>(
    listener: TcpListener,
    serve: impl FnOnce(TcpListener) -> F + Send + 'static,
) -> Task {
    Box::new(move || {
        let listener = TcpListener::from_std(listener.into_std()?)?;
        Ok(Box::pin(serve(listener)))
    })
}

/// Runs the tasks on a thread of their own until the stage is `Aborting`, or nobody sets it any
/// more. An error means that the system has no threads or files left.
pub(super) fn start(tasks: Vec<Task>, mut stage: watch::Receiver<Stage>) -> io::Result<()> {
    let (started, start) = std::sync::mpsc::sync_channel(1);
    thread::Builder::new().name("front".to_owned()).spawn(move || {
        // A runtime of this kind cannot be sent to another thread. One thread is for pages that take
        // a while.
        let runtime = match worker::runtime(1) {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        runtime.block_on(async {
            let serving: io::Result<Vec<_>> = tasks.into_iter().map(|task| task()).collect();
            let serving = match serving {
                Ok(serving) => serving,
                Err(error) => {
                    let _ = started.send(Err(error));
                    return;
                }
            };
            let _ = started.send(Ok(()));
            for serving in serving {
                tokio::task::spawn_local(serving);
            }
            let _ = pin!(stage.wait_for(|stage| *stage == Stage::Aborting)).await;
        });
    })?;
    start.recv().unwrap_or_else(|ended| Err(io::Error::other(ended)))
}
