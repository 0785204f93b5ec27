//! The rule about claims in use that get an owner: the garbage collector may delete them then, and
//! protection lets it.

use std::collections::HashSet;

use super::errors::Errors;
use super::rule::{Refusal, Rule};
use super::run::{Disruption, RuleResult};
use super::snapshot_claim::SnapshotClaims;
use crate::admission::field::{FieldError, Quoted};
use crate::api::{Kind, OwnerReference, SnapshotClaim};
use crate::catalog::{ObjectName, Users};

/// `snapshot-claim-owner-added`
pub static SNAPSHOT_CLAIM_OWNER_ADDED: Rule = Rule {
    id: "snapshot-claim-owner-added",
    refusal: Refusal::Forbidden,
    summary: "A claim with live checkpoints gets no other owner than the Sandbox that uses it.",
    why: "Once all owners of an object are gone, the garbage collector deletes it, and in-use \
          protection lets the garbage collector pass: it finishes what a person has ordered. So \
          whoever may write a claim, and may delete what he makes its owner, could delete a claim in \
          use that way, or lose it without meaning to. The Sandbox that uses it is a safe owner: \
          with it the checkpoint goes anyway. Set this to deny where tenants share namespaces.",
    ..Rule::SEMANTIC
};

/// The code of [`SNAPSHOT_CLAIM_OWNER_ADDED`].
pub fn snapshot_claim_owner_added(disruption: &Disruption<'_, '_, SnapshotClaims>) -> RuleResult {
    const FIELD: &str = "metadata.ownerReferences";
    let cx = &disruption.cx;
    let Some(new) = disruption.new else { return Ok(Errors::none()) };
    let known: HashSet<_> = owners(disruption.old).iter().map(uid).collect();
    let mut added = owners(new).iter().filter(|owner| !known.contains(&uid(owner))).peekable();
    if added.peek().is_none() {
        return Ok(Errors::none());
    }
    let target = ObjectName::claim(cx.namespace, cx.name);
    let users = cx.catalog.checkpoints_on(target)?.users();
    if users.is_empty() {
        return Ok(Errors::none());
    }
    let Some(owner) = added.find(|owner| !is_the_user(owner, &users, cx.namespace)) else {
        return Ok(Errors::none());
    };
    // An API server takes any text.
    let is_word = |kind: &&str| kind.bytes().all(|it| it.is_ascii_alphanumeric());
    let detail = format!(
        "{} {} on this claim, which the garbage collector deletes, unprotected, once its owners \
         are gone: do not make {} {} one of them",
        users.naming(1),
        if users.total() == 1 { "depends" } else { "depend" },
        owner.kind.as_deref().filter(is_word).unwrap_or("object"),
        Quoted(owner.name.as_deref().unwrap_or_default()),
    );
    Ok(Errors::from(FieldError::forbidden(FIELD, &detail)))
}

fn owners<'r>(claim: &'r SnapshotClaim<'_>) -> &'r [OwnerReference<'r>] {
    &claim.metadata.owner_references
}

fn uid<'r>(owner: &'r OwnerReference<'_>) -> Option<&'r str> {
    owner.uid.as_deref()
}

/// Returns whether an owner is the one Sandbox that uses the claim.
fn is_the_user(owner: &OwnerReference<'_>, users: &Users, namespace: &str) -> bool {
    let is_sandbox = owner.kind.as_deref() == Some(Kind::Sandbox.name());
    let [user] = users.first() else { return false };
    let name = user.split_once('/').filter(|(of, _)| *of == namespace).map(|(_, name)| name);
    is_sandbox && name.is_some() && name == owner.name.as_deref()
}
