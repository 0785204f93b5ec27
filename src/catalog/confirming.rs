//! A second look before "does not exist" or "nobody uses it" is said: what a catalog did not know,
//! and what was confirmed about it meanwhile.
//!
//! A catalog that follows a cluster is a moment behind it. Rules stay pure: they are run over an
//! [`ConfirmingCatalog`], which notes what is in doubt; who runs them looks that up and runs them again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::{
    Catalog, Claim, Class, DefaultOf, Dependency, Lookup, Namespace, ObjectRef, Objects, Provider,
    Resource, Retention, Target, Template, Unavailable, Unconfirmed, Users,
};
use crate::api::{DecodeError, Kind};

/// What was looked up for one request.
#[derive(Debug, Default)]
pub struct Confirmed {
    /// Made when there is something to keep: hardly any request looks anything up.
    found: Option<Box<Objects>>,
    absent: HashSet<Unconfirmed>,
    users: HashMap<Dependency, Users>,
    /// Why nothing more can be confirmed.
    in_vain: Option<Unavailable>,
}

impl Confirmed {
    /// Notes an object that does exist, given as JSON; of a cluster-scoped kind the namespace is
    /// empty.
    pub fn found(
        &mut self,
        kind: impl Into<Resource>,
        namespace: &str,
        json: &str,
    ) -> Result<(), DecodeError> {
        // These are few and soon forgotten, so that they are always kept whole.
        let found = self.found.get_or_insert_with(|| Box::new(Objects::new(Retention::Whole)));
        found.insert(kind, namespace, json)
    }

    /// Notes that what was in doubt is not there.
    pub fn absent(&mut self, doubt: Unconfirmed) {
        self.absent.insert(doubt);
    }

    /// Notes whose checkpoints depend on something.
    pub fn used_by(&mut self, dependency: Dependency, users: Users) {
        self.users.insert(dependency, users);
    }

    /// Notes that nothing more can be confirmed: what is in doubt from now on cannot be told.
    pub fn give_up(&mut self, why: Unavailable) {
        self.in_vain = Some(why);
    }
}

/// A catalog together with what was confirmed, that notes what neither knows.
pub struct ConfirmingCatalog<'c> {
    catalog: &'c dyn Catalog,
    confirmed: &'c Confirmed,
    doubts: Mutex<Vec<Unconfirmed>>,
}

impl<'c> ConfirmingCatalog<'c> {
    /// Asks the catalog first: where it knows an object, it knows it best.
    pub fn new(catalog: &'c dyn Catalog, confirmed: &'c Confirmed) -> Self {
        Self { catalog, confirmed, doubts: Mutex::new(Vec::new()) }
    }

    /// What was asked for, is not known, and has not been looked up; none twice.
    pub fn doubts(self) -> Vec<Unconfirmed> {
        self.doubts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a doubt, if there is any use in that.
    fn doubt(&self, doubt: Unconfirmed) -> Result<(), Unavailable> {
        if let Some(why) = &self.confirmed.in_vain {
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
        confirmed: impl FnOnce(&Objects) -> Lookup<T>,
        object: impl FnOnce() -> ObjectRef,
    ) -> Lookup<T> {
        if known.is_some() {
            return Ok(known);
        }
        let confirmed = self.confirmed.found.as_deref().map_or(Ok(None), confirmed)?;
        if confirmed.is_none() {
            self.doubt_absence(Unconfirmed::Missing(object()))?;
        }
        Ok(confirmed)
    }

    /// Notes a doubt about what may be there, unless it was looked up or cannot be.
    fn doubt_absence(&self, doubt: Unconfirmed) -> Result<(), Unavailable> {
        let is_settled = !doubt.is_possible() || self.confirmed.absent.contains(&doubt);
        if is_settled { Ok(()) } else { self.doubt(doubt) }
    }
}

impl Catalog for ConfirmingCatalog<'_> {
    fn class(&self, name: &str) -> Lookup<Class> {
        self.or_learned(
            self.catalog.class(name)?,
            |confirmed| confirmed.class(name),
            || ObjectRef::new(Kind::SnapshotClass, "", name),
        )
    }

    fn claim(&self, namespace: &str, name: &str) -> Lookup<Claim> {
        self.or_learned(
            self.catalog.claim(namespace, name)?,
            |confirmed| confirmed.claim(namespace, name),
            || ObjectRef::new(Kind::SnapshotClaim, namespace, name),
        )
    }

    fn template(&self, namespace: &str, name: &str) -> Lookup<Template> {
        self.or_learned(
            self.catalog.template(namespace, name)?,
            |confirmed| confirmed.template(namespace, name),
            || ObjectRef::new(Kind::SnapshotClaimTemplate, namespace, name),
        )
    }

    fn provider(&self, name: &str) -> Lookup<Provider> {
        self.or_learned(
            self.catalog.provider(name)?,
            |confirmed| confirmed.provider(name),
            || ObjectRef::new(Kind::SnapshotProvider, "", name),
        )
    }

    fn namespace(&self, name: &str) -> Lookup<Namespace> {
        self.or_learned(
            self.catalog.namespace(name)?,
            |confirmed| confirmed.namespace(name),
            || ObjectRef::new(Resource::Namespace, "", name),
        )
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        let mut defaults = self.catalog.default_classes()?;
        if defaults.is_empty() {
            let found = self.confirmed.found.as_deref();
            defaults = found.map_or(Ok(Vec::new()), Catalog::default_classes)?;
        }
        if defaults.is_empty() {
            self.doubt_absence(Unconfirmed::NoDefault(DefaultOf::Cluster))?;
        }
        Ok(defaults)
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        let mut default = self.catalog.default_claim(namespace)?;
        if default.is_none() {
            let found = self.confirmed.found.as_deref();
            default = found.map_or(Ok(None), |found| found.default_claim(namespace))?;
        }
        if default.is_none() {
            self.doubt_absence(Unconfirmed::NoDefault(DefaultOf::Namespace(namespace.to_owned())))?;
        }
        Ok(default)
    }

    fn nearest(&self, kind: Kind, namespace: &str, name: &str) -> Option<String> {
        self.catalog.nearest(kind, namespace, name)
    }

    fn checkpoints_on(&self, target: Target<'_>) -> Result<Users, Unavailable> {
        let users = self.catalog.checkpoints_on(target)?;
        let Some(dependency) = Dependency::new(target).filter(|_| users.is_empty()) else {
            return Ok(users);
        };
        if let Some(confirmed) = self.confirmed.users.get(&dependency) {
            return Ok(confirmed.clone());
        }
        self.doubt(Unconfirmed::Unused(dependency))?;
        Ok(users)
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        self.catalog.selecting_class(name)
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        self.catalog.naming_template(namespace, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: &str = r#"{"metadata":{"name":"fast"}}"#;
    const DEFAULT_CLASS: &str = r#"{"metadata":{"name":"fast","annotations":{
        "snapshotclass.agents.x-k8s.io/is-default-class":"true"}}}"#;
    const DEFAULT_CLAIM: &str = r#"{"metadata":{"name":"main","annotations":{
        "snapshotclaim.agents.x-k8s.io/is-default-claim":"true"}}}"#;

    fn existence(kind: Kind, name: &str) -> Unconfirmed {
        Unconfirmed::Missing(ObjectRef::new(kind, "", name))
    }

    #[test]
    fn a_name_that_the_catalog_knows_is_not_missing() {
        let mut catalog = Objects::default();
        catalog.insert(Kind::SnapshotClass, "", CLASS).unwrap();
        let confirmed = Confirmed::default();
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        assert!(asking.class("fast").unwrap().is_some());
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn each_missing_name_is_noted_once() {
        let (catalog, confirmed) = (Objects::default(), Confirmed::default());
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        for _ in 0..2 {
            assert!(asking.class("fast").unwrap().is_none());
            assert!(asking.claim("team-a", "main").unwrap().is_none());
        }
        let class = ObjectRef::new(Kind::SnapshotClass, "", "fast");
        let claim = ObjectRef::new(Kind::SnapshotClaim, "team-a", "main");
        assert_eq!(asking.doubts(), [Unconfirmed::Missing(class), Unconfirmed::Missing(claim)]);
    }

    #[test]
    fn what_was_learned_is_not_asked_again() {
        let catalog = Objects::default();
        let mut confirmed = Confirmed::default();
        confirmed.found(Kind::SnapshotClass, "", CLASS).unwrap();
        confirmed.absent(existence(Kind::SnapshotProvider, "gone"));
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        assert!(asking.class("fast").unwrap().is_some());
        assert!(asking.provider("gone").unwrap().is_none());
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn what_can_be_no_name_is_never_looked_up() {
        let (catalog, confirmed) = (Objects::default(), Confirmed::default());
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        for name in ["", "../pods", "a/b", "a?watch=true", "A", "a%2fb"] {
            assert!(asking.class(name).unwrap().is_none());
            assert!(asking.claim("team-a", name).unwrap().is_none());
            assert!(asking.template(name, "fine").unwrap().is_none());
            assert!(asking.default_claim(name).unwrap().is_none());
        }
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn a_class_that_nobody_seems_to_use_is_in_doubt_until_it_was_looked_up() {
        let catalog = Objects::default();
        let mut confirmed = Confirmed::default();
        let class = Dependency::Class("fast".to_owned());
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        for _ in 0..2 {
            assert!(asking.checkpoints_on(Target::Class("fast")).unwrap().is_empty());
        }
        assert_eq!(asking.doubts(), [Unconfirmed::Unused(class.clone())]);

        confirmed.used_by(class, [("team-a", "agent")].into_iter().collect());
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
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
        let confirmed = Confirmed::default();
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        assert!(!asking.checkpoints_on(Target::Class("fast")).unwrap().is_empty());
        assert!(asking.checkpoints_on(Target::Claim("team-a", "main")).unwrap().is_empty());
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn that_there_is_no_default_is_in_doubt_until_it_was_looked_up() {
        let doubts = [
            Unconfirmed::NoDefault(DefaultOf::Namespace("team-a".to_owned())),
            Unconfirmed::NoDefault(DefaultOf::Cluster),
        ];
        let catalog = Objects::default();
        let mut confirmed = Confirmed::default();
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        for _ in 0..2 {
            assert_eq!(asking.default_claim("team-a"), Ok(None));
            assert_eq!(asking.default_class(), Ok(None));
        }
        assert_eq!(asking.doubts(), doubts);
        assert_eq!(
            doubts[0].to_string(),
            "whether there is a default SnapshotClaim in namespace team-a"
        );

        for doubt in doubts {
            confirmed.absent(doubt);
        }
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        assert_eq!(asking.default_claim("team-a"), Ok(None));
        assert_eq!(asking.default_class(), Ok(None));
        assert_eq!(asking.doubts(), []);
    }

    #[test]
    fn a_default_that_was_looked_up_counts_in_its_namespace() {
        let catalog = Objects::default();
        let mut confirmed = Confirmed::default();
        confirmed.found(Kind::SnapshotClass, "", DEFAULT_CLASS).unwrap();
        confirmed.found(Kind::SnapshotClaim, "team-a", DEFAULT_CLAIM).unwrap();
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        assert_eq!(asking.default_class().unwrap().unwrap().name, "fast");
        assert_eq!(asking.default_claim("team-a").unwrap().unwrap().name, "main");
        assert_eq!(asking.default_claim("team-b"), Ok(None));
        assert_eq!(
            asking.doubts(),
            [Unconfirmed::NoDefault(DefaultOf::Namespace("team-b".to_owned()))]
        );
    }

    #[test]
    fn what_is_in_doubt_cannot_be_told_once_looking_up_was_in_vain() {
        let catalog = Objects::default();
        let mut confirmed = Confirmed::default();
        confirmed.absent(existence(Kind::SnapshotProvider, "gone"));
        let why = Unavailable("the API server is out of reach".to_owned());
        confirmed.give_up(why.clone());
        let asking = ConfirmingCatalog::new(&catalog, &confirmed);
        assert_eq!(asking.class("fast"), Err(why.clone()));
        assert_eq!(asking.checkpoints_on(Target::Class("fast")), Err(why));
        assert_eq!(asking.provider("gone"), Ok(None));
        assert_eq!(asking.class("no/name"), Ok(None));
        assert_eq!(asking.doubts(), []);
    }
}
