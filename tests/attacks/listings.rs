//! Attacks by what the cluster holds, or by an API server that is not what it should be.

#![allow(clippy::unnecessary_wraps, reason = "every attack may fail")]

use std::time::Duration;

use bytes::Bytes;
use hyper::{Response, StatusCode};
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::Attack;
use crate::api_server::{ApiServer, CLASS, NAMESPACE};
use crate::support::api_answer::Answer;
use crate::target::{MIB, Target};

pub const ATTACKS: &[Attack] = &[
    Attack::new("large_objects_in_the_cluster_listed_in_pages", started_small)
        .in_world(|| large(ApiServer::start())),
    Attack::new("large_objects_in_the_cluster_streamed", started_small)
        .in_world(|| large(ApiServer::start().streaming())),
    Attack::new("an_api_server_whose_lists_never_end", |runtime, target, span| {
        hostile(runtime, target, span, endless)
    }),
    Attack::new("an_api_server_that_answers_garbage", |runtime, target, span| {
        hostile(runtime, target, span, garbage)
    }),
    Attack::new("an_api_server_that_never_answers", |runtime, target, span| {
        hostile(runtime, target, span, silent)
    }),
];

/// The memory at the start, while all that is there is read.
const AT_START: u64 = 64 * MIB;

/// The server has read all that there is by now: it is to have needed no more than it may.
fn started_small(runtime: &Runtime, target: &Target, span: Duration) -> Result<(), Failed> {
    let most = target.most_memory();
    if most > AT_START {
        return Err(format!("{} MiB were in memory at the start", most / MIB).into());
    }
    runtime.block_on(async { sleep(span / 3).await });
    Ok(())
}

/// What is known already stays in use while the API server misbehaves.
fn hostile(
    runtime: &Runtime,
    target: &Target,
    span: Duration,
    mischief: crate::api_server::Mischief,
) -> Result<(), Failed> {
    target.cluster.become_hostile(mischief);
    runtime.block_on(async { sleep(span).await });
    target.cluster.become_good();
    Ok(())
}

fn endless(_: &str) -> Option<Response<Answer>> {
    let text = "a".repeat(100_000);
    let part =
        Bytes::from(format!(r#"{{"metadata":{{"name":"x","annotations":{{"a":"{text}"}}}}}},"#));
    let start = Bytes::from_static(br#"{"metadata":{"resourceVersion":"1"},"items":["#);
    let parts = std::iter::once(start).chain(std::iter::repeat_n(part, 100));
    Some(Response::new(Answer::parts(parts)))
}

fn garbage(plural: &str) -> Option<Response<Answer>> {
    let text = match plural.len() % 3 {
        0 => "[".repeat(16 << 20),
        1 => format!(r#"{{"metadata":{{}},"items":["{}"]}}"#, "a".repeat(16 << 20)),
        _ => "\u{0}".repeat(16 << 20),
    };
    Some(Response::new(Answer::parts([text.into()])))
}

fn silent(_: &str) -> Option<Response<Answer>> {
    let (watch, mut response) = Answer::watch();
    // Never closed, and nothing ever comes.
    std::mem::forget(watch);
    *response.status_mut() = StatusCode::OK;
    Some(response)
}

/// 250 Sandboxes of 1 MB and 300 claims of 500 KB.
fn large(server: ApiServer) -> ApiServer {
    let server = (0..250).fold(server, |server, number| {
        let sandbox = json!({
            "apiVersion": "agents.x-k8s.io/v1beta1",
            "kind": "Sandbox",
            "metadata": metadata("agent", number),
            "spec": {
                "operatingMode": "Running",
                "podTemplate": {"spec": {"containers": [
                    {"name": "agent", "image": "agent:1", "env": [{"name": "A", "value": "a".repeat(1_000_000)}]},
                ]}},
            },
        });
        server.with("sandboxes", &sandbox)
    });
    (0..300).fold(server, |server, number| {
        let claim = json!({
            "apiVersion": "agents.x-k8s.io/v1beta1",
            "kind": "SnapshotClaim",
            "metadata": metadata("claim", number),
            "spec": {"snapshotClassName": CLASS, "parameters": {"a": "a".repeat(500_000)}},
        });
        server.with("snapshotclaims", &claim)
    })
}

fn metadata(name: &str, number: usize) -> Value {
    json!({"name": format!("{name}-{number}"), "namespace": NAMESPACE, "uid": format!("{name}-{number}")})
}
