//! The state of a connection, so that a slow client can be distinguished from an idle one.
//!
//! hyper's own `header_read_timeout` also counts the idle time between two requests of a kept-alive
//! connection. The API server keeps its connections for 90 s, and does not retry when we close one
//! that it is about to use. But a request head that takes 90 s to arrive is an attack. So we look
//! at the bytes ourselves.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::seats::Standing;

/// The requests that a client may take back, on a connection on which it waits for fewer answers. A
/// client whose calls time out takes some back; more is a flood of resets.
const MAX_TAKEN_BACK: u64 = 100;

/// The times that a client may take for each thing.
#[derive(Debug, Clone, Copy)]
pub struct Timings {
    /// The TLS handshake, from the accepted connection on.
    pub handshake: Duration,
    /// The time from the end of the handshake to the first request (HTTP/2) or its first byte
    /// (HTTP/1.1). As long as `idle`: Go opens connections that it does not need, and keeps them
    /// unused in its pool.
    pub first_request: Duration,
    /// The time from a request's first byte to the end of its head; HTTP/1.1 only, where it can be
    /// observed.
    pub head: Duration,
    /// The time from the end of a request's head to the end of its body, whatever `?timeout=`
    /// allows.
    pub body: Duration,
    /// The time between two requests. More than the 90 s of Go's HTTP client, so that it is always
    /// the client who closes: it would report our close as a failed call.
    pub idle: Duration,
    /// The age after which an HTTP/1.1 connection ends with its next answer, so that the client
    /// connects again. Otherwise it would stay with the same replica, also when there are more.
    pub max_age: Duration,
    /// The time while draining in which a connection may still send its first request, and the time
    /// that a polite close may take.
    pub drain: Duration,
    /// The time for a health or metrics page, from the accepted connection to the end of the
    /// answer.
    pub page: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            first_request: Duration::from_mins(3),
            head: Duration::from_secs(10),
            body: Duration::from_secs(5),
            idle: Duration::from_mins(3),
            max_age: Duration::from_mins(5),
            drain: Duration::from_secs(1),
            page: Duration::from_secs(5),
        }
    }
}

/// The thing that a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    /// No request has come yet.
    Fresh,
    /// A request's head has begun to arrive (HTTP/1.1 only).
    Head,
    /// At least one request is being answered.
    Answering,
    /// Every request so far is answered.
    Idle,
    /// We are closing it.
    Closing,
}

/// The state of one connection, shared by its transport, its requests and its watchdog, all of
/// which live on one thread.
pub(super) struct ConnectionState {
    timings: Timings,
    /// True when bytes from an idle client must be a request's head. Over HTTP/2 they may as well
    /// be a ping.
    bytes_mean_head: bool,
    opened: Instant,
    activity: Cell<Activity>,
    since: Cell<Instant>,
    requests: Cell<usize>,
    /// The time when draining began.
    drain: Cell<Option<Instant>>,
    /// The requests that were answered, and those that the client took back before.
    answered: Cell<u64>,
    taken_back: Cell<u64>,
    /// Where others see what the connection does.
    standing: Arc<Standing>,
}

impl ConnectionState {
    pub(super) fn new(timings: Timings, bytes_mean_head: bool, standing: Arc<Standing>) -> Self {
        Self {
            timings,
            bytes_mean_head,
            opened: Instant::now(),
            activity: Cell::new(Activity::Fresh),
            since: Cell::new(Instant::now()),
            requests: Cell::new(0),
            drain: Cell::new(None),
            answered: Cell::new(0),
            taken_back: Cell::new(0),
            standing,
        }
    }

    /// The time at which the connection is closed, unless something happens before.
    pub(super) fn deadline(&self) -> Instant {
        let Timings { first_request, head, idle, drain, .. } = self.timings;
        let since = self.since.get();
        match (self.activity.get(), self.drain.get()) {
            (Activity::Fresh, None) => since + first_request,
            (Activity::Fresh, Some(called)) => (since + first_request).min(called + drain),
            (Activity::Head, _) => since + head,
            // A request has its own, much shorter deadline; this one is for a client that does not
            // read its answer.
            (Activity::Answering | Activity::Idle, _) => since + idle,
            (Activity::Closing, _) => since + drain,
        }
    }

    /// Notes that draining has begun.
    pub(super) fn drain(&self) {
        self.drain.set(Some(Instant::now()));
    }

    /// Returns whether a polite close loses nothing: not before the first request, which a client
    /// may be sending just now, and not within a head, which hyper would take for an idle
    /// connection.
    pub(super) fn may_close(&self) -> bool {
        matches!(self.activity.get(), Activity::Answering | Activity::Idle)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.activity.get() == Activity::Idle
    }

    /// Returns whether no request has come yet.
    pub(super) fn is_silent(&self) -> bool {
        self.answered.get() + self.taken_back.get() == 0 && self.requests.get() == 0
    }

    /// Returns whether the client has taken back more requests than were answered, and many.
    pub(super) fn is_flooded(&self) -> bool {
        self.taken_back.get() > self.answered.get().max(MAX_TAKEN_BACK)
    }

    /// Notes that the polite close has begun.
    pub(super) fn closing(&self) {
        if self.requests.get() == 0 {
            self.enter(Activity::Closing);
        }
    }

    /// Notes that a request has come; it ends when the guard is dropped.
    pub(super) fn request(self: &Rc<Self>) -> InFlight {
        self.requests.set(self.requests.get() + 1);
        self.enter(Activity::Answering);
        InFlight { state: Rc::clone(self), is_answered: false }
    }

    fn bytes_arrived(&self) {
        if self.bytes_mean_head && matches!(self.activity.get(), Activity::Fresh | Activity::Idle) {
            self.enter(Activity::Head);
        }
    }

    fn enter(&self, activity: Activity) {
        let now = Instant::now();
        self.activity.set(activity);
        self.since.set(now);
        match activity {
            Activity::Answering => self.standing.set(true, now.into_std()),
            Activity::Idle => self.standing.set(false, now.into_std()),
            // Before its first request it is silent; later a head is no request yet.
            Activity::Fresh | Activity::Head | Activity::Closing => {}
        }
    }
}

/// A request that is being answered.
pub(super) struct InFlight {
    state: Rc<ConnectionState>,
    is_answered: bool,
}

impl InFlight {
    /// Returns whether the connection has lasted long enough.
    pub(super) fn is_on_old_connection(&self) -> bool {
        let ConnectionState { opened, timings, .. } = &*self.state;
        opened.elapsed() >= timings.max_age
    }

    /// Notes that there is an answer; a request that goes without one was taken back.
    pub(super) fn answered(&mut self) {
        self.is_answered = true;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let state = &*self.state;
        let count = if self.is_answered { &state.answered } else { &state.taken_back };
        count.set(count.get() + 1);
        let left = state.requests.get().saturating_sub(1);
        state.requests.set(left);
        if left == 0 {
            state.enter(Activity::Idle);
        }
    }
}

/// A transport that notes in the [`ConnectionState`] when bytes arrive.
pub(super) struct Supervised<T> {
    transport: T,
    state: Rc<ConnectionState>,
}

impl<T> Supervised<T> {
    pub(super) fn new(transport: T, state: Rc<ConnectionState>) -> Self {
        Self { transport, state }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Supervised<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.transport).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.state.bytes_arrived();
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Supervised<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}
