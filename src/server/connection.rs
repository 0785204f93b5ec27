//! One connection from its handshake to its end.

use std::convert::Infallible;
use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::response::Response;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Version};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::server::TlsStream;
use tower::Service as _;

use super::activity::{ConnectionState, InFlight, Supervised};
use super::peer::Peer;
use super::rarely::Rarely;
use super::rejection::{BrokenOff, Unread};
use super::seats::Seat;
use super::shutdown::Stage;
use super::tls;
use super::worker::WorkerContext;

/// The largest head of a request, and the most that one read of its body takes. A record of TLS
/// holds no more, and every connection may have one of these.
const MAX_BUFFER: usize = 16 << 10;
/// The most requests at a time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// The bytes that one HTTP/2 connection may send before somebody reads them: the least that the
/// protocol knows. A connection that is faster than its readers holds as much.
const WINDOW: u32 = 65_535;

/// Anyone can be one of these as often as they like.
static REFUSED_CLIENTS: Rarely = Rarely::new();
static FLOODS: Rarely = Rarely::new();
static DISTRUST: Rarely = Rarely::new();

/// Serves until the client, a time-out, the shutdown or a newer connection ends it.
pub(super) async fn serve(
    stream: TcpStream,
    peer: Peer,
    mut seat: Seat,
    context: Rc<WorkerContext>,
) {
    let shaken = tokio::select! {
        shaken = handshake(stream, peer, &context) => shaken,
        () = poll_fn(|cx| seat.poll_evicted(cx)) => return,
    };
    let Some(stream) = shaken else {
        return;
    };
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2);
    let standing = Arc::clone(&seat.standing);
    let state = Rc::new(ConnectionState::new(context.timings, !is_http2, standing));
    let io = TokioIo::new(Supervised::new(stream, Rc::clone(&state)));
    let shutdown = context.stage.clone();
    let requests = Rc::clone(&state);
    let served = Rc::clone(&context);
    let service = service_fn(move |mut request: Request<_>| {
        request.extensions_mut().insert(peer);
        answer(request, peer, requests.request(), Rc::clone(&served))
    });
    let ended = if is_http2 {
        let mut second = context.http2_seats.share(peer, &seat);
        let evicted = |cx: &mut Context<'_>| {
            seat.poll_evicted(cx).is_ready() || second.poll_evicted(cx).is_ready()
        };
        let connection = http2::Builder::new(LocalExecutor)
            .max_concurrent_streams(MAX_STREAMS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .serve_connection(io, service);
        let close = http2::Connection::graceful_shutdown;
        drive(connection, close, &state, evicted, shutdown).await
    } else {
        let evicted = |cx: &mut Context<'_>| seat.poll_evicted(cx).is_ready();
        let connection = http1::Builder::new()
            .header_read_timeout(None) // see `activity`
            .max_buf_size(MAX_BUFFER)
            .serve_connection(io, service);
        let close = http1::Connection::graceful_shutdown;
        drive(connection, close, &state, evicted, shutdown).await
    };
    let error = ended.err();
    if let Some(error) = &error {
        tracing::debug!(%error, "connection ended");
    }
    if is_http2 && (state.is_flooded() || error.is_some_and(|error| is_flood(&error))) {
        context.metrics.limits.reset_floods.inc();
        if let Some(others) = FLOODS.occurred() {
            tracing::warn!(
                peer = %peer.0,
                others,
                "a client took back its HTTP/2 requests in a flood: its connection was ended"
            );
        }
    }
}

/// Returns whether h2 has ended a connection because of what its client did.
fn is_flood(error: &hyper::Error) -> bool {
    let error = error.source().and_then(|error| error.downcast_ref::<h2::Error>());
    error.is_some_and(|error| {
        error.is_library() && error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM)
    })
}

/// Answers one request with the router. The request is `in_flight` until its body is read or thrown
/// away, too.
///
/// The guard stays outside the router, whose futures must be `Send`: it belongs to a connection
/// that stays on this thread.
async fn answer(
    request: Request<Incoming>,
    peer: Peer,
    mut in_flight: InFlight,
    context: Rc<WorkerContext>,
) -> Result<Response, Infallible> {
    let is_http1 = request.version() != Version::HTTP_2;
    let is_old = in_flight.is_on_old_connection();
    let mut answer = context.router.clone().call(request).await?;
    if answer.extensions().get::<BrokenOff>().is_none() {
        in_flight.answered();
    }
    if let Some(unread) = answer.extensions_mut().remove::<Unread>() {
        let context = Rc::clone(&context);
        tokio::task::spawn_local(async move {
            unread.discard(&context.room, peer).await;
            drop(in_flight);
        });
    }
    if is_http1 && (is_old || *context.stage.borrow() >= Stage::Leaving) {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(answer)
}

async fn handshake(
    stream: TcpStream,
    peer: Peer,
    context: &WorkerContext,
) -> Option<TlsStream<TcpStream>> {
    let WorkerContext { acceptor, timings, metrics, .. } = context;
    let error = match timeout(timings.handshake, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => error,
        Err(elapsed) => elapsed.into(),
    };
    metrics.limits.handshake_failures.inc();
    if tls::client_refused_certificate(&error) {
        if let Some(others) = DISTRUST.occurred() {
            tracing::warn!(
                %error,
                peer = %peer.0,
                others,
                "a client does not trust the serving certificate: is the webhook configuration's \
                 caBundle the CA that signed it, and does it name the host the client calls?"
            );
        }
    } else if let Some(reason) = tls::refused_client(&error) {
        metrics.limits.clients_refused.inc();
        if let Some(others) = REFUSED_CLIENTS.occurred() {
            tracing::warn!(
                reason,
                peer = %peer.0,
                others,
                "a client was refused for its certificate: an API server has to show one that \
                 --client-ca-file and --client-name accept"
            );
        }
    } else {
        tracing::debug!(%error, "TLS handshake failed");
    }
    None
}

/// Polls a connection together with its watchdog: one timer, which is set again only when it fires
/// or would fire too late.
async fn drive<C: Future<Output = hyper::Result<()>>>(
    connection: C,
    close_politely: impl Fn(Pin<&mut C>),
    state: &ConnectionState,
    mut evicted: impl FnMut(&mut Context<'_>) -> bool,
    mut shutdown: watch::Receiver<Stage>,
) -> hyper::Result<()> {
    let mut connection = pin!(connection);
    let mut alarm = pin!(sleep_until(state.deadline()));
    let mut leave = pin!(shutdown.wait_for(|stage| *stage >= Stage::Draining));
    let mut leaving = false;
    let mut closing = false;
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            if state.is_flooded() {
                return Poll::Ready(Ok(()));
            }
            if !leaving && leave.as_mut().poll(cx).is_ready() {
                leaving = true;
                state.drain();
            }
            if !leaving && evicted(cx) {
                if state.is_silent() {
                    return Poll::Ready(Ok(()));
                }
                leaving = true;
                state.drain();
            }
            let mut close = leaving && !closing && state.may_close();
            if !close {
                if state.deadline() < alarm.deadline() {
                    alarm.as_mut().reset(state.deadline());
                }
                ready!(alarm.as_mut().poll(cx));
                if Instant::now() < state.deadline() {
                    // Something has happened since it was set.
                    alarm.as_mut().reset(state.deadline());
                    continue;
                }
                close = !closing && state.is_idle();
            }
            if !close {
                tracing::debug!("connection timed out");
                return Poll::Ready(Ok(()));
            }
            closing = true;
            close_politely(connection.as_mut());
            state.closing();
        }
    })
    .await
}

/// Runs the streams of an HTTP/2 connection on the connection's own thread.
#[derive(Clone, Copy)]
struct LocalExecutor;

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, stream: F) {
        tokio::task::spawn_local(stream);
    }
}
