//! A server that answers only an API server with a certificate, set up as `docs/install.md` says: the
//! server makes its own certificate, and the API server finds it through a Service.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;
use tokio::net::TcpStream;

use crate::World;
use crate::cluster::process::{Process, eventually};
use crate::cluster::webhook_client::{self, NAME};
use crate::cluster::{Binaries, Cluster, free_address, manifests, snapshot_definitions};
use crate::trust;

const NAMESPACE: &str = "sandbox-admission-system";
const HOST: &str = "sandbox-admission.sandbox-admission-system.svc";

/// A claim that no server lets in: its class does not exist.
fn claim() -> String {
    json!({
        "apiVersion": "agents.x-k8s.io/v1beta1",
        "kind": "SnapshotClaim",
        "metadata": {"name": "nightly", "namespace": "default"},
        "spec": {"snapshotClassName": "missing"},
    })
    .to_string()
}

/// Starts a server that accepts clients with this name.
fn serve(cluster: &Cluster, port: u16, authority: &Path, name: &str) -> Process {
    let kubeconfig = cluster.kubeconfig_of(NAMESPACE, "sandbox-admission");
    let arguments = [
        "serve".to_owned(),
        format!("--kubeconfig={}", kubeconfig.display()),
        format!("--namespace={NAMESPACE}"),
        format!("--bind-address=127.0.0.1:{port}"),
        "--health-probe-bind-address=127.0.0.1:0".to_owned(),
        "--metrics-bind-address=127.0.0.1:0".to_owned(),
        "--log-format=json".to_owned(),
        format!("--client-ca-file={}", authority.display()),
        format!("--client-name={name}"),
    ];
    let program = Path::new(env!("CARGO_BIN_EXE_sandbox-admission"));
    let log = cluster.folder().join(format!("serve-{name}.log"));
    let mut process = Process::start(program, &arguments, log);
    process.wait_for_address();
    process.wait_until(|it| it.log().contains("of the Secret is in use").then_some(()));
    process
}

/// The line of the log about clients that were refused.
fn refusal(process: &mut Process) -> String {
    process.wait_until(|process| {
        let log = process.log();
        log.lines().find(|it| it.contains("a client was refused")).map(str::to_owned)
    })
}

pub fn only_an_api_server_with_the_certificate_is_answered(_: &World) {
    let folder = tempfile::tempdir().unwrap();
    let port = free_address().port();
    let (flags, authority) = webhook_client::arguments(folder.path(), &format!("{HOST}:{port}"));
    let binaries = Binaries::find().unwrap();
    let cluster = Cluster::with_flags(folder, &binaries, &snapshot_definitions(), &flags);
    let admin = cluster.kubectl();
    let apply = |text: &str| admin.pipe("apply --server-side -f -", text).succeeded();
    apply(&manifests(&["--only=rbac"]));
    // The API server calls the Service by its name and finds this machine.
    apply(
        &json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "sandbox-admission", "namespace": NAMESPACE},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        })
        .to_string(),
    );
    apply(&manifests(&["--only=webhooks"]).replace("port: 443", &format!("port: {port}")));
    let create = || admin.pipe("create -f -", &claim()).stderr;

    let mut server = serve(&cluster, port, &authority, NAME);
    assert!(eventually(|| create().contains("[snapshot-class-exists]")), "{}", create());

    // Anyone else who trusts the server gets nothing from it.
    let get = "get secret sandbox-admission-certs -o jsonpath={.data.ca\\.crt}";
    let bundle = admin.in_namespace(NAMESPACE).run(get).succeeded();
    let bundle = BASE64.decode(bundle).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        trust::asked(&bundle, HOST, stream).await
    });
    assert!(answer.is_err(), "{answer:?}");
    assert!(refusal(&mut server).contains("peer sent no certificates"));
    drop(server);

    // The same API server is a stranger to a server that wants another name.
    let mut server = serve(&cluster, port, &authority, "another");
    let stranger = create();
    assert!(stranger.contains("failed calling webhook"), "{stranger}");
    let line = refusal(&mut server);
    assert!(line.contains(NAME) && line.contains("for no --client-name"), "{line}");
}
