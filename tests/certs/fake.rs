//! An API server with Secrets and webhook configurations: get, create, replace, patch, watch.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use hyper::{Method, Request, Response, StatusCode};
use kube::Client;
use sandbox_admission::client::ApiClient;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::api_answer::Answer;

pub const SECRETS: &str = "/api/v1/namespaces/agents/secrets";
pub const SECRET: &str = "/api/v1/namespaces/agents/secrets/shared";
pub const MUTATING: &str =
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/ours";
pub const VALIDATING: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/ours";

/// The API server.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    /// The texts of requests that are refused, each with the code.
    pub refusals: Vec<(&'static str, StatusCode)>,
    /// The text of requests that are never answered.
    pub silence: Option<&'static str>,
    /// Every request so far: method, path and query.
    pub requests: Vec<String>,
    version: u64,
    /// The objects by path.
    objects: BTreeMap<String, Value>,
    watches: Vec<(String, mpsc::UnboundedSender<Bytes>)>,
}

impl Fake {
    /// A fake with both configurations. Each has a webhook that calls our Service and one that calls
    /// another Service.
    pub fn registered() -> Self {
        let fake = Self::default();
        for path in [MUTATING, VALIDATING] {
            let webhook = |name: &str, service: &str| {
                let service = json!({"namespace": "agents", "name": service, "path": "/"});
                json!({"name": name, "clientConfig": {"service": service}, "timeoutSeconds": 5})
            };
            let webhooks = [webhook("ours.x", "webhook"), webhook("theirs.x", "other")];
            fake.put(path, json!({"metadata": {"name": "ours"}, "webhooks": webhooks}));
        }
        fake
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A client of the fake; it must be made within a runtime.
    pub fn client(&self) -> ApiClient {
        let fake = self.clone();
        let answer = move |request: Request<kube::client::Body>| {
            let fake = fake.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let query = head.uri.query().unwrap_or_default().trim_start_matches('&');
                let line = format!("{} {}?{query}", head.method, head.uri.path());
                let is_silent = {
                    let mut state = fake.state();
                    state.requests.push(line.clone());
                    state.silence.is_some_and(|part| line.contains(part))
                };
                if is_silent {
                    std::future::pending::<()>().await;
                }
                let body = serde_json::from_slice(&body).unwrap_or_default();
                let path = head.uri.path();
                Ok::<_, Infallible>(fake.state().answer(&head.method, path, query, &line, body))
            }
        };
        Client::new(tower::service_fn(answer), "default").into()
    }

    /// Writes an object, even if it has changed.
    pub fn put(&self, path: &str, object: Value) {
        self.state().store(path, object);
    }

    pub fn get(&self, path: &str) -> Option<Value> {
        self.state().objects.get(path).cloned()
    }

    pub fn delete(&self, path: &str) {
        let mut state = self.state();
        let object = state.objects.remove(path).unwrap();
        state.tell(path, "DELETED", &object);
    }

    /// The number of requests that contain a text.
    pub fn count(&self, part: &str) -> usize {
        self.state().requests.iter().filter(|request| request.contains(part)).count()
    }
}

impl State {
    fn answer(
        &mut self,
        method: &Method,
        path: &str,
        query: &str,
        line: &str,
        body: Value,
    ) -> Response<Answer> {
        if let Some((_, code)) = self.refusals.iter().find(|(part, _)| line.contains(part)) {
            return status(*code);
        }
        if query.contains("watch=") {
            return self.watch(path, query);
        }
        let stored = self.objects.get(path).cloned();
        match (method, stored) {
            (&Method::GET, Some(object)) => Response::new(Answer::of(&object)),
            (&Method::POST, None) => {
                let path = format!("{path}/{}", body["metadata"]["name"].as_str().unwrap());
                if self.objects.contains_key(&path) {
                    return status(StatusCode::CONFLICT);
                }
                Response::new(Answer::of(&self.store(&path, body)))
            }
            (&Method::PUT | &Method::PATCH, Some(stored)) => {
                let version = &body["metadata"]["resourceVersion"];
                assert!(version.is_string(), "changes are made to what was read");
                if *version != stored["metadata"]["resourceVersion"] {
                    return status(StatusCode::CONFLICT);
                }
                let object = if method == Method::PUT { body } else { merged(stored, &body) };
                Response::new(Answer::of(&self.store(path, object)))
            }
            (&Method::GET | &Method::PUT | &Method::PATCH, None) => status(StatusCode::NOT_FOUND),
            _ => panic!("{line}"),
        }
    }

    fn store(&mut self, path: &str, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.objects.insert(path.to_owned(), object.clone());
        self.tell(path, "MODIFIED", &object);
        object
    }

    fn watch(&mut self, collection: &str, query: &str) -> Response<Answer> {
        let (_, name) = query.split_once("fieldSelector=metadata.name%3D").expect("one object");
        let path = format!("{collection}/{}", name.split('&').next().unwrap());
        let (sender, response) = Answer::watch();
        if let Some(object) = self.objects.get(&path) {
            let line = json!({"type": "ADDED", "object": object}).to_string() + "\n";
            sender.send(line.into()).unwrap();
        }
        self.watches.push((path, sender));
        response
    }

    fn tell(&mut self, path: &str, what: &str, object: &Value) {
        let line = Bytes::from(json!({"type": what, "object": object}).to_string() + "\n");
        self.watches.retain(|(watched, watch)| watched != path || watch.send(line.clone()).is_ok());
    }
}

/// A strategic merge patch of a webhook configuration: webhooks are merged by name.
fn merged(mut stored: Value, patch: &Value) -> Value {
    assert_eq!(patch.as_object().unwrap().len(), 2, "metadata and webhooks");
    for change in patch["webhooks"].as_array().unwrap() {
        assert_eq!(change.as_object().unwrap().len(), 2, "name and clientConfig");
        let config = change["clientConfig"].as_object().unwrap();
        assert_eq!(config.keys().collect::<Vec<_>>(), ["caBundle"]);
        let webhooks = stored["webhooks"].as_array_mut().unwrap();
        let webhook = webhooks.iter_mut().find(|it| it["name"] == change["name"]).unwrap();
        webhook["clientConfig"]["caBundle"] = config["caBundle"].clone();
    }
    stored
}

fn status(code: StatusCode) -> Response<Answer> {
    let reason = match code {
        StatusCode::NOT_FOUND => "NotFound",
        _ => "Other",
    };
    let body = json!({
        "kind": "Status", "status": "Failure", "code": code.as_u16(), "reason": reason,
        "message": "as told",
    });
    let mut response = Response::new(Answer::of(&body));
    *response.status_mut() = code;
    response
}
