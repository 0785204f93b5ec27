//! Looking at files again and again.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info};

/// Calls `refresh` every `interval`, which says whether anything changed; `report` hears how each
/// call went, for metrics. The log is written here, and the same trouble but once. Runs until dropped.
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
            Err(trouble) => {
                report(Err(()));
                let trouble = trouble.to_string();
                if last_error.as_ref() != Some(&trouble) {
                    error!("{what} cannot be read, so the last good state stays: {trouble}");
                    last_error = Some(trouble);
                }
            }
        }
    }
}
