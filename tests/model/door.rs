//! The API server's door: requests as any user, and answers with their warnings.

use std::path::Path;

use http_body_util::BodyExt as _;
use kube::client::Body;
use sandbox_admission::client::connection;
use serde_json::Value;

use crate::actors::Actor;
use crate::requests::Request;
use crate::world::{Key, Kind, collection};

/// The API server.
pub struct Door(kube::Client);

/// Its answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: u16,
    pub body: Value,
    pub warnings: Vec<String>,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }

    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

impl Door {
    pub async fn new(kubeconfig: &Path) -> Self {
        let config = connection(Some(kubeconfig)).await.unwrap();
        Self(kube::Client::try_from(config).unwrap())
    }

    /// Sends a request as a user.
    pub async fn send(&self, actor: Actor, request: &Request) -> Answer {
        let uri = format!("{}?{}", request.path, request.query);
        let mut builder = hyper::Request::builder().method(request.method).uri(uri);
        builder = builder.header("content-type", request.media_type);
        if let Some(user) = actor.user() {
            builder = builder.header("impersonate-user", user);
        }
        if let Some(group) = actor.group() {
            builder = builder.header("impersonate-group", group);
        }
        let body = if request.method == "GET" {
            Body::empty()
        } else {
            Body::from(serde_json::to_vec(&request.body).unwrap())
        };
        let response = self.0.send(builder.body(body).unwrap()).await.expect("the API server runs");
        let code = response.status().as_u16();
        let warnings = response.headers().get_all("warning").iter();
        let warnings =
            warnings.map(|it| unquoted(it.to_str().expect("kube-apiserver writes ASCII")));
        let warnings = warnings.collect();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { code, body: serde_json::from_slice(&body).unwrap_or_default(), warnings }
    }

    /// All objects of a kind.
    pub async fn list(&self, kind: Kind) -> Vec<(Key, Value)> {
        let request = Request {
            method: "GET",
            path: collection(kind, ""),
            query: String::new(),
            media_type: "application/json",
            body: Value::Null,
        };
        let mut answer = self.send(Actor::Admin, &request).await;
        assert!(answer.is_success(), "{answer:?}");
        let Value::Array(items) = answer.body["items"].take() else { return Vec::new() };
        let key = |object: &Value| {
            let metadata = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
            Key::new(kind, metadata("namespace"), metadata("name"))
        };
        items.into_iter().map(|object| (key(&object), object)).collect()
    }
}

/// The text of a Warning header: `299 - "text"`.
fn unquoted(header: &str) -> String {
    let quoted = header.splitn(3, ' ').nth(2).unwrap_or(header);
    let inner = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(quoted);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}
