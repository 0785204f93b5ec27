//! The rule that a class never changes, for operators who want it so.

use super::errors::Errors;
use super::parameters::Parameterised as _;
use super::rule::{Action, Rule};
use super::run::Write;
use super::snapshot_class::{PROVISIONER, SnapshotClasses};
use crate::admission::field::FieldError;

/// `snapshot-class-immutable`
pub static SNAPSHOT_CLASS_IMMUTABLE: Rule = Rule {
    id: "snapshot-class-immutable",
    default: Action::Off,
    summary: "`provisioner` and `parameters` of a class never change.",
    why: "A class that changes means another thing to everyone who selected it. \
          `snapshot-class-in-use` holds it still only while there are checkpoints; Kubernetes holds \
          a VolumeGroupSnapshotClass still for ever. Create another class, and select that. A \
          provisioner that is missing may be filled in.",
    ..Rule::SEMANTIC
};

/// The code of [`SNAPSHOT_CLASS_IMMUTABLE`].
pub fn snapshot_class_immutable(write: &Write<'_, '_, SnapshotClasses>) -> Errors {
    const DETAIL: &str = "field is immutable; create another SnapshotClass and select that one";
    let Some(old) = write.old else { return Errors::none() };
    let mut errors = Errors::none();
    if old.provisioner.is_some() && write.changes(|class| &class.provisioner) {
        let new = write.new.provisioner.as_deref().unwrap_or_default();
        errors.push(FieldError::invalid(PROVISIONER, new, DETAIL));
    }
    if write.changes(|class| &class.parameters) {
        errors.push(FieldError::invalid_as_a_whole(SnapshotClasses::PARAMETERS, DETAIL));
    }
    errors
}
