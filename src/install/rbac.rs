//! Permissions: the namespace, the server's rights and their limits, and people's rights to the
//! snapshot kinds.
//! `docs/install.md` says what each verb is for.

use serde_json::{Value, json};

use super::account_policies::account_policies;
use super::{NAME, SECRET, metadata, metadata_in};
use crate::api::{GROUP, Kind};

/// Rights that only the built-in certificates need; the cert-manager overlay removes these objects.
const CERTIFICATES: &str = "sandbox-admission-certificates";

const RBAC: &str = "rbac.authorization.k8s.io";
const RBAC_V1: &str = "rbac.authorization.k8s.io/v1";
const READ: [&str; 3] = ["get", "list", "watch"];
const WRITE: [&str; 5] = ["create", "delete", "deletecollection", "patch", "update"];

/// The rights of the server that depend on its configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// Reading namespaces: policies may ask for their labels.
    pub namespaces: bool,
    /// Asking what users may do: a rule may want to know who may use a class.
    pub access_reviews: bool,
}

/// The namespace, the service account, all roles, and the policies that hold the account to what it
/// needs of them.
pub fn rbac(namespace: &str, needs: Needs) -> Vec<Value> {
    let mut objects = roles(namespace, needs);
    objects.extend(account_policies(namespace));
    objects
}

fn roles(namespace: &str, needs: Needs) -> Vec<Value> {
    vec![
        json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": namespace,
                "labels": {
                    "app.kubernetes.io/name": NAME,
                    "pod-security.kubernetes.io/enforce": "restricted",
                },
            },
        }),
        json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata_in(namespace, NAME),
            // The Deployment asks for the token; no other Pod of this account gets one.
            "automountServiceAccountToken": false,
        }),
        cluster_role(NAME, &reading(needs)),
        cluster_role_binding(NAME, namespace),
        cluster_role(
            CERTIFICATES,
            &[json!({
                "apiGroups": ["admissionregistration.k8s.io"],
                "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
                "resourceNames": [NAME],
                "verbs": ["get", "patch", "watch"],
            })],
        ),
        cluster_role_binding(CERTIFICATES, namespace),
        secret_role(namespace),
        json!({
            "apiVersion": RBAC_V1,
            "kind": "RoleBinding",
            "metadata": metadata_in(namespace, CERTIFICATES),
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": CERTIFICATES},
            "subjects": subjects(namespace),
        }),
        view(),
        edit(),
    ]
}

/// The right to know what exists, and what else the server needs to know.
fn reading(needs: Needs) -> Vec<Value> {
    let kinds = json!({
        "apiGroups": [GROUP],
        "resources": Kind::ALL.map(Kind::plural),
        "verbs": READ,
    });
    let namespaces = json!({"apiGroups": [""], "resources": ["namespaces"], "verbs": READ});
    let access_reviews = json!({
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["subjectaccessreviews"],
        "verbs": ["create"],
    });
    let namespaces = needs.namespaces.then_some(namespaces);
    let access_reviews = needs.access_reviews.then_some(access_reviews);
    [Some(kinds), namespaces, access_reviews].into_iter().flatten().collect()
}

fn secret_role(namespace: &str) -> Value {
    json!({
        "apiVersion": RBAC_V1,
        "kind": "Role",
        "metadata": metadata_in(namespace, CERTIFICATES),
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["secrets"],
                "resourceNames": [SECRET],
                "verbs": ["get", "update", "watch"],
            },
            // A creation has no name yet, so RBAC cannot limit it to one.
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        ],
    })
}

/// The right of tenants to read, through the built-in roles. Classes and providers belong to the
/// cluster: for them the role counts where it is bound cluster-wide.
fn view() -> Value {
    let resources = [
        Kind::SnapshotClass,
        Kind::SnapshotClaim,
        Kind::SnapshotClaimTemplate,
        Kind::SnapshotProvider,
    ];
    let rule = json!({
        "apiGroups": [GROUP],
        "resources": resources.map(Kind::plural),
        "verbs": READ,
    });
    aggregated("sandbox-admission-view", &["view", "edit", "admin"], &rule)
}

/// The right of tenants to write. Classes and providers are the cluster admin's, who may do
/// anything.
fn edit() -> Value {
    let resources = [Kind::SnapshotClaim, Kind::SnapshotClaimTemplate];
    let rule = json!({
        "apiGroups": [GROUP],
        "resources": resources.map(Kind::plural),
        "verbs": WRITE,
    });
    aggregated("sandbox-admission-edit", &["edit", "admin"], &rule)
}

/// A role that is added to the built-in ones named in `into`.
fn aggregated(name: &str, into: &[&str], rule: &Value) -> Value {
    let label = |role| (format!("{RBAC}/aggregate-to-{role}"), json!("true"));
    let mut metadata = metadata(name);
    if let Some(Value::Object(labels)) = metadata.get_mut("labels") {
        labels.extend(into.iter().map(label));
    }
    json!({
        "apiVersion": RBAC_V1,
        "kind": "ClusterRole",
        "metadata": metadata,
        "rules": [rule],
    })
}

fn cluster_role(name: &str, rules: &[Value]) -> Value {
    json!({
        "apiVersion": RBAC_V1,
        "kind": "ClusterRole",
        "metadata": metadata(name),
        "rules": rules,
    })
}

fn cluster_role_binding(role: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": RBAC_V1,
        "kind": "ClusterRoleBinding",
        "metadata": metadata(role),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": subjects(namespace),
    })
}

fn subjects(namespace: &str) -> Value {
    json!([{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}])
}
