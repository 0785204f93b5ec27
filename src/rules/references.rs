//! The rules about references that several kinds share, and their texts.

use super::rule::{Action, Rule};
use super::run::Context;
use crate::admission::field::FieldError;
use crate::catalog::ObjectName;

/// `reference-name-valid`; each kind has its own code for it.
pub static REFERENCE_NAME_VALID: Rule = Rule {
    id: "reference-name-valid",
    summary: "Each reference is the name of an object: a DNS-1123 subdomain. A \
              `snapshotProviderRef` that is present has a name.",
    why: "No object can have another name, so the reference can never resolve.",
    ..Rule::STRUCTURAL
};

/// `snapshot-class-exists`; each kind has its own code for it.
pub static SNAPSHOT_CLASS_EXISTS: Rule = Rule {
    id: "snapshot-class-exists",
    default: Action::Deny,
    summary: "The SnapshotClass that a claim or template selects by name exists.",
    why: "Classes are installed by admins before anyone selects them, so a missing one is a typo or \
          was deleted; nothing can be hibernated through it. A claim that selects none while there \
          is no default class only gets a warning: it binds when a default appears.",
    ..Rule::SEMANTIC
};

/// The end of a sentence that suggests a name.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
}

/// The error for a class that does not exist; `via` led to it, where that is not the field itself.
pub fn class_not_found(
    cx: &Context<'_>,
    field: &'static str,
    class: &str,
    via: Option<String>,
) -> FieldError {
    let hint = did_you_mean(cx.catalog.nearest(ObjectName::class(class)).as_deref());
    let detail = match via {
        Some(hop) => format!("{hop} selects this SnapshotClass, which does not exist{hint}"),
        None => format!("there is no SnapshotClass of this name{hint}"),
    };
    FieldError::not_found(field, class, &detail)
}
