//! The nodes' part: no node is there, so this says of every Pod that it runs, and takes it away when it is
//! to end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::cluster::client::Client;

/// The time between two looks.
const POLL: Duration = Duration::from_millis(50);

/// A scheduler and a kubelet for all Pods, in a thread; dropping it stops it.
pub struct Kubelet {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Kubelet {
    /// Starts it with an administrator's connection.
    pub fn start(kubeconfig: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, kubeconfig) = (Arc::clone(&stop), kubeconfig.to_owned());
        let thread = thread::spawn(move || run(&stopped, &kubeconfig));
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A panic in it was printed; the tests that wait for Pods fail by themselves.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn run(stopped: &AtomicBool, kubeconfig: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::new(kubeconfig).await;
        while !stopped.load(Ordering::Relaxed) {
            let pods = client.send(Method::GET, "/api/v1/pods", &Value::Null).await;
            let pods = pods.unwrap_or_else(|(code, message)| panic!("{code} {message}"));
            for pod in pods["items"].as_array().unwrap() {
                if let Some((method, place, body)) = next_write(pod) {
                    let path = format!("{}{place}", path(pod));
                    // The Pod may be another meanwhile, or gone: the next look shows it.
                    let _ = client.send(method, &path, &body).await;
                }
            }
            tokio::time::sleep(POLL).await;
        }
    });
}

fn path(pod: &Value) -> String {
    let text = |field: &str| pod["metadata"][field].as_str().unwrap();
    format!("/api/v1/namespaces/{}/pods/{}", text("namespace"), text("name"))
}

/// The write that a Pod needs, and where below its path.
fn next_write(pod: &Value) -> Option<(Method, &'static str, Value)> {
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        // What still has a finalizer stays, and is asked for again.
        let now = json!({
            "gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]},
        });
        return Some((Method::DELETE, "", now));
    }
    if pod["spec"]["nodeName"].is_null() {
        let node = json!({
            "apiVersion": "v1", "kind": "Binding",
            "metadata": {"name": pod["metadata"]["name"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": "node"},
        });
        return Some((Method::POST, "/binding", node));
    }
    if pod["status"]["phase"] == "Running" {
        return None;
    }
    let conditions = ["PodScheduled", "Ready"].map(|it| json!({"type": it, "status": "True"}));
    let status = json!({
        "phase": "Running", "podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}],
        "conditions": conditions,
    });
    Some((Method::PATCH, "/status", json!({"status": status})))
}
