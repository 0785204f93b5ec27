//! The certificate that an API server shows to a webhook, as `docs/install.md` sets one up.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::authority::Authority;

/// The name in the certificate.
pub const NAME: &str = "kube-apiserver-webhook-client";

/// The flag of an API server that shows one to the webhook at `host`, which is `SERVICE.NAMESPACE.svc`
/// and a port; and the CA that signed it. Files are in `folder`.
pub fn arguments(folder: &Path, host: &str) -> ([String; 1], PathBuf) {
    let folder = folder.join("webhook-client");
    fs::create_dir_all(&folder).unwrap();
    let authority = Authority::new(&folder);
    let client = authority.client(NAME, None);
    let write = |name: &str, content: serde_json::Value| {
        let file = folder.join(name);
        fs::write(&file, content.to_string()).unwrap();
        file
    };
    let user = json!({"client-certificate": client.certificate, "client-key": client.key});
    let kubeconfig = write(
        "webhooks.kubeconfig",
        json!({"apiVersion": "v1", "kind": "Config", "users": [{"name": host, "user": user}]}),
    );
    let plugin = |name: &str| {
        json!({
            "name": name,
            "configuration": {
                "apiVersion": "apiserver.config.k8s.io/v1",
                "kind": "WebhookAdmissionConfiguration",
                "kubeConfigFile": kubeconfig,
            },
        })
    };
    let config = write(
        "admission.yaml",
        json!({
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AdmissionConfiguration",
            "plugins": [plugin("MutatingAdmissionWebhook"), plugin("ValidatingAdmissionWebhook")],
        }),
    );
    let flag = format!("--admission-control-config-file={}", config.display());
    ([flag], authority.certificate())
}
