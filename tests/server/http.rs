//! Protocols, routes and answers.

use hyper::{Method, StatusCode, Version};

use super::running::Running;
use crate::support::client::{Client, read_some, write};

#[tokio::test]
async fn clients_get_the_protocol_they_ask_for() {
    let server = Running::start().await;
    let over_http1 = server.client.http1().await.unwrap().post("/validate", "{}").await.unwrap();
    assert_eq!((over_http1.status, over_http1.version), (StatusCode::OK, Version::HTTP_11));
    let over_http2 = server.client.http2().await.unwrap().post("/validate", "{}").await.unwrap();
    assert_eq!((over_http2.status, over_http2.version), (StatusCode::OK, Version::HTTP_2));
}

#[tokio::test]
async fn a_client_that_offers_both_gets_http2_and_one_without_alpn_http1() {
    let server = Running::start().await;
    let stream = server.client.connect(&["http/1.1", "h2"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut stream = server.client.connect(&[]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), None);
    write(&mut stream, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn tls_1_2_and_1_3_both_work() {
    let server = Running::start().await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = server.client.only(version);
        let stream = client.connect(&["http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
        let answer = client.http1().await.unwrap().post("/mutate", "{}").await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn each_path_asks_the_handler_for_its_phase() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    let answer = client.post("/mutate?timeout=10s", "12345").await.unwrap();
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{\"Mutating\":5}"));
    assert_eq!(answer.header("content-type"), "application/json");
    let answer = client.post("/validate?timeout=10s", "123").await.unwrap();
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{\"Validating\":3}"));
}

#[tokio::test]
async fn the_handler_is_told_when_its_answer_is_due() {
    let server = Running::start().await;
    let answer = server.client.http1().await.unwrap().post("/mutate?timeout=7s", "due").await;
    // Half a second is left for the way back.
    let left: u64 = answer.unwrap().text().parse().unwrap();
    assert!((5_000..=6_500).contains(&left), "{left} ms");
}

#[tokio::test]
async fn a_request_without_a_path_is_not_found() {
    let server = Running::start().await;
    for target in ["OPTIONS *", "CONNECT localhost:9443"] {
        let mut stream = server.client.connect(&["http/1.1"]).await.unwrap();
        write(&mut stream, format!("{target} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
        assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 404"), "{target}");
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_and_the_connection_stays_good() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    for path in ["/", "/validate/", "/mutates", "/metrics"] {
        let answer = client.post(path, "{}").await.unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = client.send(method.clone(), "/validate", "{}").await.unwrap();
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), "POST");
    }
    assert!(client.is_open());
    assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn what_the_handler_replies_becomes_the_status_that_the_api_server_understands() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    let answer = client.post("/validate", "nonsense").await.unwrap();
    assert_eq!((answer.status, answer.text()), (StatusCode::BAD_REQUEST, "no review"));
    assert_eq!(answer.header("retry-after"), "");
    let answer = client.post("/validate", "undecided").await.unwrap();
    assert_eq!((answer.status, answer.text()), (StatusCode::SERVICE_UNAVAILABLE, "cannot tell"));
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn a_panic_fails_its_own_request_and_no_other() {
    let server = Running::start().await;
    let mut client = server.client.http1().await.unwrap();
    for body in ["panic", "panic later"] {
        let answer = client.post("/validate", body).await.unwrap();
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), "1");
        assert!(!answer.text().contains("as asked"), "internals are shown: {}", answer.text());
        assert_eq!(client.post("/validate", "{}").await.unwrap().status, StatusCode::OK);
    }
    assert_eq!(server.metric("panics_total").await, 2);
    server.until("requests_in_flight", 0).await;
}

#[tokio::test]
async fn a_client_that_does_not_trust_us_is_counted() {
    let server = Running::start().await;
    let stranger = Running::start().await;
    let client = Client::new(server.address, stranger.folder());
    assert!(client.connect(&["http/1.1"]).await.is_err());
    // In TLS 1.3 the client says so after its own handshake is over; the server's ends a moment later.
    server.until("tls_handshake_failures_total", 1).await;
}

#[tokio::test]
async fn many_streams_of_one_connection_are_answered_at_once() {
    let server = Running::start().await;
    let client = server.client.http2().await.unwrap();
    let requests: Vec<_> = (0..50)
        .map(|length| {
            let mut client = client.clone();
            tokio::spawn(async move { client.post("/mutate", vec![b' '; length]).await.unwrap() })
        })
        .collect();
    for (length, request) in requests.into_iter().enumerate() {
        assert_eq!(request.await.unwrap().text(), format!("{{\"Mutating\":{length}}}"));
    }
}
