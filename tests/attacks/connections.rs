//! Attacks by connections and requests that never end, and by many of them.

#![allow(clippy::unnecessary_wraps, reason = "every attack may fail")]

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use libtest_mimic::Failed;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use crate::Attack;
use crate::hostile::{FIRST, NeverEnding, PATIENCE, http2, post};
use crate::support::client::{head, in_time, read_some, write};
use crate::target::Target;

pub const ATTACKS: &[Attack] = &[
    Attack::new(
        "four_http2_connections_of_190_streams_whose_bodies_never_come",
        streams_without_bodies,
    ),
    Attack::new("six_hundred_bodies_over_http1_that_never_come", slow_bodies),
    Attack::new("bodies_that_never_come_from_fifty_addresses", slow_bodies_from_everywhere),
    Attack::new("1100_connections_without_a_handshake", silent_connections),
    Attack::new("1100_connections_that_ask_nothing_after_the_handshake", idle_connections),
    Attack::new("requests_over_http2_that_are_reset_at_once", resets),
    Attack::new("heads_that_come_byte_by_byte", slow_heads),
    Attack::new("garbage_in_place_of_tls_and_http", garbage),
];

fn streams_without_bodies(
    runtime: &Runtime,
    target: &Target,
    span: Duration,
) -> Result<(), Failed> {
    runtime.block_on(async {
        let end = Instant::now() + span;
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            let client = target.client(FIRST);
            tasks.spawn(async move {
                // Whoever is cut off comes again.
                while Instant::now() < end {
                    let Ok(mut sender) = http2::<NeverEnding>(&client).await else { continue };
                    let mut streams = JoinSet::new();
                    for _ in 0..190 {
                        if timeout(Duration::from_millis(100), sender.ready()).await.is_err() {
                            break;
                        }
                        streams.spawn(sender.send_request(post(NeverEnding::default())));
                    }
                    let all = async { while streams.join_next().await.is_some() {} };
                    let _ = timeout_at(end, all).await;
                }
            });
        }
        tasks.join_all().await;
    });
    Ok(())
}

fn slow_bodies(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    runtime.block_on(unfinished(target, 600, 1, span));
    Ok(())
}

fn slow_bodies_from_everywhere(
    runtime: &Runtime,
    target: &Target,
    span: Duration,
) -> Result<(), Failed> {
    runtime.block_on(unfinished(target, 600, 50, span));
    Ok(())
}

/// Begins so many requests from so many addresses, and leaves them so.
async fn unfinished(target: &Target, connections: usize, addresses: usize, span: Duration) {
    let mut begun = Vec::new();
    for number in 0..connections {
        let host = FIRST + u8::try_from(number % addresses).unwrap();
        let Some(mut stream) = shake_hands(target, host, "http/1.1").await else { continue };
        let head = head("/validate?timeout=30s", 1000) + "{";
        let _ = stream.write_all(head.as_bytes()).await;
        begun.push(stream);
    }
    sleep(span).await;
}

fn silent_connections(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    runtime.block_on(async {
        let mut open = Vec::new();
        for _ in 0..1100 {
            open.push(connect(target).await);
        }
        sleep(span).await;
    });
    Ok(())
}

fn idle_connections(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    runtime.block_on(async {
        let mut open = Vec::new();
        for number in 0..1100 {
            let protocol = if number % 2 == 0 { "http/1.1" } else { "h2" };
            open.extend(shake_hands(target, FIRST, protocol).await);
        }
        sleep(span).await;
    });
    Ok(())
}

fn resets(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    let lines = |log: &str| log.lines().filter(|line| line.contains("reset")).count();
    let before = lines(&target.server.log());
    runtime.block_on(async {
        let end = Instant::now() + span;
        while Instant::now() < end {
            let Ok(mut sender) = http2::<Full<Bytes>>(&target.client(FIRST)).await else {
                continue;
            };
            while sender.ready().await.is_ok() && Instant::now() < end {
                let request = sender.send_request(post(Full::new(Bytes::from_static(b"{}"))));
                // Dropping it before the answer resets the stream.
                let _ = timeout(Duration::from_micros(50), request).await;
            }
        }
    });
    match lines(&target.server.log()) - before {
        0..=3 => Ok(()),
        many => Err(format!("{many} lines in the log").into()),
    }
}

fn slow_heads(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..200 {
            let client = target.client(FIRST);
            tasks.spawn(async move {
                let Ok(mut stream) = client.connect(&["http/1.1"]).await else { return };
                for byte in head("/validate", 2).bytes().cycle() {
                    sleep(Duration::from_millis(50)).await;
                    if stream.write_all(&[byte]).await.is_err() || stream.flush().await.is_err() {
                        return;
                    }
                }
            });
        }
        let _ = timeout(span, tasks.join_all()).await;
    });
    Ok(())
}

fn garbage(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    runtime.block_on(async {
        let end = Instant::now() + span;
        let mut byte = 0_u8;
        while Instant::now() < end {
            byte = byte.wrapping_mul(31).wrapping_add(7);
            let mut stream = connect(target).await;
            let _ = stream.write_all(&[byte; 4096]).await;
            let mut stream = in_time(target.client(FIRST).connect(&["http/1.1", "h2"])).await?;
            write(&mut stream, [byte; 4096]).await;
            let mut stream = in_time(target.client(FIRST).connect(&["http/1.1"])).await?;
            write(&mut stream, "BREW /pot HTTP/1.1\r\nhost: a\r\ncontent-length: nine\r\n\r\n")
                .await;
            assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 400"));
        }
        Ok::<_, std::io::Error>(())
    })?;
    Ok(())
}

/// A connection over TLS from 127.0.0.`host`, unless it is refused.
async fn shake_hands(target: &Target, host: u8, protocol: &str) -> Option<TlsStream<TcpStream>> {
    let client = target.client(host);
    timeout(PATIENCE, client.connect(&[protocol])).await.ok()?.ok()
}

/// A connection from an attacker's address, on which nothing was sent.
async fn connect(target: &Target) -> TcpStream {
    in_time(target.client(FIRST).dial()).await.unwrap()
}
