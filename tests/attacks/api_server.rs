//! An API server that the attacked server follows: objects in memory, over plain HTTP on loopback.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::thread;

use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::api_answer::Answer;

/// Where the regular client's objects are.
pub const NAMESPACE: &str = "team-a";
/// A claim there.
pub const CLAIM: &str = "known";
/// The class that the claim selects.
pub const CLASS: &str = "standard";

/// How an API server answers, to those who list and watch, with a plural's name.
pub type Mischief = fn(&str) -> Option<Response<Answer>>;

/// The API server; the thread behind it lives as long as the test program.
#[derive(Clone)]
pub struct ApiServer {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: Vec<Stored>,
    streams: bool,
    mischief: Option<Mischief>,
    /// Method and path of every request so far.
    requests: Vec<String>,
    /// Senders that keep watches open.
    watches: Vec<tokio::sync::mpsc::UnboundedSender<Bytes>>,
}

struct Stored {
    plural: &'static str,
    namespace: Option<String>,
    name: String,
    json: Bytes,
}

impl ApiServer {
    /// Starts one that holds a class, and a claim that selects it.
    pub fn start() -> Self {
        let (told, port) = std::sync::mpsc::channel();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap().port()).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let state = Arc::clone(&shared);
                    tokio::task::spawn_local(async move {
                        let service = service_fn(move |request: Request<Incoming>| {
                            let answer = state.lock().unwrap().answer(&request);
                            async { Ok::<_, Infallible>(answer) }
                        });
                        let _ = http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
            });
        });
        let server = Self { port: port.recv().unwrap(), state };
        server
            .with(
                "snapshotclasses",
                &json!({
                    "apiVersion": "agents.x-k8s.io/v1beta1",
                    "kind": "SnapshotClass",
                    "metadata": {"name": CLASS},
                    "provisioner": "example.com/driver",
                }),
            )
            .with(
                "snapshotclaims",
                &json!({
                    "apiVersion": "agents.x-k8s.io/v1beta1",
                    "kind": "SnapshotClaim",
                    "metadata": {"name": CLAIM, "namespace": NAMESPACE},
                    "spec": {"snapshotClassName": CLASS},
                }),
            )
    }

    /// The same with one object more.
    pub fn with(self, plural: &'static str, object: &Value) -> Self {
        let metadata = &object["metadata"];
        let stored = Stored {
            plural,
            namespace: metadata["namespace"].as_str().map(str::to_owned),
            name: metadata["name"].as_str().unwrap().to_owned(),
            json: object.to_string().into(),
        };
        self.state.lock().unwrap().objects.push(stored);
        self
    }

    /// The same, able to stream its lists.
    pub fn streaming(self) -> Self {
        self.state.lock().unwrap().streams = true;
        self
    }

    /// Answers differently from now on.
    pub fn become_hostile(&self, mischief: Mischief) {
        let mut state = self.state.lock().unwrap();
        state.mischief = Some(mischief);
        state.watches.clear();
    }

    /// Answers well again.
    pub fn become_good(&self) {
        let mut state = self.state.lock().unwrap();
        state.mischief = None;
        state.watches.clear();
    }

    /// The number of requests so far, but for those whose path contains a text.
    pub fn requests_without(&self, part: &str) -> usize {
        self.state.lock().unwrap().requests.iter().filter(|it| !it.contains(part)).count()
    }

    /// A kubeconfig that leads here.
    pub fn kubeconfig(&self) -> String {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": format!("http://127.0.0.1:{}", self.port)}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "c",
        })
        .to_string()
    }
}

impl State {
    fn answer(&mut self, request: &Request<Incoming>) -> Response<Answer> {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        self.requests.push(format!("{} {path}?{query}", request.method()));
        let path = path
            .trim_start_matches("/apis/agents.x-k8s.io/v1beta1/")
            .trim_start_matches("/api/v1/");
        let parts: Vec<_> = path.split('/').collect();
        let (plural, namespace, name) = match parts[..] {
            ["namespaces", namespace, plural, name] => (plural, Some(namespace), Some(name)),
            ["namespaces", namespace, plural] => (plural, Some(namespace), None),
            [plural, name] => (plural, None, Some(name)),
            [plural] => (plural, None, None),
            _ => return status(StatusCode::NOT_FOUND),
        };
        if let Some(answer) =
            self.mischief.filter(|_| name.is_none()).and_then(|mischief| mischief(plural))
        {
            return answer;
        }
        match name {
            Some(name) => self.get(plural, namespace, name),
            None if query.contains("sendInitialEvents=true") && !self.streams => {
                status(StatusCode::UNPROCESSABLE_ENTITY)
            }
            None if query.contains("watch=true") => self.watch(plural, query),
            None => self.list(plural, namespace, query),
        }
    }

    fn get(&self, plural: &str, namespace: Option<&str>, name: &str) -> Response<Answer> {
        let found =
            self.of(plural).find(|it| it.name == name && it.namespace.as_deref() == namespace);
        found.map_or_else(
            || status(StatusCode::NOT_FOUND),
            |it| Response::new(Answer::parts([it.json.clone()])),
        )
    }

    fn list(&self, plural: &str, namespace: Option<&str>, query: &str) -> Response<Answer> {
        let number =
            |name: &str| parameter(query, name).and_then(|value| value.parse::<usize>().ok());
        let start = number("continue").unwrap_or_default();
        let limit = number("limit").unwrap_or(usize::MAX);
        let all = self
            .of(plural)
            .filter(|it| namespace.is_none_or(|name| it.namespace.as_deref() == Some(name)));
        let all = all.map(|it| it.json.clone());
        let mut items: Vec<_> = all.skip(start).take(limit.saturating_add(1)).collect();
        let next = if items.len() > limit { (start + limit).to_string() } else { String::new() };
        items.truncate(limit);
        let metadata = json!({"resourceVersion": "1", "continue": next});
        let mut parts =
            vec![Bytes::from(format!("{{\"kind\":\"List\",\"metadata\":{metadata},\"items\":["))];
        for (number, item) in items.into_iter().enumerate() {
            if number > 0 {
                parts.push(Bytes::from_static(b","));
            }
            parts.push(item);
        }
        parts.push(Bytes::from_static(b"]}"));
        Response::new(Answer::parts(parts))
    }

    /// A watch that brings what is there, if that is wanted, and nothing more.
    fn watch(&mut self, plural: &str, query: &str) -> Response<Answer> {
        let (watch, response) = Answer::watch();
        if query.contains("sendInitialEvents=true") {
            for object in self.of(plural) {
                for part in [b"{\"type\":\"ADDED\",\"object\":", &object.json[..], b"}\n"] {
                    watch.send(Bytes::copy_from_slice(part)).unwrap();
                }
            }
            let end = json!({"type": "BOOKMARK", "object": {"kind": plural, "metadata": {
                "resourceVersion": "1", "annotations": {"k8s.io/initial-events-end": "true"}}}});
            watch.send(Bytes::from(format!("{end}\n"))).unwrap();
        }
        self.watches.push(watch);
        response
    }

    fn of(&self, plural: &str) -> impl Iterator<Item = &Stored> {
        self.objects.iter().filter(move |it| it.plural == plural)
    }
}

fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

fn status(code: StatusCode) -> Response<Answer> {
    let body = json!({"kind": "Status", "code": code.as_u16(), "message": "as told"});
    let mut response = Response::new(Answer::of(&body));
    *response.status_mut() = code;
    response
}
