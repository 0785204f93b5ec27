//! Replicas that share a certificate in a real cluster, with exactly the documented rights and under the
//! policies that limit them. The API server calls one of them as its mutating webhook and the other as its
//! validating webhook.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hyper::{Method, Request};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sandbox_admission::admission::Phase;
use sandbox_admission::certs::cluster::{CertificateReport, ObjectNames, Timing, keep};
use sandbox_admission::certs::{Certificates, Lifetimes};
use sandbox_admission::client::{ApiClient, connection};
use sandbox_admission::server::{Handler, Metrics, Server, ServerOptions};
use sandbox_admission::webhook::{Caller, Outcome, Reply, Verdict};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::World;
use crate::cluster::client::eventually;
use crate::cluster::manifests;
use crate::cluster::process::Process;
use crate::trust;

/// The name by which the API server calls the webhooks.
const NAME: &str = "webhook.certificates.svc";
const SETUP: &str = include_str!("certificates.yaml");

pub fn they_share_and_repair_and_rotate_without_a_failed_call(world: &World) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let setup = Setup::start(world).await;
        setup.share().await;
        let load = Load::start(&setup);
        setup.repair().await;
        setup.upgrade(world).await;
        setup.lose_the_secret().await;
        setup.rotate().await;
        load.end();
    });
}

pub fn a_server_that_follows_a_cluster_makes_its_own(world: &World) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let kubectl = world.cluster.kubectl();
        kubectl.run("create namespace serving").succeeded();
        let log = world.cluster.folder().join("serving.log");
        let kubeconfig = world.cluster.kubeconfig().display();
        let arguments = [
            "serve".to_owned(),
            format!("--kubeconfig={kubeconfig}"),
            "--namespace=serving".to_owned(),
            "--mutating-webhook-configuration=none".to_owned(),
            "--validating-webhook-configuration=none".to_owned(),
            "--bind-address=127.0.0.1:0".to_owned(),
            "--health-probe-bind-address=127.0.0.1:0".to_owned(),
            "--metrics-bind-address=127.0.0.1:0".to_owned(),
            "--log-format=json".to_owned(),
        ];
        let program = Path::new(env!("CARGO_BIN_EXE_sandbox-admission"));
        let mut server = Process::start(program, &arguments, log);
        let address = server.wait_for_address();
        server.wait_until(|it| it.log().contains("of the Secret is in use").then_some(()));
        let get =
            "get secret sandbox-admission-certs --namespace=serving -o jsonpath={.data.ca\\.crt}";
        let bundle = BASE64.decode(kubectl.run(get).succeeded()).unwrap();
        for name in ["sandbox-admission.serving.svc", "sandbox-admission.serving.svc.cluster.local"]
        {
            let stream = TcpStream::connect(&address).await.unwrap();
            trust::served(&bundle, name, stream).await.unwrap();
        }
    });
}

/// Lifetimes so short that a test sees a CA come and go.
const TIMING: Timing = Timing {
    lifetimes: Lifetimes {
        ca: Duration::from_mins(1),
        serving: Duration::from_secs(20),
        backdated: Duration::ZERO,
    },
    propagation: Duration::from_secs(3),
    interval: Duration::from_secs(2),
};

/// The policies that `manifests` renders, about the account of these replicas.
fn policies() -> String {
    let rendered = manifests(&["--only=rbac"]);
    let policies =
        rendered.split("---\n").filter(|it| it.contains("\nkind: ValidatingAdmissionPolicy"));
    let policies = policies.collect::<Vec<_>>().join("---\n");
    let renamed = [
        ("sandbox-admission-system:sandbox-admission", "certificates:server"),
        ("sandbox-admission-certs", "shared"),
        ("sandbox-admission-", "certificates-"),
    ];
    renamed.iter().fold(policies, |policies, (installed, here)| {
        assert!(policies.contains(installed), "{installed}");
        policies.replace(installed, here)
    })
}

struct Setup {
    /// The manifests that were applied.
    applied: String,
    admin: kube::Client,
    replicas: [Replica; 2],
}

impl Setup {
    async fn start(world: &World) -> Self {
        let mut config = connection(Some(world.cluster.kubeconfig())).await.unwrap();
        let admin = kube::Client::try_from(config.clone()).unwrap();
        let listening = [Listening::new().await, Listening::new().await];
        let [mutating, validating] =
            [0, 1].map(|at: usize| listening[at].address.port().to_string());
        let applied =
            SETUP.replace("MUTATING_PORT", &mutating).replace("VALIDATING_PORT", &validating);
        let kubectl = world.cluster.kubectl();
        kubectl.pipe("apply --server-side -f -", &policies()).succeeded();
        kubectl.pipe("apply --server-side -f -", &applied).succeeded();
        let token = kubectl.run("create token server --namespace=certificates").succeeded();
        config.auth_info = serde_json::from_value(json!({"token": token.trim()})).unwrap();
        let client = ApiClient::connect(config).unwrap();
        // Both start at once.
        let replicas = listening.map(|it| it.serve(client.clone()));
        Self { applied, admin, replicas }
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let request = Request::get(path).body(Vec::new()).unwrap();
        self.admin.request(request).await.ok()
    }

    async fn secret(&self, key: &str) -> Option<Vec<u8>> {
        let secret = self.get("/api/v1/namespaces/certificates/secrets/shared").await?;
        BASE64.decode(secret["data"][key].as_str()?).ok()
    }

    /// The bundle that the first webhook of a configuration trusts.
    async fn bundle(&self, kind: &str) -> Option<Vec<u8>> {
        let path = format!(
            "/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations/certificates"
        );
        let configuration = self.get(&path).await?;
        let bundle = configuration["webhooks"][0]["clientConfig"]["caBundle"].as_str()?;
        BASE64.decode(bundle).ok()
    }

    async fn is_published(&self) -> bool {
        let shared = self.secret("ca.crt").await;
        shared.is_some()
            && self.bundle("mutating").await == shared
            && self.bundle("validating").await == shared
    }

    async fn all_serve_the_secret(&self) -> bool {
        let (Some(shared), Some(bundle)) =
            (self.secret("tls.crt").await, self.bundle("mutating").await)
        else {
            return false;
        };
        let shared = CertificateDer::from_pem_slice(&shared).unwrap();
        for replica in &self.replicas {
            if replica.served(&bundle).await.ok().as_deref() != Some(&shared) {
                return false;
            }
        }
        true
    }

    /// A call that goes through both replicas.
    async fn call(&self) -> Result<(), String> {
        call(&self.admin).await
    }

    async fn share(&self) {
        let ready = async || self.replicas.iter().all(Replica::is_ready);
        eventually("both are ready", ready).await;
        eventually("the CA is published", async || self.is_published().await).await;
        assert_eq!(self.secret("ca.crt").await.map(|it| cas(&it)), Some(1), "they share one");
        assert!(self.all_serve_the_secret().await);
        eventually("the API server trusts it", async || self.call().await.is_ok()).await;
    }

    async fn repair(&self) {
        for kind in ["mutating", "validating"] {
            let path = format!(
                "/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations/certificates"
            );
            // A wrong bundle would fail calls until it is repaired. One with an additional CA does not.
            let path_of_bundle = "/webhooks/0/clientConfig/caBundle";
            let foreign = rcgen::generate_simple_self_signed(["foreign".to_owned()]).unwrap();
            let ours = String::from_utf8(self.bundle(kind).await.unwrap()).unwrap();
            let both = BASE64.encode(ours + &foreign.cert.pem());
            let change = json!([{"op": "replace", "path": path_of_bundle, "value": both}]);
            let request = Request::builder()
                .method(Method::PATCH)
                .uri(&path)
                .header("content-type", "application/json-patch+json")
                .body(change.to_string().into_bytes())
                .unwrap();
            self.admin.request::<Value>(request).await.unwrap();
            let start = Instant::now();
            eventually("it is repaired", async || self.is_published().await).await;
            assert!(start.elapsed() < Duration::from_secs(5));
        }
    }

    /// Applies a version of our configuration with one webhook more, and then the first one again: anyone
    /// who applies configurations may remove a webhook in which we have published our CA.
    async fn upgrade(&self, world: &World) {
        let start = self.applied.rfind("- name: ").unwrap();
        // For another resource, so that no call waits until the CA is published in it.
        let more =
            self.applied[start..].replace("validate.", "more.").replace("configmaps", "endpoints");
        let apply = |text: &str| {
            world.cluster.kubectl().pipe("apply --server-side -f -", text).succeeded();
        };
        let list = |what: &str| {
            let get = format!(
                "get validatingwebhookconfiguration certificates -o jsonpath={{.webhooks[*].{what}}}"
            );
            let list = world.cluster.kubectl().run(&get).succeeded();
            list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        apply(&format!("{}{more}", self.applied));
        let trusted = async || list("clientConfig.caBundle").len() == 2;
        eventually("the new one is trusted as well", trusted).await;
        apply(&self.applied);
        assert_eq!(list("name"), ["validate.certificates.test"]);
        assert!(self.is_published().await, "and applying takes nothing from the other");
    }

    async fn lose_the_secret(&self) {
        let before = self.secret("ca.crt").await.unwrap();
        let path = "/api/v1/namespaces/certificates/secrets/shared";
        let request = Request::delete(path).body(Vec::new()).unwrap();
        self.admin.request::<Value>(request).await.unwrap();
        eventually("there is a new one", async || {
            self.secret("ca.crt").await.is_some_and(|it| it != before)
        })
        .await;
        eventually("all use it", async || {
            self.is_published().await && self.all_serve_the_secret().await
        })
        .await;
    }

    /// Waits until another CA has taken over and the present one is gone.
    async fn rotate(&self) {
        let before = self.secret("ca.crt").await.unwrap();
        let before = CertificateDer::from_pem_slice(&before).unwrap();
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < Duration::from_mins(3), "no rotation");
            let bundle = self.secret("ca.crt").await.unwrap();
            if CertificateDer::pem_slice_iter(&bundle).all(|it| it.unwrap() != before) {
                break;
            }
            sleep(Duration::from_millis(500)).await;
        }
        eventually("all use it", async || {
            self.is_published().await && self.all_serve_the_secret().await
        })
        .await;
        for replica in &self.replicas {
            assert_eq!(replica.failures.load(Ordering::Relaxed), 0, "it had all the rights");
        }
    }
}

fn cas(bundle: &[u8]) -> usize {
    CertificateDer::pem_slice_iter(bundle).count()
}

async fn call(admin: &kube::Client) -> Result<(), String> {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "call-"},
    });
    let path = "/api/v1/namespaces/certificates/configmaps?dryRun=All";
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.body(object.to_string().into_bytes()).unwrap();
    match admin.request::<Value>(request).await {
        Ok(object) => {
            let handled = &object["metadata"]["annotations"]["defaulted"];
            (handled == "yes").then_some(()).ok_or_else(|| "it was not called".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Calls without a pause.
struct Load {
    tasks: Vec<JoinHandle<()>>,
    calls: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Load {
    fn start(setup: &Setup) -> Self {
        let calls = Arc::<AtomicUsize>::default();
        let failures = Arc::<Mutex<Vec<String>>>::default();
        let tasks = (0..3).map(|_| {
            let admin = setup.admin.clone();
            let (calls, failures) = (Arc::clone(&calls), Arc::clone(&failures));
            tokio::spawn(async move {
                loop {
                    if let Err(error) = call(&admin).await {
                        failures.lock().unwrap().push(error);
                    }
                    calls.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(20)).await;
                }
            })
        });
        Self { tasks: tasks.collect(), calls, failures }
    }

    fn end(self) {
        for task in self.tasks {
            task.abort();
        }
        let failures = self.failures.lock().unwrap();
        let calls = self.calls.load(Ordering::Relaxed);
        println!("{calls} calls, {} failures", failures.len());
        assert!(calls > 100, "{calls}");
        assert_eq!(*failures, [""; 0], "of {calls}");
    }
}

/// A server that waits for its certificate.
struct Listening {
    address: SocketAddr,
    certificates: Arc<Certificates>,
    server: Server<Yes>,
}

struct Replica {
    address: SocketAddr,
    certificates: Arc<Certificates>,
    failures: Arc<AtomicUsize>,
    _signals: mpsc::Sender<()>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Replica {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Listening {
    async fn new() -> Self {
        let options = ServerOptions {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            health_address: None,
            metrics_address: None,
            workers: NonZeroUsize::MIN,
            ..ServerOptions::default()
        };
        let certificates = Certificates::none_yet();
        let metrics = Arc::new(Metrics::new(&[], "test"));
        let resolver = Arc::clone(&certificates);
        let server = Server::bind(options, resolver, Arc::new(Yes), metrics).await.unwrap();
        Self { address: server.address().unwrap(), certificates, server }
    }

    fn serve(self, client: ApiClient) -> Replica {
        let name = || "certificates".to_owned();
        let objects = ObjectNames {
            namespace: name(),
            service: "webhook".to_owned(),
            secret: "shared".to_owned(),
            mutating: name(),
            validating: name(),
        };
        let (signals, received) = mpsc::channel(1);
        let failures = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&failures);
        let report = move |report: CertificateReport<'_>| {
            if matches!(report, CertificateReport::Failed) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        };
        let keep = keep(client, objects, TIMING, Arc::clone(&self.certificates), report);
        let run = async move { self.server.run(received).await.unwrap() };
        Replica {
            address: self.address,
            certificates: self.certificates,
            failures,
            _signals: signals,
            tasks: [tokio::spawn(keep), tokio::spawn(run)],
        }
    }
}

impl Replica {
    fn is_ready(&self) -> bool {
        self.certificates.not_ready(SystemTime::now()).is_none()
    }

    async fn served(&self, bundle: &[u8]) -> std::io::Result<Vec<u8>> {
        let stream = TcpStream::connect(self.address).await?;
        trust::served(bundle, NAME, stream).await
    }
}

/// Allows each request, and marks the objects that it may change.
struct Yes;

impl Handler for Yes {
    async fn review(self: Arc<Self>, phase: Phase, body: Bytes, _: Caller) -> (Reply, Outcome) {
        let review: Value = serde_json::from_slice(&body).unwrap();
        let mut response = json!({"uid": review["request"]["uid"], "allowed": true});
        if phase == Phase::Mutating {
            let mark = json!([{"op": "add", "path": "/metadata/annotations", "value": {"defaulted": "yes"}}]);
            response["patchType"] = "JSONPatch".into();
            response["patch"] = BASE64.encode(mark.to_string()).into();
        }
        let review = json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response,
        });
        let outcome = Outcome { verdict: Verdict::Allowed, ..Outcome::default() };
        (Reply::Review(review.to_string().into_bytes()), outcome)
    }

    fn not_ready(&self) -> Option<String> {
        None
    }
}
