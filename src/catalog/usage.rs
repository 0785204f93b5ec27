//! Who uses what: the Sandboxes, as far as in-use protection needs them.
//!
//! *Holding* a checkpoint is recorded in `status.snapshot` and indexed by class, claim and provider.
//! *Being hibernated* is a passing state whose references are resolved when the question is asked,
//! by whoever owns this index and knows the other objects.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use crate::api::{Hibernate, Reference, Sandbox};

/// A namespace and a name in it.
pub type Key = (Arc<str>, Arc<str>);

/// Those who use an object: the first few by name, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    first: Vec<String>,
    total: usize,
}

impl Users {
    /// How many are named.
    const NAMED: usize = 3;

    /// Whether nobody uses it.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

impl<T: fmt::Display> FromIterator<T> for Users {
    /// From all users in the order in which they are to be named.
    fn from_iter<I: IntoIterator<Item = T>>(users: I) -> Self {
        let mut found = Self::default();
        for user in users {
            found.total += 1;
            if found.first.len() < Self::NAMED {
                found.first.push(user.to_string());
            }
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

/// What a Sandbox is being hibernated onto, as its strategy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A claim of its namespace.
    Claim(Arc<str>),
    /// A claim made from a template of its namespace.
    Template(Arc<str>),
    /// A provider.
    Provider(Arc<str>),
    /// Its namespace's default claim, else the cluster's default class.
    Default,
}

/// An index of Sandboxes by what they use.
#[derive(Debug, Default)]
pub struct Usage {
    holding_class: HashMap<Arc<str>, BTreeSet<Key>>,
    holding_claim: HashMap<Key, BTreeSet<Key>>,
    holding_provider: HashMap<Arc<str>, BTreeSet<Key>>,
    naming_template: HashMap<Key, BTreeSet<Key>>,
    hibernating: Vec<(Key, Destination)>,
}

impl Usage {
    /// Adds a Sandbox. One that is being deleted no longer counts.
    pub fn insert(&mut self, namespace: &str, sandbox: &Sandbox<'_>) {
        if sandbox.metadata.is_terminating() {
            return;
        }
        let user: Key = (namespace.into(), sandbox.metadata.display_name().into());
        let beside = |name: &str| -> Key { (user.0.clone(), name.into()) };
        let checkpoint = sandbox.status.snapshot.as_ref();
        if let Some(class) = checkpoint.and_then(|it| it.snapshot_class_name.as_deref()) {
            self.holding_class.entry(class.into()).or_default().insert(user.clone());
        }
        if let Some(claim) = checkpoint.and_then(|it| it.snapshot_claim_name.as_deref()) {
            self.holding_claim.entry(beside(claim)).or_default().insert(user.clone());
        }
        let is_being_hibernated =
            sandbox.is_suspended() && sandbox.hibernates() && checkpoint.is_none();
        for reference in sandbox.hibernate().into_iter().flat_map(Hibernate::references) {
            let destination = match reference {
                Reference::Claim(name) => Destination::Claim(name.into()),
                Reference::Template(name) => {
                    self.naming_template.entry(beside(name)).or_default().insert(user.clone());
                    Destination::Template(name.into())
                }
                Reference::Provider(name) => {
                    // A checkpoint's record has no place for a provider: what the strategy names
                    // is all there is to go by.
                    if checkpoint.is_some() {
                        self.holding_provider.entry(name.into()).or_default().insert(user.clone());
                    }
                    Destination::Provider(name.into())
                }
                Reference::Default => Destination::Default,
            };
            if is_being_hibernated {
                self.hibernating.push((user.clone(), destination));
            }
        }
    }

    /// The Sandboxes whose checkpoint was written with a class.
    pub fn holding_class(&self, name: &str) -> impl Iterator<Item = &Key> {
        self.holding_class.get(name).into_iter().flatten()
    }

    /// The Sandboxes whose checkpoint was written through a claim.
    pub fn holding_claim(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Key> {
        self.holding_claim.get(&(namespace.into(), name.into())).into_iter().flatten()
    }

    /// The Sandboxes that hold a checkpoint and name a provider.
    pub fn holding_provider(&self, name: &str) -> impl Iterator<Item = &Key> {
        self.holding_provider.get(name).into_iter().flatten()
    }

    /// The Sandboxes whose strategy names a template, whatever its type.
    pub fn naming_template(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Key> {
        self.naming_template.get(&(namespace.into(), name.into())).into_iter().flatten()
    }

    /// The Sandboxes whose first checkpoint is being written, and where to.
    pub fn hibernating(&self) -> impl Iterator<Item = (&Key, &Destination)> {
        self.hibernating.iter().map(|(user, destination)| (user, destination))
    }
}
