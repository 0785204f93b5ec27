//! The answers to questions about use: the Sandboxes whose checkpoints depend on an object.
//!
//! ```text
//! what a Sandbox names           the namespace's tables (Leads)     what its checkpoint depends on
//!
//! while the checkpoint is held:
//!   class, claim (its record) ────────────────────────────────────▶ SnapshotClass, SnapshotClaim
//!   no claim in the record ──────▶ the claims below, if they have the record's class
//! while it is being written:
//!   claim ─────────────────────▶ claims by name ────┐
//!   template, once used ───────▶ claims by owner ───┤
//!   template, not used yet ────▶ templates by name ─┼─▶ the class selected there,
//!   nothing ───────────────────▶ the default claim ─┘   else the default class
//! in both cases:
//!   provider ─────────────────────────────────────────────────────▶ SnapshotProvider
//! ```
//!
//! A digest can be compared, but it does not give the name back. So to know the class of Sandboxes
//! that are being hibernated, a question first reads the namespace's claims and templates into tables
//! by digest ([`Leads`]), each object once. From then on a Sandbox costs at most two look-ups in them.
//! They find even a claim that a controller made from a template: it belongs to the Sandbox by its
//! owner's uid, and its name begins with `<sandbox>-<template>-`. Anyone can make a claim with such a
//! name, which is nobody's. So the time that a question takes is linear in the objects that it reads,
//! whatever their names are.

use std::cell::LazyCell;
use std::collections::HashMap;

use super::digest::Digest;
use super::kept::{Claim, Template};
use super::usage::{Checkpoint, Destination, Known, Use};
use super::{Checkpoints, Kept, ObjectName, Objects, Resource, Users};
use crate::api::Kind;

/// The objects that the references of a namespace's Sandboxes lead to.
struct Leads<'o> {
    claims: HashMap<Digest, &'o Claim>,
    /// The claims by the uids of the Sandboxes that own them.
    owned: HashMap<Digest, Vec<&'o Claim>>,
    templates: HashMap<Digest, &'o Template>,
    default_claim: Option<&'o Claim>,
    default_class: Option<&'o str>,
}

impl<'o> Leads<'o> {
    fn of(objects: &'o Objects, namespace: &'o str, default_class: Option<&'o str>) -> Self {
        let mut claims = HashMap::new();
        let mut owned = HashMap::<Digest, Vec<&Claim>>::new();
        for (_, name, kept) in objects.store(Kind::SnapshotClaim).objects.in_namespace(namespace) {
            let Some(claim) = kept.claim() else { continue };
            claims.insert(Digest::of(name), &**claim);
            for owner in &claim.owners {
                owned.entry(*owner).or_default().push(&**claim);
            }
        }
        let templates = objects.store(Kind::SnapshotClaimTemplate).objects.in_namespace(namespace);
        let templates =
            templates.filter_map(|(_, name, kept)| Some((Digest::of(name), &**kept.template()?)));
        let default_claim = objects.chosen_claim(namespace).map(|claim| &**claim);
        Self { claims, owned, templates: templates.collect(), default_claim, default_class }
    }

    /// Returns whether the checkpoint that a Sandbox is writing depends on a class.
    fn lead_to(&self, class: &str, sandbox: &str, strategy: Destination, known: Known) -> bool {
        let is_it = |selected: Option<&str>| match selected {
            Some(selected) => selected == class,
            None => self.default_class == Some(class) || known.class == Some(Digest::of(class)),
        };
        let selects_it = |claim: &Claim| is_it(claim.effective_class());
        let known_claim = known.claim.and_then(|name| self.claims.get(&name));
        if known_claim.is_some_and(|claim| selects_it(claim)) {
            return true;
        }
        match strategy {
            Destination::Claim(name) => self.claims.get(&name).is_some_and(|it| selects_it(it)),
            Destination::Template { template, length, owner } => {
                let owned = owner.and_then(|owner| self.owned.get(&owner)).into_iter().flatten();
                let mut generated =
                    owned.filter(|it| is_generated(&it.name, sandbox, template, length)).peekable();
                // The claim that was made from it counts; the template may have changed since.
                if generated.peek().is_some() {
                    return generated.any(|it| selects_it(it));
                }
                self.templates.get(&template).is_some_and(|it| is_it(it.class.as_deref()))
            }
            Destination::Default => match self.default_claim {
                Some(claim) => selects_it(claim),
                None => is_it(None),
            },
            Destination::Provider(_) | Destination::Nowhere => false,
        }
    }
}

/// Returns whether a claim has the name `<sandbox>-<template>-<hash>`.
fn is_generated(claim: &str, sandbox: &str, template: Digest, length: u8) -> bool {
    let rest = claim.strip_prefix(sandbox).and_then(|rest| rest.strip_prefix('-'));
    let parts = rest.and_then(|rest| rest.split_at_checked(length.into()));
    parts.is_some_and(|(name, hash)| {
        hash.len() > 1 && hash.starts_with('-') && Digest::of(name) == template
    })
}

/// A claim of which someone asks who uses it.
struct ClaimInQuestion<'o> {
    name: &'o str,
    digest: Digest,
    /// The claim; `None` if the catalog does not know it.
    claim: Option<&'o Claim>,
    /// The class that it leads to.
    class: Option<Digest>,
    is_default: bool,
}

impl<'o> ClaimInQuestion<'o> {
    fn of(objects: &'o Objects, namespace: &'o str, name: &'o str) -> Self {
        let claim = objects.store(Kind::SnapshotClaim).objects.get(namespace, name);
        let claim = claim.and_then(Kept::claim).map(|claim| &**claim);
        let class = claim.and_then(|claim| {
            let default = || Some(&*objects.chosen_classes().first()?.name);
            claim.effective_class().or_else(default)
        });
        let is_default = objects.chosen_claim(namespace).is_some_and(|it| it.name == name);
        Self { name, digest: Digest::of(name), claim, class: class.map(Digest::of), is_default }
    }

    /// Returns whether the strategy of a Sandbox leads to it.
    fn is_led_to(&self, sandbox: &str, strategy: Destination) -> bool {
        match strategy {
            Destination::Claim(name) => name == self.digest,
            Destination::Template { template, length, owner } => {
                owner.zip(self.claim).is_some_and(|(owner, claim)| claim.is_owned_by(owner))
                    && is_generated(self.name, sandbox, template, length)
            }
            Destination::Default => self.is_default,
            Destination::Provider(_) | Destination::Nowhere => false,
        }
    }

    /// Returns whether the checkpoint of a Sandbox depends on it.
    fn is_used_by(&self, sandbox: &str, uses: &Use) -> bool {
        let is_led_to = || self.is_led_to(sandbox, uses.strategy);
        match uses.checkpoint {
            Checkpoint::None => false,
            Checkpoint::BeingWritten(known) => known.claim == Some(self.digest) || is_led_to(),
            Checkpoint::Held { record: Known { claim: Some(claim), .. }, .. } => {
                claim == self.digest
            }
            // The record does not say through which claim. Rather one too many than a lost one: what
            // is not known counts as the same.
            Checkpoint::Held { record: Known { class, .. }, .. } => {
                let may_be_of_class =
                    class.is_none() || self.claim.is_none() || self.class == class;
                may_be_of_class && is_led_to()
            }
        }
    }
}

impl Objects {
    /// The Sandboxes whose checkpoints depend on an object.
    pub(super) fn depending_on(&self, target: ObjectName<'_>) -> Checkpoints {
        let ObjectName { kind, namespace, name } = target;
        let sandboxes = &self.store(Kind::Sandbox).objects;
        match kind {
            Resource::Ours(Kind::SnapshotClass) => self.depending_on_class(name),
            Resource::Ours(Kind::SnapshotClaim) => {
                let it = ClaimInQuestion::of(self, namespace, name);
                let sandboxes = sandboxes.in_namespace(namespace);
                Checkpoints::of(sandboxes, |sandbox, uses| it.is_used_by(sandbox, uses))
            }
            Resource::Ours(Kind::SnapshotProvider) => {
                let digest = Digest::of(name);
                Checkpoints::of(sandboxes.iter(), |_, uses| {
                    let is_named = uses.strategy == Destination::Provider(digest);
                    match uses.checkpoint {
                        Checkpoint::None => false,
                        Checkpoint::BeingWritten(known)
                        | Checkpoint::Held { record: known, .. } => {
                            is_named || known.provider == Some(digest)
                        }
                    }
                })
            }
            Resource::Ours(Kind::Sandbox | Kind::SnapshotClaimTemplate) | Resource::Namespace => {
                Checkpoints::default()
            }
        }
    }

    fn depending_on_class(&self, name: &str) -> Checkpoints {
        let digest = Digest::of(name);
        let default_class = self.chosen_classes().first().map(|class| &*class.name);
        let sandboxes = &self.store(Kind::Sandbox).objects;
        let mut found = Checkpoints::default();
        for namespace in sandboxes.namespaces() {
            let leads = LazyCell::new(|| Leads::of(self, namespace, default_class));
            found.add(sandboxes.in_namespace(namespace), |sandbox, uses| match uses.checkpoint {
                Checkpoint::None => false,
                Checkpoint::Held { record, .. } => record.class == Some(digest),
                Checkpoint::BeingWritten(known) => {
                    leads.lead_to(name, sandbox, uses.strategy, known)
                }
            });
        }
        found
    }

    /// The Sandboxes whose strategy names a template, whatever its type.
    pub(super) fn naming(&self, namespace: &str, template: &str) -> Users {
        let digest = Digest::of(template);
        let names_it = |uses: &Use| matches!(uses.strategy, Destination::Template { template, .. } if template == digest);
        let sandboxes = self.store(Kind::Sandbox).objects.in_namespace(namespace);
        let users = sandboxes.filter(|(_, _, kept)| kept.sandbox().is_some_and(names_it));
        users.map(|(namespace, name, _)| (namespace, name)).collect()
    }
}

impl Checkpoints {
    fn of<'o>(
        sandboxes: impl Iterator<Item = (&'o str, &'o str, &'o Kept)>,
        uses_it: impl Fn(&str, &Use) -> bool,
    ) -> Self {
        let mut found = Self::default();
        found.add(sandboxes, uses_it);
        found
    }

    /// Adds those of some Sandboxes that use something.
    fn add<'o>(
        &mut self,
        sandboxes: impl Iterator<Item = (&'o str, &'o str, &'o Kept)>,
        uses_it: impl Fn(&str, &Use) -> bool,
    ) {
        for (namespace, name, kept) in sandboxes {
            let Some(uses) = kept.sandbox().filter(|uses| uses_it(name, uses)) else { continue };
            let group = match uses.checkpoint {
                Checkpoint::Held { is_running: false, .. } => &mut self.held,
                Checkpoint::Held { is_running: true, .. } => &mut self.held_while_running,
                Checkpoint::BeingWritten(_) | Checkpoint::None => &mut self.being_written,
            };
            group.extend([(namespace, name)]);
        }
    }
}
