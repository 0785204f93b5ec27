//! Routes, and one request from its head to its answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, EXPECT, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Method, Request, Response, StatusCode, Version};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::activity::InFlight;
use super::body::{self, Unread};
use super::limits::Limits;
use super::metrics::Metrics;
use super::shutdown::Stage;
use super::{Handler, deadline, log};
use crate::admission::Phase;
use crate::webhook::{Outcome, Reply};

/// The largest body that is read. An API server takes objects of up to 3 MiB, and a review holds
/// the old one and the new one.
const MAX_BODY: usize = 8 << 20;

/// What every request needs; one for all workers.
pub(super) struct Service<H> {
    pub(super) handler: Arc<H>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) limits: Limits,
    pub(super) stage: watch::Receiver<Stage>,
}

type Answer = Response<Full<Bytes>>;

impl<H: Handler> Service<H> {
    /// Answers one request; its connection is `in_flight` until the body is dealt with too.
    pub(super) async fn answer(&self, request: Request<Incoming>, in_flight: InFlight) -> Answer {
        let http1 = request.version() != Version::HTTP_2;
        let is_old = in_flight.is_on_old_connection();
        let mut answer = self.route(request, in_flight).await;
        if http1 && (is_old || *self.stage.borrow() >= Stage::Leaving) {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    async fn route(&self, request: Request<Incoming>, in_flight: InFlight) -> Answer {
        let started = Instant::now();
        let phase = match request.uri().path() {
            "/mutate" => Phase::Mutating,
            "/validate" => Phase::Validating,
            _ => {
                let why = "not found: this server has /mutate and /validate";
                return refuse(request, in_flight, text(StatusCode::NOT_FOUND, why));
            }
        };
        if request.method() != Method::POST {
            let answer = text(StatusCode::METHOD_NOT_ALLOWED, "admission reviews come by POST");
            return refuse(request, in_flight, with(answer, ALLOW, "POST"));
        }
        let Some(mut ticket) = self.limits.admit() else {
            self.metrics.shed.inc();
            return refuse(request, in_flight, try_again("too many requests at once"));
        };

        let until = started + deadline::allowance(request.uri().query());
        let (head, mut incoming) = request.into_parts();
        let read = timeout_at(until, body::read(&mut incoming, MAX_BODY, &mut ticket)).await;
        let (answer, outcome) = match read {
            Ok(Ok(body)) => self.review(phase, body, until).await,
            Ok(Err(unread)) => {
                let answer = match unread {
                    Unread::TooLarge => too_large(),
                    Unread::TooMuchAtOnce => {
                        self.metrics.shed.inc();
                        try_again("too many large requests at once")
                    }
                    Unread::Broken => text(StatusCode::BAD_REQUEST, "the body ended too early"),
                };
                (refuse(Request::from_parts(head, incoming), in_flight, answer), Outcome::default())
            }
            Err(_late) => (try_again("the body did not arrive in time"), Outcome::default()),
        };
        let took = started.elapsed();
        self.metrics.request(phase, &outcome, took);
        log::request(phase, &outcome, took);
        answer
    }

    async fn review(&self, phase: Phase, body: Bytes, until: Instant) -> (Answer, Outcome) {
        let (reply, outcome) = self.decide(phase, body, until).await;
        let answer = match reply {
            Reply::Review(json) => {
                with(Response::new(Full::from(json)), CONTENT_TYPE, "application/json")
            }
            Reply::NotAReview(why) => text(StatusCode::BAD_REQUEST, why),
            Reply::Undecided(why) => try_again(why),
        };
        (answer, outcome)
    }

    async fn decide(&self, phase: Phase, body: Bytes, until: Instant) -> (Reply, Outcome) {
        let handler = Arc::clone(&self.handler);
        let review = async move { handler.review(phase, body, until).await };
        AssertUnwindSafe(review).catch_unwind().await.unwrap_or_else(|_panic| {
            self.metrics.panics.inc();
            let why = "an internal error: the server's log says where".to_owned();
            (Reply::Undecided(why), Outcome::default())
        })
    }
}

/// Answers without having read the body. What is left of it is read on the side and forgotten,
/// so that the client gets to read the answer; but not from a client that waits for our word
/// before it sends anything.
fn refuse(request: Request<Incoming>, in_flight: InFlight, answer: Answer) -> Answer {
    let waits = request.headers().contains_key(EXPECT);
    let until = Instant::now() + deadline::allowance(request.uri().query());
    let body = request.into_body();
    if !body.is_end_stream() && !waits {
        tokio::task::spawn_local(async move {
            body::discard(body, until).await;
            drop(in_flight);
        });
    }
    answer
}

fn too_large() -> Answer {
    text(
        StatusCode::PAYLOAD_TOO_LARGE,
        "the body is larger than 8 MiB (8388608 bytes), the most that this server reads",
    )
}

/// For troubles of ours. Not a denial, which would override the operator's `failurePolicy`; with
/// `Retry-After` the API server tries again, as long as the webhook's timeout lets it.
fn try_again(why: impl Into<Bytes>) -> Answer {
    with(text(StatusCode::SERVICE_UNAVAILABLE, why), RETRY_AFTER, "1")
}

/// Plain text; the API server shows it to the user as part of "failed calling webhook".
fn text(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = status;
    with(answer, CONTENT_TYPE, "text/plain; charset=utf-8")
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
