//! The names that expressions may use.

use kubernetes_cel::{Scope, Type};

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
    let known = [OBJECT, OLD_OBJECT, REQUEST, NAMESPACE].into_iter().chain(RELATED);
    let params = has_params.then_some(PARAMS);
    known.chain(params).fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn))
}
