//! A catalog in memory: what a set of objects says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::usage::{Destination, Key, Usage};
use super::{CannotTell, Catalog, Claim, Class, Lookup, Provider, Target, Template, Users};
use crate::api::{
    Kind, Sandbox, SnapshotClaim, SnapshotClaimTemplate, SnapshotClass, SnapshotProvider,
};
use crate::similar;

/// The objects by kind and name; never in doubt about what it does not hold.
#[derive(Debug, Default)]
pub struct Objects {
    classes: BTreeMap<String, Arc<Class>>,
    claims: HashMap<String, BTreeMap<String, Arc<Claim>>>,
    templates: HashMap<String, BTreeMap<String, Arc<Template>>>,
    providers: BTreeMap<String, Arc<Provider>>,
    sandboxes: BTreeSet<Key>,
    usage: Usage,
}

impl Objects {
    /// Adds an object given as JSON. `namespace` is the one that it is applied to where it names
    /// none itself.
    pub fn insert(
        &mut self,
        kind: Kind,
        namespace: &str,
        json: &str,
    ) -> Result<(), serde_json::Error> {
        match kind {
            Kind::Sandbox => {
                let sandbox: Sandbox<'_> = serde_json::from_str(json)?;
                let namespace = sandbox.metadata.namespace.as_deref().unwrap_or(namespace);
                let name = sandbox.metadata.display_name();
                if self.sandboxes.insert((namespace.into(), name.into())) {
                    self.usage.insert(namespace, &sandbox);
                }
            }
            Kind::SnapshotClass => {
                let class = Class::from(&serde_json::from_str::<SnapshotClass<'_>>(json)?);
                self.classes.insert(class.name.clone(), Arc::new(class));
            }
            Kind::SnapshotClaim => {
                let claim = serde_json::from_str::<SnapshotClaim<'_>>(json)?;
                let claim = Claim::new(namespace, &claim);
                let beside = self.claims.entry(claim.namespace.clone()).or_default();
                beside.insert(claim.name.clone(), Arc::new(claim));
            }
            Kind::SnapshotClaimTemplate => {
                let template: SnapshotClaimTemplate<'_> = serde_json::from_str(json)?;
                let meta = &template.metadata;
                let namespace = meta.namespace.as_deref().unwrap_or(namespace).to_owned();
                let name = meta.display_name().to_owned();
                let class = template.class_name().map(str::to_owned);
                let beside = self.templates.entry(namespace).or_default();
                beside.insert(name, Arc::new(Template { class }));
            }
            Kind::SnapshotProvider => {
                let provider: SnapshotProvider<'_> = serde_json::from_str(json)?;
                let name = provider.metadata.display_name().to_owned();
                self.providers.insert(name, Arc::new(Provider));
            }
        }
        Ok(())
    }

    /// How many objects of a kind it holds.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Sandbox => self.sandboxes.len(),
            Kind::SnapshotClass => self.classes.len(),
            Kind::SnapshotClaim => self.claims.values().map(BTreeMap::len).sum(),
            Kind::SnapshotClaimTemplate => self.templates.values().map(BTreeMap::len).sum(),
            Kind::SnapshotProvider => self.providers.len(),
        }
    }

    fn newest_default_class(&self) -> Option<&Arc<Class>> {
        let defaults = self.classes.values().filter(|class| class.is_default);
        defaults.reduce(|best, class| if class.is_preferred_to(best) { class } else { best })
    }

    fn newest_default_claim(&self, namespace: &str) -> Option<&Arc<Claim>> {
        let defaults = self.claims.get(namespace)?.values().filter(|claim| claim.is_default);
        defaults.reduce(|best, claim| if claim.is_preferred_to(best) { claim } else { best })
    }

    fn is_hibernating_onto(&self, user: &Key, to: &Destination, target: Target<'_>) -> bool {
        let (namespace, sandbox) = (&*user.0, &*user.1);
        match target {
            Target::Provider(name) => *to == Destination::Provider(name.into()),
            Target::Claim(of, name) if of == namespace => match to {
                Destination::Claim(named) => **named == *name,
                Destination::Template(template) => is_generated(name, sandbox, template),
                Destination::Default => {
                    self.newest_default_claim(namespace).is_some_and(|claim| claim.name == name)
                }
                Destination::Provider(_) => false,
            },
            Target::Claim(..) => false,
            Target::Class(name) => self.class_behind(user, to).is_some_and(|class| class == name),
        }
    }

    /// The class that a Sandbox is being hibernated onto; `None` also where its references lead
    /// nowhere.
    fn class_behind(&self, user: &Key, to: &Destination) -> Option<&str> {
        let (namespace, sandbox) = (&*user.0, &*user.1);
        let claims = self.claims.get(namespace);
        let class = match to {
            Destination::Claim(name) => claims?.get(&**name)?.effective_class(),
            // The claim that was made from it counts; the template may have moved on since.
            Destination::Template(template) => {
                let prefix = format!("{sandbox}-{template}-");
                let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
                let generated = claims
                    .into_iter()
                    .flat_map(|claims| claims.range::<str, _>(from))
                    .take_while(|(name, _)| name.starts_with(&prefix))
                    .find(|(name, _)| is_generated(name, sandbox, template));
                match generated {
                    Some((_, claim)) => claim.effective_class(),
                    None => self.templates.get(namespace)?.get(&**template)?.class.as_deref(),
                }
            }
            Destination::Default => {
                self.newest_default_claim(namespace).and_then(|claim| claim.effective_class())
            }
            Destination::Provider(_) => return None,
        };
        class.or_else(|| self.newest_default_class().map(|class| class.name.as_str()))
    }
}

/// Whether a claim's name is what the controller makes of a Sandbox and a template:
/// `<sandbox>-<template>-<hash>`.
fn is_generated(claim: &str, sandbox: &str, template: &str) -> bool {
    claim
        .strip_prefix(sandbox)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_prefix(template))
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|hash| !hash.is_empty() && !hash.contains(['-', '.']))
}

impl Catalog for Objects {
    fn class(&self, name: &str) -> Lookup<Class> {
        Ok(self.classes.get(name).cloned())
    }

    fn claim(&self, namespace: &str, name: &str) -> Lookup<Claim> {
        Ok(self.claims.get(namespace).and_then(|claims| claims.get(name)).cloned())
    }

    fn template(&self, namespace: &str, name: &str) -> Lookup<Template> {
        Ok(self.templates.get(namespace).and_then(|templates| templates.get(name)).cloned())
    }

    fn provider(&self, name: &str) -> Lookup<Provider> {
        Ok(self.providers.get(name).cloned())
    }

    fn default_class(&self) -> Lookup<Class> {
        Ok(self.newest_default_class().cloned())
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        Ok(self.newest_default_claim(namespace).cloned())
    }

    fn nearest(&self, kind: Kind, namespace: &str, name: &str) -> Option<String> {
        let claims = || self.claims.get(namespace).into_iter().flat_map(BTreeMap::keys);
        let templates = || self.templates.get(namespace).into_iter().flat_map(BTreeMap::keys);
        match kind {
            Kind::Sandbox => None,
            Kind::SnapshotClass => similar::nearest(name, self.classes.keys().map(String::as_str)),
            Kind::SnapshotClaim => similar::nearest(name, claims().map(String::as_str)),
            Kind::SnapshotClaimTemplate => similar::nearest(name, templates().map(String::as_str)),
            Kind::SnapshotProvider => {
                similar::nearest(name, self.providers.keys().map(String::as_str))
            }
        }
        .map(str::to_owned)
    }

    fn checkpoints_on(&self, target: Target<'_>) -> Result<Users, CannotTell> {
        let mut users: BTreeSet<&Key> = match target {
            Target::Class(name) => self.usage.holding_class(name).collect(),
            Target::Claim(namespace, name) => self.usage.holding_claim(namespace, name).collect(),
            Target::Provider(name) => self.usage.holding_provider(name).collect(),
        };
        users.extend(
            self.usage
                .hibernating()
                .filter(|(user, to)| self.is_hibernating_onto(user, to, target))
                .map(|(user, _)| user),
        );
        Ok(users.into_iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect())
    }

    fn selecting_class(&self, name: &str) -> Result<Users, CannotTell> {
        let claims = self.claims.iter().flat_map(|(namespace, claims)| {
            claims
                .values()
                .filter(|claim| claim.effective_class() == Some(name))
                .map(move |claim| format!("{namespace}/{}", claim.name))
        });
        let templates = self.templates.iter().flat_map(|(namespace, templates)| {
            templates
                .iter()
                .filter(|(_, template)| template.class.as_deref() == Some(name))
                .map(move |(name, _)| format!("{namespace}/{name}"))
        });
        // A claim and a template may share a name, and are two.
        let mut users: Vec<String> = claims.chain(templates).collect();
        users.sort();
        Ok(users.into_iter().collect())
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, CannotTell> {
        let users = self.usage.naming_template(namespace, name);
        Ok(users.map(|(namespace, name)| format!("{namespace}/{name}")).collect())
    }
}

impl From<&SnapshotClass<'_>> for Class {
    fn from(class: &SnapshotClass<'_>) -> Self {
        Self {
            name: class.metadata.display_name().to_owned(),
            is_default: class.is_default(),
            created: class.metadata.creation_timestamp.as_deref().map(str::to_owned),
            parameter_keys: class.parameters.keys().map(str::to_owned).collect(),
        }
    }
}

impl Claim {
    fn new(namespace: &str, claim: &SnapshotClaim<'_>) -> Self {
        let failure = claim.status.failed_to_bind();
        Self {
            namespace: claim.metadata.namespace.as_deref().unwrap_or(namespace).to_owned(),
            name: claim.metadata.display_name().to_owned(),
            is_default: claim.is_default(),
            created: claim.metadata.creation_timestamp.as_deref().map(str::to_owned),
            class: claim.class_name().map(str::to_owned),
            resolved_class: claim.status.snapshot_class_name.as_deref().map(str::to_owned),
            bind_failure: failure.map(|it| it.message.as_deref().unwrap_or_default().to_owned()),
        }
    }
}
