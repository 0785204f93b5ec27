//! What the mutating webhook fills in.

use serde_json::json;

use super::rule::{Action, Rule};
use super::run::Write;
use super::sandbox::SandboxWrite;
use super::snapshot_claim::SnapshotClaims;
use crate::admission::Add;
use crate::catalog::Unavailable;

/// `default-operating-mode`
pub static DEFAULT_OPERATING_MODE: Rule = Rule {
    id: "default-operating-mode",
    summary: "A Sandbox without `spec.operatingMode` (absent, null or empty) gets `Running`, on \
              CREATE and UPDATE.",
    why: "An omitted mode means Running anyway; written down it is seen by everyone. Upstream's \
          schema has the same default, and a schema without it works too. Nothing else is touched.",
    ..Rule::FILLS_IN
};

/// `default-snapshot-class`
pub static DEFAULT_SNAPSHOT_CLASS: Rule = Rule {
    id: "default-snapshot-class",
    default: Action::Off,
    summary: "A SnapshotClaim created without a class gets the name of the cluster's default class.",
    why: "As the DefaultStorageClass plugin does for volumes, so that a later change of the default \
          moves no claim. Off because the KEP leaves defaulting to the controller. Claims that a \
          Sandbox owns are left alone: the controller copies them verbatim from a template.",
    ..Rule::FILLS_IN
};

// An `add` fails where its parent is missing, and a patch that fails is an error that no
// `failurePolicy` forgives: a missing spec is added whole.

/// The code of [`DEFAULT_OPERATING_MODE`].
#[expect(clippy::unnecessary_wraps, reason = "other rules that fill in ask the catalog")]
pub fn operating_mode(write: &SandboxWrite<'_, '_>) -> Result<Option<Add>, Unavailable> {
    Ok(match &write.new.spec {
        None => Some(Add { path: "/spec", value: json!({"operatingMode": "Running"}) }),
        Some(spec) if spec.operating_mode.is_none() => {
            Some(Add { path: "/spec/operatingMode", value: json!("Running") })
        }
        Some(_) => None,
    })
}

/// The code of [`DEFAULT_SNAPSHOT_CLASS`].
pub fn snapshot_class(write: &Write<'_, '_, SnapshotClaims>) -> Result<Option<Add>, Unavailable> {
    let claim = write.new;
    let owners = &claim.metadata.owner_references;
    let is_generated = owners.iter().any(|owner| owner.kind.as_deref() == Some("Sandbox"));
    if write.old.is_some() || claim.class_name().is_some() || is_generated {
        return Ok(None);
    }
    let Some(class) = write.cx.catalog.default_class()? else { return Ok(None) };
    let name = class.name.as_str();
    Ok(Some(match claim.spec {
        None => Add { path: "/spec", value: json!({"snapshotClassName": name}) },
        Some(_) => Add { path: "/spec/snapshotClassName", value: json!(name) },
    }))
}
