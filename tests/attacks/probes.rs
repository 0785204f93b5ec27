//! Attacks on the ports for the kubelet and Prometheus.

#![allow(clippy::unnecessary_wraps, reason = "every attack may fail")]

use std::net::SocketAddr;
use std::time::Duration;

use libtest_mimic::Failed;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::Attack;
use crate::hostile::FIRST;
use crate::support::client::{in_time, try_get};
use crate::target::Target;

pub const ATTACKS: &[Attack] = &[
    Attack::new("two_hundred_silent_connections_to_the_probes", silent_probes),
    Attack::new("two_hundred_readers_of_metrics_who_never_read", metrics_unread),
];

fn silent_probes(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    runtime.block_on(async {
        let mut open = Vec::new();
        for _ in 0..200 {
            open.push(connect(target.server.health).await);
        }
        sleep(span).await;
    });
    Ok(())
}

fn metrics_unread(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    runtime.block_on(async {
        let mut open = Vec::new();
        for _ in 0..200 {
            let mut stream = connect(target.server.metrics).await;
            // Many pages, so that they fill what the system keeps for a connection.
            let request = b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n".repeat(200);
            let _ = stream.write_all(&request).await;
            open.push(stream);
        }
        let answer = in_time(try_get(target.server.metrics, "/metrics")).await;
        let answer = answer.map_err(|error| format!("Prometheus is not answered: {error}"))?;
        if !answer.status.is_success() {
            return Err(Failed::from(format!("Prometheus is answered {}", answer.status)));
        }
        sleep(span).await;
        Ok(())
    })
}

async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, FIRST], 0).into()).unwrap();
    in_time(socket.connect(address)).await.unwrap()
}
