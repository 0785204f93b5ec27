//! Bounded reading of a request's body.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

use super::limits::Ticket;
use super::rejection::Rejection;

/// The largest body that is read. An API server takes objects of up to 3 MiB, and a review holds
/// the old one and the new one.
pub(super) const MAX: usize = 8 << 20;
/// The most that is read of a body that is thrown away.
const DISCARDED: usize = 16 << 20;

/// Reads the whole body. It is not copied when it comes in one frame, as a small body does when
/// client and server are fast.
pub(super) async fn read(body: &mut Body, ticket: &mut Ticket) -> Result<Bytes, Rejection> {
    if announced(body) > MAX {
        return Err(Rejection::TooLarge);
    }
    let mut body = Limited::new(body, MAX);
    let Some(first) = chunk(&mut body, ticket).await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = chunk(&mut body, ticket).await? else {
        return Ok(first);
    };
    // Room for as much as is announced, up to the size of real reviews; beyond that it grows.
    let rest = announced(&body).min(1 << 20);
    let mut whole = Vec::with_capacity(first.len() + second.len() + rest);
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(next) = chunk(&mut body, ticket).await? {
        whole.extend_from_slice(&next);
    }
    Ok(whole.into())
}

/// Reads the rest and throws it away.
pub(super) async fn discard(mut body: Body, until: Instant) {
    let mut left = DISCARDED;
    // Errors and the deadline end it: nobody is interested in them.
    let _ = timeout_at(until, async {
        while let Some(Ok(frame)) = body.frame().await {
            let read = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(read) {
                Some(less) => left = less,
                None => break,
            }
        }
    })
    .await;
}

/// The number of bytes still to come, by `Content-Length`; 0 when the client does not say.
fn announced(body: &impl HttpBody) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// Reads the next data; trailers are skipped.
async fn chunk(
    body: &mut Limited<&mut Body>,
    ticket: &mut Ticket,
) -> Result<Option<Bytes>, Rejection> {
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else {
            break;
        };
        let frame = frame.map_err(|error| {
            let is_over = error.is::<LengthLimitError>();
            if is_over { Rejection::TooLarge } else { Rejection::Incomplete }
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if !ticket.hold(data.len()) {
            return Err(Rejection::TooManyBytes);
        }
        return Ok(Some(data));
    }
    Ok(None)
}
