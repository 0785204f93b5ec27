//! The server itself.

use serde_json::{Value, json};

use super::network::{network_policy, service};
use super::{HEALTH, METRICS, NAME, Port, WEBHOOK, metadata_in, selector};

/// Of two, one serves while the other is replaced, moved or lost with its zone.
const REPLICAS: u8 = 2;
/// Longer than `serve` takes at most to leave: 10 s in which it still accepts and 20 s for what it
/// has begun.
const GRACE_SECONDS: u8 = 45;
/// Nobody in particular: the image has no users.
const USER: u32 = 65532;
/// What keeps the cluster's writes going is not to wait for room behind other Pods.
const PRIORITY: &str = "system-cluster-critical";

/// The Deployment and what belongs to it.
pub fn workload(namespace: &str, image: &str) -> Vec<Value> {
    vec![
        quota(namespace),
        deployment(namespace, image),
        disruption_budget(namespace),
        service(namespace),
        network_policy(namespace),
    ]
}

fn deployment(namespace: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata_in(namespace, NAME),
        "spec": {
            "replicas": REPLICAS,
            "selector": {"matchLabels": selector()},
            // A new replica is ready before an old one goes.
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": {
                "metadata": {"labels": selector()},
                "spec": pod(image),
            },
        },
    })
}

fn pod(image: &str) -> Value {
    json!({
        "automountServiceAccountToken": true,
        "containers": [container(image)],
        "enableServiceLinks": false,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "priorityClassName": PRIORITY,
        "securityContext": {
            "runAsGroup": USER,
            "runAsNonRoot": true,
            "runAsUser": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceAccountName": NAME,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "topologySpreadConstraints": [
            spread("topology.kubernetes.io/zone"),
            spread("kubernetes.io/hostname"),
        ],
    })
}

fn container(image: &str) -> Value {
    let port =
        |port: Port| json!({"containerPort": port.number, "name": port.name, "protocol": "TCP"});
    let probe = |path: &str, period: u8, failures: u8| {
        json!({
            "failureThreshold": failures,
            "httpGet": {"path": path, "port": HEALTH.name},
            "periodSeconds": period,
        })
    };
    json!({
        "name": NAME,
        "image": image,
        // Memory must not depend on how many cores the node has.
        "args": ["serve", "--log-format=json", "--workers=4"],
        "livenessProbe": probe("/livez", 10, 3),
        "readinessProbe": probe("/readyz", 2, 2),
        "ports": [port(WEBHOOK), port(HEALTH), port(METRICS)],
        // No limit on CPU: to be throttled means that writes to the cluster wait.
        "resources": {
            "limits": {"memory": "128Mi"},
            "requests": {"cpu": "50m", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": true,
        },
    })
}

/// Apart where that is possible; together rather than not at all. Counted per revision, so that a
/// rollout does not end up lopsided.
fn spread(topology: &str) -> Value {
    json!({
        "labelSelector": {"matchLabels": selector()},
        "matchLabelKeys": ["pod-template-hash"],
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
    })
}

/// A node can always be drained: of one replica in two, and of any that is broken anyway.
fn disruption_budget(namespace: &str) -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata_in(namespace, NAME),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": selector()},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    })
}

/// Not there to limit anything: some clusters (GKE) admit Pods of this priority only in namespaces
/// with a quota that speaks of it.
fn quota(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata_in(namespace, "sandbox-admission-critical-pods"),
        "spec": {
            "hard": {"pods": "100"},
            "scopeSelector": {"matchExpressions": [{
                "operator": "In",
                "scopeName": "PriorityClass",
                "values": [PRIORITY],
            }]},
        },
    })
}
