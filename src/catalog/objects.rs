//! A catalog in memory: a set of objects.

use std::sync::Arc;

use kubernetes_cel::nearest;

use super::digest::{Digest, NameDigests};
use super::kept::KeptObject;
use super::resource::PerKind;
use super::store::Store;
use super::usage::Defaults;
use super::{
    Catalog, Checkpoints, Claim, Class, Kept, Lookup, ObjectName, Resource, Retention, Unavailable,
    Users,
};
use crate::api::{DecodeError, Kind};

/// The objects by kind and name. An object that it does not hold does not exist.
///
/// A copy shares what it can with the original, so that a lock need be held only to make one.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    keeps: Retention,
    stores: PerKind<Store>,
}

impl Objects {
    /// A catalog that holds nothing yet.
    pub fn new(keeps: Retention) -> Self {
        Self { keeps, ..Self::default() }
    }

    /// Adds an object given as JSON, in place of one of the same name. `namespace` is used
    /// where the object names none itself.
    pub fn insert(
        &mut self,
        kind: impl Into<Resource>,
        namespace: &str,
        json: &str,
    ) -> Result<(), DecodeError> {
        let kind = kind.into();
        self.put(kind, KeptObject::read(kind, namespace, json, self.keeps)?);
        Ok(())
    }

    /// Adds an object as it is stored; values of a wrong type do not keep it out.
    pub fn insert_stored(
        &mut self,
        kind: impl Into<Resource>,
        namespace: &str,
        json: &str,
    ) -> Result<(), DecodeError> {
        let kind = kind.into();
        self.put(kind, KeptObject::read_stored(kind, namespace, json, self.keeps)?.0);
        Ok(())
    }

    /// Adds an object that was read, in place of one of the same name.
    pub(super) fn put(&mut self, kind: Resource, mut object: KeptObject) {
        self.remember(&mut object);
        self.put_remembered(kind, object);
    }

    /// Adds to a Sandbox that was read what was known of it and is still true.
    pub(super) fn remember(&self, object: &mut KeptObject) {
        let KeptObject { namespace, name, kept } = object;
        if let Some(Kept::Sandbox(uses)) = kept {
            let before = self.store(Kind::Sandbox).objects.get(namespace, name);
            *uses = uses.remembering(before.and_then(Kept::sandbox), || self.defaults(namespace));
        }
    }

    /// Adds an object to which nothing has to be added any more.
    pub(super) fn put_remembered(
        &mut self,
        kind: Resource,
        KeptObject { namespace, name, kept }: KeptObject,
    ) {
        self.stores.of_mut(kind).insert(&namespace, &name, kept);
    }

    /// Takes over a complete listing of a kind: of all its objects, or of those in a namespace that
    /// is not empty.
    pub(super) fn replace(&mut self, kind: Resource, namespace: &str, listed: &Self) {
        let listed = &listed.store(kind).objects;
        let known = self.store(kind).objects.within(namespace);
        let gone: Vec<_> = known
            .filter(|(at, name, _)| listed.get(at, name).is_none())
            .map(|(at, name, _)| (at.to_owned(), name.to_owned()))
            .collect();
        for (namespace, name) in gone {
            self.remove(kind, &namespace, &name);
        }
        for (namespace, name, kept) in listed.within(namespace) {
            let (namespace, name) = (namespace.to_owned(), name.to_owned());
            self.put(kind, KeptObject { namespace, name, kept: Some(kept.clone()) });
        }
    }

    /// Forgets an object; of a cluster-scoped kind the namespace does not matter.
    pub fn remove(&mut self, kind: impl Into<Resource>, namespace: &str, name: &str) {
        let ObjectName { kind, namespace, name } = ObjectName::new(kind, namespace, name);
        self.stores.of_mut(kind).remove(namespace, name);
    }

    /// Forgets the objects of a kind that a complete listing did not name.
    pub fn keep(&mut self, kind: impl Into<Resource>, listed: &NameDigests) {
        self.stores.of_mut(kind.into()).keep(listed);
    }

    /// Exchanges what is known of a kind with another catalog.
    pub(super) fn swap(&mut self, kind: Resource, other: &mut Self) {
        std::mem::swap(self.stores.of_mut(kind), other.stores.of_mut(kind));
    }

    /// The number of objects of a kind.
    pub fn count(&self, kind: impl Into<Resource>) -> usize {
        self.store(kind).len()
    }

    /// The objects of a kind.
    pub(super) fn store(&self, kind: impl Into<Resource>) -> &Store {
        self.stores.of(kind.into())
    }

    /// The default classes, the one that counts first.
    pub(super) fn chosen_classes(&self) -> Vec<&Arc<Class>> {
        let defaults = self.store(Kind::SnapshotClass).defaults.iter();
        let mut defaults: Vec<_> = defaults.filter_map(|(_, _, kept)| kept.class()).collect();
        defaults.sort_by(|a, b| a.preference().cmp(&b.preference()));
        defaults
    }

    /// The defaults for the Sandboxes of a namespace.
    fn defaults(&self, namespace: &str) -> Defaults {
        Defaults {
            claim: self.chosen_claim(namespace).map(|claim| Digest::of(&*claim.name)),
            class: self.chosen_classes().first().map(|class| Digest::of(&*class.name)),
        }
    }

    /// The default claim of a namespace.
    pub(super) fn chosen_claim<'o>(&'o self, namespace: &'o str) -> Option<&'o Arc<Claim>> {
        let defaults = self.store(Kind::SnapshotClaim).defaults.in_namespace(namespace);
        let defaults = defaults.filter_map(|(_, _, kept)| kept.claim());
        defaults.min_by(|a, b| a.preference().cmp(&b.preference()))
    }
}

impl Catalog for Objects {
    fn object(
        &self,
        ObjectName { kind, namespace, name }: ObjectName<'_>,
    ) -> Result<Option<Kept>, Unavailable> {
        Ok(self.store(kind).objects.get(namespace, name).cloned())
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        Ok(self.chosen_classes().into_iter().cloned().collect())
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        Ok(self.chosen_claim(namespace).cloned())
    }

    fn nearest(&self, ObjectName { kind, namespace, name }: ObjectName<'_>) -> Option<String> {
        let names = self.store(kind).objects.in_namespace(namespace).map(|(_, name, _)| name);
        nearest(name, names).map(str::to_owned)
    }

    fn checkpoints_on(&self, target: ObjectName<'_>) -> Result<Checkpoints, Unavailable> {
        Ok(self.depending_on(target))
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        let claims = self.store(Kind::SnapshotClaim).objects.iter();
        let templates = self.store(Kind::SnapshotClaimTemplate).objects.iter();
        let selecting = claims.chain(templates).filter(|(_, _, kept)| match kept {
            Kept::Claim(claim) => claim.effective_class() == Some(name),
            Kept::Template(template) => template.class.as_deref() == Some(name),
            _ => false,
        });
        Ok(selecting.map(|(namespace, name, _)| (namespace, name)).collect())
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        Ok(self.naming(namespace, name))
    }
}
