//! Reading a request's body, within bounds.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout_at};

use super::limits::Ticket;

/// How much of a body nobody wants is read all the same: closing a connection with unread bytes
/// resets it, and the reset overtakes the answer that says why.
const DISCARDED: usize = 16 << 20;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// More than the limit.
    TooLarge,
    /// Within its own limit, but together with all others more memory than we give.
    TooMuchAtOnce,
    /// The client went away or broke the protocol.
    Broken,
}

/// The whole body; not copied when it comes in one frame, as it does when client and server are
/// quick and the body small.
pub(super) async fn read(
    body: &mut Incoming,
    limit: usize,
    ticket: &mut Ticket<'_>,
) -> Result<Bytes, Unread> {
    if announced(body) > limit {
        return Err(Unread::TooLarge);
    }
    let Some(first) = chunk(body, limit, ticket).await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = chunk(body, limit - first.len(), ticket).await? else {
        return Ok(first);
    };
    // Room for all that is announced up to a size that real reviews have; beyond, as it comes.
    let rest = announced(body).min(1 << 20);
    let mut whole = Vec::with_capacity(first.len() + second.len() + rest);
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(next) = chunk(body, limit - whole.len(), ticket).await? {
        whole.extend_from_slice(&next);
    }
    Ok(whole.into())
}

/// Reads on and forgets, so that the client can read our answer.
pub(super) async fn discard(mut body: Incoming, until: Instant) {
    let mut left = DISCARDED;
    // Errors and the deadline end it: there is nobody to tell.
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

/// What is still to come, by `Content-Length`; 0 when the client does not say.
fn announced(body: &Incoming) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// The next data of at most `limit` bytes; trailers are skipped.
async fn chunk(
    body: &mut Incoming,
    limit: usize,
    ticket: &mut Ticket<'_>,
) -> Result<Option<Bytes>, Unread> {
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else {
            break;
        };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            continue;
        };
        if data.len() > limit {
            return Err(Unread::TooLarge);
        }
        if !ticket.hold(data.len()) {
            return Err(Unread::TooMuchAtOnce);
        }
        return Ok(Some(data));
    }
    Ok(None)
}
