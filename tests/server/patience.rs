//! Slow clients, silent clients, and clients that are merely idle.

use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::server::{ServerOptions, Timings};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::running::{Running, TIMINGS, options};
use crate::support::client::{head, in_time, read_some, write};

/// Returns whether the time since `start` is about as long as `expected`: on a busy machine it may be longer, but
/// not as long as [`TIMINGS`] lets a connection be idle.
fn took(start: Instant, expected: Duration) -> bool {
    let took = start.elapsed();
    took >= expected.mul_f32(0.9) && took < expected + Duration::from_millis(800)
}

#[tokio::test]
async fn a_peer_that_does_not_shake_hands_is_cut_and_holds_up_nobody() {
    let timings = Timings { handshake: Duration::from_secs(1), ..TIMINGS };
    let server = Running::with(ServerOptions { timings, ..options() }).await;
    let start = Instant::now();
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut other = server.client.http1().await.unwrap();
    assert_eq!(other.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    assert!(start.elapsed() < timings.handshake);
    let _ = in_time(silent.read(&mut [0; 8])).await;
    assert!(took(start, timings.handshake), "{:?}", start.elapsed());
    server.until("tls_handshake_failures_total", 1).await;
}

#[tokio::test]
async fn a_client_that_asks_nothing_after_the_handshake_is_cut() {
    let server = Running::start().await;
    for protocol in ["http/1.1", "h2"] {
        let mut stream = server.client.connect(&[protocol]).await.unwrap();
        let start = Instant::now();
        read_to_end_of_anything(&mut stream).await;
        assert!(took(start, TIMINGS.first_request), "{protocol}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_head_that_dribbles_in_is_cut() {
    let server = Running::start().await;
    let stream = server.client.connect(&["http/1.1"]).await.unwrap();
    let start = Instant::now();
    dribble_head(stream).await;
    assert!(took(start, TIMINGS.head), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_head_that_dribbles_in_after_a_good_request_is_cut_too() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut stream, head("/validate", 2) + "{}").await;
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 200"));
    // By then, the watchdog has gone back to sleep for as long as the connection may be idle.
    sleep(TIMINGS.first_request + Duration::from_millis(50)).await;
    let start = Instant::now();
    dribble_head(stream).await;
    assert!(took(start, TIMINGS.head), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_idle_connection_outlives_the_time_a_head_may_take() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    for _ in 0..2 {
        assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
        sleep(TIMINGS.head * 2).await;
        assert!(client.is_open());
    }
    let mut client = server.client.http2().await.unwrap();
    assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    sleep(TIMINGS.head * 2).await;
    assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn a_connection_whose_request_was_refused_is_idle_afterwards() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    let answer = client.post("/nowhere", vec![b' '; 200_000]).await.unwrap();
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    sleep(TIMINGS.head * 2).await;
    assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn an_idle_connection_is_closed_politely_in_the_end() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut stream, head("/validate", 2) + "{}").await;
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 200"));
    let start = Instant::now();
    // An error here would mean that TLS ended without a `close_notify`.
    assert_eq!(in_time(stream.read(&mut [0; 8])).await.unwrap(), 0);
    assert!(took(start, TIMINGS.idle), "{:?}", start.elapsed());

    let mut client = server.client.http2().await.unwrap();
    client.post("/validate", "{}").await.unwrap();
    in_time(async {
        while client.is_open() {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_old_connection_ends_with_an_answer_so_that_its_client_may_find_another_replica() {
    let timings = Timings { max_age: Duration::from_millis(300), ..TIMINGS };
    let server = Running::with(ServerOptions { timings, ..options() }).await;
    let mut client = server.client.http1().await.unwrap();
    let start = Instant::now();
    let mut answer = client.post("/validate", "{}").await.unwrap();
    assert_eq!(answer.header("connection"), "");
    while answer.header("connection") != "close" {
        sleep(Duration::from_millis(10)).await;
        answer = client.post("/validate", "{}").await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert!(took(start, timings.max_age), "{:?}", start.elapsed());
    in_time(async {
        while client.is_open() {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_not_there_in_time_is_told_to_try_again() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    let start = Instant::now();
    write(&mut stream, head("/validate?timeout=500ms", 100)).await;
    write(&mut stream, "half of it").await;
    let answer = read_some(&mut stream).await.to_ascii_lowercase();
    assert!(took(start, Duration::from_millis(450)), "{:?}", start.elapsed());
    assert!(answer.starts_with("http/1.1 503"), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
}

#[tokio::test]
async fn no_timeout_of_a_client_gives_its_body_more_than_its_own_time() {
    let timings = Timings { body: Duration::from_millis(300), ..TIMINGS };
    let server = Running::with(ServerOptions { timings, ..options() }).await;
    for (length, sent) in [(100, ""), (100_000, "half of it")] {
        let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
        let start = Instant::now();
        write(&mut stream, head("/validate?timeout=30s", length)).await;
        write(&mut stream, sent).await;
        let answer = read_some(&mut stream).await.to_ascii_lowercase();
        assert!(took(start, timings.body), "{:?}", start.elapsed());
        assert!(answer.starts_with("http/1.1 503"), "{answer}");
    }
    assert_eq!(server.metric("bodies_given_up_total{reason=\"late\"}").await, 2);
    assert_eq!(server.metric("bodies_arriving").await, 0);
}

#[tokio::test]
async fn a_slow_body_that_makes_it_is_answered() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut stream, head("/validate?timeout=2s", 5)).await;
    for byte in ["1", "2", "3", "4", "5"] {
        sleep(Duration::from_millis(100)).await;
        write(&mut stream, byte).await;
    }
    assert!(read_some(&mut stream).await.ends_with("{\"Validating\":5}"));
}

/// Sends one byte of a head every 20 ms until the server ends the connection.
async fn dribble_head(stream: tokio_rustls::client::TlsStream<TcpStream>) {
    use tokio::io::AsyncWriteExt;

    let (mut reader, mut writer) = tokio::io::split(stream);
    let dribbling = tokio::spawn(async move {
        let _ = writer.write_all(b"POST /validate HTTP/1.1\r\nx-slow: ").await;
        while writer.write_all(b"x").await.is_ok() && writer.flush().await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    let _ = in_time(reader.read_to_end(&mut Vec::new())).await;
    dribbling.abort();
}

async fn read_to_end_of_anything(stream: &mut tokio_rustls::client::TlsStream<TcpStream>) {
    // HTTP/2 begins with the server's settings, which are not text.
    let _ = in_time(stream.read_to_end(&mut Vec::new())).await;
}
