//! `strategy-dropped`: a Sandbox's suspension strategy that is erased, most often unseen.

use super::errors::Errors;
use super::rule::{Action, Rule};
use super::sandbox::{STRATEGY, SandboxWrite};
use crate::admission::field::{FieldError, Quoted};
use crate::api::{Reference, Sandbox, SuspensionType};

/// `strategy-dropped`
pub static STRATEGY_DROPPED: Rule = Rule {
    id: "strategy-dropped",
    default: Action::DenyWhenSuspending,
    summary: "A `suspensionStrategy` of type Freeze or Hibernate is not erased. Denied where a \
              Sandbox with type Hibernate is Suspended after the write.",
    why: "Typed clients that do not know the field erase it without meaning to when they write the \
          whole object back: Hibernate becomes Stop, and the agent's memory is lost. To drop it on \
          purpose, set `type: Stop`, or resume in the same write.",
    ..Rule::SEMANTIC
};

/// The strategy that a write erases, where it keeps more than a Stop does.
fn dropped<'r>(write: &SandboxWrite<'r, '_>) -> Option<(&'r Sandbox<'r>, &'r SuspensionType<'r>)> {
    let old = write.old.filter(|_| write.new.strategy().is_none())?;
    let keeps = old.suspension_type()?;
    let counts = matches!(keeps, SuspensionType::Freeze | SuspensionType::Hibernate);
    counts.then_some((old, keeps))
}

/// Returns whether the agent's memory is lost with the strategy that a write erases: no checkpoint
/// of the Sandbox is taken any more, or none can be restored.
pub fn is_lost_with_it(write: &SandboxWrite<'_, '_>) -> bool {
    let hibernated = |(_, keeps): (_, &SuspensionType<'_>)| *keeps == SuspensionType::Hibernate;
    write.new.is_suspended() && dropped(write).is_some_and(hibernated)
}

/// The code of [`STRATEGY_DROPPED`].
pub fn strategy_dropped(write: &SandboxWrite<'_, '_>) -> Errors {
    let Some((old, keeps)) = dropped(write) else { return Errors::none() };
    let (loss, way) = if write.new.is_suspended() {
        ("It would be a Stop, and the memory may be lost", ", or resume in the same write")
    } else {
        ("The next suspend would be a Stop and lose the memory", "")
    };
    let reference = old.effective_hibernate().and_then(|it| it.references().next());
    let onto = match reference {
        Some(Reference::Claim(name)) => format!(" onto SnapshotClaim {}", Quoted(name)),
        Some(Reference::Template(name)) => format!(" onto SnapshotClaimTemplate {}", Quoted(name)),
        Some(Reference::Provider(name)) => format!(" onto SnapshotProvider {}", Quoted(name)),
        Some(Reference::Default) => " onto the default claim".to_owned(),
        None => String::new(),
    };
    // The name comes last: a long one may be cut off a warning.
    let detail = format!(
        "is gone; the client may not know this field. {loss}; to drop it on purpose, set type: \
         Stop{way} (it was {}{onto})",
        keeps.name()
    );
    Errors::from(FieldError::forbidden(STRATEGY, &detail))
}
