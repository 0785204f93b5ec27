//! The whole HTTP surface: the paths, and the handler of each.
//!
//! It is written with axum: a [`Router`], handlers, and extractors whose rejections are answers.
//! `connection` and `probes` call it once per request; the rest of the server is ours:
//!
//! - **Accepting, TLS, time-outs, the drain.** `axum::serve` has no time-out for an idle connection
//!   or a slow head, and serves every connection on one runtime. Ours has a thread per core, which
//!   keeps its connections (`worker`), and distinguishes a slow client from an idle one
//!   (`activity`).
//! - **No layers.** A limit on bodies, a time-out and caught panics would be three layers of
//!   tower-http. Together they cost a request 1.2 us, and the router 0.3. [`ReviewRequest`] and
//!   [`Endpoint::review`] do the same, and know the labels by which to count it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::task::spawn_blocking;

use super::Handler;
use super::extract::ReviewRequest;
use super::rejection::{Rejected, Rejection};
use super::state::{AppState, Endpoint};
use crate::admission::Phase;
use crate::webhook::Reply;

/// The routes of admission reviews, over HTTPS.
pub(super) fn reviews<H: Handler>(app: &Arc<AppState<H>>) -> Router {
    let endpoint = |phase| {
        let endpoint = Endpoint { phase, app: Arc::clone(app) };
        post(review::<H>).with_state(Arc::new(endpoint))
    };
    Router::new()
        .route("/mutate", endpoint(Phase::Mutating))
        .route("/validate", endpoint(Phase::Validating))
        .method_not_allowed_fallback(not_allowed)
        .fallback(not_found)
        .with_state(()) // lets axum prepare its routes now, and not for each request
}

async fn review<H: Handler>(
    State(endpoint): State<Arc<Endpoint<H>>>,
    request: ReviewRequest,
) -> Reply {
    endpoint.review(request).await
}

/// Answers a wrong method; axum adds `Allow: POST`.
async fn not_allowed(request: Request) -> Rejected {
    Rejection::NotPost.of(request)
}

async fn not_found(request: Request) -> Rejected {
    Rejection::NotFound.of(request)
}

/// The pages that an address for probes has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pages {
    pub(super) health: bool,
    pub(super) metrics: bool,
}

/// The routes for the kubelet (`/livez`, `/readyz`) and Prometheus (`/metrics`), over plain HTTP.
pub(super) fn probes<H: Handler>(pages: Pages, app: &Arc<AppState<H>>) -> Router {
    let mut router = Router::new();
    if pages.health {
        router = router.route("/livez", get(livez)).route("/readyz", get(readyz::<H>));
    }
    if pages.metrics {
        router = router.route("/metrics", get(metrics::<H>));
    }
    router.fallback(no_such_page).with_state(Arc::clone(app))
}

async fn livez() -> &'static str {
    "ok"
}

async fn readyz<H: Handler>(
    State(app): State<Arc<AppState<H>>>,
) -> Result<&'static str, (StatusCode, String)> {
    app.ready().map(|()| "ok").map_err(|why| (StatusCode::SERVICE_UNAVAILABLE, why))
}

async fn metrics<H: Handler>(State(app): State<Arc<AppState<H>>>) -> impl IntoResponse {
    // Elsewhere, because probes are answered on this thread, and anyone may ask for this page.
    let _turn = app.rendering.lock().await;
    let metrics = Arc::clone(&app.metrics);
    match spawn_blocking(move || metrics.exposition()).await {
        Ok((page, media_type)) => Ok(([(CONTENT_TYPE, media_type)], page)),
        Err(_ended) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

async fn no_such_page() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "not found")
}
