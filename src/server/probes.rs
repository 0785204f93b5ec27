//! Plain HTTP for the kubelet (`/livez`, `/readyz`) and Prometheus (`/metrics`).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Handler;
use super::service::Service;
use super::shutdown::Stage;

/// Kubelet and Prometheus need one each.
const MAX_CONNECTIONS: usize = 64;
/// Between two requests, and for a request's head.
const IDLE: Duration = Duration::from_mins(1);

/// What an address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pages {
    pub(super) health: bool,
    pub(super) metrics: bool,
}

/// Serves for ever; the caller drops it.
pub(super) async fn serve<H: Handler>(
    listener: TcpListener,
    pages: Pages,
    service: Arc<Service<H>>,
) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let _place = place;
            let answer = service_fn(|request| {
                let answer = answer(&request, pages, &service);
                async move { Ok::<_, Infallible>(answer) }
            });
            // A client that goes away is no news.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(IDLE)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

fn answer<H: Handler>(
    request: &Request<Incoming>,
    pages: Pages,
    service: &Service<H>,
) -> Response<Full<Bytes>> {
    let text = "text/plain; charset=utf-8";
    let (status, body, media_type) = match request.uri().path() {
        "/livez" if pages.health => (StatusCode::OK, "ok".to_owned(), text),
        "/readyz" if pages.health => match not_ready(service) {
            None => (StatusCode::OK, "ok".to_owned(), text),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why, text),
        },
        "/metrics" if pages.metrics => {
            let (page, media_type) = service.metrics.exposition();
            (StatusCode::OK, page, media_type)
        }
        _ => (StatusCode::NOT_FOUND, "not found".to_owned(), text),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn not_ready<H: Handler>(service: &Service<H>) -> Option<String> {
    if *service.stage.borrow() >= Stage::Leaving {
        return Some("shutting down".to_owned());
    }
    service.handler.not_ready()
}
