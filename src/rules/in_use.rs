//! The common part of the in-use rules: finding and reporting the users of an object.

use super::errors::Errors;
use super::run::{Context, RuleResult};
use crate::admission::field::FieldError;
use crate::api::Kind;
use crate::catalog::{Checkpoints, ObjectName, Users};

/// Who reads the names of the objects that use one. Of others a message has the number alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InUseNames {
    /// Everyone, of all objects.
    #[default]
    All,
    /// Who writes in the namespace of those objects. Nobody reads who uses a class or provider: they
    /// have no namespace.
    OwnNamespace,
    /// As `OwnNamespace`, and of all objects who may list them in all namespaces.
    ByAccess,
}

impl InUseNames {
    /// All of them.
    pub const EVERY: [Self; 3] = [Self::All, Self::OwnNamespace, Self::ByAccess];

    /// The value as configuration spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::OwnNamespace => "OwnNamespace",
            Self::ByAccess => "ByAccess",
        }
    }

    /// Returns whether the user of a request reads the names of objects of a kind that use what he
    /// writes. What uses a namespaced object is in its namespace.
    fn are_read(cx: &Context<'_>, kind: Kind) -> bool {
        match cx.options.in_use_names {
            Self::All => true,
            _ if !cx.namespace.is_empty() => true,
            Self::OwnNamespace => false,
            // Where nobody can tell, the names are left out, and the refusal stands.
            Self::ByAccess => cx.catalog.may_list(cx.user, kind) == Ok(Some(true)),
        }
    }
}

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
    let names = InUseNames::are_read(cx, Kind::Sandbox);
    let detail = sentences(&checkpoints, is_deletion, names).join("; ");
    Ok(affected.iter().map(|field| FieldError::forbidden(*field, &detail)).collect())
}

/// A sentence for each group of Sandboxes: what is true for them, and what to do next.
fn sentences(checkpoints: &Checkpoints, is_deletion: bool, names: bool) -> Vec<String> {
    let Checkpoints { held, held_while_running, being_written } = checkpoints;
    let mut names_left = Users::NAMED;
    let mut naming = |users: &Users| {
        let they = match users.total() {
            _ if names => users.naming(names_left).to_string(),
            1 => "1 Sandbox".to_owned(),
            total => format!("{total} Sandboxes"),
        };
        names_left = names_left.saturating_sub(users.first().len());
        (they, users.total() == 1)
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

/// The claims and templates that select a class.
pub fn selecting(cx: &Context<'_>, users: &Users) -> String {
    let kinds = [Kind::SnapshotClaim, Kind::SnapshotClaimTemplate];
    match users.total() {
        _ if kinds.iter().all(|kind| InUseNames::are_read(cx, *kind)) => users.to_string(),
        1 => "1 claim or template".to_owned(),
        total => format!("{total} claims and templates"),
    }
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
            sentences(&checkpoints, true, true),
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
    fn without_names_their_number_is_told() {
        let (held, being_written) = (users(&["a", "b"]), users(&["c"]));
        let checkpoints = Checkpoints { held, being_written, ..Checkpoints::default() };
        assert_eq!(
            sentences(&checkpoints, true, false),
            [
                "2 Sandboxes hold checkpoints on it, which could not be restored without it: resume \
                 or delete those Sandboxes first",
                "1 Sandbox is being hibernated onto it: wait until its checkpoint is written and then \
                 resume it, or resume or delete that Sandbox now",
            ]
        );
    }

    #[test]
    fn a_change_does_not_take_a_checkpoint_away_for_certain() {
        let held = users(&["a"]);
        let checkpoints = Checkpoints { held, ..Checkpoints::default() };
        assert_eq!(
            sentences(&checkpoints, false, true),
            [
                "n/a holds a checkpoint on it, which may not be restored once this has changed: resume \
              or delete that Sandbox first"
            ]
        );
    }
}
