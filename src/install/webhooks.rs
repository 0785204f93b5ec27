//! The two webhook configurations.

use serde_json::{Value, json};

use super::entries::{ENTRIES, Entry, Unanswered};
use super::{FailurePolicy, NAME, SERVICE_PORT, metadata};
use crate::api::{GROUP, VERSION};
use crate::webhook::Phase;

/// How long the API server waits, in seconds. An answer takes about a millisecond; a client behind
/// a dead replica is not to wait longer than it must.
const TIMEOUT_SECONDS: u8 = 5;

/// Where the API server finds us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// Behind the Service of our name. No `caBundle` is set, not even an empty one: the server (or
    /// cert-manager) publishes it, and tools that compare with what was applied see no drift.
    Service {
        /// The Service's namespace.
        namespace: String,
    },
    /// Outside the cluster.
    Url {
        /// `https://HOST:PORT`, without a slash at the end.
        base: String,
        /// What signed the serving certificate: PEM, in base64.
        ca_bundle: String,
    },
}

impl Server {
    fn client_config(&self, path: &str) -> Value {
        match self {
            Self::Service { namespace } => json!({"service": {
                "name": NAME, "namespace": namespace, "path": path, "port": SERVICE_PORT,
            }}),
            Self::Url { base, ca_bundle } => {
                json!({"url": format!("{base}{path}"), "caBundle": ca_bundle})
            }
        }
    }
}

/// The mutating and the validating configuration. `failure_policy` is for creations and updates
/// that are judged; defaults and deletions always pass where no replica answers.
pub fn webhooks(server: &Server, failure_policy: FailurePolicy) -> Vec<Value> {
    let configuration = |kind: &str, phase: Phase| {
        let entries = ENTRIES.iter().filter(|entry| entry.phase == phase);
        let webhooks: Vec<_> = entries.map(|it| webhook(it, server, failure_policy)).collect();
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": metadata(NAME),
            "webhooks": webhooks,
        })
    };
    vec![
        configuration("MutatingWebhookConfiguration", Phase::Mutating),
        configuration("ValidatingWebhookConfiguration", Phase::Validating),
    ]
}

/// Where `serve` answers each of them.
const fn path(phase: Phase) -> &'static str {
    match phase {
        Phase::Mutating => "/mutate",
        Phase::Validating => "/validate",
    }
}

fn webhook(entry: &Entry, server: &Server, failure_policy: FailurePolicy) -> Value {
    let operations: Vec<_> = entry.operations.iter().map(|it| it.name()).collect();
    let resources: Vec<_> = entry.kinds.iter().map(|kind| kind.plural()).collect();
    let conditions = entry
        .conditions
        .iter()
        .map(|condition| json!({"name": condition.name, "expression": condition.expression}));
    let failure_policy = match entry.unanswered {
        Unanswered::AsChosen => failure_policy,
        Unanswered::Passes => FailurePolicy::Ignore,
    };
    let mut webhook = json!({
        "name": entry.name,
        "admissionReviewVersions": ["v1"],
        "clientConfig": server.client_config(path(entry.phase)),
        "failurePolicy": failure_policy.name(),
        "matchConditions": conditions.collect::<Vec<_>>(),
        "matchPolicy": "Equivalent",
        "rules": [{
            "apiGroups": [GROUP],
            "apiVersions": [VERSION],
            "operations": operations,
            "resources": resources,
        }],
        "sideEffects": "None",
        "timeoutSeconds": TIMEOUT_SECONDS,
    });
    if let (Phase::Mutating, Value::Object(fields)) = (entry.phase, &mut webhook) {
        fields.insert("reinvocationPolicy".to_owned(), json!("Never"));
    }
    webhook
}
