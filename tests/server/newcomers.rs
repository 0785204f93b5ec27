//! As many connections as allowed are open, and another client comes.

use std::net::Ipv4Addr;
use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::server::{ServerOptions, Timings};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep};

use super::running::{Running, TIMINGS, options};
use crate::support::client::{head, in_time, read_some, read_to_end, write};

/// Nothing here ends because it was silent or idle for long.
const PATIENT: Timings = Timings {
    handshake: Duration::from_mins(1),
    first_request: Duration::from_mins(1),
    idle: Duration::from_mins(1),
    ..TIMINGS
};

async fn full_at(max_connections: usize) -> Running {
    Running::with(ServerOptions { max_connections, timings: PATIENT, ..options() }).await
}

#[tokio::test]
async fn connections_that_never_send_anything_do_not_keep_a_newcomer_out() {
    let server = Running::with(ServerOptions { timings: PATIENT, ..options() }).await;
    let mut silent = Vec::new();
    for _ in 0..1024 {
        silent.push(server.client.dial().await.unwrap());
    }
    server.until("connections", 1024).await;
    let mut newcomers = Vec::new();
    for _ in 0..10 {
        let start = Instant::now();
        let mut client = server.client.http1().await.unwrap();
        assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        newcomers.push(client);
    }
    let evicted = server.metric("connections_evicted_total{activity=\"silent\"}").await;
    assert_eq!(evicted, 10);
    // The oldest went, and only those.
    assert_eq!(in_time(silent[0].read(&mut [0; 8])).await.unwrap_or(0), 0);
    server.until("connections", 1024).await;
}

#[tokio::test]
async fn one_that_never_asked_goes_before_one_that_is_idle() {
    let server = full_at(3).await;
    let mut idle = server.client.http1().await.unwrap();
    idle.post("/validate", "{}").await.unwrap();
    let mut over_http1 = server.client.connect(&["http/1.1"]).await.unwrap();
    let mut over_http2 = server.client.connect(&["h2"]).await.unwrap();
    let mut newcomers = Vec::new();
    for silent in [&mut over_http1, &mut over_http2] {
        let mut newcomer = server.client.http1().await.unwrap();
        assert_eq!(newcomer.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
        let _ = in_time(silent.read_to_end(&mut Vec::new())).await;
        newcomers.push(newcomer);
    }
    assert_eq!(idle.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    assert_eq!(server.metric("connections_evicted_total{activity=\"silent\"}").await, 2);
}

#[tokio::test]
async fn the_longest_idle_one_of_the_client_with_most_is_closed_politely() {
    let server = full_at(3).await;
    let mut alone = server.client.from(Ipv4Addr::new(127, 0, 0, 2)).http1().await.unwrap();
    alone.post("/validate", "{}").await.unwrap();
    let mut oldest = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut oldest, head("/validate", 2) + "{}").await;
    assert!(read_some(&mut oldest).await.starts_with("HTTP/1.1 200"));
    let mut younger = server.client.http2().await.unwrap();
    younger.post("/validate", "{}").await.unwrap();

    let mut newcomer = server.client.http1().await.unwrap();
    assert_eq!(newcomer.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    // An error here would mean that TLS ended without a `close_notify`.
    assert_eq!(in_time(oldest.read(&mut [0; 8])).await.unwrap(), 0);
    let mut newcomer = server.client.http1().await.unwrap();
    assert_eq!(newcomer.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    in_time(async {
        while younger.is_open() {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(alone.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    assert_eq!(server.metric("connections_evicted_total{activity=\"idle\"}").await, 2);
}

#[tokio::test]
async fn a_request_under_way_is_answered_also_when_its_connection_must_go() {
    let server = full_at(1).await;
    let mut slow = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut slow, head("/validate", 4)).await;
    server.until("bodies_arriving", 1).await;
    let mut newcomer = server.client.http1().await.unwrap();
    assert_eq!(newcomer.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    write(&mut slow, "body").await;
    let answer = read_to_end(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(server.metric("connections_evicted_total{activity=\"busy\"}").await, 1);
    server.until("connections", 1).await;
}

#[tokio::test]
async fn a_flood_of_newcomers_does_not_close_the_connections_of_others() {
    let server = full_at(64).await;
    let mut client = server.client.http1().await.unwrap();
    client.post("/validate", "{}").await.unwrap();
    let flood = server.client.from(Ipv4Addr::new(127, 0, 0, 2));
    for _ in 0..10 {
        for _ in 0..50 {
            drop(flood.dial().await.unwrap());
        }
        assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
        let mut newcomer = server.client.http1().await.unwrap();
        assert_eq!(newcomer.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    }
}

#[tokio::test]
async fn few_connections_of_http2_are_open_at_a_time() {
    let server = full_at(1024).await;
    let mut client = server.client.http1().await.unwrap();
    client.post("/validate", "{}").await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client = server.client.http2().await.unwrap();
        assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
        clients.push(client);
    }
    server.until("http2_connections", 32).await;
    assert_eq!(server.metric("connections_evicted_total{activity=\"idle\"}").await, 8);
    assert!(!clients[0].is_open() && clients[8].is_open());
    assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
}
