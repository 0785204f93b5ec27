//! Attacks by the bodies of reviews: large, odd, and dear to judge.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use libtest_mimic::Failed;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::Attack;
use crate::api_server::{ApiServer, CLASS, NAMESPACE};
use crate::hostile::flood;
use crate::regular::review;
use crate::target::Target;

pub const ATTACKS: &[Attack] = &[
    Attack::new("sandboxes_whose_template_has_250000_bad_labels", |runtime, target, span| {
        flooded(runtime, target, 8, span, |_| bad_labels())
    }),
    Attack::new("claims_with_400000_keys_that_look_like_credentials", |runtime, target, span| {
        flooded(runtime, target, 8, span, |_| credentials())
    }),
    Attack::new("forty_bodies_of_8_mib_at_a_time", |runtime, target, span| {
        flooded(runtime, target, 40, span, |_| white_space())
    }),
    Attack::new("objects_with_fields_of_the_wrong_type_all_over", |runtime, target, span| {
        flooded(runtime, target, 8, span, |_| wrong_types())
    }),
    Attack::new("bodies_that_are_deep_cut_or_no_json", |runtime, target, span| {
        flooded(runtime, target, 8, span, odd)
    }),
    Attack::new("typing_errors_next_to_10000_names_of_245_characters", |runtime, target, span| {
        flooded(runtime, target, 4, span, |_| long_name())
    })
    .in_world(many_long_names),
];

fn flooded(
    runtime: &Runtime,
    target: &Target,
    connections: u8,
    span: Duration,
    body: fn(usize) -> Bytes,
) -> Result<(), Failed> {
    let answers = runtime.block_on(flood(target, connections, span, body));
    let expected = [StatusCode::OK, StatusCode::BAD_REQUEST, StatusCode::SERVICE_UNAVAILABLE];
    if let Some(odd) = answers.iter().find(|status| !expected.contains(status)) {
        return Err(format!("an attacker's answer had the status {odd}").into());
    }
    print!("{} answers to the attackers ... ", answers.len());
    // Otherwise it was no attack.
    if answers.is_empty() { Err("no attacker was answered".into()) } else { Ok(()) }
}

/// The same bytes each time; making them takes longer than sending them.
fn once(body: &'static OnceLock<Bytes>, make: impl FnOnce() -> Bytes) -> Bytes {
    body.get_or_init(make).clone()
}

fn json_of(value: &Value) -> Bytes {
    value.to_string().into()
}

fn bad_labels() -> Bytes {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    once(&BODY, || {
        let labels: Map<_, _> = (0..250_000).map(|it| (format!("_{it:x}"), "v".into())).collect();
        json_of(&review("CREATE", "sandboxes", Some(&sandbox(&json!({"labels": labels}))), None))
    })
}

fn credentials() -> Bytes {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    once(&BODY, || {
        let parameters: Map<_, _> =
            (0..400_000).map(|it| (format!("token{it:x}"), "v".into())).collect();
        let claim = json!({
            "apiVersion": "agents.x-k8s.io/v1beta1",
            "kind": "SnapshotClaim",
            "metadata": {"name": "new", "namespace": NAMESPACE},
            "spec": {"snapshotClassName": CLASS, "parameters": parameters},
        });
        json_of(&review("CREATE", "snapshotclaims", Some(&claim), None))
    })
}

fn white_space() -> Bytes {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    once(&BODY, || {
        let mut body = vec![b' '; (8 << 20) - 2];
        body.extend(b"{}");
        body.into()
    })
}

fn wrong_types() -> Bytes {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    once(&BODY, || {
        let labels: Map<_, _> = (0..80_000).map(|it| (format!("k{it:x}"), it.into())).collect();
        let wrong = json!({"labels": labels, "annotations": labels, "finalizers": 1, "ownerReferences": "no"});
        json_of(&review("UPDATE", "sandboxes", Some(&sandbox(&wrong)), Some(&sandbox(&wrong))))
    })
}

fn odd(number: usize) -> Bytes {
    let whole = json_of(&review("CREATE", "sandboxes", Some(&sandbox(&json!({}))), None));
    match number % 6 {
        0 => "[".repeat(1 << 20).into(),
        1 => r#"{"request":"#.repeat(1 << 17).into(),
        2 => whole.slice(..whole.len() * (number % 97) / 97),
        3 => vec![u8::try_from(number % 256).unwrap_or_default(); 1 << 20].into(),
        4 => format!(r#"{{"request":{{"uid":{}}}}}"#, "9".repeat(1 << 20)).into(),
        _ => format!(r#"{{"request":{{"uid":"{}"}}}}"#, "\\u0041".repeat(1 << 17)).into(),
    }
}

fn long_name() -> Bytes {
    let claim = format!("{}x", "a".repeat(244));
    json_of(&crate::regular::suspended(&claim))
}

fn many_long_names() -> ApiServer {
    (0..10_000).fold(ApiServer::start(), |server, number| {
        let name = format!("{}{number:05}", "a".repeat(240));
        server.with(
            "snapshotclaims",
            &json!({
                "apiVersion": "agents.x-k8s.io/v1beta1",
                "kind": "SnapshotClaim",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "spec": {"snapshotClassName": CLASS},
            }),
        )
    })
}

/// A Sandbox whose own metadata and whose template's metadata have more than usual.
fn sandbox(metadata: &Value) -> Value {
    json!({
        "apiVersion": "agents.x-k8s.io/v1beta1",
        "kind": "Sandbox",
        "metadata": {"name": "agent", "namespace": NAMESPACE},
        "spec": {"podTemplate": {
            "metadata": metadata,
            "spec": {"containers": [{"name": "agent", "image": "agent:1"}]},
        }},
    })
}
