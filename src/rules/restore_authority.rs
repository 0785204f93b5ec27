//! The rule about who decides what is restored, where annotations of the Pod decide that.

use kubernetes_cel::names;

use super::Options;
use super::errors::Errors;
use super::rule::{Action, Refusal, Rule};
use super::sandbox::SandboxWrite;
use crate::admission::field::{FieldError, Quoted, at_key};
use crate::api::{PodAnnotations, Sandbox};

/// `restore-authority`
pub static RESTORE_AUTHORITY: Rule = Rule {
    id: "restore-authority",
    default: Action::Off,
    denies_once: Some(Options::names_restore_annotations),
    refusal: Refusal::Forbidden,
    summary: "Only `checkpointWriters` set, change or remove the annotations of \
              `spec.podTemplate.metadata` that decide what is restored (`restoreAnnotations`).",
    why: "Some runtimes restore the checkpoint that an annotation of the Pod names \
          (`podsnapshot.gke.io/ps-name`, `dev.gvisor.internal.restore.*`): anyone who writes it \
          reads another's memory. Denies once `restoreAnnotations` lists their keys; a `*` at the \
          end of a key stands for any end. The controller that creates Sandboxes for others has to \
          be in `checkpointWriters`. `check` cannot tell who will apply an object, so it only \
          warns. The webhook entries send no write for its Pod annotations alone, so register one \
          that does: docs/install.md has it.",
    ..Rule::SEMANTIC
};

/// The code of [`RESTORE_AUTHORITY`].
pub fn restore_authority(write: &SandboxWrite<'_, '_>) -> Errors {
    let (options, user) = (write.cx.options, write.cx.user);
    // `check` cannot tell who will apply the object. An API server always can: everyone is in a group.
    let is_unknown = user.username.is_empty() && user.groups.is_empty();
    let (before, after) = (write.old.and_then(Sandbox::pod_template), write.new.pod_template());
    if options.may_write_checkpoints(user) || before == after {
        return Errors::none();
    }
    let decisive = |template| PodAnnotations::of(template, |key| options.decides_restore(key));
    let (before, after) = (decisive(before), decisive(after));
    let removed = before.keys().filter(|key| after.get(key).is_none());
    let written = after.keys().filter(|key| before.get(key) != after.get(key));
    Errors::for_each(removed.chain(written), |key| {
        let what = match (before.get(key), after.get(key)) {
            (None, _) => "set",
            (_, None) => "remove",
            _ => "change",
        };
        let field = at_key("spec.podTemplate.metadata.annotations", key);
        if is_unknown {
            let detail = format!(
                "only checkpointWriters may {what} it: it decides whose memory is restored"
            );
            return FieldError::forbidden(field, &detail).advisory();
        }
        let detail = format!(
            "user {} may not {what} it: it decides whose memory is restored; an admin lists those \
             who may in checkpointWriters",
            Quoted(&user.username)
        );
        FieldError::forbidden(field, &detail)
    })
}

/// The mistake in an entry of `restoreAnnotations`, if it has one.
pub fn entry_error(entry: &str) -> Option<String> {
    let key = match entry.strip_suffix('*') {
        Some("") => return Some("\"*\" would be every annotation; name a prefix".to_owned()),
        // A key that begins like this.
        Some(prefix) => format!("{prefix}x"),
        None => entry.to_owned(),
    };
    if key.contains('*') {
        return Some(format!("{} has a * that is not at its end", Quoted(entry)));
    }
    let error = names::qualified_name_error(&key.to_lowercase())?;
    Some(format!("no annotation can be called {}: {error}", Quoted(entry)))
}
