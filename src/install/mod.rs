//! The objects to install: who may do what, the server, and what the API server sends it.
//!
//! Pure functions that return `serde_json` values, one file per topic; the caller prints them. The
//! custom resource definitions are in [`crate::api::schema`].

mod account_policies;
pub mod entries;
mod network;
mod rbac;
mod webhooks;
mod workload;

use serde_json::{Value, json};

pub use rbac::{Needs, rbac};
pub use webhooks::{Asked, ServerAddress, webhooks};
pub use workload::{PolicyFiles, workload};

/// The name of everything that exists once, both webhook configurations included.
pub const NAME: &str = "sandbox-admission";
/// The default namespace.
pub const NAMESPACE: &str = "sandbox-admission-system";
/// The Secret in which replicas share their CA and serving certificate.
pub const SECRET: &str = "sandbox-admission-certs";

/// The Service's port, which an API server without `clientConfig.service.port` would call too.
const SERVICE_PORT: u16 = 443;
const WEBHOOK: Port = Port { name: "webhook", number: 9443 };
const HEALTH: Port = Port { name: "health", number: 8081 };
const METRICS: Port = Port { name: "metrics", number: 8080 };

/// A port of the Pod: the defaults of `serve`.
#[derive(Clone, Copy)]
struct Port {
    name: &'static str,
    number: u16,
}

/// The API server's treatment of a request while no replica answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailurePolicy {
    /// Refuses it, so that nothing unjudged is stored.
    #[value(name = "Fail")]
    Fail,
    /// Lets it pass.
    #[value(name = "Ignore")]
    Ignore,
}

impl FailurePolicy {
    /// The policy as the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "Fail",
            Self::Ignore => "Ignore",
        }
    }
}

fn selector() -> Value {
    json!({"app.kubernetes.io/name": NAME})
}

/// The metadata of a cluster-scoped object.
fn metadata(name: &str) -> Value {
    json!({"name": name, "labels": selector()})
}

/// The metadata of an object in the server's namespace.
fn metadata_in(namespace: &str, name: &str) -> Value {
    json!({"name": name, "namespace": namespace, "labels": selector()})
}
