//! The rule about references to objects that are being deleted.

use super::errors::Errors;
use super::rule::Rule;
use super::run::{RuleResult, Write};
use super::sandbox::{HIBERNATE, PROVIDER_NAME, SandboxWrite};
use super::sandbox_references::{hops, judged};
use super::snapshot_claim::ClaimLike;
use crate::admission::field::{FieldError, Quoted};
use crate::api::Reference;

/// `target-terminating`; each kind has its own code for it.
pub static TARGET_TERMINATING: Rule = Rule {
    id: "target-terminating",
    summary: "The claim, template, provider or class that a reference leads to is not being \
              deleted.",
    why: "An object with a `deletionTimestamp` is still there, because a finalizer holds it, but it \
          will be gone. A checkpoint that needs it could not be written or restored then. Name \
          another.",
    ..Rule::SEMANTIC
};

/// The code of [`TARGET_TERMINATING`] for Sandboxes.
pub fn of_a_sandbox(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let cx = &write.cx;
    let mut errors = Errors::none();
    for hop in hops(write)? {
        if hop.is_terminating() {
            errors.push(going(hop.field, &hop));
        }
        let class = match hop.class().or(hop.resolved_class()) {
            Some(name) => cx.catalog.class(name)?,
            None => cx.catalog.default_class()?,
        };
        if let Some(class) = class.filter(|class| class.is_terminating) {
            let class = format!("SnapshotClass {}, to which {hop} leads,", Quoted(&class.name));
            errors.push(going(hop.field, &class));
        }
    }
    for reference in judged(write) {
        match reference {
            Reference::Provider(name) => {
                if cx.catalog.provider(name)?.is_some_and(|provider| provider.is_terminating) {
                    let provider = format!("SnapshotProvider {}", Quoted(name));
                    errors.push(going(PROVIDER_NAME, &provider));
                }
            }
            // With a default claim, its class counts.
            Reference::Default if cx.catalog.default_claim(cx.namespace)?.is_none() => {
                let class = cx.catalog.default_class()?;
                if let Some(class) = class.filter(|class| class.is_terminating) {
                    let class = format!("the default SnapshotClass {}", Quoted(&class.name));
                    errors.push(going(HIBERNATE, &class));
                }
            }
            Reference::Claim(_) | Reference::Template(_) | Reference::Default => {}
        }
    }
    Ok(errors)
}

/// The code of [`TARGET_TERMINATING`] for claims and templates.
pub fn of_a_claim<K: ClaimLike>(write: &Write<'_, '_, K>) -> RuleResult {
    if !write.changes(K::class_name) {
        return Ok(Errors::none());
    }
    let catalog = write.cx.catalog;
    let (class, which) = match K::class_name(write.new) {
        Some(name) => (catalog.class(name)?, "SnapshotClass"),
        None => (catalog.default_class()?, "the default SnapshotClass"),
    };
    let class = class.filter(|class| class.is_terminating);
    let error = class.map(|class| {
        let class = format!("{which} {}", Quoted(&class.name));
        going(K::CLASS_NAME, &class)
    });
    Ok(error.into_iter().collect())
}

fn going(field: &'static str, target: &dyn std::fmt::Display) -> FieldError {
    let detail = format!("{target} is being deleted and will be gone; name another");
    FieldError::invalid_as_a_whole(field, &detail)
}
