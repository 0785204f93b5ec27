//! The server itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::network::{network_policy, service};
use super::{HEALTH, METRICS, NAME, Port, WEBHOOK, metadata_in, selector};

/// Two replicas: one serves while the other is replaced, moved or lost with its zone.
const REPLICAS: u8 = 2;
/// Longer than `serve` takes at most to leave: 10 s in which it still accepts and 20 s for the
/// requests that it has begun.
const GRACE_SECONDS: u8 = 45;
/// An arbitrary user: the image has none.
const USER: u32 = 65532;
/// The priority: the cluster's writes depend on this Pod, so it must not wait for room behind
/// others.
const PRIORITY: &str = "system-cluster-critical";
/// The `ConfigMap` with the policies, and where it is mounted.
const POLICIES: &str = "sandbox-admission-policies";
const POLICIES_FOLDER: &str = "/policies";

/// The Deployment and what belongs to it. `rules` are flags for the server.
pub fn workload(
    namespace: &str,
    image: &str,
    policies: Option<&PolicyFiles>,
    rules: &[String],
) -> Vec<Value> {
    let configured = policies.map(|files| config_map(namespace, files));
    let rest = vec![
        quota(namespace),
        deployment(namespace, image, policies.is_some(), rules),
        disruption_budget(namespace),
        service(namespace),
        network_policy(namespace),
    ];
    configured.into_iter().chain(rest).collect()
}

/// Policies as files: texts by name.
pub type PolicyFiles = BTreeMap<String, String>;

/// The policies as a `ConfigMap`, which is mounted as a folder. Its name has no hash of its
/// contents: the server notices changes, and keeps the last good policies if the new ones are
/// broken.
fn config_map(namespace: &str, files: &PolicyFiles) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata_in(namespace, POLICIES),
        "data": files,
    })
}

fn deployment(namespace: &str, image: &str, has_policies: bool, rules: &[String]) -> Value {
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
                "spec": pod(image, has_policies, rules),
            },
        },
    })
}

fn pod(image: &str, has_policies: bool, rules: &[String]) -> Value {
    let mut pod = json!({
        "automountServiceAccountToken": true,
        "containers": [container(image, rules)],
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
    });
    if has_policies {
        mount_policies(&mut pod);
    }
    pod
}

fn mount_policies(pod: &mut Value) {
    let volume = json!({"name": "policies", "configMap": {"name": POLICIES}});
    insert(pod, "volumes", json!([volume]));
    let Some(container) = pod.pointer_mut("/containers/0") else { return };
    let mount = json!({"name": "policies", "mountPath": POLICIES_FOLDER, "readOnly": true});
    insert(container, "volumeMounts", json!([mount]));
    if let Some(Value::Array(arguments)) = container.get_mut("args") {
        arguments.push(json!(format!("--policy={POLICIES_FOLDER}")));
    }
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(key.to_owned(), value);
    }
}

fn container(image: &str, rules: &[String]) -> Value {
    // Memory must not depend on how many cores the node has.
    let arguments = ["serve", "--log-format=json", "--workers=4"].map(str::to_owned);
    let arguments: Vec<_> = arguments.into_iter().chain(rules.iter().cloned()).collect();
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
        "args": arguments,
        "livenessProbe": probe("/livez", 10, 3),
        "readinessProbe": probe("/readyz", 2, 2),
        "ports": [port(WEBHOOK), port(HEALTH), port(METRICS)],
        // No limit on CPU: a throttled server would delay writes to the cluster.
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

/// Spreads the replicas where that is possible, and else puts them together. Counted per revision,
/// so that a rollout does not leave them unevenly spread.
fn spread(topology: &str) -> Value {
    json!({
        "labelSelector": {"matchLabels": selector()},
        "matchLabelKeys": ["pod-template-hash"],
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
    })
}

/// Lets every node be drained: one of two replicas may go, and any that is broken anyway.
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

/// A quota that limits nothing in practice: some clusters (GKE) admit Pods of this priority only in
/// namespaces with a quota for it.
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
