//! The rule about who may use a class or provider, for each kind that can lead to one.

use super::errors::Errors;
use super::rule::{Action, Refusal, Rule};
use super::run::{Context, RuleResult, Write};
use super::sandbox::{HIBERNATE, PROVIDER_NAME, SandboxWrite};
use super::sandbox_references::references;
use super::snapshot_claim::ClaimLike;
use crate::admission::field::{FieldError, Quoted};
use crate::api::{GROUP, Reference, Sandbox};
use crate::catalog::{ANY_NAME, ObjectName};

/// `snapshot-class-use`; each kind has its own code for it.
pub static SNAPSHOT_CLASS_USE: Rule = Rule {
    id: "snapshot-class-use",
    default: Action::Off,
    refusal: Refusal::Forbidden,
    summary: "Only users with the right to `use` a class or provider make a claim or template select \
              it, or a Sandbox lead to it without a claim between.",
    why: "Without this rule every tenant may use every class. It asks the API server (a \
          SubjectAccessReview, as the request's user) for the verb `use` on \
          `snapshotclasses/NAME` or `snapshotproviders/NAME` of `agents.x-k8s.io`. Where no class \
          is named it asks for the default class, and of a claim or template, where there is none \
          yet, for every class (`snapshotclasses/*`): nobody knows which one it will be. Anyone \
          who suspends a Sandbox is asked as well; a controller that does it, or makes claims from \
          templates, is asked as itself. Nothing is judged without a cluster. \
          [install.md](install.md#who-may-use-which-class) has the roles to grant.",
    ..Rule::SEMANTIC
};

/// The code of [`SNAPSHOT_CLASS_USE`] for claims and templates.
pub fn by_claim<K: ClaimLike>(write: &Write<'_, '_, K>) -> RuleResult {
    if !write.changes(K::class_name) {
        return Ok(Errors::none());
    }
    let cx = &write.cx;
    let named = K::class_name(write.new);
    let default = if named.is_none() { cx.catalog.default_class()? } else { None };
    let (class, via) = match (named, &default) {
        (Some(class), _) => (class, ""),
        (None, Some(class)) => (&*class.name, "no class is named, and the default is taken: "),
        (None, None) => (ANY_NAME, "no class is named, and any may become the default: "),
    };
    refusal(cx, K::CLASS_NAME, ObjectName::class(class), via)
}

/// The code of [`SNAPSHOT_CLASS_USE`] for Sandboxes.
///
/// Anyone who suspends is asked, too: the default may be another one by now. Resuming is always
/// possible, but not with another reference: a controller with more rights may suspend it again. A
/// Sandbox that leads nowhere yet may be applied before the claim that will be its namespace's
/// default; once it is suspended it is judged again.
pub fn by_sandbox(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let cx = &write.cx;
    let mut errors = Errors::none();
    let suspends = write.changes(Sandbox::is_suspended) && write.new.is_suspended();
    for reference in references(write, suspends) {
        match reference {
            Reference::Provider(name) => {
                errors.append(refusal(cx, PROVIDER_NAME, ObjectName::provider(name), "")?);
            }
            Reference::Default if cx.catalog.default_claim(cx.namespace)?.is_none() => {
                let Some(class) = cx.catalog.default_class()? else { continue };
                let via = "no claim is named, and the default class is taken: ";
                errors.append(refusal(cx, HIBERNATE, ObjectName::class(&class.name), via)?);
            }
            // Anyone who made the claim or template was asked then.
            Reference::Default | Reference::Claim(_) | Reference::Template(_) => {}
        }
    }
    Ok(errors)
}

/// Asks whether the request's user may use a class or provider; `via` leads to it.
fn refusal(cx: &Context<'_>, field: &'static str, target: ObjectName<'_>, via: &str) -> RuleResult {
    // No class has such a name, so it is refused anyway.
    let can_be_asked = target.is_possible() || target.name == ANY_NAME;
    if !can_be_asked || cx.options.is_exempt(cx.user) {
        return Ok(Errors::none());
    }
    if cx.catalog.may_use(cx.user, target)? != Some(false) {
        return Ok(Errors::none());
    }
    let detail = format!(
        "{via}user {} cannot use {}.{GROUP}/{}; ask an administrator for a role with the verb \
         \"use\" on it",
        Quoted(&cx.user.username),
        target.kind.plural(),
        target.name
    );
    Ok(Errors::from(FieldError::forbidden(field, &detail)))
}
