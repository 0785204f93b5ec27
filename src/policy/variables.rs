//! The names that expressions may use.

use kubernetes_cel::Scope;
use kubernetes_cel::Type::{self, String};

/// The object to be; null on DELETE.
pub const OBJECT: &str = "object";
/// The object as stored; null on CREATE.
pub const OLD_OBJECT: &str = "oldObject";
/// The user and the operation: an `AdmissionRequest` without its objects.
pub const REQUEST: &str = "request";
/// The namespace of the object; null for cluster-scoped ones.
pub const NAMESPACE: &str = "namespaceObject";
/// The object that parameterizes the policy.
pub const PARAMS: &str = "params";

/// The claim that the object's references resolve to; null where there is none. This variable and
/// those below are ours.
pub const CLAIM: &str = "snapshotClaim";
/// The claim template, as for [`CLAIM`].
pub const TEMPLATE: &str = "snapshotClaimTemplate";
/// The class, as for [`CLAIM`].
pub const CLASS: &str = "snapshotClass";
/// The provider, as for [`CLAIM`].
pub const PROVIDER: &str = "snapshotProvider";
/// The provisioner and the parameters that a driver would get.
pub const TARGET: &str = "target";
/// The Sandboxes that hold checkpoints on the object.
pub const USAGE: &str = "usage";

/// Ours, for which the catalog is asked.
pub const RELATED: [&str; 6] = [CLAIM, TEMPLATE, CLASS, PROVIDER, TARGET, USAGE];

/// The fields of [`REQUEST`].
pub const REQUEST_FIELDS: [&str; 12] = [
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "dryRun",
    "options",
];

/// The variables of a policy; `params` where it has any.
pub fn scope(has_params: bool) -> Scope {
    let open = [OBJECT, OLD_OBJECT].into_iter().chain(RELATED).chain(has_params.then_some(PARAMS));
    let scope = open.fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn));
    scope.with(REQUEST, request()).with(NAMESPACE, namespace())
}

/// `request`, with the fields and types that Kubernetes declares for it.
fn request() -> Type {
    let kind =
        || object("GroupVersionKind", [("group", String), ("version", String), ("kind", String)]);
    let resource = || {
        object(
            "GroupVersionResource",
            [("group", String), ("version", String), ("resource", String)],
        )
    };
    let user_info = object(
        "UserInfo",
        [
            ("username", String),
            ("uid", String),
            ("groups", Type::list(String)),
            ("extra", Type::map(String, Type::list(String))),
        ],
    );
    object(
        "AdmissionRequest",
        [
            ("kind", kind()),
            ("resource", resource()),
            ("subResource", String),
            ("requestKind", kind()),
            ("requestResource", resource()),
            ("requestSubResource", String),
            ("name", String),
            ("namespace", String),
            ("operation", String),
            ("userInfo", user_info),
            ("dryRun", Type::Bool),
            ("options", Type::Dyn),
        ],
    )
}

/// `namespaceObject`, likewise. That Kubernetes calls a field `UID` is its mistake, and that it leaves out
/// others is meant.
fn namespace() -> Type {
    let texts = || Type::map(String, String);
    let metadata = object(
        "NamespaceMetadata",
        [
            ("name", String),
            ("generateName", String),
            ("namespace", String),
            ("labels", texts()),
            ("annotations", texts()),
            ("UID", String),
            ("creationTimestamp", Type::Timestamp),
            ("deletionGracePeriodSeconds", Type::Int),
            ("deletionTimestamp", Type::Timestamp),
            ("generation", Type::Int),
            ("resourceVersion", String),
            ("finalizers", Type::list(String)),
        ],
    );
    let condition = object(
        "NamespaceCondition",
        [
            ("status", String),
            ("type", String),
            ("lastTransitionTime", Type::Timestamp),
            ("message", String),
            ("reason", String),
        ],
    );
    let spec = object("NamespaceSpec", [("finalizers", Type::list(String))]);
    let status =
        object("NamespaceStatus", [("conditions", Type::list(condition)), ("phase", String)]);
    object("Namespace", [("metadata", metadata), ("spec", spec), ("status", status)])
}

fn object<const N: usize>(name: &str, fields: [(&str, Type); N]) -> Type {
    Type::object(&format!("kubernetes.{name}"), fields)
}
