//! Attacks on the API server, with us as the lever: questions that we would have to pass on.

use std::time::{Duration, Instant};

use bytes::Bytes;
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::Attack;
use crate::api_server::{ApiServer, CLASS, NAMESPACE};
use crate::hostile::flood;
use crate::regular::{review, suspended};
use crate::target::Target;

pub const ATTACKS: &[Attack] = &[
    Attack::new("deletions_of_random_classes", |runtime, target, span| {
        asked(runtime, target, 1, span, deletion_of_random_class)
    })
    .in_world(crowded),
    Attack::new("deletions_of_random_classes_from_twenty_addresses", |runtime, target, span| {
        asked(runtime, target, 20, span, deletion_of_random_class)
    })
    .in_world(crowded),
    Attack::new("deletions_of_a_class_that_exists", |runtime, target, span| {
        asked(runtime, target, 8, span, |_| deletion("unused"))
    })
    .in_world(crowded),
    Attack::new("suspensions_to_random_claims", |runtime, target, span| {
        asked(runtime, target, 8, span, suspension_to_random_claim)
    })
    .in_world(crowded),
];

/// The most requests a second that the questions of one address may cost the API server.
const EACH_A_SECOND: u32 = 10;
/// The most that those of all addresses may cost it.
const ALL_A_SECOND: u32 = 100;
/// The requests that have nothing to do with them: watches that end and begin again.
const OTHERS: u32 = 10;

fn asked(
    runtime: &Runtime,
    target: &Target,
    addresses: u8,
    span: Duration,
    body: fn(usize) -> Bytes,
) -> Result<(), Failed> {
    // The regular client asks for names of its own.
    let requests = || target.cluster.requests_without("regular-");
    let (start, before) = (Instant::now(), requests());
    let answers = runtime.block_on(flood(target, addresses, span, body)).len();
    let (seconds, cost) = (start.elapsed().as_secs_f64(), requests() - before);
    let a_second = (EACH_A_SECOND * u32::from(addresses)).min(ALL_A_SECOND);
    let most = f64::from(a_second) * (seconds + 1.0) + f64::from(OTHERS);
    print!("{answers} questions cost {cost} requests, of {most:.0} that they may ... ");
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    if cost as f64 > most {
        return Err(format!("{answers} questions cost {cost} requests, over {most:.0}").into());
    }
    // Otherwise it was no attack.
    if answers == 0 { Err("no attacker was answered".into()) } else { Ok(()) }
}

fn deletion_of_random_class(number: usize) -> Bytes {
    deletion(&format!("attack-{number}"))
}

fn deletion(class: &str) -> Bytes {
    let class = json!({
        "apiVersion": "agents.x-k8s.io/v1beta1",
        "kind": "SnapshotClass",
        "metadata": {"name": class, "uid": "u-9"},
        "provisioner": "example.com/driver",
    });
    review("DELETE", "snapshotclasses", None, Some(&class)).to_string().into()
}

fn suspension_to_random_claim(number: usize) -> Bytes {
    suspended(&format!("attack-{number}")).to_string().into()
}

/// Thousands of Sandboxes and claims, which a listing would bring.
fn crowded() -> ApiServer {
    let class = json!({
        "apiVersion": "agents.x-k8s.io/v1beta1",
        "kind": "SnapshotClass",
        "metadata": {"name": "unused"},
        "provisioner": "example.com/driver",
    });
    (0..3_000).fold(ApiServer::start().with("snapshotclasses", &class), |server, number| {
        let metadata = |name: &str| json!({"name": format!("{name}-{number}"), "namespace": NAMESPACE, "uid": format!("u-{number}")});
        server
            .with("snapshotclaims", &json!({
                "apiVersion": "agents.x-k8s.io/v1beta1",
                "kind": "SnapshotClaim",
                "metadata": metadata("claim"),
                "spec": {"snapshotClassName": CLASS},
            }))
            .with("sandboxes", &sandbox(&metadata("agent"), number))
    })
}

fn sandbox(metadata: &Value, number: usize) -> Value {
    json!({
        "apiVersion": "agents.x-k8s.io/v1beta1",
        "kind": "Sandbox",
        "metadata": metadata,
        "spec": {
            "operatingMode": "Suspended",
            "podTemplate": {"spec": {"containers": [{"name": "agent", "image": "agent:1"}]}},
            "suspensionStrategy": {
                "type": "Hibernate",
                "hibernate": {"snapshotClaimName": format!("claim-{number}")},
            },
        },
    })
}
