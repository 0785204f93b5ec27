//! The API server that is asked.

use std::time::{Duration, Instant};

use hyper::{Method, Request};
use sandbox_admission::client::connection;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::answer::Answer;
use crate::cluster::{Binaries, Cluster};
use crate::corpus::{self, Case};

const GROUP: &str = "/apis/example.com/v1";
const STRICT: &str = "?dryRun=All&fieldValidation=Strict";

/// An API server with the definitions of the corpus.
pub struct Server {
    client: kube::Client,
    runtime: Runtime,
    cluster: Cluster,
}

impl Server {
    /// Starts one that has stored the old objects of updates.
    pub fn start(binaries: &Binaries, updates: &[Case]) -> Self {
        let cluster = Cluster::without_controllers(binaries, &open(corpus::DEFINITIONS));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let config = connection(Some(cluster.kubeconfig())).await.unwrap();
            kube::Client::try_from(config).unwrap()
        });
        let server = Self { client, runtime, cluster };
        for case in updates {
            let old = case.old.as_ref().unwrap();
            server.send(Method::POST, &collection(old), old).unwrap();
        }
        let apply = server.cluster.kubectl();
        apply.pipe("apply --server-side --force-conflicts -f -", corpus::DEFINITIONS).succeeded();
        server.wait_for_definitions();
        server
    }

    /// Asks for a creation as a dry run.
    pub fn create(&self, object: &Value) -> Answer {
        self.ask(Method::POST, &collection(object), object)
    }

    /// Asks for an update as a dry run.
    pub fn update(&self, object: &Value) -> Answer {
        let path =
            format!("{}/{}", collection(object), object["metadata"]["name"].as_str().unwrap());
        let stored = self.send(Method::GET, &path, &Value::Null).unwrap();
        let mut object = object.clone();
        object["metadata"] = stored["metadata"].clone();
        self.ask(Method::PUT, &path, &object)
    }

    fn ask(&self, method: Method, path: &str, object: &Value) -> Answer {
        match self.send(method, &format!("{path}{STRICT}"), object) {
            Ok(_) => Answer::Admitted,
            Err(kube::Error::Api(status)) => Answer::of(&status),
            Err(error) => panic!("{error}"),
        }
    }

    fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, kube::Error> {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
        self.runtime.block_on(self.client.request(request.body(body).unwrap()))
    }

    /// The API server takes a new definition for true a moment after it stored it.
    fn wait_for_definitions(&self) {
        let start = Instant::now();
        let wrong = |kind| {
            json!({"apiVersion": "example.com/v1", "kind": kind, "spec": {"wrong": 1},
            "metadata": {"name": "wrong"}})
        };
        for object in [wrong("Everything"), wrong("Global")] {
            while self.create(&object) == Answer::Admitted {
                assert!(start.elapsed() < Duration::from_secs(30), "the definitions are not used");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn collection(object: &Value) -> String {
    match object["kind"].as_str().unwrap() {
        "Global" => format!("{GROUP}/globals"),
        _ => format!("{GROUP}/namespaces/default/everythings"),
    }
}

/// The same definitions with schemas that allow anything.
fn open(definitions: &str) -> String {
    let documents = kubernetes_manifest::parse("definitions", definitions).unwrap();
    let open = documents.iter().map(|document| {
        let mut definition = serde_json::to_value(&document.root).unwrap();
        let version = &mut definition["spec"]["versions"][0];
        version["schema"]["openAPIV3Schema"] =
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        version["subresources"] = json!({"status": {}});
        definition.to_string()
    });
    open.collect::<Vec<_>>().join("\n---\n")
}
