//! Who may use which class, where the admin has set the rule that asks.

use std::time::{Duration, Instant};

use crate::World;
use crate::cluster::Kubectl;
use crate::cluster::process::eventually;
use crate::objects::{claim, class, file, provider, running};

/// The rule, switched on.
pub const RULE: &str = "snapshot-class-use=deny";

/// The right of tenants to write; the roles are those that `manifests` prints.
const TENANT: &str = "
apiVersion: v1
kind: ServiceAccount
metadata: {name: dev}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: edit}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sandbox-admission-edit}
subjects: [{kind: ServiceAccount, name: dev}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: sandboxes}
rules: [{apiGroups: [agents.x-k8s.io], resources: [sandboxes], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: sandboxes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: sandboxes}
subjects: [{kind: ServiceAccount, name: dev}]
";

/// The right of the tenant of a namespace to use a class, as docs/install.md grants it.
fn grant(world: &World, namespace: &str, class: &str) {
    let role = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: use-CLASS}
rules: [{apiGroups: [agents.x-k8s.io], resources: [snapshotclasses], resourceNames: [CLASS], verbs: [use]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: use-CLASS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: use-CLASS}
subjects: [{kind: ServiceAccount, name: dev, namespace: NAMESPACE}]
";
    let role = role.replace("CLASS", class).replace("NAMESPACE", namespace);
    world.cluster.kubectl().pipe("create -f -", &role).succeeded();
}

/// The kubectl of a tenant in a new namespace with some objects.
fn tenant(world: &World, namespace: &str, objects: &[String]) -> Kubectl {
    world.namespace(namespace, &file(objects)).pipe("create -f -", TENANT).succeeded();
    world.cluster.kubectl_of(namespace, "dev")
}

pub fn a_right_that_is_granted_counts_within_ten_seconds(world: &World) {
    let dev = tenant(world, "use-class", &[class("use-free"), class("use-gold")]);
    grant(world, "use-class", "use-free");
    // The API server's authorizer sees the role a moment later.
    assert!(eventually(|| dev.run("auth can-i use snapshotclass/use-free").code == 0));
    dev.pipe("create -f -", &claim("free", "use-free"))
        .accepted("snapshotclaim.agents.x-k8s.io/free created");
    let gold = claim("gold", "use-gold");
    dev.pipe("create -f -", &gold).refused(
        r#"Error from server (Forbidden): error when creating "STDIN": admission webhook "validate-snapshots.sandbox-admission.x-k8s.io" denied the request: snapshotclaims.agents.x-k8s.io "gold" is forbidden: spec.snapshotClassName: user "system:serviceaccount:use-class:dev" cannot use snapshotclasses.agents.x-k8s.io/use-gold; ask an administrator for a role with the verb "use" on it [snapshot-class-use]"#,
    );
    let start = Instant::now();
    grant(world, "use-class", "use-gold");
    assert!(eventually(|| dev.pipe("create -f -", &gold).code == 0));
    // Ten seconds, and the time that two kubectls take on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

pub fn a_provider_and_the_default_class_need_a_right_as_well(world: &World) {
    let default = class("use-default").replace(
        "{name: use-default}",
        "{name: use-default, annotations: {snapshotclass.agents.x-k8s.io/is-default-class: \"true\"}}",
    );
    let dev = tenant(world, "use-provider", &[provider("use-s3"), default]);
    for (hibernate, refused) in [
        (
            "{snapshotProviderRef: {name: use-s3}}",
            r#"spec.suspensionStrategy.hibernate.snapshotProviderRef.name: user "system:serviceaccount:use-provider:dev" cannot use snapshotproviders.agents.x-k8s.io/use-s3"#,
        ),
        (
            "{}",
            r#"spec.suspensionStrategy.hibernate: no claim is named, and the default class is taken: user "system:serviceaccount:use-provider:dev" cannot use snapshotclasses.agents.x-k8s.io/use-default"#,
        ),
    ] {
        dev.pipe("create -f -", &running("agent", hibernate)).refused(&format!(
            r#"Error from server (Forbidden): error when creating "STDIN": admission webhook "validate-sandboxes.sandbox-admission.x-k8s.io" denied the request: sandboxes.agents.x-k8s.io "agent" is forbidden: {refused}; ask an administrator for a role with the verb "use" on it [snapshot-class-use]"#,
        ));
    }
    // The admin may do anything.
    let admin = world.cluster.kubectl().in_namespace("use-provider");
    admin.pipe("create -f -", &running("agent", "{}")).succeeded();
}
