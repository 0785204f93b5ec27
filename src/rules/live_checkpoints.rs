//! The updates that may not be answered with *Invalid*: `kubectl apply --force` deletes and creates
//! again what it cannot update for that reason, and a checkpoint would be lost for a typo.

use crate::admission::{Operation, Request};
use crate::api::{ObjectMeta, Subject};
use crate::catalog::{Catalog, ObjectName};

/// Returns whether live checkpoints depend on the object of an UPDATE: a Sandbox that holds one, or
/// the class, claim or provider of one that is held or being written.
///
/// Where the catalog cannot tell, the answer is yes. One that is a moment behind need not be
/// confirmed: where it knows of no checkpoint yet, the deletion itself is refused.
pub fn has_live_checkpoints(request: &Request<'_, Subject<'_>>, catalog: &dyn Catalog) -> bool {
    if request.operation != Operation::Update {
        return false;
    }
    let objects = &request.objects;
    if let Subject::Sandbox(sandbox) = objects {
        return sandbox.old.as_ref().is_some_and(|old| old.status.snapshot.is_some());
    }
    let Some(kind) = objects.kind() else { return false };
    let namespace = request.namespace.as_deref().unwrap_or_default();
    let name = || objects.metadata().map(ObjectMeta::display_name);
    let name = request.name().or_else(name).unwrap_or_default();
    let users = catalog.checkpoints_on(ObjectName::new(kind, namespace, name));
    users.map_or(true, |users| !users.is_empty())
}
