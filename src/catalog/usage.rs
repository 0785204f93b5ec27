//! Who uses what: the Sandboxes, as far as in-use protection needs them.
//!
//! A cluster has a hundred thousand of them, and questions about them are rare (someone deletes or
//! changes a class, a claim, a provider). So each is kept as its name and a few hashes, and a
//! question about a claim reads its namespace's Sandboxes, one about a class all of them.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

use crate::api::{Reference, Sandbox};

/// Those who use an object: the first few by name, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    /// Sorted.
    first: Vec<String>,
    total: usize,
}

impl Users {
    /// How many are named.
    const NAMED: usize = 3;

    /// Adds a user.
    fn add(&mut self, namespace: &str, name: &str) {
        self.total += 1;
        let user = format!("{namespace}/{name}");
        let at = self.first.partition_point(|known| *known < user);
        if at < Self::NAMED {
            self.first.insert(at, user);
            self.first.truncate(Self::NAMED);
        }
    }

    /// The first few, as `namespace/name`.
    pub fn first(&self) -> &[String] {
        &self.first
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether nobody uses it.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

impl<'n> FromIterator<(&'n str, &'n str)> for Users {
    /// From namespaces and names.
    fn from_iter<I: IntoIterator<Item = (&'n str, &'n str)>>(users: I) -> Self {
        let mut found = Self::default();
        for (namespace, name) in users {
            found.add(namespace, name);
        }
        found
    }
}

impl fmt::Display for Users {
    /// `team-a/x, team-a/y, team-b/z and 4 more`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.first.join(", "))?;
        match self.total.saturating_sub(self.first.len()) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// A name as it is kept: hashed with a key that no client knows, so that nobody can make two names
/// look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(u64);

/// What a Sandbox uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The class and the claim that its live checkpoint was written with.
    checkpoint: Option<(Digest, Digest)>,
    /// What its strategy names; of a contradictory one the first.
    destination: Destination,
    /// Whether its first checkpoint is being written: then it counts for what its references
    /// resolve to now.
    pub is_being_hibernated: bool,
}

/// What a strategy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// A claim of the Sandbox's namespace.
    Claim(Digest),
    /// A claim made from a template of its namespace.
    Template(Digest),
    /// A provider.
    Provider(Digest),
    /// Its namespace's default claim, else the cluster's default class.
    Default,
    /// No hibernate block.
    Nowhere,
}

/// The Sandboxes that use anything, by namespace and name.
#[derive(Debug, Default)]
pub struct Usage {
    hasher: RandomState,
    namespaces: HashMap<Box<str>, HashMap<Box<str>, Use>>,
}

impl Usage {
    /// A name as it is kept.
    pub fn digest(&self, name: &str) -> Digest {
        Digest(self.hasher.hash_one(name))
    }

    /// Notes what a Sandbox uses, in place of what it used before. One that is being deleted no
    /// longer counts.
    pub fn insert(&mut self, namespace: &str, sandbox: &Sandbox<'_>) {
        let name = sandbox.metadata.display_name();
        match self.of(sandbox) {
            None => self.remove(namespace, name),
            Some(uses) => {
                let in_namespace = match self.namespaces.get_mut(namespace) {
                    Some(in_namespace) => in_namespace,
                    None => self.namespaces.entry(namespace.into()).or_default(),
                };
                in_namespace.insert(name.into(), uses);
            }
        }
    }

    /// Forgets a Sandbox.
    pub fn remove(&mut self, namespace: &str, name: &str) {
        if let Some(in_namespace) = self.namespaces.get_mut(namespace) {
            in_namespace.remove(name);
            if in_namespace.is_empty() {
                self.namespaces.remove(namespace);
            }
        }
    }

    /// Forgets the Sandboxes that are not to be kept, given by namespace and name.
    pub fn retain(&mut self, is_kept: impl Fn(&str, &str) -> bool) {
        self.namespaces.retain(|namespace, sandboxes| {
            sandboxes.retain(|name, _| is_kept(namespace, name));
            !sandboxes.is_empty()
        });
    }

    /// The Sandboxes of a namespace, or all.
    pub fn sandboxes(&self, namespace: Option<&str>) -> impl Iterator<Item = (&str, &str, &Use)> {
        let one = namespace.map(|name| self.namespaces.get_key_value(name));
        let all = namespace.is_none().then_some(&self.namespaces);
        let chosen = one.flatten().into_iter().chain(all.into_iter().flatten());
        chosen.flat_map(|(namespace, sandboxes)| {
            sandboxes.iter().map(move |(name, uses)| (&**namespace, &**name, uses))
        })
    }

    /// What a Sandbox uses, if it is anything.
    fn of(&self, sandbox: &Sandbox<'_>) -> Option<Use> {
        let digest = |name: Option<&str>| self.digest(name.unwrap_or_default());
        let checkpoint = sandbox.status.snapshot.as_ref().map(|snapshot| {
            let (class, claim) = (&snapshot.snapshot_class_name, &snapshot.snapshot_claim_name);
            (digest(class.as_deref()), digest(claim.as_deref()))
        });
        let reference = sandbox.hibernate().and_then(|hibernate| hibernate.references().next());
        let destination = match reference {
            Some(Reference::Claim(name)) => Destination::Claim(self.digest(name)),
            Some(Reference::Template(name)) => Destination::Template(self.digest(name)),
            Some(Reference::Provider(name)) => Destination::Provider(self.digest(name)),
            Some(Reference::Default) => Destination::Default,
            None => Destination::Nowhere,
        };
        let is_being_hibernated =
            sandbox.is_suspended() && sandbox.hibernates() && checkpoint.is_none();
        let uses_nothing = checkpoint.is_none() && destination == Destination::Nowhere;
        (!uses_nothing && !sandbox.metadata.is_terminating()).then_some(Use {
            checkpoint,
            destination,
            is_being_hibernated,
        })
    }
}

impl Use {
    /// Whether a checkpoint is held that was written with this class.
    pub fn holds_class(&self, class: Digest) -> bool {
        self.checkpoint.is_some_and(|(held, _)| held == class)
    }

    /// Whether a checkpoint is held that was written through this claim.
    pub fn holds_claim(&self, claim: Digest) -> bool {
        self.checkpoint.is_some_and(|(_, held)| held == claim)
    }

    /// Whether a checkpoint is held, and the strategy names this provider. A checkpoint's record
    /// has no place for a provider: what the strategy names is all there is to go by.
    pub fn holds_provider(&self, provider: Digest) -> bool {
        self.checkpoint.is_some() && self.destination == Destination::Provider(provider)
    }

    /// Whether the strategy names this template, whatever its type.
    pub fn names_template(&self, template: Digest) -> bool {
        self.destination == Destination::Template(template)
    }

    /// What it is being hibernated onto.
    pub fn hibernating_onto(&self) -> Option<Destination> {
        self.is_being_hibernated.then_some(self.destination)
    }
}
