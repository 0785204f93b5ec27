//! Clients that send bodies slowly, or never: they hold up nobody else.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use hyper::client::conn::http2;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sandbox_admission::server::{ServerOptions, Timings};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};
use tokio_rustls::client::TlsStream;

use super::running::{Running, TIMINGS, options};
use crate::support::client::{Client, head, in_time, read_some, write};

/// Another client than the one at 127.0.0.1.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Nothing here ends because it took long.
const TIMES: Timings = Timings {
    handshake: Duration::from_mins(1),
    first_request: Duration::from_mins(1),
    body: Duration::from_mins(1),
    idle: Duration::from_mins(1),
    ..TIMINGS
};

/// Asks 50 times a second, and wants each answer within two seconds, on however busy a machine.
async fn is_served_well(client: &Client, seconds: u32) {
    let mut client = client.http1().await.unwrap();
    let mut ticks = interval(Duration::from_millis(20));
    for _ in 0..50 * seconds {
        ticks.tick().await;
        let asked = Instant::now();
        let answer = client.post("/validate?timeout=10s", vec![b' '; 9_000]).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    }
}

/// A body of which nothing ever comes.
struct Never;

impl Body for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

async fn open(client: &Client) -> http2::SendRequest<Never> {
    let stream = client.connect(&["h2"]).await.unwrap();
    let (sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Begins requests on a connection, and sends the body of none. Those that are dropped are reset.
fn begin(sender: &http2::SendRequest<Never>, streams: usize) -> JoinSet<Option<StatusCode>> {
    let mut requests = JoinSet::new();
    for _ in 0..streams {
        let mut sender = sender.clone();
        requests.spawn(async move {
            let uri = "https://localhost/validate?timeout=30s";
            let request = Request::post(uri).body(Never).unwrap();
            sender.send_request(request).await.ok().map(|answer| answer.status())
        });
    }
    requests
}

#[tokio::test]
async fn http2_streams_whose_bodies_never_come_keep_nobody_from_an_answer() {
    for from in [ATTACKER, Ipv4Addr::LOCALHOST] {
        let server = Running::with(ServerOptions { timings: TIMES, ..options() }).await;
        let attacker = server.client.from(from);
        let mut attack = Vec::new();
        for _ in 0..4 {
            attack.push(begin(&open(&attacker).await, 190));
        }
        while server.metric("bodies_arriving").await < 256 {
            sleep(Duration::from_millis(20)).await;
        }
        is_served_well(&server.client, 2).await;
        assert_eq!(server.metric("requests_in_flight").await, 0);
        assert_eq!(server.metric("requests_shed_total").await, 0);
        // What was given up was told to try again.
        let crowded = server.metric("bodies_given_up_total{reason=\"crowded\"}").await;
        assert!(crowded >= 400 - 256, "{crowded}");
        let mut statuses = Vec::new();
        for requests in &mut attack {
            while let Some(ended) = requests.try_join_next() {
                statuses.push(ended.unwrap());
            }
        }
        // hyper's client may see the end of the stream before the answer.
        statuses.retain(Option::is_some);
        assert!(!statuses.is_empty());
        assert!(statuses.iter().all(|it| *it == Some(StatusCode::SERVICE_UNAVAILABLE)));
    }
}

#[tokio::test]
async fn slow_bodies_over_http1_keep_nobody_from_an_answer() {
    for from in [ATTACKER, Ipv4Addr::LOCALHOST] {
        let server = Running::with(ServerOptions { timings: TIMES, ..options() }).await;
        let attacker = server.client.from(from);
        let mut slow = Vec::new();
        for _ in 0..600 {
            let mut stream = attacker.connect(&["http/1.1"]).await.unwrap();
            write(&mut stream, head("/validate?timeout=30s", 100)).await;
            write(&mut stream, "half of it").await;
            slow.push(stream);
        }
        is_served_well(&server.client, 2).await;
        assert!(server.metric("bodies_arriving").await <= 256);
        assert!(read_some(&mut slow[0]).await.starts_with("HTTP/1.1 503"));
    }
}

#[tokio::test]
async fn a_client_with_few_bodies_keeps_them_while_another_sends_many() {
    let options = ServerOptions { timings: TIMES, max_unread_bodies: 8, ..options() };
    let server = Running::with(options).await;
    let mut slow = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut slow, head("/validate?timeout=30s", 4)).await;
    server.until("bodies_arriving", 1).await;
    let _attack = begin(&open(&server.client.from(ATTACKER)).await, 50);
    let crowded = "bodies_given_up_total{reason=\"crowded\"}";
    server.until(crowded, 43).await;
    write(&mut slow, "body").await;
    assert!(read_some(&mut slow).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn large_bodies_that_never_end_leave_memory_for_others() {
    let options = ServerOptions { timings: TIMES, max_body_bytes: 8 << 20, ..options() };
    let server = Running::with(options).await;
    let attacker = server.client.from(ATTACKER);
    let mut slow = Vec::new();
    for _ in 0..12 {
        let mut stream = attacker.connect(&["http/1.1"]).await.unwrap();
        write(&mut stream, head("/validate?timeout=30s", 1 << 20)).await;
        // What is refused does not read on.
        let _ =
            timeout(Duration::from_millis(500), write(&mut stream, vec![b' '; 1_000_000])).await;
        slow.push(stream);
    }
    assert!(server.metric("requests_shed_total").await >= 1);
    let mut client = server.client.http1().await.unwrap();
    for _ in 0..10 {
        let answer = client.post("/validate", vec![b' '; 3 << 20]).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    assert!(server.metric("bodies_given_up_total{reason=\"crowded\"}").await >= 1);
}

/// A connection of HTTP/2 by hand.
struct Frames {
    stream: TlsStream<TcpStream>,
    next: u32,
}

impl Frames {
    async fn open(client: &Client) -> Self {
        let mut stream = client.connect(&["h2"]).await.unwrap();
        write(&mut stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        write(&mut stream, frame(4, 0, 0, &[])).await; // SETTINGS
        Self { stream, next: 1 }
    }

    /// The head of a request whose body is still to come, and the number of its stream.
    fn head(&mut self, path: &str) -> (Vec<u8>, u32) {
        // POST https://localhost/..., by HPACK's table.
        let mut head = [&[0x83, 0x87, 0x41, 9], &b"localhost"[..], &[0x44]].concat();
        head.push(u8::try_from(path.len()).unwrap());
        head.extend(path.as_bytes());
        let number = self.next;
        self.next += 2;
        (frame(1, 4, number, &head), number) // HEADERS, complete
    }
}

/// A frame of HTTP/2 on a stream.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A client does not want an answer any more.
fn reset(stream: u32) -> Vec<u8> {
    frame(3, 0, stream, &8_u32.to_be_bytes())
}

#[tokio::test]
async fn a_client_that_takes_back_its_requests_in_a_flood_loses_its_connection() {
    let server = Running::with(ServerOptions { timings: TIMES, ..options() }).await;
    let mut other = server.client.http2().await.unwrap();
    other.post("/validate", "{}").await.unwrap();
    let mut flood = Frames::open(&server.client.from(ATTACKER)).await;
    for _ in 0..5 {
        // Some resets are normal.
        assert_eq!(server.metric("http2_reset_floods_total").await, 0);
        let (heads, streams): (Vec<_>, Vec<_>) =
            (0..25).map(|_| flood.head("/validate?timeout=30s")).unzip();
        write(&mut flood.stream, heads.concat()).await;
        server.until("bodies_arriving", 25).await;
        let resets: Vec<_> = streams.into_iter().map(reset).collect();
        write(&mut flood.stream, resets.concat()).await;
        server.until("bodies_arriving", 0).await;
    }
    write(&mut flood.stream, frame(6, 0, 0, &[0; 8])).await; // PING: here it is again
    let _ = in_time(flood.stream.read_to_end(&mut Vec::new())).await;
    server.until("http2_reset_floods_total", 1).await;
    assert_eq!(other.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn a_rapid_reset_ends_its_connection_and_is_counted() {
    let server = Running::with(ServerOptions { timings: TIMES, ..options() }).await;
    let mut flood = Frames::open(&server.client.from(ATTACKER)).await;
    let mut bytes = Vec::new();
    for _ in 0..200 {
        let (head, stream) = flood.head("/");
        bytes.extend(head);
        bytes.extend(reset(stream));
    }
    write(&mut flood.stream, bytes).await;
    let _ = in_time(flood.stream.read_to_end(&mut Vec::new())).await;
    server.until("http2_reset_floods_total", 1).await;
    is_served_well(&server.client, 1).await;
}
