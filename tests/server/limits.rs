//! The limits: of one body, of all bodies, of requests, of connections.

use hyper::StatusCode;
use sandbox_admission::server::ServerOptions;

use super::running::{Running, options};
use crate::support::client::{head, read_some, read_to_end, write};

const MAX: usize = 8 << 20;

#[tokio::test]
async fn a_body_of_8_mib_is_taken() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    let answer = client.post("/validate", vec![b' '; MAX]).await.unwrap();
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{\"Validating\":8388608}"));
    let mut client = server.client.http2().await.unwrap();
    let answer = client.post("/validate", vec![b' '; MAX]).await.unwrap();
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{\"Validating\":8388608}"));
}

#[tokio::test]
async fn a_larger_body_is_413_for_a_client_that_writes_all_of_it_first() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    let answer = client.post("/validate", vec![b' '; MAX + 1]).await.unwrap();
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().contains("8 MiB"), "{}", answer.text());
    let mut client = server.client.http2().await.unwrap();
    let answer = client.post("/validate", vec![b' '; MAX + 1]).await.unwrap();
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_announced_length_is_judged_before_a_byte_is_sent() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut stream, head("/validate", MAX + 1)).await;
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_body_of_unknown_length_is_judged_while_it_comes() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    let head = "POST /validate HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    write(&mut stream, head).await;
    let chunk = [&b"100000\r\n"[..], &vec![b' '; 1 << 20], b"\r\n"].concat();
    for _ in 0..9 {
        write(&mut stream, &chunk).await;
    }
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 413"));
    write(&mut stream, "0\r\n\r\n").await;
}

/// The head of a request whose client waits for the server's consent before it sends the body.
fn asking_head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
         content-length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_a_body_is_told_to_go_on() {
    let server = Running::start().await;
    let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut stream, asking_head("/validate", 2)).await;
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 100"));
    write(&mut stream, "{}").await;
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_a_body_is_spared_one_that_is_refused() {
    let server = Running::start().await;
    for (path, length, status) in [("/nowhere", 2, "404"), ("/validate", MAX + 1, "413")] {
        let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
        write(&mut stream, asking_head(path, length)).await;
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

#[tokio::test]
async fn bodies_that_together_are_too_much_are_told_to_try_again() {
    let options = ServerOptions { max_body_bytes: 1 << 20, ..options() };
    let server = Running::with(options).await;
    let mut slow = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut slow, head("/validate", 800_000)).await;
    write(&mut slow, vec![b' '; 700_000]).await;
    let mut client = server.client.http1().await.unwrap();
    // Until those bytes have arrived, there is room.
    let answer = loop {
        let answer = client.post("/validate", vec![b' '; 400_000]).await.unwrap();
        if answer.status != StatusCode::OK {
            break answer;
        }
    };
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "1");
    assert!(server.metric("requests_shed_total").await >= 1);
    write(&mut slow, vec![b' '; 100_000]).await;
    assert!(read_some(&mut slow).await.starts_with("HTTP/1.1 200"));
    let answer = client.post("/validate", vec![b' '; 400_000]).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn one_request_too_many_is_told_to_try_again_and_loses_nothing() {
    let server = Running::with(ServerOptions { max_in_flight: 1, ..options() }).await;
    let mut slow = server.client.http1().await.unwrap();
    let slow = tokio::spawn(async move { slow.post("/validate", "wait").await.unwrap() });
    server.until("requests_in_flight", 1).await;
    let mut client = server.client.http1().await.unwrap();
    for _ in 0..3 {
        let answer = client.post("/validate", vec![b' '; 100_000]).await.unwrap();
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert!(client.is_open(), "the client must read the answer and be able to try again");
    assert_eq!(server.metric("requests_shed_total").await, 3);
    assert_eq!(slow.await.unwrap().status, StatusCode::OK);
    assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_is_not_in_flight_before_its_last_byte() {
    let server = Running::with(ServerOptions { max_in_flight: 1, ..options() }).await;
    let mut slow = server.client.connect(&["http/1.1"]).await.unwrap();
    write(&mut slow, head("/validate", 4)).await;
    server.until("bodies_arriving", 1).await;
    assert_eq!(server.metric("requests_in_flight").await, 0);
    let mut client = server.client.http1().await.unwrap();
    assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    write(&mut slow, "body").await;
    assert!(read_some(&mut slow).await.starts_with("HTTP/1.1 200"));
    assert_eq!(server.metric("bodies_arriving").await, 0);
}

#[tokio::test]
async fn a_blocked_worker_does_not_block_the_others() {
    let server = Running::start().await;
    let mut clients = Vec::new();
    for _ in 0..2 {
        // Dealt out in turn: one to each worker.
        clients.push(server.client.http1().await.unwrap());
    }
    let [mut blocking, mut quick] = <[_; 2]>::try_from(clients).ok().unwrap();
    let blocked = tokio::spawn(async move { blocking.post("/validate", "block").await.unwrap() });
    server.until("requests_in_flight", 1).await;
    assert_eq!(quick.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    assert!(!blocked.is_finished());
    assert_eq!(blocked.await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn closed_connections_leave_nothing_behind() {
    let server = Running::start().await;
    for _ in 0..20 {
        let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
        write(&mut stream, "nonsense\r\n\r\n").await;
        read_to_end(&mut stream).await;
    }
    server.until("connections", 0).await;
}
