//! The folder `manifests/` as kubectl's kustomize renders it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The kubectl from `KUBEBUILDER_ASSETS`, from `tests/envtest/build`, or the user's own.
fn kubectl() -> PathBuf {
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").filter(|folder| !folder.is_empty());
    let folder = assets.map_or_else(|| "target/envtest".into(), PathBuf::from);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("kubectl");
    if built.is_file() { built } else { "kubectl".into() }
}

fn rendered(folder: &Path) -> String {
    let mut command = Command::new(kubectl());
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("kustomize").arg(folder);
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn objects(text: &str) -> Vec<Value> {
    let documents = kubernetes_manifest::parse("-", text).unwrap();
    documents.iter().map(|document| serde_json::to_value(&document.root).unwrap()).collect()
}

#[test]
#[ignore = "needs a kubectl"]
fn the_base_and_the_one_file_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kustomization.yaml"), "resources: [install.yaml]").unwrap();
    fs::copy("manifests/install.yaml", folder.path().join("install.yaml")).unwrap();
    assert_eq!(rendered(Path::new("manifests/base")), rendered(folder.path()));
}

#[test]
#[ignore = "needs a kubectl"]
fn with_cert_manager_the_server_reads_a_mounted_certificate_and_may_write_nothing() {
    let base = objects(&rendered(Path::new("manifests/base")));
    let overlay = objects(&rendered(Path::new("manifests/overlays/cert-manager")));
    let gone: Vec<_> = base
        .iter()
        .filter(|object| {
            let is_same = |it: &&Value| {
                it["kind"] == object["kind"] && it["metadata"]["name"] == object["metadata"]["name"]
            };
            !overlay.iter().any(|it| is_same(&it))
        })
        .map(|object| object["kind"].as_str().unwrap())
        .collect();
    assert_eq!(gone, ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]);

    let only = |kind: &str| overlay.iter().find(|object| object["kind"] == kind).unwrap();
    let pod = &only("Deployment")["spec"]["template"]["spec"];
    let mount = &pod["containers"][0]["volumeMounts"][0];
    let argument = format!("--cert-dir={}", mount["mountPath"].as_str().unwrap());
    let arguments = pod["containers"][0]["args"].as_array().unwrap();
    assert!(arguments.iter().any(|it| *it == argument), "{arguments:?}");
    assert_eq!(mount["name"], pod["volumes"][0]["name"]);

    // The Certificate whose Secret is mounted is the one whose CA is published, and it names the
    // Service.
    let secret = &pod["volumes"][0]["secret"]["secretName"];
    let is_mounted =
        |it: &&Value| it["kind"] == "Certificate" && it["spec"]["secretName"] == *secret;
    let certificate = overlay.iter().find(is_mounted).unwrap();
    let name = |object: &Value| {
        let field = |field: &str| object["metadata"][field].as_str().unwrap().to_owned();
        (field("namespace"), field("name"))
    };
    let (namespace, service) = name(only("Service"));
    assert_eq!(certificate["spec"]["dnsNames"][0], format!("{service}.{namespace}.svc"));
    let (namespace, certificate) = name(certificate);
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        assert_eq!(
            only(kind)["metadata"]["annotations"]["cert-manager.io/inject-ca-from"],
            format!("{namespace}/{certificate}")
        );
    }
}
