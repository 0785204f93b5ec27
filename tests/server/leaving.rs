//! Shutdown, with and without load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::server::ServerOptions;
use tokio::time::{Instant, sleep};

use super::running::{Running, TIMINGS, options};
use crate::support::client::{head, in_time, read_some, read_to_end, write};

#[tokio::test]
async fn a_server_that_leaves_under_load_fails_no_request() {
    let delay = Duration::from_secs(1);
    let server = Running::with(ServerOptions { shutdown_delay: delay, ..options() }).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let moved_away = Arc::new(AtomicBool::new(false));
    let told_to_leave = Arc::new(AtomicUsize::new(0));
    let mut load = Vec::new();
    for _ in 0..8 {
        let client = server.client.clone();
        let (moved_away, told_to_leave) = (moved_away.clone(), told_to_leave.clone());
        let answered = answered.clone();
        load.push(tokio::spawn(async move {
            let mut connection = client.http1().await.unwrap();
            loop {
                let answer = connection.post("/validate", "{}").await.unwrap();
                assert_eq!(answer.status, StatusCode::OK);
                answered.fetch_add(1, Ordering::Relaxed);
                if answer.header("connection") == "close" {
                    told_to_leave.fetch_add(1, Ordering::Relaxed);
                    // By then, Kubernetes has sent clients to the other endpoints.
                    if moved_away.load(Ordering::Relaxed) {
                        return;
                    }
                    connection = client.http1().await.unwrap();
                }
            }
        }));
    }
    reaches(&answered, 80).await;
    assert_eq!(told_to_leave.load(Ordering::Relaxed), 0);
    server.signal().await;
    reaches(&told_to_leave, 8).await;
    moved_away.store(true, Ordering::Relaxed);
    for client in load {
        client.await.unwrap();
    }
    server.end().await;
}

/// Waits for a count, not for a time, so that the speed of this machine does not matter.
async fn reaches(count: &AtomicUsize, enough: usize) {
    in_time(async {
        while count.load(Ordering::Relaxed) < enough {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn requests_on_their_way_are_answered_before_the_server_ends() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut stream, head("/validate", 4)).await;
    server.until("bodies_arriving", 1).await;
    server.signal().await;
    sleep(Duration::from_millis(100)).await;
    assert!(!server.ended.is_finished());
    write(&mut stream, "body").await;
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn a_request_whose_head_is_half_there_is_answered_too() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    let request = head("/validate", 2) + "{}";
    write(&mut stream, &request).await;
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 200"));
    let (half, rest) = request.split_at(20);
    write(&mut stream, half).await;
    sleep(Duration::from_millis(50)).await;
    server.signal().await;
    sleep(Duration::from_millis(50)).await;
    write(&mut stream, rest).await;
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 200"));
    server.end().await;
}

#[tokio::test]
async fn a_connection_without_a_request_yet_gets_a_last_call() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    server.signal().await;
    sleep(Duration::from_millis(50)).await;
    write(&mut stream, head("/validate", 2) + "{}").await;
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 200"));
    server.end().await;
}

#[tokio::test]
async fn idle_connections_do_not_keep_the_server_from_ending() {
    let server = Running::start().await;
    let mut over_http1 = server.client.http1().await.unwrap();
    over_http1.post("/validate", "{}").await.unwrap();
    let mut over_http2 = server.client.http2().await.unwrap();
    over_http2.post("/validate", "{}").await.unwrap();
    let start = Instant::now();
    server.signal().await;
    server.end().await;
    assert!(start.elapsed() < TIMINGS.idle, "{:?}", start.elapsed());
}

#[tokio::test]
async fn streams_on_their_way_are_answered_over_http2() {
    let server = Running::start().await;
    let mut client = server.client.http2().await.unwrap();
    client.post("/validate", "{}").await.unwrap();
    let request = tokio::spawn(async move { client.post("/validate", "block").await.unwrap() });
    server.until("requests_in_flight", 1).await;
    server.signal().await;
    assert_eq!(request.await.unwrap().status, StatusCode::OK);
    server.end().await;
}

#[tokio::test]
async fn a_client_that_never_finishes_is_cut_in_the_end() {
    let patience = Duration::from_millis(300);
    let server = Running::with(ServerOptions { drain_timeout: patience, ..options() }).await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut stream, head("/validate", 4)).await;
    server.until("bodies_arriving", 1).await;
    let start = Instant::now();
    server.signal().await;
    server.end().await;
    assert!(start.elapsed() >= patience);
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let long = Duration::from_mins(1);
    for before_second in [Duration::ZERO, Duration::from_millis(100)] {
        let shutdown_delay = if before_second.is_zero() { long } else { Duration::ZERO };
        let options = ServerOptions { shutdown_delay, drain_timeout: long, ..options() };
        let server = Running::with(options).await;
        let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
        write(&mut stream, head("/validate", 4)).await;
        server.until("bodies_arriving", 1).await;
        server.signal().await;
        sleep(before_second).await;
        server.signal().await;
        in_time(server.ended).await.unwrap().unwrap();
    }
}
