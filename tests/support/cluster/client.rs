//! A client of the API server without any notion of kinds.

use std::path::Path;
use std::time::{Duration, Instant};

use hyper::{Method, Request};
use sandbox_admission::api::Kind;
use sandbox_admission::client::connection;
use serde_json::{Value, json};

/// Nothing takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Client(kube::Client);

/// A refusal of the API server: the code and the message. The code is 0 where it does not answer.
pub type Refused = (u16, String);

impl Client {
    pub async fn new(kubeconfig: &Path) -> Self {
        let config = connection(Some(kubeconfig)).await.unwrap();
        Self(kube::Client::try_from(config).unwrap())
    }

    pub async fn namespace(&self, name: &str) {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.send(Method::POST, "/api/v1/namespaces", &namespace).await.unwrap();
    }

    /// Creates an object, given without apiVersion, kind and name; returns what was stored.
    pub async fn create(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        mut object: Value,
    ) -> Result<Value, Refused> {
        object["apiVersion"] = "agents.x-k8s.io/v1beta1".into();
        object["kind"] = kind.name().into();
        object["metadata"]["name"] = name.into();
        self.send(Method::POST, &collection(kind, namespace), &object).await
    }

    /// Changes an object by a merge patch.
    pub async fn patch(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        change: &Value,
    ) -> Result<Value, Refused> {
        let path = format!("{}/{name}", collection(kind, namespace));
        self.send(Method::PATCH, &path, change).await
    }

    pub async fn delete(&self, kind: Kind, namespace: &str, name: &str) -> Result<Value, Refused> {
        let path = format!("{}/{name}", collection(kind, namespace));
        self.send(Method::DELETE, &path, &json!({})).await
    }

    /// Asks for a deletion as a dry run.
    pub async fn try_delete(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Value, Refused> {
        let path = format!("{}/{name}", collection(kind, namespace));
        self.send(Method::DELETE, &path, &json!({"dryRun": ["All"]})).await
    }

    /// Returns whether a deletion would be refused.
    pub async fn is_protected(&self, kind: Kind, namespace: &str, name: &str) -> bool {
        match self.try_delete(kind, namespace, name).await {
            Ok(_) => false,
            Err((403, _)) => true,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Writes the status of a Sandbox, as the controller would.
    pub async fn record(&self, namespace: &str, name: &str, status: Value) {
        let path = format!("{}/{name}/status", collection(Kind::Sandbox, namespace));
        self.send(Method::PATCH, &path, &json!({"status": status})).await.unwrap();
    }

    /// Sends anything; a patch is a merge patch.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused> {
        let media_type = if method == Method::PATCH {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", media_type);
        let request = request.body(serde_json::to_vec(body).unwrap()).unwrap();
        match self.0.request(request).await {
            Ok(object) => Ok(object),
            Err(kube::Error::Api(status)) => Err((status.code, status.message)),
            Err(error) => Err((0, error.to_string())),
        }
    }
}

/// Waits until something holds.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < PATIENCE, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn collection(kind: Kind, namespace: &str) -> String {
    let place =
        if namespace.is_empty() { String::new() } else { format!("namespaces/{namespace}/") };
    format!("/apis/agents.x-k8s.io/v1beta1/{place}{}", kind.plural())
}

/// A class.
pub fn class() -> Value {
    json!({"provisioner": "agents.x-k8s.io/gvisor"})
}

/// A claim that selects a class.
pub fn claim(class: &str) -> Value {
    json!({"spec": {"snapshotClassName": class}})
}

/// A Sandbox that will be hibernated.
pub fn suspended(hibernate: &Value) -> Value {
    let strategy = json!({"type": "Hibernate", "hibernate": hibernate});
    json!({"spec": {
        "operatingMode": "Suspended", "podTemplate": {}, "suspensionStrategy": strategy,
    }})
}
