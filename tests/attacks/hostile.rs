//! The means of attackers: connections from many addresses, bodies that never end.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, SizeHint};
use hyper::client::conn::http2;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::support::client::Client;
use crate::target::Target;

/// The time after which an attacker gives up to connect.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// The time after which an attacker gives up to wait for an answer.
const ANSWERED: Duration = Duration::from_secs(30);
/// The first of the addresses of attackers, as the last byte of 127.0.0.x.
pub const FIRST: u8 = 2;

/// A body of which a byte arrives, and then nothing.
#[derive(Default)]
pub struct NeverEnding {
    has_begun: bool,
}

impl Body for NeverEnding {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.has_begun {
            return Poll::Pending;
        }
        self.has_begun = true;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// An HTTP/2 connection for bodies of one sort.
pub async fn http2<B>(client: &Client) -> io::Result<http2::SendRequest<B>>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static,
{
    let connecting = timeout(PATIENCE, client.connect(&["h2"]));
    let stream = connecting.await.map_err(io::Error::other)??;
    let made = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (sender, connection) = made.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(sender)
}

/// A request to judge this body.
pub fn post<B>(body: B) -> Request<B> {
    Request::post("https://localhost/validate?timeout=30s").body(body).unwrap()
}

/// Sends a body again and again until the time is over, on `connections` at a time, each from an address of
/// its own. Returns how many answers had which status; connections that end are made again.
pub async fn flood(
    target: &Target,
    connections: u8,
    span: Duration,
    body: fn(usize) -> Bytes,
) -> Vec<StatusCode> {
    let end = Instant::now() + span;
    let mut tasks = JoinSet::new();
    for host in 0..connections {
        let client = target.client(FIRST + host);
        tasks.spawn(async move {
            let mut answers = Vec::new();
            let mut number = usize::from(host);
            while Instant::now() < end {
                let Ok(mut sender) = http2::<Full<Bytes>>(&client).await else { continue };
                while Instant::now() < end {
                    let body = body(number);
                    number += usize::from(connections);
                    let sent = async {
                        let answer = sender.send_request(post(Full::new(body))).await?;
                        let status = answer.status();
                        answer.into_body().collect().await?;
                        Ok::<_, hyper::Error>(status)
                    };
                    match timeout(ANSWERED, sent).await {
                        Ok(Ok(status)) => answers.push(status),
                        Ok(Err(_)) => break,
                        Err(_) => return answers,
                    }
                }
            }
            answers
        });
    }
    tasks.join_all().await.concat()
}
