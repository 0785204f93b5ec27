//! The rules about a Sandbox's live checkpoint: the changes to avoid while it is held, and its
//! record in `status.snapshot` (for operators who register `sandboxes/status`).

use super::Options;
use super::errors::Errors;
use super::rule::{Action, Refusal, Rule};
use super::same_pod::is_same_pod;
use super::sandbox::{STRATEGY, SandboxWrite};
use crate::admission::field::{FieldError, Quoted};
use crate::api::{Hibernate, Reference, Sandbox, SandboxSnapshot};

/// `spec.podTemplate.spec`
const POD: &str = "spec.podTemplate.spec";

/// `checkpoint-retarget`
pub static CHECKPOINT_RETARGET: Rule = Rule {
    id: "checkpoint-retarget",
    refusal: Refusal::Forbidden,
    summary: "The suspension strategy does not change while a checkpoint is held.",
    why: "The change is legal, but it does not move the live checkpoint: it stays where it is and \
          is restored from there.",
    ..Rule::SEMANTIC
};

/// The code of [`CHECKPOINT_RETARGET`].
pub fn checkpoint_retarget(write: &SandboxWrite<'_, '_>) -> Errors {
    let checkpoint = write.old.and_then(|old| old.status.snapshot.as_ref());
    let Some(checkpoint) = checkpoint.filter(|_| write.changes(Sandbox::strategy)) else {
        return Errors::none();
    };
    let uid = checkpoint.snapshot_uid.as_deref().unwrap_or_default();
    let place = write.old.map_or_else(String::new, |old| place(old, checkpoint));
    let detail = format!(
        "the live checkpoint {} stays {place} and is restored from there; the change counts from \
         the next suspend on",
        Quoted(uid)
    );
    Errors::from(FieldError::forbidden(STRATEGY, &detail))
}

/// The place of a checkpoint, as in `on SnapshotClass "std"`. A record has no field for a provider:
/// as long as the strategy names one, and the record no claim, it is there.
fn place(old: &Sandbox<'_>, checkpoint: &SandboxSnapshot<'_>) -> String {
    let references = old.effective_hibernate().into_iter().flat_map(Hibernate::references);
    let provider = references.filter_map(|reference| match reference {
        Reference::Provider(name) => Some(name),
        _ => None,
    });
    let provider = provider.last().filter(|_| checkpoint.snapshot_claim_name.is_none());
    match (provider, checkpoint.snapshot_class_name.as_deref()) {
        (Some(provider), _) => format!("on SnapshotProvider {}", Quoted(provider)),
        (None, Some(class)) => format!("on SnapshotClass {}", Quoted(class)),
        (None, None) => "where it is".to_owned(),
    }
}

/// `checkpoint-template-changed`
pub static CHECKPOINT_TEMPLATE_CHANGED: Rule = Rule {
    id: "checkpoint-template-changed",
    refusal: Refusal::Forbidden,
    summary: "`spec.podTemplate.spec` does not change while a Hibernate checkpoint is held, but for \
              the values of environment variables.",
    why: "The checkpoint was taken from a Pod made from the old template and may not restore into \
          one made from the new. Resume first, then change it. Metadata is not compared (clients \
          pin restores and sync labels there), nor are the values in `env` (clients rotate tokens \
          there), nor the order of keys, nor empty objects (Go writes `resources: {}`). Not for \
          Stop: its clients do change the image on wake.",
    ..Rule::SEMANTIC
};

/// The code of [`CHECKPOINT_TEMPLATE_CHANGED`].
pub fn checkpoint_template_changed(write: &SandboxWrite<'_, '_>) -> Errors {
    let holds = |old: &Sandbox<'_>| old.status.snapshot.is_some() && old.hibernates();
    if !write.old.is_some_and(holds) || !changes_pod(write) {
        return Errors::none();
    }
    Errors::from(FieldError::forbidden(
        POD,
        "the live checkpoint was taken from the old template and may not restore into the new; \
         resume first, then change it",
    ))
}

/// `suspend-with-new-template`
pub static SUSPEND_WITH_NEW_TEMPLATE: Rule = Rule {
    id: "suspend-with-new-template",
    refusal: Refusal::Forbidden,
    summary: "`spec.podTemplate.spec` does not change in the write that suspends a Sandbox with type \
              Hibernate, nor while it is being hibernated.",
    why: "The checkpoint is taken of the Pod that runs, which was made from the old template, and \
          may not restore into one made from the new. Change the template before or after. \
          Compared as for `checkpoint-template-changed`. A write that resumes is fine.",
    ..Rule::SEMANTIC
};

/// The code of [`SUSPEND_WITH_NEW_TEMPLATE`].
pub fn suspend_with_new_template(write: &SandboxWrite<'_, '_>) -> Errors {
    let is_to_hibernate = write.new.is_suspended() && write.new.hibernates();
    let from = |old: &Sandbox<'_>| !old.is_suspended() || old.is_being_hibernated();
    if !is_to_hibernate || !changes_pod(write) || !write.old.is_some_and(from) {
        return Errors::none();
    }
    Errors::from(FieldError::forbidden(
        POD,
        "the checkpoint is taken of the Pod that runs, which was made from the old template, and \
         may not restore into the new; change it before the suspend or after the resume",
    ))
}

/// Returns whether an UPDATE brings a template that makes another Pod.
fn changes_pod(write: &SandboxWrite<'_, '_>) -> bool {
    write.old.is_some_and(|old| !is_same_pod(old.pod_template(), write.new.pod_template()))
}

/// `checkpoint-record-valid`
pub static CHECKPOINT_RECORD_VALID: Rule = Rule {
    id: "checkpoint-record-valid",
    summary: "`status.snapshot` has a `snapshotUID`, a `snapshotClassName` and no negative \
              `sizeBytes`.",
    why: "Restore and delete use this record: without the driver's handle and the class the \
          checkpoint is lost.",
    ..Rule::STRUCTURAL
};

/// `checkpoint-record-writer`
pub static CHECKPOINT_RECORD_WRITER: Rule = Rule {
    id: "checkpoint-record-writer",
    default: Action::Off,
    denies_once: Some(Options::names_checkpoint_writers),
    refusal: Refusal::Forbidden,
    summary: "Only `checkpointWriters` set, change or clear `status.snapshot`.",
    why: "Anyone who writes this record decides whose memory is restored. Denies once \
          `checkpointWriters` lists user names or groups.",
    ..Rule::SEMANTIC
};

fn snapshot<'r, 'a>(sandbox: &'r Sandbox<'a>) -> Option<&'r SandboxSnapshot<'a>> {
    sandbox.status.snapshot.as_ref()
}

/// The code of [`CHECKPOINT_RECORD_VALID`].
pub fn checkpoint_record_valid(write: &SandboxWrite<'_, '_>) -> Errors {
    let Some(record) = snapshot(write.new) else { return Errors::none() };
    let mut errors = Errors::none();
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
pub fn checkpoint_record_writer(write: &SandboxWrite<'_, '_>) -> Errors {
    let is_allowed = write.cx.options.may_write_checkpoints(write.cx.user);
    if is_allowed || !write.changes(snapshot) {
        return Errors::none();
    }
    let detail = format!(
        "user {} may not set, change or clear it: anyone who writes it decides whose memory is \
         restored; an admin lists the controller in checkpointWriters",
        Quoted(&write.cx.user.username)
    );
    Errors::from(FieldError::forbidden("status.snapshot", &detail))
}
