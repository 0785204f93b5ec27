//! Checking files for changes, again and again.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info};

/// Calls `refresh` every `interval`; it returns whether anything changed. `report` receives the result
/// of each call, for metrics. Changes and errors are logged here, and the same error only once in a
/// row. Runs until dropped.
pub async fn follow<E: Display + Send + 'static>(
    what: &str,
    interval: Duration,
    refresh: impl Fn() -> Result<bool, E> + Send + Sync + 'static,
    report: impl Fn(Result<(), ()>),
) {
    let refresh = Arc::new(refresh);
    let mut last_error = None;
    loop {
        tokio::time::sleep(interval).await;
        let refresh = Arc::clone(&refresh);
        // Reading a large folder takes a while, and probes are answered on this thread.
        let Ok(refreshed) = tokio::task::spawn_blocking(move || refresh()).await else { continue };
        match refreshed {
            Ok(changed) => {
                last_error = None;
                if changed {
                    info!("{what} changed and were read again");
                }
                report(Ok(()));
            }
            Err(error) => {
                report(Err(()));
                let error = error.to_string();
                if last_error.as_ref() != Some(&error) {
                    error!("{what} cannot be read, so the last good state stays: {error}");
                    last_error = Some(error);
                }
            }
        }
    }
}
