//! The Service through which the server is reached, and the network policy.

use serde_json::{Value, json};

use super::{HEALTH, METRICS, NAME, Port, SERVICE_PORT, WEBHOOK, metadata_in, selector};

/// The ports of an API server: behind the Service `kubernetes`, and on the node itself, which is
/// what a network policy sees.
const API_SERVER_PORTS: [u16; 2] = [443, 6443];
const DNS_PORT: u16 = 53;

/// The Service that the webhook configurations name.
pub fn service(namespace: &str) -> Value {
    let port = |number: u16, port: Port| json!({"name": port.name, "port": number, "protocol": "TCP", "targetPort": port.name});
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata_in(namespace, NAME),
        "spec": {
            "ports": [port(SERVICE_PORT, WEBHOOK), port(METRICS.number, METRICS)],
            "selector": selector(),
        },
    })
}

/// Limits traffic by port alone: an API server is not a Pod and calls from an address that no
/// selector describes, so a `from` would block it. The ports are the Pod's, because policies are
/// enforced there.
pub fn network_policy(namespace: &str) -> Value {
    let tcp = |port: u16| json!({"port": port, "protocol": "TCP"});
    let ingress = [WEBHOOK, HEALTH, METRICS].map(|port| tcp(port.number));
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata_in(namespace, NAME),
        "spec": {
            "podSelector": {"matchLabels": selector()},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"ports": ingress}],
            "egress": [
                {"ports": API_SERVER_PORTS.map(tcp)},
                {"ports": [tcp(DNS_PORT), {"port": DNS_PORT, "protocol": "UDP"}]},
            ],
        },
    })
}
