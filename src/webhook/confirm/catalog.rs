//! A catalog together with what was confirmed. It notes the questions that neither can answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::Kind;
use crate::catalog::cluster::Found;
use crate::catalog::{
    Catalog, Claim, Class, DefaultOf, Dependency, Lookup, Namespace, ObjectRef, Objects, Provider,
    Resource, Retention, Target, Template, Unavailable, Unconfirmed, Users,
};

/// The source's answers to the questions of one review.
#[derive(Debug, Default)]
pub struct Confirmed {
    /// Made when there is something to keep: hardly any review asks for anything.
    found: Option<Box<Objects>>,
    answers: HashMap<Unconfirmed, Result<Users, Unavailable>>,
    /// The reason why nothing more is asked.
    gave_up: Option<Unavailable>,
}

impl Confirmed {
    /// Notes an answer of the source.
    pub fn note(&mut self, unconfirmed: Unconfirmed, answer: Result<Found, Unavailable>) {
        let noted = match (&unconfirmed, answer) {
            (_, Err(reason)) => Err(reason),
            (Unconfirmed::Missing(object), Ok(Found::Object(json))) => {
                return self.insert(unconfirmed.clone(), object.kind, &object.namespace, &json);
            }
            (Unconfirmed::NoDefault(default), Ok(Found::Default(json))) => {
                let kind = default.kind().into();
                return self.insert(
                    unconfirmed.clone(),
                    kind,
                    default.namespace(),
                    json.as_bytes(),
                );
            }
            (_, Ok(Found::Users(users))) => Ok(users),
            (_, Ok(Found::Nothing)) => Ok(Users::default()),
            // Meanwhile the watch has brought it to the catalog, which is asked again.
            (_, Ok(Found::InCatalog | Found::Object(_) | Found::Default(_))) => return,
        };
        self.answers.insert(unconfirmed, noted);
    }

    /// Keeps an object that does exist.
    fn insert(&mut self, unconfirmed: Unconfirmed, kind: Resource, namespace: &str, json: &[u8]) {
        // These are few and short-lived, so they are always kept whole.
        let found = self.found.get_or_insert_with(|| Box::new(Objects::new(Retention::Whole)));
        let inserted = str::from_utf8(json).map_err(|error| error.to_string()).and_then(|json| {
            found.insert(kind, namespace, json).map_err(|error| error.to_string())
        });
        if let Err(error) = inserted {
            let reason = match &unconfirmed {
                Unconfirmed::Missing(object) => {
                    format!("{object} exists, but cannot be read: {error}")
                }
                other => format!("cannot tell {other}, its object cannot be read: {error}"),
            };
            self.answers.insert(unconfirmed, Err(Unavailable(reason)));
        }
    }

    /// Notes that nothing more is asked: what is unknown now stays unknown.
    pub fn give_up(&mut self, why: Unavailable) {
        self.gave_up = Some(why);
    }
}

/// A catalog together with what was confirmed. It notes the questions that neither can answer.
pub struct ConfirmingCatalog<'c> {
    catalog: &'c dyn Catalog,
    confirmed: &'c Confirmed,
    unconfirmed: Mutex<Vec<Unconfirmed>>,
}

impl<'c> ConfirmingCatalog<'c> {
    /// Creates one that asks the catalog first: the watch keeps its objects up to date.
    pub fn new(catalog: &'c dyn Catalog, confirmed: &'c Confirmed) -> Self {
        Self { catalog, confirmed, unconfirmed: Mutex::default() }
    }

    /// The questions to which neither had an answer; none twice.
    pub fn unconfirmed(self) -> Vec<Unconfirmed> {
        self.unconfirmed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The source's answer, if it was asked: the users, or none where nothing was found. Without an
    /// answer, notes that the source should be asked.
    fn confirmed(&self, unconfirmed: Unconfirmed) -> Result<Option<&Users>, Unavailable> {
        match self.confirmed.answers.get(&unconfirmed) {
            Some(Ok(users)) => return Ok(Some(users)),
            Some(Err(reason)) => return Err(reason.clone()),
            None => {}
        }
        if let Some(reason) = &self.confirmed.gave_up {
            return Err(reason.clone());
        }
        let mut noted = self.unconfirmed.lock().unwrap_or_else(PoisonError::into_inner);
        if !noted.contains(&unconfirmed) {
            noted.push(unconfirmed);
        }
        Ok(None)
    }

    fn or_confirmed<T>(
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
            self.confirm_absence(Unconfirmed::Missing(object()))?;
        }
        Ok(confirmed)
    }

    /// Asks about an object that may exist. One that cannot exist needs no confirmation.
    fn confirm_absence(&self, unconfirmed: Unconfirmed) -> Result<(), Unavailable> {
        if unconfirmed.is_possible() { self.confirmed(unconfirmed).map(drop) } else { Ok(()) }
    }
}

impl Catalog for ConfirmingCatalog<'_> {
    fn class(&self, name: &str) -> Lookup<Class> {
        self.or_confirmed(
            self.catalog.class(name)?,
            |confirmed| confirmed.class(name),
            || ObjectRef::new(Kind::SnapshotClass, "", name),
        )
    }

    fn claim(&self, namespace: &str, name: &str) -> Lookup<Claim> {
        self.or_confirmed(
            self.catalog.claim(namespace, name)?,
            |confirmed| confirmed.claim(namespace, name),
            || ObjectRef::new(Kind::SnapshotClaim, namespace, name),
        )
    }

    fn template(&self, namespace: &str, name: &str) -> Lookup<Template> {
        self.or_confirmed(
            self.catalog.template(namespace, name)?,
            |confirmed| confirmed.template(namespace, name),
            || ObjectRef::new(Kind::SnapshotClaimTemplate, namespace, name),
        )
    }

    fn provider(&self, name: &str) -> Lookup<Provider> {
        self.or_confirmed(
            self.catalog.provider(name)?,
            |confirmed| confirmed.provider(name),
            || ObjectRef::new(Kind::SnapshotProvider, "", name),
        )
    }

    fn namespace(&self, name: &str) -> Lookup<Namespace> {
        self.or_confirmed(
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
            self.confirm_absence(Unconfirmed::NoDefault(DefaultOf::Cluster))?;
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
            self.confirm_absence(Unconfirmed::NoDefault(DefaultOf::Namespace(
                namespace.to_owned(),
            )))?;
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
        let confirmed = self.confirmed(Unconfirmed::Unused(dependency))?;
        Ok(confirmed.cloned().unwrap_or(users))
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        self.catalog.selecting_class(name)
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        self.catalog.naming_template(namespace, name)
    }
}
