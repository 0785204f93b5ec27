//! A catalog together with what was confirmed. It notes the questions that neither can answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::admission::UserInfo;
use crate::api::Kind;
use crate::catalog::cluster::Found;
use crate::catalog::{
    Catalog, Checkpoints, Claim, Class, Kept, Lookup, ObjectName, ObjectRef, Objects, Resource,
    Retention, Right, Unavailable, Unconfirmed, Users,
};

/// The source's answers to the questions of one review.
#[derive(Debug, Default)]
pub struct Confirmed {
    /// Made when there is something to keep: hardly any review asks for anything.
    found: Option<Box<Objects>>,
    /// The questions about existence to which there is no object.
    answers: HashMap<Unconfirmed, Result<(), Unavailable>>,
    /// The checkpoints that depend on objects.
    checkpoints: HashMap<ObjectRef, Result<Checkpoints, Unavailable>>,
    /// The rights of users.
    rights: HashMap<Arc<Right>, Result<bool, Unavailable>>,
    /// The reason why nothing more is asked.
    gave_up: Option<Unavailable>,
    /// Whether names are suggested for those that are not confirmed, too.
    suggests: bool,
}

impl Confirmed {
    /// Notes an answer of the source.
    pub fn note(&mut self, unconfirmed: Unconfirmed, answer: Result<Found, Unavailable>) {
        let noted = match (&unconfirmed, answer) {
            (Unconfirmed::Unused(object) | Unconfirmed::Used(object), answer) => {
                let checkpoints = answer.map(|found| match found {
                    Found::Checkpoints(checkpoints) => checkpoints,
                    _ => Checkpoints::default(),
                });
                self.checkpoints.insert(object.clone(), checkpoints);
                return;
            }
            (Unconfirmed::Allowed(right), answer) => {
                let is_allowed = answer.map(|found| found == Found::Right { is_there: true });
                self.rights.insert(Arc::clone(right), is_allowed);
                return;
            }
            (_, Err(reason)) => Err(reason),
            (Unconfirmed::Missing(object), Ok(Found::Object(json))) => {
                return self.insert(unconfirmed.clone(), object.kind, &object.namespace, &json);
            }
            (Unconfirmed::NoDefault { kind, namespace }, Ok(Found::Default(json))) => {
                let kind = (*kind).into();
                return self.insert(unconfirmed.clone(), kind, namespace, json.as_bytes());
            }
            (_, Ok(Found::Nothing)) => Ok(()),
            // Meanwhile the watch has brought it to the catalog, which is asked again.
            (_, Ok(_)) => return,
        };
        self.answers.insert(unconfirmed, noted);
    }

    /// Keeps an object that does exist.
    fn insert(&mut self, unconfirmed: Unconfirmed, kind: Resource, namespace: &str, json: &[u8]) {
        // These are few and short-lived, so they are always kept whole.
        let found = self.found.get_or_insert_with(|| Box::new(Objects::new(Retention::Whole)));
        let inserted = str::from_utf8(json).map_err(|error| error.to_string()).and_then(|json| {
            found.insert_stored(kind, namespace, json).map_err(|error| error.to_string())
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

    /// Notes that the next answer is the last, though not all that is missing was asked for: names
    /// are suggested in it.
    pub fn suggest(&mut self) {
        self.suggests = true;
    }

    /// Whether they are.
    pub fn suggests(&self) -> bool {
        self.suggests
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

    /// Notes that the source should be asked, unless nothing more is.
    fn note(&self, unconfirmed: Unconfirmed) -> Result<(), Unavailable> {
        if let Some(reason) = &self.confirmed.gave_up {
            return Err(reason.clone());
        }
        let mut noted = self.noted();
        if !noted.contains(&unconfirmed) {
            noted.push(unconfirmed);
        }
        Ok(())
    }

    fn noted(&self) -> MutexGuard<'_, Vec<Unconfirmed>> {
        self.unconfirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether a user has a right.
    fn has(&self, right: Right) -> Result<Option<bool>, Unavailable> {
        let right = Arc::new(right);
        match self.confirmed.rights.get(&right) {
            Some(is_allowed) => is_allowed.clone().map(Some),
            // The review is judged again once the source has answered.
            None => self.note(Unconfirmed::Allowed(right)).map(|()| Some(true)),
        }
    }

    /// Asks about an object that may exist. One that cannot exist needs no confirmation.
    fn confirm_absence(&self, unconfirmed: Unconfirmed) -> Result<(), Unavailable> {
        match self.confirmed.answers.get(&unconfirmed) {
            Some(answer) => answer.clone(),
            None if unconfirmed.is_possible() => self.note(unconfirmed),
            None => Ok(()),
        }
    }
}

impl Catalog for ConfirmingCatalog<'_> {
    fn object(&self, name: ObjectName<'_>) -> Result<Option<Kept>, Unavailable> {
        if let Some(known) = self.catalog.object(name)? {
            return Ok(Some(known));
        }
        let found = self.confirmed.found.as_deref();
        let confirmed = found.map_or(Ok(None), |found| found.object(name))?;
        if confirmed.is_none() {
            self.confirm_absence(Unconfirmed::Missing(name.into()))?;
        }
        Ok(confirmed)
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        let mut defaults = self.catalog.default_classes()?;
        if defaults.is_empty() {
            let found = self.confirmed.found.as_deref();
            defaults = found.map_or(Ok(Vec::new()), Catalog::default_classes)?;
        }
        if defaults.is_empty() {
            let (kind, namespace) = (Kind::SnapshotClass, String::new());
            self.confirm_absence(Unconfirmed::NoDefault { kind, namespace })?;
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
            let (kind, namespace) = (Kind::SnapshotClaim, namespace.to_owned());
            self.confirm_absence(Unconfirmed::NoDefault { kind, namespace })?;
        }
        Ok(default)
    }

    fn nearest(&self, name: ObjectName<'_>) -> Option<String> {
        // Mostly it will be asked for, and the review be judged again.
        let is_final =
            self.confirmed.suggests || !self.noted().contains(&Unconfirmed::Missing(name.into()));
        if is_final { self.catalog.nearest(name) } else { None }
    }

    fn checkpoints_on(&self, target: ObjectName<'_>) -> Result<Checkpoints, Unavailable> {
        let known = self.catalog.checkpoints_on(target)?;
        let object = ObjectRef::from(target);
        match self.confirmed.checkpoints.get(&object) {
            Some(Ok(checkpoints)) => Ok(checkpoints.clone()),
            // What was used a moment ago most likely still is: that is no reason to let it go.
            Some(Err(_)) if !known.is_empty() => Ok(known),
            Some(Err(reason)) => Err(reason.clone()),
            None if !target.is_possible() => Ok(known),
            None if known.is_empty() => self.note(Unconfirmed::Unused(object)).map(|()| known),
            // With nothing more to ask, what is known decides.
            None => {
                let _ = self.note(Unconfirmed::Used(object));
                Ok(known)
            }
        }
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        self.catalog.selecting_class(name)
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        self.catalog.naming_template(namespace, name)
    }

    fn may_use(
        &self,
        user: &UserInfo<'_>,
        target: ObjectName<'_>,
    ) -> Result<Option<bool>, Unavailable> {
        self.has(Right::to_use(user, target)?)
    }

    fn may_list(&self, user: &UserInfo<'_>, kind: Kind) -> Result<Option<bool>, Unavailable> {
        self.has(Right::to_list(user, kind)?)
    }
}
