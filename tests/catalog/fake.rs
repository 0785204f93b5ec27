//! An API server that keeps custom resources in memory: get, list by pages, watch.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode, Uri};
use kube::Client;
use sandbox_admission::api::Kind;
use sandbox_admission::client::ApiClient;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};

use crate::support::api_answer::Answer;

/// The place of an object: plural, namespace, name.
type Key = (String, String, String);

/// The ways in which an API server can treat its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Healthy,
    /// Every request is refused.
    Failing(StatusCode),
    /// No request is answered.
    Silent,
}

/// The ways in which an API server answers the wish to stream a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Streams {
    /// As one before Kubernetes 1.34.
    #[default]
    Refused,
    Sent,
    /// The end of the list never comes.
    Endless,
}

/// The API server.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    pub mood: Mood,
    /// A semaphore, if there is one, from which answers to all requests but watches take a permit
    /// first.
    pub gate: Option<Arc<Semaphore>>,
    /// True while watches stay open but bring nothing any more.
    pub is_mute: bool,
    pub streams: Streams,
    /// True while no watch can start from any version.
    pub is_forgetful: bool,
    /// The number of page tokens that count as too old.
    pub expired_pages: usize,
    /// True while authorizers allow everything.
    pub allows: bool,
    /// The plurals without a definition.
    pub absent: Vec<&'static str>,
    /// Every request so far, without the host.
    pub requests: Vec<String>,
    version: u64,
    /// The version of the oldest event; older ones are forgotten.
    oldest: u64,
    objects: BTreeMap<Key, Value>,
    history: Vec<(u64, String, String)>,
    watches: Vec<(String, mpsc::UnboundedSender<Bytes>)>,
}

impl Fake {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A client of the fake; it must be made within a runtime.
    pub fn client(&self) -> ApiClient {
        let fake = self.clone();
        let answer = move |request: Request<kube::client::Body>| {
            let fake = fake.clone();
            let uri = request.uri().clone();
            async move { Ok::<_, Infallible>(fake.answer(&uri).await) }
        };
        Client::new(tower::service_fn(answer), "default").into()
    }

    /// Creates an object or replaces it.
    pub fn apply(&self, kind: Kind, namespace: &str, name: &str, mut object: Value) {
        let state = &mut *self.state();
        state.version += 1;
        object["metadata"]["name"] = name.into();
        object["metadata"]["resourceVersion"] = state.version.to_string().into();
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = namespace.into();
        }
        let key = (kind.plural().to_owned(), namespace.to_owned(), name.to_owned());
        let is_new = state.objects.insert(key, object.clone()).is_none();
        state.tell(kind.plural(), if is_new { "ADDED" } else { "MODIFIED" }, &object);
    }

    pub fn delete(&self, kind: Kind, namespace: &str, name: &str) {
        let state = &mut *self.state();
        state.version += 1;
        let key = (kind.plural().to_owned(), namespace.to_owned(), name.to_owned());
        let mut object = state.objects.remove(&key).unwrap();
        object["metadata"]["resourceVersion"] = state.version.to_string().into();
        state.tell(kind.plural(), "DELETED", &object);
    }

    /// The number of requests that contain a text.
    pub fn count(&self, part: &str) -> usize {
        self.state().requests.iter().filter(|request| request.contains(part)).count()
    }

    /// The number of watches of a kind from a version on.
    pub fn watches(&self, kind: Kind) -> usize {
        let start = format!("{}?watch=true", kind.plural());
        let state = self.state();
        let watches = state.requests.iter().filter(|request| request.starts_with(&start));
        watches.filter(|request| !request.contains("sendInitialEvents")).count()
    }

    async fn answer(&self, uri: &Uri) -> Response<Answer> {
        // kube begins each query with an empty parameter.
        let query = uri.query().unwrap_or_default().trim_start_matches('&');
        let prefixes = ["/apis/agents.x-k8s.io/v1beta1/", "/apis/authorization.k8s.io/v1/"];
        let path = prefixes.iter().find_map(|it| uri.path().strip_prefix(it)).unwrap().to_owned();
        let (response, gate) = {
            let mut state = self.state();
            state.requests.push(format!("{path}?{query}"));
            let parts: Vec<_> = path.split('/').collect();
            let gate = state.gate.clone();
            match (state.mood, &parts[..]) {
                (Mood::Failing(code), _) => (status(code, "as told"), None),
                (Mood::Silent, _) => {
                    (status(StatusCode::OK, "never sent"), Some(Arc::new(Semaphore::new(0))))
                }
                (_, ["subjectaccessreviews"]) => {
                    let review = json!({"status": {"allowed": state.allows}});
                    (Response::new(Answer::of(&review)), gate)
                }
                (_, ["namespaces", namespace, plural, name]) => {
                    (state.get(plural, namespace, name), gate)
                }
                (_, [plural, name]) => (state.get(plural, "", name), gate),
                (_, [plural]) if state.absent.contains(plural) => {
                    (status(StatusCode::NOT_FOUND, "no such resource"), None)
                }
                (_, [plural]) if query.contains("sendInitialEvents=true") => {
                    (state.stream(plural, query), None)
                }
                (_, [plural]) if query.contains("watch=true") => (state.watch(plural, query), None),
                (_, [plural]) => (state.list(plural, None, query), gate),
                (_, ["namespaces", namespace, plural]) => {
                    (state.list(plural, Some(namespace), query), gate)
                }
                _ => panic!("{path}"),
            }
        };
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        response
    }
}

impl State {
    /// Closes all watches.
    pub fn disconnect(&mut self) {
        self.watches.clear();
    }

    /// Forgets all events so far.
    pub fn compact(&mut self) {
        self.history.clear();
        self.oldest = self.version;
    }

    /// Sends a line to the watches of a kind.
    pub fn send(&mut self, plural: &str, line: &str) {
        if !self.is_mute {
            let line = Bytes::from(format!("{line}\n"));
            self.watches
                .retain(|(watched, watch)| watched != plural || watch.send(line.clone()).is_ok());
        }
    }

    fn tell(&mut self, plural: &str, what: &str, object: &Value) {
        let line = json!({"type": what, "object": object}).to_string();
        self.history.push((self.version, plural.to_owned(), line.clone()));
        self.send(plural, &line);
    }

    fn get(&self, plural: &str, namespace: &str, name: &str) -> Response<Answer> {
        let key = (plural.to_owned(), namespace.to_owned(), name.to_owned());
        match self.objects.get(&key) {
            Some(object) => Response::new(Answer::of(object)),
            None => status(StatusCode::NOT_FOUND, "not found"),
        }
    }

    fn list(&mut self, plural: &str, namespace: Option<&str>, query: &str) -> Response<Answer> {
        let limit: usize = parameter(query, "limit").parse().unwrap();
        let (version, start) = match parameter(query, "continue").split_once('-') {
            None => (self.version, 0),
            Some((version, start)) => (version.parse().unwrap(), start.parse().unwrap()),
        };
        if start > 0 && self.expired_pages > 0 {
            self.expired_pages -= 1;
            return status(StatusCode::GONE, "the continue token is too old");
        }
        let is_listed = |key: &Key| key.0 == plural && namespace.is_none_or(|it| key.1 == it);
        let mut items: Vec<_> =
            self.objects.iter().filter(|(key, _)| is_listed(key)).map(|(_, it)| it).collect();
        let more = items.len() > start + limit;
        items = items.into_iter().skip(start).take(limit).collect();
        let next = if more { format!("{version}-{}", start + limit) } else { String::new() };
        let metadata = json!({"resourceVersion": version.to_string(), "continue": next});
        // Go writes an empty list as null.
        let items = if items.is_empty() { Value::Null } else { json!(items) };
        Response::new(Answer::of(&json!({"metadata": metadata, "items": items})))
    }

    fn stream(&mut self, plural: &str, query: &str) -> Response<Answer> {
        let is_asked = ["resourceVersionMatch=NotOlderThan", "allowWatchBookmarks=true"];
        assert!(is_asked.iter().all(|part| query.contains(part)), "{query}");
        if self.streams == Streams::Refused {
            let why = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is \
                       enabled";
            return status(StatusCode::UNPROCESSABLE_ENTITY, why);
        }
        let (sender, response) = Answer::watch();
        let tell = |what: &str, object: &Value| {
            let line = json!({"type": what, "object": object});
            sender.send(Bytes::from(format!("{line}\n"))).unwrap();
        };
        for (_, object) in self.objects.iter().filter(|(key, _)| key.0 == plural) {
            tell("ADDED", object);
        }
        if self.streams == Streams::Sent {
            let annotations = json!({"k8s.io/initial-events-end": "true"});
            let version = self.version.to_string();
            let metadata = json!({"resourceVersion": version, "annotations": annotations});
            tell("BOOKMARK", &json!({"metadata": metadata}));
        }
        self.watches.push((plural.to_owned(), sender));
        response
    }

    fn watch(&mut self, plural: &str, query: &str) -> Response<Answer> {
        let version: u64 = parameter(query, "resourceVersion").parse().unwrap();
        let (sender, response) = Answer::watch();
        if self.is_forgetful || version < self.oldest {
            let error = json!({"type": "ERROR", "object": {"code": 410, "message": "too old"}});
            sender.send(Bytes::from(format!("{error}\n"))).unwrap();
            return response;
        }
        for (_, _, line) in self.history.iter().filter(|it| it.0 > version && it.1 == plural) {
            sender.send(Bytes::from(format!("{line}\n"))).unwrap();
        }
        self.watches.push((plural.to_owned(), sender));
        response
    }
}

fn parameter<'q>(query: &'q str, name: &str) -> &'q str {
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    values.filter(|(key, _)| *key == name).map(|(_, value)| value).next().unwrap_or_default()
}

fn status(code: StatusCode, message: &str) -> Response<Answer> {
    let body = json!({"kind": "Status", "code": code.as_u16(), "message": message});
    let mut response = Response::new(Answer::of(&body));
    *response.status_mut() = code;
    response
}
