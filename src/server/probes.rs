//! Plain HTTP for the kubelet and Prometheus: few clients, and no request that must not be lost.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::Service as _;

/// The most connections at once; the kubelet and Prometheus need one each.
const MAX_CONNECTIONS: usize = 64;
/// The time between two requests, and for a request's head.
const IDLE: Duration = Duration::from_mins(1);

/// Serves until the caller drops it.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let router = router.clone();
        tokio::spawn(async move {
            let _place = place;
            // An error means that the client went away, which is normal.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(IDLE)
                .serve_connection(
                    TokioIo::new(stream),
                    service_fn(|request| router.clone().call(request)),
                )
                .await;
        });
    }
}
