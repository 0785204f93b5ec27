//! A second look before "does not exist" is said: which names a catalog did not know, and what was
//! learned about them meanwhile.
//!
//! A catalog that follows a cluster is a moment behind it. Rules stay pure: they are run over an
//! [`Asking`], which notes what was missing; who runs them looks those up and runs them again.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{
    CannotTell, Catalog, Claim, Class, Lookup, Objects, Provider, Target, Template, Users,
};
use crate::admission::names;
use crate::api::{DecodeError, Kind};

/// An object by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Empty for cluster-scoped kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// An object by its name; of a cluster-scoped kind the namespace is empty.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Whether there can be such an object. Where it is asked for, names become part of a path: any
    /// other text must not get there.
    fn is_possible(&self) -> bool {
        let is_place = !self.kind.is_namespaced() || is_name(&self.namespace);
        is_place && is_name(&self.name)
    }
}

fn is_name(text: &str) -> bool {
    names::subdomain_error(text).is_none()
}

impl fmt::Display for ObjectRef {
    /// `SnapshotClaim team-a/fast`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.name())?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// What was looked up for one request.
#[derive(Debug, Default)]
pub struct Learned {
    found: Objects,
    absent: HashSet<ObjectRef>,
}

impl Learned {
    /// Notes an object that does exist, given as JSON.
    pub fn found(&mut self, object: &ObjectRef, json: &str) -> Result<(), DecodeError> {
        self.found.insert(object.kind, &object.namespace, json)
    }

    /// Notes that there is no such object.
    pub fn absent(&mut self, object: ObjectRef) {
        self.absent.insert(object);
    }
}

/// A catalog together with what was learned, that notes the names that neither knows.
pub struct Asking<'c> {
    catalog: &'c dyn Catalog,
    learned: &'c Learned,
    missing: Mutex<Vec<ObjectRef>>,
}

impl<'c> Asking<'c> {
    /// Asks the catalog first: where it knows an object, it knows it best.
    pub fn new(catalog: &'c dyn Catalog, learned: &'c Learned) -> Self {
        Self { catalog, learned, missing: Mutex::new(Vec::new()) }
    }

    /// The objects that were asked for, are not known, and have not been looked up; none twice.
    pub fn missing(self) -> Vec<ObjectRef> {
        self.missing.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn or_learned<T>(
        &self,
        known: Option<Arc<T>>,
        learned: impl FnOnce(&Objects) -> Lookup<T>,
        object: impl FnOnce() -> ObjectRef,
    ) -> Lookup<T> {
        if known.is_some() {
            return Ok(known);
        }
        let learned = learned(&self.learned.found)?;
        if learned.is_none() {
            let object = object();
            let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
            if object.is_possible()
                && !self.learned.absent.contains(&object)
                && !missing.contains(&object)
            {
                missing.push(object);
            }
        }
        Ok(learned)
    }
}

impl Catalog for Asking<'_> {
    fn class(&self, name: &str) -> Lookup<Class> {
        self.or_learned(
            self.catalog.class(name)?,
            |learned| learned.class(name),
            || ObjectRef::new(Kind::SnapshotClass, "", name),
        )
    }

    fn claim(&self, namespace: &str, name: &str) -> Lookup<Claim> {
        self.or_learned(
            self.catalog.claim(namespace, name)?,
            |learned| learned.claim(namespace, name),
            || ObjectRef::new(Kind::SnapshotClaim, namespace, name),
        )
    }

    fn template(&self, namespace: &str, name: &str) -> Lookup<Template> {
        self.or_learned(
            self.catalog.template(namespace, name)?,
            |learned| learned.template(namespace, name),
            || ObjectRef::new(Kind::SnapshotClaimTemplate, namespace, name),
        )
    }

    fn provider(&self, name: &str) -> Lookup<Provider> {
        self.or_learned(
            self.catalog.provider(name)?,
            |learned| learned.provider(name),
            || ObjectRef::new(Kind::SnapshotProvider, "", name),
        )
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, CannotTell> {
        self.catalog.default_classes()
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        self.catalog.default_claim(namespace)
    }

    fn nearest(&self, kind: Kind, namespace: &str, name: &str) -> Option<String> {
        self.catalog.nearest(kind, namespace, name)
    }

    fn checkpoints_on(&self, target: Target<'_>) -> Result<Users, CannotTell> {
        self.catalog.checkpoints_on(target)
    }

    fn selecting_class(&self, name: &str) -> Result<Users, CannotTell> {
        self.catalog.selecting_class(name)
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, CannotTell> {
        self.catalog.naming_template(namespace, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: &str = r#"{"metadata":{"name":"fast"}}"#;

    #[test]
    fn a_name_that_the_catalog_knows_is_not_missing() {
        let mut catalog = Objects::default();
        catalog.insert(Kind::SnapshotClass, "", CLASS).unwrap();
        let learned = Learned::default();
        let asking = Asking::new(&catalog, &learned);
        assert!(asking.class("fast").unwrap().is_some());
        assert_eq!(asking.missing(), []);
    }

    #[test]
    fn each_missing_name_is_noted_once() {
        let (catalog, learned) = (Objects::default(), Learned::default());
        let asking = Asking::new(&catalog, &learned);
        for _ in 0..2 {
            assert!(asking.class("fast").unwrap().is_none());
            assert!(asking.claim("team-a", "main").unwrap().is_none());
        }
        let class = ObjectRef::new(Kind::SnapshotClass, "", "fast");
        let claim = ObjectRef::new(Kind::SnapshotClaim, "team-a", "main");
        assert_eq!(asking.missing(), [class, claim]);
    }

    #[test]
    fn what_was_learned_is_not_asked_again() {
        let catalog = Objects::default();
        let mut learned = Learned::default();
        learned.found(&ObjectRef::new(Kind::SnapshotClass, "", "fast"), CLASS).unwrap();
        learned.absent(ObjectRef::new(Kind::SnapshotProvider, "", "gone"));
        let asking = Asking::new(&catalog, &learned);
        assert!(asking.class("fast").unwrap().is_some());
        assert!(asking.provider("gone").unwrap().is_none());
        assert_eq!(asking.missing(), []);
    }

    #[test]
    fn what_can_be_no_name_is_never_looked_up() {
        let (catalog, learned) = (Objects::default(), Learned::default());
        let asking = Asking::new(&catalog, &learned);
        for name in ["", "../pods", "a/b", "a?watch=true", "A", "a%2fb"] {
            assert!(asking.class(name).unwrap().is_none());
            assert!(asking.claim("team-a", name).unwrap().is_none());
            assert!(asking.template(name, "fine").unwrap().is_none());
        }
        assert_eq!(asking.missing(), []);
    }
}
