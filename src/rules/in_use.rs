//! The common part of the in-use rules: finding and reporting the users of an object.

use super::run::{Context, RuleResult};
use crate::admission::field::FieldError;
use crate::catalog::{ObjectName, Users};

/// Finds the Sandboxes whose checkpoints depend on an object, if the fields in `affected` (the
/// empty path for the object as a whole) go away or change.
pub fn checkpoints(
    cx: &Context<'_>,
    target: ObjectName<'_>,
    affected: &[&'static str],
) -> RuleResult {
    if affected.is_empty() {
        return Ok(Vec::new());
    }
    let users = cx.catalog.checkpoints_on(target)?;
    Ok(errors(affected, &users, |users| {
        format!(
            "in use by the checkpoints of {users}, which could not be restored without it; resume \
             or delete those Sandboxes first"
        )
    }))
}

/// One error for each affected field, if there is any user.
pub fn errors(
    affected: &[&'static str],
    users: &Users,
    detail: impl Fn(&Users) -> String,
) -> Vec<FieldError> {
    if users.is_empty() {
        return Vec::new();
    }
    affected.iter().map(|field| FieldError::forbidden(*field, &detail(users))).collect()
}
