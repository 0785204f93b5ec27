//! Requests that are not answered as reviews: the reasons, and the rest of their bodies.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{EXPECT, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::body::{Reader, Room};
use super::deadline;
use super::peer::Peer;

/// The reason why a request is refused, in words for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rejection {
    /// There is no webhook at this path.
    #[error("not found: this server has /mutate and /validate")]
    NotFound,
    /// The path is that of a webhook, but the method is not POST.
    #[error("admission reviews come by POST")]
    NotPost,
    /// As many requests as allowed are being answered.
    #[error("too many requests at once")]
    TooManyRequests,
    /// The body is within its own limit, but all bodies together are over theirs.
    #[error("too many large requests at once")]
    TooManyBytes,
    /// The body is over its own limit, [`MAX`](super::body::MAX).
    #[error("the body is larger than 8 MiB (8388608 bytes), the most that this server reads")]
    TooLarge,
    /// The client went away or broke the protocol.
    #[error("the body ended too early")]
    Incomplete,
    /// The client was slower than we, or its own timeout, allow.
    #[error("the body did not arrive in time")]
    Late,
    /// The client had more unread bodies than others, or larger ones, and one had to go.
    #[error("too many bodies at once were not sent to their end")]
    Crowded,
}

impl Rejection {
    /// Refuses a request whose body is not read to its end.
    pub(super) fn of(self, request: Request) -> Rejected {
        Rejected { why: self, unread: Unread::of(request) }
    }

    /// Returns whether nothing more is read of the body: the client has had its time.
    pub(super) fn wants_no_more(self) -> bool {
        matches!(self, Self::Late | Self::Crowded)
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotPost => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::TooManyRequests | Self::TooManyBytes | Self::Late | Self::Crowded => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

/// A refused request.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) why: Rejection,
    unread: Option<Unread>,
}

impl From<Rejection> for Rejected {
    /// Refuses a request of which nothing more is wanted.
    fn from(why: Rejection) -> Self {
        Self { why, unread: None }
    }
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let mut answer = plain_text(self.why.status(), self.why.to_string());
        if let Some(unread) = self.unread {
            answer.extensions_mut().insert(unread);
        }
        if self.why == Rejection::Incomplete {
            answer.extensions_mut().insert(BrokenOff);
        }
        answer
    }
}

/// A mark of answers that nobody waits for: the client has taken back its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct BrokenOff;

/// An answer in plain text; the API server shows it to the user as part of "failed calling
/// webhook".
///
/// 503 is for our own problems. It is not a denial, which would override the operator's
/// `failurePolicy`; with `Retry-After` the API server tries again, as long as the webhook's timeout
/// allows.
pub(super) fn plain_text(status: StatusCode, text: String) -> Response {
    if status == StatusCode::SERVICE_UNAVAILABLE {
        (status, [(RETRY_AFTER, "1")], text).into_response()
    } else {
        (status, text).into_response()
    }
}

/// The rest of a body that came with a refused request.
///
/// Closing a connection with unread bytes resets it, and the reset can arrive before the answer
/// that says why. So the connection reads the rest, and counts the request as in flight until then.
/// The rest is passed to it in the extensions of the answer, whose types must be `Clone` and
/// `Sync`; a body is neither.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    body: Arc<Mutex<Body>>,
    allowance: Duration,
}

impl Unread {
    /// The rest of the body. `None` where it is complete, and where the client waits for `100
    /// Continue` before it sends any, because reading would send that.
    fn of(request: Request) -> Option<Self> {
        let waits = request.headers().contains_key(EXPECT);
        let allowance = deadline::allowance(request.uri().query());
        let body = request.into_body();
        let is_coming = !waits && !body.is_end_stream();
        is_coming.then(|| Self { body: Arc::new(Mutex::new(body)), allowance })
    }

    /// Reads the rest and throws it away, so that the client can read our answer.
    pub(super) async fn discard(self, room: &Room, peer: Peer) {
        let body = Arc::into_inner(self.body).and_then(|body| body.into_inner().ok());
        if let Some(mut body) = body {
            let now = Instant::now();
            Reader::new(&mut body, room, peer, now, self.allowance).discard().await;
        }
    }
}
