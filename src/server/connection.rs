//! One connection from its handshake to its end.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, ready};

use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::activity::{ConnectionState, Supervised, Timings};
use super::service::Service;
use super::shutdown::Stage;
use super::{Handler, tls};

/// Bounds the head of a request and one read of its body.
const MAX_BUFFER: usize = 64 << 10;

/// Serves until the client, a time-out or the shutdown ends it.
pub(super) async fn serve<H: Handler>(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    timings: Timings,
    service: Arc<Service<H>>,
) {
    let Some(stream) = handshake(stream, &acceptor, timings, &service).await else {
        return;
    };
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2);
    let activity = Rc::new(ConnectionState::new(timings, !is_http2));
    let io = TokioIo::new(Supervised::new(stream, Rc::clone(&activity)));
    let stage = service.stage.clone();
    let requests = Rc::clone(&activity);
    let service = service_fn(move |request| {
        let service = Arc::clone(&service);
        let in_flight = requests.request();
        async move { Ok::<_, Infallible>(service.answer(request, in_flight).await) }
    });
    let ended = if is_http2 {
        let connection = http2::Builder::new(LocalExecutor).serve_connection(io, service);
        drive(connection, http2::Connection::graceful_shutdown, &activity, stage).await
    } else {
        let connection = http1::Builder::new()
            .header_read_timeout(None) // see `activity`
            .max_buf_size(MAX_BUFFER)
            .serve_connection(io, service);
        drive(connection, http1::Connection::graceful_shutdown, &activity, stage).await
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

async fn handshake<H>(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    timings: Timings,
    service: &Service<H>,
) -> Option<TlsStream<TcpStream>> {
    let error = match timeout(timings.handshake, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => error,
        Err(elapsed) => elapsed.into(),
    };
    service.metrics.handshake_failures.inc();
    if tls::client_refused_certificate(&error) {
        tracing::warn!(
            %error,
            "a client does not trust the serving certificate: is the webhook configuration's \
             caBundle the CA that signed it, and does it name the host the client calls?"
        );
    } else {
        tracing::debug!(%error, "TLS handshake failed");
    }
    None
}

/// Polls a connection beside its watchdog: one timer, that is moved only when it goes off or would
/// go off too late.
async fn drive<C: Future<Output = hyper::Result<()>>>(
    connection: C,
    close_politely: impl Fn(Pin<&mut C>),
    activity: &ConnectionState,
    mut stage: watch::Receiver<Stage>,
) -> hyper::Result<()> {
    let mut connection = pin!(connection);
    let mut alarm = pin!(sleep_until(activity.deadline()));
    let mut leave = pin!(stage.wait_for(|stage| *stage >= Stage::Draining));
    let mut leaving = false;
    let mut closing = false;
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            if !leaving && leave.as_mut().poll(cx).is_ready() {
                leaving = true;
                activity.drain();
            }
            let mut close = leaving && !closing && activity.may_close();
            if !close {
                if activity.deadline() < alarm.deadline() {
                    alarm.as_mut().reset(activity.deadline());
                }
                ready!(alarm.as_mut().poll(cx));
                if Instant::now() < activity.deadline() {
                    // What it was set for is over.
                    alarm.as_mut().reset(activity.deadline());
                    continue;
                }
                close = !closing && activity.is_idle();
            }
            if !close {
                tracing::debug!("connection timed out");
                return Poll::Ready(Ok(()));
            }
            closing = true;
            close_politely(connection.as_mut());
            activity.closing();
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
