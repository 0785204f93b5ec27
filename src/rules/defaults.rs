//! The values that the mutating webhook fills in.

use json_patch::AddOperation;
use json_patch::jsonptr::Pointer;
use serde_json::{Value, json};

use super::rule::{Action, Rule};
use super::run::Write;
use super::sandbox::SandboxWrite;
use super::snapshot_claim::SnapshotClaims;
use crate::catalog::Unavailable;

/// `default-operating-mode`
pub static DEFAULT_OPERATING_MODE: Rule = Rule {
    id: "default-operating-mode",
    summary: "A Sandbox without `spec.operatingMode` (absent, null or empty) gets `Running`, on \
              CREATE and UPDATE.",
    why: "An omitted mode means Running anyway; written down, everyone sees it. Upstream's schema \
          has the same default, and a schema without it works too. Nothing else is touched.",
    ..Rule::FILLS_IN
};

/// `default-snapshot-class`
pub static DEFAULT_SNAPSHOT_CLASS: Rule = Rule {
    id: "default-snapshot-class",
    default: Action::Off,
    summary: "A SnapshotClaim created without a class gets the name of the cluster's default class.",
    why: "The DefaultStorageClass plugin does the same for volumes, so that a later change of the \
          default moves no claim. Off because the KEP leaves defaulting to the controller. Claims \
          that a Sandbox owns are left alone: the controller copies them verbatim from a template.",
    ..Rule::FILLS_IN
};

const SPEC: &Pointer = Pointer::from_static("/spec");
const OPERATING_MODE: &Pointer = Pointer::from_static("/spec/operatingMode");
const SNAPSHOT_CLASS_NAME: &Pointer = Pointer::from_static("/spec/snapshotClassName");

/// The only operation that we send: it sets a member whether it was there or not, and never removes
/// anything that we do not know.
///
/// It fails where the member's parent is missing, and a patch that fails is an error whatever the
/// `failurePolicy`. So a missing spec is added whole.
fn add(path: &Pointer, value: Value) -> AddOperation {
    AddOperation { path: path.to_buf(), value }
}

/// The code of [`DEFAULT_OPERATING_MODE`].
#[expect(clippy::unnecessary_wraps, reason = "other rules that fill in ask the catalog")]
pub fn operating_mode(write: &SandboxWrite<'_, '_>) -> Result<Option<AddOperation>, Unavailable> {
    Ok(match &write.new.spec {
        None => Some(add(SPEC, json!({"operatingMode": "Running"}))),
        Some(spec) if spec.operating_mode.is_none() => Some(add(OPERATING_MODE, json!("Running"))),
        Some(_) => None,
    })
}

/// The code of [`DEFAULT_SNAPSHOT_CLASS`].
pub fn snapshot_class(
    write: &Write<'_, '_, SnapshotClaims>,
) -> Result<Option<AddOperation>, Unavailable> {
    let claim = write.new;
    let owners = &claim.metadata.owner_references;
    let is_generated = owners.iter().any(|owner| owner.kind.as_deref() == Some("Sandbox"));
    if write.old.is_some() || claim.class_name().is_some() || is_generated {
        return Ok(None);
    }
    let Some(class) = write.cx.catalog.default_class()? else { return Ok(None) };
    let name = class.name.as_str();
    Ok(Some(match claim.spec {
        None => add(SPEC, json!({"snapshotClassName": name})),
        Some(_) => add(SNAPSHOT_CLASS_NAME, json!(name)),
    }))
}
