//! Health and metrics pages.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::StatusCode;
use sandbox_admission::certs::{CertificateFiles, Certificates};
use sandbox_admission::server::{Metrics, Server, ServerOptions, Timings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::running::{Running, TIMINGS, options};
use crate::support::client::{get, in_time};

#[tokio::test]
async fn readiness_says_why_not() {
    let server = Running::start().await;
    assert_eq!(get(server.probes, "/readyz").await.text(), "ok");
    server.stub.not_ready.store(true, Ordering::Relaxed);
    let answer = get(server.probes, "/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.text(), "the catalog is not read yet");
    assert_eq!(get(server.probes, "/livez").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_server_that_leaves_is_alive_but_not_ready() {
    let delay = Duration::from_millis(300);
    let server = Running::with(ServerOptions { shutdown_delay: delay, ..options() }).await;
    server.signal().await;
    let answer = loop {
        let answer = get(server.probes, "/readyz").await;
        if answer.status != StatusCode::OK {
            break answer;
        }
    };
    assert_eq!(answer.text(), "shutting down");
    assert_eq!(get(server.probes, "/livez").await.text(), "ok");
    server.end().await;
}

#[tokio::test]
async fn requests_are_counted_and_timed() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    for _ in 0..3 {
        client.post("/mutate", "{}").await.unwrap();
    }
    let labels = "{phase=\"mutating\",kind=\"other\",operation=\"other\",verdict=\"allowed\"}";
    assert_eq!(server.metric(&format!("requests_total{labels}")).await, 3);
    let count = "request_duration_seconds_count{phase=\"mutating\"}";
    assert_eq!(server.metric(count).await, 3);
    assert_eq!(server.metric("connections").await, 1);
    let page = get(server.probes, "/metrics").await;
    assert!(page.header("content-type").starts_with("application/openmetrics-text"));
    assert!(page.text().ends_with("# EOF\n"));
}

#[tokio::test]
async fn pages_may_share_an_address_have_their_own_or_be_off() {
    let separate = Running::with(ServerOptions { metrics_address: None, ..options() }).await;
    assert_eq!(get(separate.probes, "/livez").await.status, StatusCode::OK);
    assert_eq!(get(separate.probes, "/metrics").await.status, StatusCode::NOT_FOUND);

    let metrics_only = Running::with(ServerOptions { health_address: None, ..options() }).await;
    assert_eq!(get(metrics_only.probes, "/livez").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(metrics_only.probes, "/metrics").await.status, StatusCode::OK);

    let shared = Running::start().await;
    assert_eq!(get(shared.probes, "/livez").await.status, StatusCode::OK);
    assert_eq!(get(shared.probes, "/metrics").await.status, StatusCode::OK);
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_a_probe() {
    let timings = Timings { page: Duration::from_mins(1), ..TIMINGS };
    let server = Running::with(ServerOptions { timings, ..options() }).await;
    let mut idle = Vec::new();
    for _ in 0..80 {
        idle.push(TcpStream::connect(server.probes).await.unwrap());
    }
    for _ in 0..15 {
        let start = Instant::now();
        assert_eq!(get(server.probes, "/livez").await.text(), "ok");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        idle.push(TcpStream::connect(server.probes).await.unwrap());
    }
    assert!(server.metric("probe_connections_evicted_total").await >= 80 - 64);
}

#[tokio::test]
async fn clients_that_do_not_read_a_page_are_cut_and_hold_up_nobody() {
    let server = Running::start().await;
    let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1000);
    let mut deaf = Vec::new();
    for _ in 0..64 {
        let mut stream = TcpStream::connect(server.probes).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        deaf.push(stream);
    }
    for _ in 0..5 {
        let start = Instant::now();
        assert_eq!(get(server.probes, "/livez").await.text(), "ok");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
    for mut stream in deaf {
        // However it ends: at most one page came.
        let mut bytes = Vec::new();
        let _ = in_time(stream.read_to_end(&mut bytes)).await;
        let pages = String::from_utf8(bytes).unwrap().matches("# EOF").count();
        assert!(pages <= 1, "{pages}");
    }
}

#[tokio::test]
async fn a_client_that_asks_for_no_page_is_cut() {
    let server = Running::start().await;
    for dribble in ["", "GET /livez HTTP/1.1\r\nx-slow: "] {
        let mut stream = TcpStream::connect(server.probes).await.unwrap();
        stream.write_all(dribble.as_bytes()).await.unwrap();
        let start = Instant::now();
        let _ = in_time(stream.read_to_end(&mut Vec::new())).await;
        assert!(start.elapsed() >= TIMINGS.page, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let first = Running::start().await;
    let taken = first.probes;
    let folder = first.folder();
    let certificate = CertificateFiles::in_folder(folder).load().unwrap();
    let error = Server::bind(
        ServerOptions { health_address: Some(taken), ..options() },
        Certificates::new(&certificate),
        Arc::clone(&first.stub),
        Arc::new(Metrics::new(&[], "test")),
    )
    .await
    .err()
    .unwrap();
    assert_eq!(error.to_string(), format!("cannot listen on {taken} for health probes"));
}
