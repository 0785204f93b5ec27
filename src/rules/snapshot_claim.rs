//! The rules of SnapshotClaim, and those that claims and templates share.

use kubernetes_cel::names;

use super::errors::Errors;
use super::parameters::{self, Parameterised};
use super::references::{REFERENCE_NAME_VALID, SNAPSHOT_CLASS_EXISTS, class_not_found};
use super::rule::{Action, Refusal, Rule};
use super::run::{Check, Disruption, RuleResult, RuleSubject, Write};
use super::snapshot_class_use::{self, SNAPSHOT_CLASS_USE};
use super::target_terminating::{self, TARGET_TERMINATING};
use super::{defaults, in_use, snapshot_claim_owner_added};
use crate::admission::field::{FieldError, Quoted};
use crate::api::{Kind, ObjectMeta, Parameters, SnapshotClaim, SnapshotClaimSpec};
use crate::catalog::{Catalog, ObjectName, Unavailable};

/// SnapshotClaims and their rules.
#[derive(Debug)]
pub struct SnapshotClaims;

impl RuleSubject for SnapshotClaims {
    const KIND: Kind = Kind::SnapshotClaim;
    const CHECKS: &'static [Check<Self>] = &[
        Check::Fill(&defaults::DEFAULT_SNAPSHOT_CLASS, defaults::snapshot_class),
        Check::Object(&REFERENCE_NAME_VALID, reference_name_valid),
        Check::Object(&parameters::PARAMETERS_VALID, parameters::parameters_valid),
        Check::Object(&parameters::SECRET_IN_PARAMETERS, parameters::secret_in_parameters),
        Check::Lookup(&SNAPSHOT_CLASS_EXISTS, snapshot_class_exists),
        Check::Lookup(&TARGET_TERMINATING, target_terminating::of_a_claim),
        Check::Lookup(&PARAMETER_OVERRIDES_CLASS, parameter_overrides_class),
        Check::Lookup(&SNAPSHOT_CLASS_USE, snapshot_class_use::by_claim),
        Check::Protection(&SNAPSHOT_CLAIM_IN_USE, snapshot_claim_in_use),
        Check::Protection(
            &snapshot_claim_owner_added::SNAPSHOT_CLAIM_OWNER_ADDED,
            snapshot_claim_owner_added::snapshot_claim_owner_added,
        ),
    ];
    type Object<'a> = SnapshotClaim<'a>;

    fn metadata<'r>(claim: &'r SnapshotClaim<'_>) -> &'r ObjectMeta<'r> {
        &claim.metadata
    }
}

impl Parameterised for SnapshotClaims {
    const PARAMETERS: &'static str = "spec.parameters";

    fn parameters<'r>(claim: &'r SnapshotClaim<'_>) -> Option<&'r Parameters<'r>> {
        claim.spec.as_ref().map(|spec| &spec.parameters)
    }
}

impl ClaimLike for SnapshotClaims {
    const CLASS_NAME: &'static str = "spec.snapshotClassName";

    fn spec<'r>(claim: &'r SnapshotClaim<'_>) -> Option<&'r SnapshotClaimSpec<'r>> {
        claim.spec.as_ref()
    }
}

/// A kind that holds a claim's spec.
pub trait ClaimLike: Parameterised {
    /// The path of the class's name.
    const CLASS_NAME: &'static str;

    /// The claim's spec.
    fn spec<'r>(object: &'r Self::Object<'_>) -> Option<&'r SnapshotClaimSpec<'r>>;

    /// The name of the class.
    fn class_name<'r>(object: &'r Self::Object<'_>) -> Option<&'r str> {
        Self::spec(object)?.snapshot_class_name.as_deref()
    }
}

/// The code of [`REFERENCE_NAME_VALID`] for claims and templates.
pub fn reference_name_valid<K: ClaimLike>(write: &Write<'_, '_, K>) -> Errors {
    let Some(name) = K::class_name(write.new).filter(|_| write.changes(K::class_name)) else {
        return Errors::none();
    };
    let error = names::subdomain_error(name);
    error.into_iter().map(|it| FieldError::invalid(K::CLASS_NAME, name, &it)).collect()
}

/// The code of [`SNAPSHOT_CLASS_EXISTS`] for claims and templates.
pub fn snapshot_class_exists<K: ClaimLike>(write: &Write<'_, '_, K>) -> RuleResult {
    if !write.changes(K::class_name) {
        return Ok(Errors::none());
    }
    let catalog = write.cx.catalog;
    match K::class_name(write.new) {
        Some(name) if catalog.class(name)?.is_none() => {
            Ok(Errors::from(class_not_found(&write.cx, K::CLASS_NAME, name, None)))
        }
        // Not wrong: it binds when a default appears. Only a warning, so not worth a failed request.
        None if catalog.default_class() == Ok(None) => Ok(Errors::from(
            FieldError::required(
                K::CLASS_NAME,
                "the cluster has no default SnapshotClass; until there is one, nothing can be \
                 hibernated here",
            )
            .advisory(),
        )),
        _ => Ok(Errors::none()),
    }
}

/// `parameter-overrides-class`
pub static PARAMETER_OVERRIDES_CLASS: Rule = Rule {
    id: "parameter-overrides-class",
    summary: "A claim sets no parameter that its class sets too.",
    why: "The driver gets both, merged: a tenant who overrides what the admin owns (`endpoint`!) \
          could send the cluster's memory dumps anywhere. Operators of shared clusters set this to \
          deny.",
    ..Rule::SEMANTIC
};

/// The code of [`PARAMETER_OVERRIDES_CLASS`].
pub fn parameter_overrides_class<K: ClaimLike>(write: &Write<'_, '_, K>) -> RuleResult {
    let class_changes = write.changes(K::class_name);
    let all = K::parameters(write.new).into_iter().flat_map(Parameters::keys);
    let keys = all
        .filter(|_| class_changes)
        .chain(parameters::changed_keys(write).filter(|_| !class_changes));
    let mut keys = keys.peekable();
    if keys.peek().is_none() {
        return Ok(Errors::none());
    }
    let catalog = write.cx.catalog;
    let class = match K::class_name(write.new) {
        Some(name) => catalog.class(name)?,
        None => catalog.default_class()?,
    };
    let Some(class) = class else { return Ok(Errors::none()) };
    let is_set = |key: &&str| class.parameter_keys.binary_search_by(|it| (**it).cmp(key)).is_ok();
    Ok(Errors::for_each(keys.filter(is_set), |key| {
        let detail = format!(
            "overrides what the admin set on SnapshotClass {}; remove it, or ask for a class that \
             leaves it open",
            Quoted(&class.name)
        );
        FieldError::forbidden(K::parameter_path(key), &detail)
    }))
}

/// `snapshot-claim-in-use`
pub static SNAPSHOT_CLAIM_IN_USE: Rule = Rule {
    id: "snapshot-claim-in-use",
    default: Action::Deny,
    refusal: Refusal::Forbidden,
    summary: "A claim with live checkpoints is not deleted, and its class and parameters do not \
              change.",
    why: "Restore and delete of a checkpoint use the claim that it was written through. The message \
          names Sandboxes that hold a checkpoint on it or are being hibernated onto it, and says \
          what to do about each: most can be resumed. An empty class name may be filled with the \
          class that was resolved already.",
    ..Rule::SEMANTIC
};

fn snapshot_claim_in_use(disruption: &Disruption<'_, '_, SnapshotClaims>) -> RuleResult {
    let cx = &disruption.cx;
    let affected = match disruption.new {
        None => vec![""],
        Some(new) => {
            let class_moves = disruption.affects(SnapshotClaim::class_name)
                && !only_pins_the_class(cx.catalog, disruption.old, new)?;
            let class = class_moves.then_some(SnapshotClaims::CLASS_NAME);
            // An absent spec and one without parameters are the same.
            let parameters = disruption.affects(|claim| {
                SnapshotClaims::parameters(claim).filter(|parameters| !parameters.is_empty())
            });
            class.into_iter().chain(parameters.then_some(SnapshotClaims::PARAMETERS)).collect()
        }
    };
    in_use::checkpoints(cx, ObjectName::claim(cx.namespace, cx.name), &affected)
}

/// Returns whether an empty class name is filled with the class that the claim has used all along.
fn only_pins_the_class(
    catalog: &dyn Catalog,
    old: &SnapshotClaim<'_>,
    new: &SnapshotClaim<'_>,
) -> Result<bool, Unavailable> {
    if old.class_name().is_some() {
        return Ok(false);
    }
    if let Some(resolved) = old.status.snapshot_class_name.as_deref() {
        return Ok(new.class_name() == Some(resolved));
    }
    let default = catalog.default_class()?;
    Ok(new.class_name() == default.as_ref().map(|class| class.name.as_str()))
}
