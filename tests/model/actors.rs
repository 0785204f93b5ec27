//! Who writes.

use serde_json::{Value, json};

/// A user of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Admin,
    Tenant,
    Controller,
    GarbageCollector,
    NamespaceController,
    /// Someone from before our server was installed: nobody judges these writes. They leave objects behind
    /// that are wrong, as there are in every cluster.
    Earlier,
}

impl Actor {
    /// The user's name; none for the user of the tests' own certificate.
    pub fn user(self) -> Option<&'static str> {
        match self {
            Self::Admin => None,
            Self::Tenant => Some("tenant"),
            Self::Controller => Some("system:serviceaccount:agent-sandbox-system:controller"),
            Self::GarbageCollector => {
                Some("system:serviceaccount:kube-system:generic-garbage-collector")
            }
            Self::NamespaceController => {
                Some("system:serviceaccount:kube-system:namespace-controller")
            }
            Self::Earlier => Some("earlier"),
        }
    }

    pub fn group(self) -> Option<&'static str> {
        (self == Self::Earlier).then_some("system:masters")
    }

    /// Returns whether the deletions of this user pass whatever they delete.
    pub fn deletes_freely(self) -> bool {
        matches!(self, Self::GarbageCollector | Self::NamespaceController | Self::Earlier)
    }

    /// Returns whether our server is asked at all.
    pub fn is_judged(self) -> bool {
        self != Self::Earlier
    }
}

/// The rights of those who have none by themselves.
pub fn rights() -> String {
    let everything = json!(["sandboxes", "snapshotclaims", "snapshotclaimtemplates"]);
    let status = json!([
        "sandboxes",
        "sandboxes/status",
        "snapshotclaims",
        "snapshotclaims/status",
        "snapshotclaimtemplates",
    ]);
    let roles = [(Actor::Tenant, "tenant", everything), (Actor::Controller, "controller", status)];
    let objects = roles.iter().flat_map(|(actor, name, resources)| {
        [role(name, resources), binding(name, actor.user().unwrap_or_default())]
    });
    objects.map(|object| object.to_string()).collect::<Vec<_>>().join("\n---\n") + "\n"
}

fn role(name: &str, resources: &Value) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": format!("model-{name}")},
        "rules": [{"apiGroups": ["agents.x-k8s.io"], "resources": resources, "verbs": ["*"]}],
    })
}

fn binding(name: &str, user: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": format!("model-{name}")},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
            "name": format!("model-{name}"),
        },
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    })
}
