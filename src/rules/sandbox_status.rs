//! The rules on a Sandbox's `status.snapshot`, for operators who register `sandboxes/status`.

use super::rule::{Action, Class, Refusal, Rule};
use super::sandbox::SandboxWrite;
use crate::admission::field::{FieldError, Quoted};
use crate::api::{Kind, Sandbox, SandboxSnapshot};

/// `checkpoint-record-valid`
pub static CHECKPOINT_RECORD_VALID: Rule = Rule {
    id: "checkpoint-record-valid",
    kinds: &[Kind::Sandbox],
    class: Class::Structural,
    default: Action::Deny,
    refusal: Refusal::Invalid,
    summary: "`status.snapshot` has a `snapshotUID`, a `snapshotClassName` and no negative \
              `sizeBytes`.",
    why: "Restore and delete go by this record: without the driver's handle and the class the \
          checkpoint is lost.",
};

/// `checkpoint-record-writer`
pub static CHECKPOINT_RECORD_WRITER: Rule = Rule {
    id: "checkpoint-record-writer",
    kinds: &[Kind::Sandbox],
    class: Class::Semantic,
    default: Action::Off,
    refusal: Refusal::Forbidden,
    summary: "Only `checkpointWriters` set, change or clear `status.snapshot`.",
    why: "Whoever writes this record decides whose memory is restored. Denies once \
          `checkpointWriters` lists user names or groups.",
};

fn snapshot<'r, 'a>(sandbox: &'r Sandbox<'a>) -> Option<&'r SandboxSnapshot<'a>> {
    sandbox.status.snapshot.as_ref()
}

/// The code of [`CHECKPOINT_RECORD_VALID`].
pub fn checkpoint_record_valid(write: &SandboxWrite<'_, '_>) -> Vec<FieldError> {
    let Some(record) = snapshot(write.new) else { return Vec::new() };
    let mut errors = Vec::new();
    if record.snapshot_uid.is_none()
        && write.changes(|it| snapshot(it).map(|record| &record.snapshot_uid))
    {
        let detail = "record the driver's handle of the checkpoint";
        errors.push(FieldError::required("status.snapshot.snapshotUID", detail));
    }
    if record.snapshot_class_name.is_none()
        && write.changes(|it| snapshot(it).map(|record| &record.snapshot_class_name))
    {
        let detail = "record the SnapshotClass that the checkpoint was written with";
        errors.push(FieldError::required("status.snapshot.snapshotClassName", detail));
    }
    if let Some(size) = record.size_bytes.filter(|size| *size < 0)
        && write.changes(|it| snapshot(it).map(|record| record.size_bytes))
    {
        let detail = format!("must not be negative, and is {size}");
        errors.push(FieldError::invalid_as_a_whole("status.snapshot.sizeBytes", &detail));
    }
    errors
}

/// The code of [`CHECKPOINT_RECORD_WRITER`].
pub fn checkpoint_record_writer(write: &SandboxWrite<'_, '_>) -> Vec<FieldError> {
    let is_allowed = write.cx.options.may_write_checkpoints(write.cx.user);
    if is_allowed || !write.changes(snapshot) {
        return Vec::new();
    }
    let detail = format!(
        "user {} may not set, change or clear it: whoever writes it decides whose memory is \
         restored; an admin lists the controller in checkpointWriters",
        Quoted(&write.cx.user.username)
    );
    vec![FieldError::forbidden("status.snapshot", &detail)]
}
