//! Bounded reading of a request's body.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use tokio::time::Instant;

use super::arriving::{Arriving, GivenUp, Place};
use super::limits::{Claim, Limits};
use super::peer::Peer;
use super::rejection::Rejection;

/// The largest body that is read. An API server takes objects of up to 3 MiB, and a review holds
/// the old one and the new one.
pub(super) const MAX: usize = 8 << 20;
/// The most that is read of a body that is thrown away.
const DISCARDED: usize = 16 << 20;
/// How often a body may make its connection read once more before it counts as one that is not
/// there yet. Over HTTP/1.1 nothing of it is there at first: hyper waits until somebody wants it.
const AT_ONCE: u8 = 3;
/// A buffer grows by half, and at least by this.
const STEP: usize = 16 << 10;

/// The place, the memory and the time that bodies have.
#[derive(Clone)]
pub(super) struct Room {
    pub(super) limits: Arc<Limits>,
    pub(super) arriving: Arc<Arriving>,
    pub(super) time: Duration,
}

/// A body on its way.
pub(super) struct Reader<'a> {
    body: &'a mut Body,
    room: &'a Room,
    peer: Peer,
    deadline: Instant,
    /// Where it waits, when it has turned out not to be there at once.
    place: Option<Place>,
    patience: u8,
}

impl<'a> Reader<'a> {
    /// The body of a request that may take this long from `started` on.
    pub(super) fn new(
        body: &'a mut Body,
        room: &'a Room,
        peer: Peer,
        started: Instant,
        allowance: Duration,
    ) -> Self {
        let deadline = started + room.time.min(allowance);
        Self { body, room, peer, deadline, place: None, patience: AT_ONCE }
    }

    /// Reads the whole body. It is not copied when it comes in one frame, as a small body does when
    /// client and server are fast; then it takes no memory but that of its connection's buffer.
    pub(super) async fn read(mut self) -> Result<Bytes, Rejection> {
        if announced(self.body) > MAX {
            return Err(Rejection::TooLarge);
        }
        let Some(first) = self.next().await? else {
            return Ok(Bytes::new());
        };
        if self.body.is_end_stream() && first.len() <= MAX {
            return Ok(first);
        }
        let mut whole = Buffer { bytes: Vec::new(), claim: Claim::new(&self.room.limits) };
        let mut next = Some(first);
        while let Some(data) = next {
            let needed = whole.bytes.len() + data.len();
            if needed > MAX {
                return Err(Rejection::TooLarge);
            }
            if needed > whole.bytes.capacity() {
                let capacity = grown(needed, self.body);
                self.claim(&mut whole.claim, capacity)?;
                whole.bytes.reserve_exact(capacity - whole.bytes.len());
            }
            whole.bytes.extend_from_slice(&data);
            // Small frames are parts of a larger buffer.
            drop(data);
            next = self.next().await?;
        }
        Ok(Bytes::from_owner(whole))
    }

    /// Reads the rest and throws it away.
    pub(super) async fn discard(mut self) {
        let mut left = DISCARDED;
        // Errors and the deadline end it: nobody is interested in them.
        while let Ok(Some(data)) = self.next().await {
            match left.checked_sub(data.len()) {
                Some(less) => left = less,
                None => break,
            }
        }
    }

    fn claim(&mut self, claim: &mut Claim, bytes: usize) -> Result<(), Rejection> {
        if claim.raise(bytes) {
            if let Some(place) = &self.place {
                place.weigh(bytes);
            }
            return Ok(());
        }
        let place = self.place();
        place.weigh(bytes);
        if !place.make_room(bytes.saturating_sub(claim.bytes())) {
            return Err(Rejection::TooManyBytes);
        }
        claim.raise_anyway(bytes);
        Ok(())
    }

    /// Reads the next data; trailers are skipped.
    async fn next(&mut self) -> Result<Option<Bytes>, Rejection> {
        while !self.body.is_end_stream() {
            let Some(frame) = poll_fn(|cx| self.poll_frame(cx)).await? else {
                break;
            };
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame>, Rejection>> {
        if let Poll::Ready(frame) = Pin::new(&mut *self.body).poll_frame(cx) {
            return Poll::Ready(frame.transpose().map_err(|_broken| Rejection::Incomplete));
        }
        if self.place.is_none() && self.patience > 0 {
            self.patience -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let why = ready!(self.place().poll_end(cx));
        Poll::Ready(Err(match why {
            GivenUp::Late => Rejection::Late,
            GivenUp::Crowded => Rejection::Crowded,
        }))
    }

    fn place(&mut self) -> &mut Place {
        let Self { place, room, peer, deadline, .. } = self;
        place.get_or_insert_with(|| room.arriving.enter(*peer, *deadline))
    }
}

type Frame = hyper::body::Frame<Bytes>;

/// The bytes of a body, which count as long as they are there.
struct Buffer {
    bytes: Vec<u8>,
    claim: Claim,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The number of bytes still to come, by `Content-Length`; 0 when the client does not say.
fn announced(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// The capacity of a buffer for the `needed` bytes that are there, and some of the rest. It is
/// never much more than what is there: to announce more costs a client nothing.
fn grown(needed: usize, rest: &Body) -> usize {
    let step = STEP.max(needed / 2);
    let expected = rest.size_hint().upper().and_then(|rest| usize::try_from(rest).ok());
    needed.saturating_add(expected.map_or(step, |rest| rest.min(step))).min(MAX)
}
