//! Plain HTTP for the kubelet and Prometheus: few clients, and no request that must not be lost.
//!
//! Anyone may connect. So a connection is for one request, has one short deadline for everything,
//! and a newcomer is always accepted: for it, the peer with most connections loses its oldest.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tower::Service as _;

use super::limit_metrics::LimitMetrics;
use super::shares::Shares;

/// The most connections at once; the kubelet and Prometheus need one each.
const MAX_CONNECTIONS: usize = 64;
/// The largest head of a request: hyper's smallest buffer.
const MAX_BUFFER: usize = 8 << 10;

/// Serves on a `LocalRuntime` until the caller drops it. A client gets `time` for its request and
/// for reading the answer.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    time: Duration,
    metrics: LimitMetrics,
) {
    let open = Rc::new(RefCell::new(Shares::<AbortHandle>::new()));
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            // Perhaps no file descriptor is left: then one of ours is better used for a newcomer.
            evict(&open, &metrics);
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (router, left) = (router.clone(), Rc::clone(&open));
        let number = open.borrow().next_number();
        let connection = tokio::task::spawn_local(async move {
            // An error means that the client went away or was too slow, which is normal.
            let _ = timeout(time, answer(stream, router)).await;
            left.borrow_mut().leave(number);
        });
        open.borrow_mut().enter(from.into(), connection.abort_handle());
        if open.borrow().len() > MAX_CONNECTIONS {
            evict(&open, &metrics);
        }
        // Otherwise a flood of newcomers could end connections that had no turn yet.
        tokio::task::yield_now().await;
    }
}

fn evict(open: &RefCell<Shares<AbortHandle>>, metrics: &LimitMetrics) {
    let loser = open.borrow_mut().evict();
    if let Some(loser) = loser {
        loser.abort();
        metrics.probes_evicted.inc();
    }
}

async fn answer(stream: TcpStream, router: Router) -> hyper::Result<()> {
    http1::Builder::new()
        .keep_alive(false)
        .header_read_timeout(None) // there is one for all
        .max_buf_size(MAX_BUFFER)
        .serve_connection(TokioIo::new(stream), service_fn(|request| router.clone().call(request)))
        .await
}
