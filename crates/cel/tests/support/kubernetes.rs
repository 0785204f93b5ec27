//! The types of the variables of a ValidatingAdmissionPolicy, for tests of this crate and inside it.

use super::Type;

fn strings<const N: usize>(names: [&str; N]) -> impl Iterator<Item = (&str, Type)> {
    names.into_iter().map(|name| (name, Type::String))
}

/// The type of `request`.
pub fn request() -> Type {
    let kind = strings(["group", "version", "kind"]);
    let kind = Type::object("kubernetes.GroupVersionKind", kind);
    let resource = strings(["group", "version", "resource"]);
    let resource = Type::object("kubernetes.GroupVersionResource", resource);
    let groups = Type::list(Type::String);
    let user = [("groups", groups.clone()), ("extra", Type::map(Type::String, groups))];
    let user = Type::object("kubernetes.UserInfo", strings(["username", "uid"]).chain(user));
    let fields = [
        ("kind", kind.clone()),
        ("resource", resource.clone()),
        ("requestKind", kind),
        ("requestResource", resource),
        ("userInfo", user),
        ("dryRun", Type::Bool),
        ("options", Type::Dyn),
    ];
    let text = ["subResource", "requestSubResource", "name", "namespace", "operation"];
    Type::object("kubernetes.AdmissionRequest", strings(text).chain(fields))
}

/// The type of `namespaceObject`. Its times are text when they are evaluated, and its `uid` cannot be
/// read, since Kubernetes declares a `UID`.
pub fn namespace() -> Type {
    let labels = || Type::map(Type::String, Type::String);
    let finalizers = || ("finalizers", Type::list(Type::String));
    let metadata = [
        ("labels", labels()),
        ("annotations", labels()),
        ("creationTimestamp", Type::Timestamp),
        ("deletionGracePeriodSeconds", Type::Int),
        ("deletionTimestamp", Type::Timestamp),
        ("generation", Type::Int),
        finalizers(),
    ];
    let text = ["name", "generateName", "namespace", "UID", "resourceVersion"];
    let metadata = Type::object("kubernetes.NamespaceMetadata", strings(text).chain(metadata));
    let condition = strings(["status", "type", "message", "reason"]);
    let condition = condition.chain([("lastTransitionTime", Type::Timestamp)]);
    let condition = Type::object("kubernetes.NamespaceCondition", condition);
    let status = [("conditions", Type::list(condition)), ("phase", Type::String)];
    let fields = [
        ("metadata", metadata),
        ("spec", Type::object("kubernetes.NamespaceSpec", [finalizers()])),
        ("status", Type::object("kubernetes.NamespaceStatus", status)),
    ];
    Type::object("kubernetes.Namespace", fields)
}
