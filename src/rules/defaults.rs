//! What the mutating webhook fills in.

use serde_json::json;
use serde_json::value::RawValue;

use super::rule::{Action, Configurability, Refusal, Rule};
use crate::admission::{Add, Operation, Patch};
use crate::api::{Kind, Sandbox, SnapshotClaim, decode};
use crate::catalog::{Catalog, Unavailable};

/// `default-operating-mode`
pub static DEFAULT_OPERATING_MODE: Rule = Rule {
    id: "default-operating-mode",
    kinds: &[Kind::Sandbox],
    configurability: Configurability::Default,
    default: Action::On,
    refusal: Refusal::Invalid,
    summary: "A Sandbox without `spec.operatingMode` (absent, null or empty) gets `Running`, on \
              CREATE and UPDATE.",
    why: "An omitted mode means Running anyway; written down it is seen by everyone. Upstream's \
          schema has the same default, and a schema without it works too. Nothing else is touched.",
};

/// `default-snapshot-class`
pub static DEFAULT_SNAPSHOT_CLASS: Rule = Rule {
    id: "default-snapshot-class",
    kinds: &[Kind::SnapshotClaim],
    configurability: Configurability::Default,
    default: Action::Off,
    refusal: Refusal::Invalid,
    summary: "A SnapshotClaim created without a class gets the name of the cluster's default class.",
    why: "As the DefaultStorageClass plugin does for volumes, so that a later change of the default \
          moves no claim. Off because the KEP leaves defaulting to the controller. Claims that a \
          Sandbox owns are left alone: the controller copies them verbatim from a template.",
};

/// The defaulting rules that are on.
#[derive(Debug)]
pub struct Defaults {
    operating_mode: bool,
    snapshot_class: bool,
}

impl Defaults {
    /// As configured.
    pub fn new(action: impl Fn(&'static Rule) -> Action) -> Self {
        Self {
            operating_mode: action(&DEFAULT_OPERATING_MODE) == Action::On,
            snapshot_class: action(&DEFAULT_SNAPSHOT_CLASS) == Action::On,
        }
    }

    /// The operations that an object needs, and the rules behind them.
    pub fn patch(
        &self,
        kind: Kind,
        operation: Operation,
        object: &RawValue,
        catalog: &dyn Catalog,
    ) -> Result<(Patch, Vec<&'static str>), Unavailable> {
        let (rule, add) = match kind {
            Kind::Sandbox => {
                let sandbox = decode(object.get()).ok();
                return Ok(sandbox.map(|it| self.patch_sandbox(&it)).unwrap_or_default());
            }
            Kind::SnapshotClaim if self.snapshot_class && operation == Operation::Create => {
                let claim = decode(object.get()).ok();
                let add = claim.map(|claim| snapshot_class(&claim, catalog)).transpose()?;
                (&DEFAULT_SNAPSHOT_CLASS, add.flatten())
            }
            _ => return Ok((Patch::new(), Vec::new())),
        };
        Ok(patch(rule, add))
    }

    /// As [`patch`](Self::patch), for a Sandbox that is decoded already.
    pub fn patch_sandbox(&self, sandbox: &Sandbox<'_>) -> (Patch, Vec<&'static str>) {
        let add = self.operating_mode.then(|| operating_mode(sandbox)).flatten();
        patch(&DEFAULT_OPERATING_MODE, add)
    }
}

fn patch(rule: &Rule, add: Option<Add>) -> (Patch, Vec<&'static str>) {
    let fired = add.iter().map(|_| rule.id).collect();
    (add.into_iter().collect(), fired)
}

// An `add` fails where its parent is missing, and a patch that fails is an error that no
// `failurePolicy` forgives: a missing spec is added whole.

fn operating_mode(sandbox: &Sandbox<'_>) -> Option<Add> {
    match &sandbox.spec {
        None => Some(Add { path: "/spec", value: json!({"operatingMode": "Running"}) }),
        Some(spec) if spec.operating_mode.is_none() => {
            Some(Add { path: "/spec/operatingMode", value: json!("Running") })
        }
        Some(_) => None,
    }
}

fn snapshot_class(
    claim: &SnapshotClaim<'_>,
    catalog: &dyn Catalog,
) -> Result<Option<Add>, Unavailable> {
    let owners = &claim.metadata.owner_references;
    let is_generated = owners.iter().any(|owner| owner.kind.as_deref() == Some("Sandbox"));
    if claim.class_name().is_some() || is_generated {
        return Ok(None);
    }
    let Some(class) = catalog.default_class()? else { return Ok(None) };
    let name = class.name.as_str();
    Ok(Some(match claim.spec {
        None => Add { path: "/spec", value: json!({"snapshotClassName": name}) },
        Some(_) => Add { path: "/spec/snapshotClassName", value: json!(name) },
    }))
}
