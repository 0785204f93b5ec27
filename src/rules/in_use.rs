//! The common part of the in-use rules: finding and reporting the users of an object.

use super::errors::Errors;
use super::run::{Context, RuleResult};
use crate::admission::field::FieldError;
use crate::catalog::{Checkpoints, ObjectName, Users};

/// Finds the Sandboxes whose checkpoints depend on an object, if the fields in `affected` (the
/// empty path for the object as a whole) go away or change.
pub fn checkpoints(
    cx: &Context<'_>,
    target: ObjectName<'_>,
    affected: &[&'static str],
) -> RuleResult {
    if affected.is_empty() {
        return Ok(Errors::none());
    }
    let checkpoints = cx.catalog.checkpoints_on(target)?;
    if checkpoints.is_empty() {
        return Ok(Errors::none());
    }
    let is_deletion = affected.contains(&"");
    let detail = sentences(&checkpoints, is_deletion).join("; ");
    Ok(affected.iter().map(|field| FieldError::forbidden(*field, &detail)).collect())
}

/// A sentence for each group of Sandboxes: what is true for them, and what to do next.
fn sentences(checkpoints: &Checkpoints, is_deletion: bool) -> Vec<String> {
    let Checkpoints { held, held_while_running, being_written } = checkpoints;
    let mut names_left = Users::NAMED;
    let mut naming = |users: &Users| {
        let named = users.naming(names_left).to_string();
        names_left = names_left.saturating_sub(users.first().len());
        (named, users.total() == 1)
    };
    let mut sentences = Vec::new();
    if !held.is_empty() {
        let loss = if is_deletion {
            "could not be restored without it"
        } else {
            "may not be restored once this has changed"
        };
        sentences.push(match naming(held) {
            (it, true) => format!(
                "{it} holds a checkpoint on it, which {loss}: resume or delete that Sandbox first"
            ),
            (they, false) => format!(
                "{they} hold checkpoints on it, which {loss}: resume or delete those Sandboxes first"
            ),
        });
    }
    if !held_while_running.is_empty() {
        sentences.push(match naming(held_while_running) {
            (it, true) => format!(
                "{it} holds a checkpoint on it and is Running already: wait until its controller has \
                 cleared status.snapshot, or delete that Sandbox"
            ),
            (they, false) => format!(
                "{they} hold checkpoints on it and are Running already: wait until their controller \
                 has cleared status.snapshot, or delete those Sandboxes"
            ),
        });
    }
    if !being_written.is_empty() {
        sentences.push(match naming(being_written) {
            (it, true) => format!(
                "{it} is being hibernated onto it: wait until its checkpoint is written and then \
                 resume it, or resume or delete that Sandbox now"
            ),
            (they, false) => format!(
                "{they} are being hibernated onto it: wait until their checkpoints are written and \
                 then resume them, or resume or delete those Sandboxes now"
            ),
        });
    }
    sentences
}

/// One error for each affected field, if there is any user.
pub fn errors(
    affected: &[&'static str],
    users: &Users,
    detail: impl Fn(&Users) -> String,
) -> Errors {
    if users.is_empty() {
        return Errors::none();
    }
    affected.iter().map(|field| FieldError::forbidden(*field, &detail(users))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(names: &[&'static str]) -> Users {
        names.iter().map(|name| ("n", *name)).collect()
    }

    #[test]
    fn each_sandbox_is_told_what_is_true_for_it_and_three_in_all_are_named() {
        let checkpoints = Checkpoints {
            held: users(&["a", "b"]),
            held_while_running: users(&["c", "d"]),
            being_written: users(&["e"]),
        };
        assert_eq!(
            sentences(&checkpoints, true),
            [
                "n/a, n/b hold checkpoints on it, which could not be restored without it: resume or \
                 delete those Sandboxes first",
                "n/c and 1 more hold checkpoints on it and are Running already: wait until their \
                 controller has cleared status.snapshot, or delete those Sandboxes",
                "1 more is being hibernated onto it: wait until its checkpoint is written and then \
                 resume it, or resume or delete that Sandbox now",
            ]
        );
    }

    #[test]
    fn a_change_does_not_take_a_checkpoint_away_for_certain() {
        let held = users(&["a"]);
        let checkpoints = Checkpoints { held, ..Checkpoints::default() };
        assert_eq!(
            sentences(&checkpoints, false),
            [
                "n/a holds a checkpoint on it, which may not be restored once this has changed: resume \
              or delete that Sandbox first"
            ]
        );
    }
}
