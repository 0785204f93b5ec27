//! The state that handlers share, and how a review that was read is answered.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::body::Room;
use super::extract::ReviewRequest;
use super::listener::Obstacle;
use super::metrics::Metrics;
use super::rejection::plain_text;
use super::shutdown::Stage;
use super::{Handler, log};
use crate::admission::Phase;
use crate::webhook::{Outcome, Reply};

/// The parts of the server that every request needs.
pub(super) struct AppState<H> {
    pub(super) handler: Arc<H>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) room: Room,
    pub(super) obstacle: Arc<Obstacle>,
    /// One page of metrics is made at a time.
    pub(super) rendering: Mutex<()>,
    pub(super) stage: watch::Receiver<Stage>,
}

impl<H: Handler> AppState<H> {
    /// Returns whether the server is ready; the error says why it is not.
    pub(super) fn ready(&self) -> Result<(), String> {
        if *self.stage.borrow() >= Stage::Leaving {
            return Err("shutting down".to_owned());
        }
        self.obstacle.get().or_else(|| self.handler.not_ready()).map_or(Ok(()), Err)
    }
}

/// One of the two webhooks.
pub(super) struct Endpoint<H> {
    pub(super) phase: Phase,
    pub(super) app: Arc<AppState<H>>,
}

impl<H: Handler> Endpoint<H> {
    /// Answers a review; a panic of the handler fails this one alone.
    pub(super) async fn review(&self, request: ReviewRequest) -> Reply {
        let ReviewRequest { body, started, caller, ticket: _until_answered } = request;
        let handler = Arc::clone(&self.app.handler);
        let review = AssertUnwindSafe(handler.review(self.phase, body, caller));
        let reviewed = review.catch_unwind().await;
        let (reply, outcome) = reviewed.unwrap_or_else(|_logged| {
            self.app.metrics.panics.inc();
            let why = "an internal error: the server's log says where".to_owned();
            (Reply::Undecided(why), Outcome::default())
        });
        self.record(&outcome, started);
        reply
    }

    /// Counts and logs a request that has ended, and that began at `started`.
    pub(super) fn record(&self, outcome: &Outcome, started: Instant) {
        let took = started.elapsed();
        self.app.metrics.request(self.phase, outcome, took);
        log::request(self.phase, outcome, took);
    }
}

/// Made once: as text it would be checked and copied for each answer.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        match self {
            Self::Review(json) => ([(CONTENT_TYPE, JSON)], Body::from(json)).into_response(),
            Self::NotAReview(why) => plain_text(StatusCode::BAD_REQUEST, why),
            Self::Undecided(why) => plain_text(StatusCode::SERVICE_UNAVAILABLE, why),
        }
    }
}
