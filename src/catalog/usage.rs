//! The users of an object: the Sandboxes, as far as in-use protection needs them.
//!
//! A cluster has a hundred thousand Sandboxes, and questions about them are rare: someone deletes or
//! changes a class, a claim, a provider. So each Sandbox is kept as its name and a few [`Digest`]s,
//! and a question reads the Sandboxes of one namespace, or all.
//!
//! ```text
//! what a Sandbox names           the namespace's tables (Leads)     what its checkpoint depends on
//!
//! while the checkpoint is held:
//!   class, claim (its record) ────────────────────────────────────▶ SnapshotClass, SnapshotClaim
//! while it is being written:
//!   claim ─────────────────────▶ claims by name ────┐
//!   template, once used ───────▶ claims by stem ────┤
//!   template, not used yet ────▶ templates by name ─┼─▶ the class selected there,
//!   nothing ───────────────────▶ the default claim ─┘   else the default class
//! in both cases:
//!   provider ─────────────────────────────────────────────────────▶ SnapshotProvider
//! ```
//!
//! A digest can be compared, but it does not give the name back. So to know the class of Sandboxes
//! that are being hibernated, a question first reads the namespace's claims and templates into tables
//! by digest ([`Leads`]), each object once. From then on a Sandbox costs at most two look-ups in them.
//! They find even a claim that a controller made from a template. Its name is
//! `<sandbox>-<template>-<hash>` with no dash in the hash: the part before the last dash, its stem, is
//! known from the Sandbox alone. So the time that a question takes is linear in the objects that it
//! reads, whatever their names are.

use std::cell::LazyCell;
use std::collections::HashMap;

use super::digest::Digest;
use super::kept::{Claim, Template};
use super::{Kept, ObjectName, Objects, Resource, Users};
use crate::api::{Kind, Reference, Sandbox};

/// The objects that a Sandbox uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    strategy: Destination,
    checkpoint: Checkpoint,
}

/// The object that a strategy names; of several, the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    /// A claim of the Sandbox's namespace.
    Claim(Digest),
    /// A claim made from a template of its namespace.
    Template {
        template: Digest,
        /// `<sandbox>-<template>`
        stem: Digest,
    },
    /// A provider.
    Provider(Digest),
    /// Its namespace's default claim, else the cluster's default class.
    Default,
    /// No hibernate block.
    Nowhere,
}

/// The checkpoint, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checkpoint {
    None,
    /// The first is being written: it depends on what the references resolve to now.
    BeingWritten,
    /// It was written with this class, through this claim.
    Held {
        class: Digest,
        claim: Digest,
    },
}

impl Use {
    /// The use that a Sandbox makes of objects, if any. A Sandbox that is being deleted no longer
    /// counts.
    pub fn of(sandbox: &Sandbox<'_>) -> Option<Self> {
        let reference = sandbox.hibernate().and_then(|hibernate| hibernate.references().next());
        let strategy = match reference {
            Some(Reference::Claim(name)) => Destination::Claim(Digest::of(name)),
            Some(Reference::Template(name)) => {
                let stem = format!("{}-{name}", sandbox.metadata.display_name());
                Destination::Template { template: Digest::of(name), stem: Digest::of(&*stem) }
            }
            Some(Reference::Provider(name)) => Destination::Provider(Digest::of(name)),
            Some(Reference::Default) => Destination::Default,
            None => Destination::Nowhere,
        };
        let checkpoint = match &sandbox.status.snapshot {
            Some(record) => Checkpoint::Held {
                class: Digest::of(record.snapshot_class_name.as_deref().unwrap_or_default()),
                claim: Digest::of(record.snapshot_claim_name.as_deref().unwrap_or_default()),
            },
            None if sandbox.is_suspended() && sandbox.hibernates() => Checkpoint::BeingWritten,
            None => Checkpoint::None,
        };
        let uses_nothing =
            strategy == Destination::Nowhere && !matches!(checkpoint, Checkpoint::Held { .. });
        let counts = !uses_nothing && !sandbox.metadata.is_terminating();
        counts.then_some(Self { strategy, checkpoint })
    }

    /// Returns whether a checkpoint is held that was written with this class.
    fn holds_class(&self, name: Digest) -> bool {
        matches!(self.checkpoint, Checkpoint::Held { class, .. } if class == name)
    }

    /// Returns whether a checkpoint is held that was written through this claim.
    fn holds_claim(&self, name: Digest) -> bool {
        matches!(self.checkpoint, Checkpoint::Held { claim, .. } if claim == name)
    }

    /// Returns whether a checkpoint is held or being written, and the strategy names this provider.
    /// A checkpoint's record has no field for a provider, so that only the strategy can tell.
    fn uses_provider(&self, name: Digest) -> bool {
        self.strategy == Destination::Provider(name) && self.checkpoint != Checkpoint::None
    }

    /// Returns whether the strategy names this template, whatever its type.
    fn names_template(&self, name: Digest) -> bool {
        matches!(self.strategy, Destination::Template { template, .. } if template == name)
    }

    /// The destination of a checkpoint that is being written.
    fn being_hibernated_onto(&self) -> Option<Destination> {
        (self.checkpoint == Checkpoint::BeingWritten).then_some(self.strategy)
    }
}

/// The objects that the references of a namespace's Sandboxes lead to.
struct Leads<'o> {
    claims: HashMap<Digest, &'o Claim>,
    /// The claims by their stems; of several with one stem the first by name.
    generated: HashMap<Digest, &'o Claim>,
    templates: HashMap<Digest, &'o Template>,
    default_claim: Option<&'o Claim>,
    default_class: Option<&'o str>,
}

impl<'o> Leads<'o> {
    fn of(objects: &'o Objects, namespace: &'o str, default_class: Option<&'o str>) -> Self {
        let (mut claims, mut generated) = (HashMap::new(), HashMap::new());
        for (_, name, kept) in objects.store(Kind::SnapshotClaim).objects.in_namespace(namespace) {
            let Some(claim) = kept.claim() else { continue };
            claims.insert(Digest::of(name), &**claim);
            if let Some(stem) = stem(name) {
                generated.entry(stem).or_insert(&**claim);
            }
        }
        let templates = objects.store(Kind::SnapshotClaimTemplate).objects.in_namespace(namespace);
        let templates =
            templates.filter_map(|(_, name, kept)| Some((Digest::of(name), &**kept.template()?)));
        let default_claim = objects.chosen_claim(namespace).map(|claim| &**claim);
        Self { claims, generated, templates: templates.collect(), default_claim, default_class }
    }

    /// The class that a destination leads to; `None` also where it leads nowhere.
    fn class(&self, destination: Destination) -> Option<&'o str> {
        let class = match destination {
            Destination::Claim(name) => self.claims.get(&name)?.effective_class(),
            // The claim that was made from it counts; the template may have changed since.
            Destination::Template { template, stem } => match self.generated.get(&stem) {
                Some(claim) => claim.effective_class(),
                None => self.templates.get(&template)?.class.as_deref(),
            },
            Destination::Default => self.default_claim.and_then(Claim::effective_class),
            Destination::Provider(_) | Destination::Nowhere => return None,
        };
        class.or(self.default_class)
    }
}

/// The part before the hash in the name of a claim that a controller made from a template.
fn stem(claim: &str) -> Option<Digest> {
    let (stem, hash) = claim.rsplit_once('-')?;
    (!hash.is_empty()).then(|| Digest::of(stem))
}

/// The answers to questions about use.
impl Objects {
    /// The Sandboxes whose checkpoints depend on an object.
    pub(super) fn depending_on(&self, target: ObjectName<'_>) -> Users {
        let ObjectName { kind, namespace, name } = target;
        let sandboxes = &self.store(Kind::Sandbox).objects;
        let digest = Digest::of(name);
        match kind {
            Resource::Ours(Kind::SnapshotClass) => self.depending_on_class(name),
            Resource::Ours(Kind::SnapshotClaim) => {
                let stem = stem(name);
                let is_default = self.chosen_claim(namespace).is_some_and(|it| it.name == name);
                let is_it = |destination| match destination {
                    Destination::Claim(claim) => claim == digest,
                    Destination::Template { stem: wanted, .. } => stem == Some(wanted),
                    Destination::Default => is_default,
                    Destination::Provider(_) | Destination::Nowhere => false,
                };
                let uses_it = |uses: &Use| {
                    uses.holds_claim(digest) || uses.being_hibernated_onto().is_some_and(is_it)
                };
                using(sandboxes.in_namespace(namespace), uses_it).collect()
            }
            Resource::Ours(Kind::SnapshotProvider) => {
                using(sandboxes.iter(), |uses| uses.uses_provider(digest)).collect()
            }
            Resource::Ours(Kind::Sandbox | Kind::SnapshotClaimTemplate) | Resource::Namespace => {
                Users::default()
            }
        }
    }

    fn depending_on_class(&self, name: &str) -> Users {
        let digest = Digest::of(name);
        let default_class = self.chosen_classes().first().map(|class| &*class.name);
        let sandboxes = &self.store(Kind::Sandbox).objects;
        let mut users = Users::default();
        for namespace in sandboxes.namespaces() {
            let leads = LazyCell::new(|| Leads::of(self, namespace, default_class));
            users.extend(using(sandboxes.in_namespace(namespace), |uses| {
                let is_it = |destination| leads.class(destination) == Some(name);
                uses.holds_class(digest) || uses.being_hibernated_onto().is_some_and(is_it)
            }));
        }
        users
    }

    /// The Sandboxes whose strategy names a template.
    pub(super) fn naming(&self, namespace: &str, template: &str) -> Users {
        let digest = Digest::of(template);
        let sandboxes = self.store(Kind::Sandbox).objects.in_namespace(namespace);
        using(sandboxes, |uses| uses.names_template(digest)).collect()
    }
}

/// The Sandboxes, of some, that use something.
fn using<'o>(
    sandboxes: impl Iterator<Item = (&'o str, &'o str, &'o Kept)>,
    uses_it: impl Fn(&Use) -> bool,
) -> impl Iterator<Item = (&'o str, &'o str)> {
    let users = sandboxes.filter(move |(_, _, kept)| kept.sandbox().is_some_and(&uses_it));
    users.map(|(namespace, name, _)| (namespace, name))
}
