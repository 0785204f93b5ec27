//! A second look before "does not exist" or "nobody uses it" is said: what a catalog did not know,
//! and what was learned about it meanwhile.
//!
//! A catalog that follows a cluster is a moment behind it. Rules stay pure: they are run over an
//! [`Asking`], which notes what is in doubt; who runs them looks that up and runs them again.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{
    CannotTell, Catalog, Claim, Class, Keeps, Lookup, Namespace, Objects, Provider, Resource,
    Target, Template, Users,
};
use crate::admission::names;
use crate::api::{DecodeError, Kind};

/// An object by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Resource,
    /// Empty for cluster-scoped kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// An object by its name; of a cluster-scoped kind the namespace is empty.
    pub fn new(kind: impl Into<Resource>, namespace: &str, name: &str) -> Self {
        Self { kind: kind.into(), namespace: namespace.to_owned(), name: name.to_owned() }
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

/// What a catalog cannot be sure of, being a moment behind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Whether an object that it does not know exists after all.
    Existence(ObjectRef),
    /// Whether a checkpoint that it does not know depends on this.
    Use(Dependency),
}

impl fmt::Display for Doubt {
    /// `whether SnapshotClaim team-a/fast exists`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Existence(object) => write!(f, "whether {object} exists"),
            Self::Use(dependency) => write!(f, "whether {dependency} is in use"),
        }
    }
}

/// An object on which checkpoints of the whole cluster depend. Administrators delete and change
/// these, and seldom, so that a second look can be afforded; for claims, which every tenant may
/// delete as often as he likes, the catalog's word stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dependency {
    /// A SnapshotClass by name.
    Class(String),
    /// A SnapshotProvider by name.
    Provider(String),
}

impl Dependency {
    fn new(target: Target<'_>) -> Option<Self> {
        match target {
            Target::Class(name) => Some(Self::Class(name.to_owned())),
            Target::Provider(name) => Some(Self::Provider(name.to_owned())),
            Target::Claim(..) => None,
        }
    }

    /// The same, to ask a catalog about it.
    pub fn target(&self) -> Target<'_> {
        match self {
            Self::Class(name) => Target::Class(name),
            Self::Provider(name) => Target::Provider(name),
        }
    }
}

impl fmt::Display for Dependency {
    /// `SnapshotClass fast`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(name) => write!(f, "{} {name}", Kind::SnapshotClass.name()),
            Self::Provider(name) => write!(f, "{} {name}", Kind::SnapshotProvider.name()),
        }
    }
}

/// What was looked up for one request.
#[derive(Debug, Default)]
pub struct Learned {
    /// Made when there is something to keep: hardly any request looks anything up.
    found: Option<Box<Objects>>,
    absent: HashSet<ObjectRef>,
    users: HashMap<Dependency, Users>,
    /// Why nothing more can be learned.
    in_vain: Option<CannotTell>,
}

impl Learned {
    /// Notes an object that does exist, given as JSON.
    pub fn found(&mut self, object: &ObjectRef, json: &str) -> Result<(), DecodeError> {
        // These are few and soon forgotten, so that they are always kept whole.
        let found = self.found.get_or_insert_with(|| Box::new(Objects::new(Keeps::Whole)));
        found.insert(object.kind, &object.namespace, json)
    }

    /// Notes that there is no such object.
    pub fn absent(&mut self, object: ObjectRef) {
        self.absent.insert(object);
    }

    /// Notes whose checkpoints depend on something.
    pub fn used_by(&mut self, dependency: Dependency, users: Users) {
        self.users.insert(dependency, users);
    }

    /// Notes that nothing more can be learned: what is in doubt from now on cannot be told.
    pub fn give_up(&mut self, why: CannotTell) {
        self.in_vain = Some(why);
    }
}

/// A catalog together with what was learned, that notes what neither knows.
pub struct Asking<'c> {
    catalog: &'c dyn Catalog,
    learned: &'c Learned,
    doubts: Mutex<Vec<Doubt>>,
}

impl<'c> Asking<'c> {
    /// Asks the catalog first: where it knows an object, it knows it best.
    pub fn new(catalog: &'c dyn Catalog, learned: &'c Learned) -> Self {
        Self { catalog, learned, doubts: Mutex::new(Vec::new()) }
    }

    /// What was asked for, is not known, and has not been looked up; none twice.
    pub fn doubts(self) -> Vec<Doubt> {
        self.doubts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a doubt, if there is any use in that.
    fn doubt(&self, doubt: Doubt) -> Result<(), CannotTell> {
        if let Some(why) = &self.learned.in_vain {
            return Err(why.clone());
        }
        let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
        Ok(())
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
        let learned = self.learned.found.as_deref().map_or(Ok(None), learned)?;
        if learned.is_none() {
            let object = object();
            if object.is_possible() && !self.learned.absent.contains(&object) {
                self.doubt(Doubt::Existence(object))?;
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

    fn namespace(&self, name: &str) -> Lookup<Namespace> {
        self.or_learned(
            self.catalog.namespace(name)?,
            |learned| learned.namespace(name),
            || ObjectRef::new(Resource::Namespace, "", name),
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
        let users = self.catalog.checkpoints_on(target)?;
        let Some(dependency) = Dependency::new(target).filter(|_| users.is_empty()) else {
            return Ok(users);
        };
        if let Some(learned) = self.learned.users.get(&dependency) {
            return Ok(learned.clone());
        }
        self.doubt(Doubt::Use(dependency))?;
        Ok(users)
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
        assert_eq!(asking.doubts(), []);
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
        assert_eq!(asking.doubts(), [Doubt::Existence(class), Doubt::Existence(claim)]);
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
        assert_eq!(asking.doubts(), []);
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
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn a_class_that_nobody_seems_to_use_is_in_doubt_until_it_was_looked_up() {
        let catalog = Objects::default();
        let mut learned = Learned::default();
        let class = Dependency::Class("fast".to_owned());
        let asking = Asking::new(&catalog, &learned);
        for _ in 0..2 {
            assert!(asking.checkpoints_on(Target::Class("fast")).unwrap().is_empty());
        }
        assert_eq!(asking.doubts(), [Doubt::Use(class.clone())]);

        learned.used_by(class, [("team-a", "agent")].into_iter().collect());
        let asking = Asking::new(&catalog, &learned);
        let users = asking.checkpoints_on(Target::Class("fast")).unwrap();
        assert_eq!(users.to_string(), "team-a/agent");
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn what_is_known_to_be_used_is_not_in_doubt() {
        const SANDBOX: &str = r#"{"metadata":{"name":"agent","namespace":"team-a"},
            "status":{"snapshot":{"snapshotClassName":"fast"}}}"#;
        let mut catalog = Objects::default();
        catalog.insert(Kind::Sandbox, "", SANDBOX).unwrap();
        let learned = Learned::default();
        let asking = Asking::new(&catalog, &learned);
        assert!(!asking.checkpoints_on(Target::Class("fast")).unwrap().is_empty());
        assert!(asking.checkpoints_on(Target::Claim("team-a", "main")).unwrap().is_empty());
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn what_is_in_doubt_cannot_be_told_once_looking_up_was_in_vain() {
        let catalog = Objects::default();
        let mut learned = Learned::default();
        learned.absent(ObjectRef::new(Kind::SnapshotProvider, "", "gone"));
        let why = CannotTell("the API server is out of reach".to_owned());
        learned.give_up(why.clone());
        let asking = Asking::new(&catalog, &learned);
        assert_eq!(asking.class("fast"), Err(why.clone()));
        assert_eq!(asking.checkpoints_on(Target::Class("fast")), Err(why));
        assert_eq!(asking.provider("gone"), Ok(None));
        assert_eq!(asking.class("no/name"), Ok(None));
        assert_eq!(asking.doubts(), []);
    }
}
