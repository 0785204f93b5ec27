//! The rules of Sandbox that follow its references: to the claim or template, from there to the
//! class.

use std::fmt;
use std::sync::Arc;

use super::errors::Errors;
use super::references::{class_not_found, did_you_mean};
use super::rule::{Action, Rule};
use super::run::{Context, RuleResult};
use super::sandbox::{CLAIM_NAME, HIBERNATE, PROVIDER_NAME, SandboxWrite, TEMPLATE_NAME};
use crate::admission::field::{FieldError, Quoted};
use crate::api::{Hibernate, Reference, Sandbox};
use crate::catalog::{Claim, ObjectName, Template, Unavailable};

/// `snapshot-claim-exists`
pub static SNAPSHOT_CLAIM_EXISTS: Rule = Rule {
    id: "snapshot-claim-exists",
    default: Action::DenyWhenSuspending,
    summary: "The SnapshotClaim that a Sandbox names exists in the Sandbox's namespace.",
    why: "Without it there is nowhere to write the checkpoint. A Running Sandbox may be applied \
          before the claim that it names.",
    ..Rule::SEMANTIC
};

/// `snapshot-claim-template-exists`
pub static SNAPSHOT_CLAIM_TEMPLATE_EXISTS: Rule = Rule {
    id: "snapshot-claim-template-exists",
    default: Action::DenyWhenSuspending,
    summary: "The SnapshotClaimTemplate that a Sandbox names exists in the Sandbox's namespace.",
    why: "Without it no claim can be made for the Sandbox's checkpoint. A Running Sandbox may be \
          applied before the template that it names.",
    ..Rule::SEMANTIC
};

/// `snapshot-provider-exists`
pub static SNAPSHOT_PROVIDER_EXISTS: Rule = Rule {
    id: "snapshot-provider-exists",
    default: Action::Deny,
    summary: "The SnapshotProvider that a Sandbox names exists.",
    why: "Providers are installed by admins before anyone names them, so a missing one is a typo.",
    ..Rule::SEMANTIC
};

/// `snapshot-target-resolvable`
pub static SNAPSHOT_TARGET_RESOLVABLE: Rule = Rule {
    id: "snapshot-target-resolvable",
    default: Action::DenyWhenSuspending,
    summary: "Where a Sandbox names no claim, or its claim or template names no class, there is a \
              default.",
    why: "With no reference the controller falls back to the namespace's default claim (annotation \
          `snapshotclaim.agents.x-k8s.io/is-default-claim: \"true\"`), then to the cluster's \
          default class (`snapshotclass.agents.x-k8s.io/is-default-class: \"true\"`). With neither \
          the Sandbox cannot be hibernated.",
    ..Rule::SEMANTIC
};

/// `snapshot-claim-bound`
pub static SNAPSHOT_CLAIM_BOUND: Rule = Rule {
    id: "snapshot-claim-bound",
    summary: "The claim that a Sandbox names has not failed to bind.",
    why: "Its `Bound` condition is False: the controller could not resolve it. Fix the claim \
          before the Sandbox is suspended.",
    ..Rule::SEMANTIC
};

/// Returns whether references are judged in this write: on a CREATE, with a new strategy or on a
/// suspend; never on a resume.
fn are_judged(write: &SandboxWrite<'_, '_>) -> bool {
    let mode_changes = write.changes(Sandbox::is_suspended);
    let resumes = write.old.is_some() && mode_changes && !write.new.is_suspended();
    !resumes && (mode_changes || write.changes(Sandbox::strategy))
}

/// The references that have an effect and have to be judged: all of a Sandbox that is new or is
/// turned to Suspended, else those that the write brings. Which of several is taken away first, to
/// repair a strategy, must not matter.
pub fn judged<'r>(write: &SandboxWrite<'r, '_>) -> impl Iterator<Item = Reference<'r>> {
    let all = write.changes(Sandbox::is_suspended);
    are_judged(write).then(|| references(write, all)).into_iter().flatten()
}

/// The references that have an effect: `all` of them, or those that the write brings.
pub fn references<'r>(
    write: &SandboxWrite<'r, '_>,
    all: bool,
) -> impl Iterator<Item = Reference<'r>> {
    let stored = write.old.filter(|_| !all).and_then(Sandbox::effective_hibernate);
    let is_stored = move |reference: &Reference<'_>| {
        stored.is_some_and(|stored| stored.references().any(|it| it == *reference))
    };
    let references = write.new.effective_hibernate().into_iter().flat_map(Hibernate::references);
    references.filter(move |reference| !is_stored(reference))
}

/// The code of [`SNAPSHOT_CLAIM_EXISTS`].
pub fn snapshot_claim_exists(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let cx = &write.cx;
    let mut errors = Errors::none();
    for reference in judged(write) {
        if let Reference::Claim(name) = reference
            && cx.catalog.claim(cx.namespace, name)?.is_none()
        {
            let nearest = cx.catalog.nearest(ObjectName::claim(cx.namespace, name));
            errors.push(missing_in_namespace(
                write,
                CLAIM_NAME,
                "SnapshotClaim",
                name,
                nearest.as_deref(),
            ));
        }
    }
    Ok(errors)
}

/// The code of [`SNAPSHOT_CLAIM_TEMPLATE_EXISTS`].
pub fn snapshot_claim_template_exists(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let cx = &write.cx;
    let mut errors = Errors::none();
    for reference in judged(write) {
        if let Reference::Template(name) = reference
            && cx.catalog.template(cx.namespace, name)?.is_none()
        {
            let nearest = cx.catalog.nearest(ObjectName::template(cx.namespace, name));
            let kind = "SnapshotClaimTemplate";
            errors.push(missing_in_namespace(write, TEMPLATE_NAME, kind, name, nearest.as_deref()));
        }
    }
    Ok(errors)
}

/// The code of [`SNAPSHOT_PROVIDER_EXISTS`].
pub fn snapshot_provider_exists(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let cx = &write.cx;
    let mut errors = Errors::none();
    for reference in judged(write) {
        if let Reference::Provider(name) = reference
            && cx.catalog.provider(name)?.is_none()
        {
            let hint = did_you_mean(cx.catalog.nearest(ObjectName::provider(name)).as_deref());
            let detail = format!("there is no SnapshotProvider of this name{hint}");
            errors.push(FieldError::not_found(PROVIDER_NAME, name, &detail));
        }
    }
    Ok(errors)
}

/// The code of [`SNAPSHOT_CLASS_EXISTS`](super::references::SNAPSHOT_CLASS_EXISTS) for Sandboxes.
pub fn snapshot_class_exists(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let mut errors = Errors::none();
    for hop in hops(write)? {
        if let Some(class) = hop.class()
            && write.cx.catalog.class(class)?.is_none()
        {
            errors.push(class_not_found(&write.cx, hop.field, class, Some(hop.to_string())));
        }
    }
    Ok(errors)
}

/// The code of [`SNAPSHOT_TARGET_RESOLVABLE`].
pub fn snapshot_target_resolvable(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let cx = &write.cx;
    let mut errors = Errors::none();
    for hop in hops(write)? {
        // A claim may have been resolved while there was a default.
        let leads_to_a_class = match (hop.class(), hop.resolved_class()) {
            (Some(_), _) => true,
            (None, Some(resolved)) => cx.catalog.class(resolved)?.is_some(),
            (None, None) => false,
        };
        if !leads_to_a_class && cx.catalog.default_class()?.is_none() {
            let detail = format!(
                "{hop} selects no SnapshotClass, and the cluster has no default one; set its \
                 snapshotClassName"
            );
            errors.push(FieldError::invalid_as_a_whole(hop.field, &detail));
        }
    }
    let falls_back = judged(write).any(|reference| reference == Reference::Default);
    if falls_back
        && cx.catalog.default_claim(cx.namespace)?.is_none()
        && cx.catalog.default_class()?.is_none()
    {
        let detail = format!(
            "no claim is named, namespace {} has no default SnapshotClaim, and the cluster has no \
             default SnapshotClass; name one in snapshotClaimName",
            Quoted(cx.namespace)
        );
        errors.push(FieldError::required(HIBERNATE, &detail));
    }
    Ok(errors)
}

/// The code of [`SNAPSHOT_CLAIM_BOUND`].
pub fn snapshot_claim_bound(write: &SandboxWrite<'_, '_>) -> RuleResult {
    let cx = &write.cx;
    let mut errors = Errors::none();
    for reference in judged(write) {
        let claim = match reference {
            Reference::Claim(name) => cx.catalog.claim(cx.namespace, name)?,
            Reference::Default => cx.catalog.default_claim(cx.namespace)?,
            Reference::Template(_) | Reference::Provider(_) => None,
        };
        let Some(claim) = claim else { continue };
        let Some(failure) = &claim.bind_failure else { continue };
        let field = if reference == Reference::Default { HIBERNATE } else { CLAIM_NAME };
        let why = if failure.is_empty() { String::new() } else { format!(" ({failure})") };
        let detail = format!(
            "SnapshotClaim {} could not be bound{why}; fix it before the Sandbox is suspended",
            Quoted(&claim.name)
        );
        errors.push(FieldError::invalid_as_a_whole(field, &detail));
    }
    Ok(errors)
}

/// A claim or template that exists, on the way to a class.
pub struct Hop<'r> {
    /// The field that leads to it.
    pub field: &'static str,
    target: HopTarget<'r>,
}

enum HopTarget<'r> {
    Claim(Arc<Claim>),
    DefaultClaim(Arc<Claim>),
    /// A template, with its name.
    Template(Arc<Template>, &'r str),
}

impl Hop<'_> {
    /// The class that it selects by name.
    pub fn class(&self) -> Option<&str> {
        match &self.target {
            HopTarget::Claim(claim) | HopTarget::DefaultClaim(claim) => claim.class.as_deref(),
            HopTarget::Template(template, _) => template.class.as_deref(),
        }
    }

    /// Returns whether it is being deleted.
    pub fn is_terminating(&self) -> bool {
        match &self.target {
            HopTarget::Claim(claim) | HopTarget::DefaultClaim(claim) => claim.is_terminating,
            HopTarget::Template(template, _) => template.is_terminating,
        }
    }

    /// The class that the controller found for it.
    pub fn resolved_class(&self) -> Option<&str> {
        match &self.target {
            HopTarget::Claim(claim) | HopTarget::DefaultClaim(claim) => {
                claim.resolved_class.as_deref()
            }
            HopTarget::Template(..) => None,
        }
    }
}

impl fmt::Display for Hop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match &self.target {
            HopTarget::Claim(claim) => ("SnapshotClaim", &*claim.name),
            HopTarget::DefaultClaim(claim) => ("the default SnapshotClaim", &*claim.name),
            HopTarget::Template(_, name) => ("SnapshotClaimTemplate", *name),
        };
        write!(f, "{kind} {}", Quoted(name))
    }
}

/// The claims and templates that exist among the references that have to be judged.
pub fn hops<'r>(write: &SandboxWrite<'r, '_>) -> Result<Vec<Hop<'r>>, Unavailable> {
    let Context { catalog, namespace, .. } = write.cx;
    let mut hops = Vec::new();
    for reference in judged(write) {
        let (field, target) = match reference {
            Reference::Claim(name) => {
                (CLAIM_NAME, catalog.claim(namespace, name)?.map(HopTarget::Claim))
            }
            Reference::Template(name) => {
                let template = catalog.template(namespace, name)?;
                (TEMPLATE_NAME, template.map(|template| HopTarget::Template(template, name)))
            }
            Reference::Default => {
                (HIBERNATE, catalog.default_claim(namespace)?.map(HopTarget::DefaultClaim))
            }
            Reference::Provider(_) => continue,
        };
        hops.extend(target.map(|target| Hop { field, target }));
    }
    Ok(hops)
}

fn missing_in_namespace(
    write: &SandboxWrite<'_, '_>,
    field: &'static str,
    kind: &str,
    name: &str,
    nearest: Option<&str>,
) -> FieldError {
    let hint = did_you_mean(nearest);
    let namespace = Quoted(write.cx.namespace);
    let detail = format!("there is no {kind} of this name in namespace {namespace}{hint}");
    FieldError::not_found(field, name, &detail)
}
