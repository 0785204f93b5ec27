//! A catalog in memory: what a set of objects says.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

use super::named::{NameDigests, Namespaced};
use super::usage::{Destination, Digest, Usage};
use super::{
    Catalog, Claim, Class, Lookup, Namespace, Provider, RawObject, Resource, Retention, Target,
    Template, Unavailable, Users,
};
use crate::api::{
    self, DecodeError, Kind, ObjectMeta, Sandbox, SnapshotClaim, SnapshotClaimTemplate,
    SnapshotClass, SnapshotProvider, decode,
};
use crate::similar;

/// The objects by kind and name; never in doubt about what it does not hold.
#[derive(Debug, Default)]
pub struct Objects {
    keeps: Retention,
    classes: BTreeMap<String, Arc<Class>>,
    claims: Namespaced<Claim>,
    templates: Namespaced<Template>,
    providers: BTreeMap<String, Arc<Provider>>,
    namespaces: BTreeMap<String, Arc<Namespace>>,
    /// All of them, to be counted; what matters of those that use anything is in `usage`.
    sandboxes: NameDigests,
    usage: Usage,
}

impl Objects {
    /// Holds nothing yet.
    pub fn new(keeps: Retention) -> Self {
        Self { keeps, ..Self::default() }
    }

    /// Adds an object given as JSON, in place of one of the same name. `namespace` is the one that
    /// it is applied to where it names none itself.
    pub fn insert(
        &mut self,
        kind: impl Into<Resource>,
        namespace: &str,
        json: &str,
    ) -> Result<(), DecodeError> {
        let kind = match kind.into() {
            Resource::Ours(kind) => kind,
            Resource::Namespace => return self.insert_namespace(json),
        };
        let whole = if kind == Kind::Sandbox { None } else { self.whole(json) };
        let place = |meta: &ObjectMeta<'_>| {
            let namespace = meta.namespace.as_deref().unwrap_or(namespace).to_owned();
            (namespace, meta.display_name().to_owned())
        };
        match kind {
            Kind::Sandbox => {
                let sandbox: Sandbox<'_> = decode(json)?;
                let (namespace, name) = place(&sandbox.metadata);
                self.usage.insert(&namespace, &sandbox);
                self.sandboxes.insert(&namespace, &name);
            }
            Kind::SnapshotClass => {
                let class = Class { whole, ..Class::from(&decode::<SnapshotClass<'_>>(json)?) };
                self.classes.insert(class.name.clone(), Arc::new(class));
            }
            Kind::SnapshotClaim => {
                let claim: SnapshotClaim<'_> = decode(json)?;
                let (namespace, name) = place(&claim.metadata);
                self.claims.insert(&namespace, &name, Claim { whole, ..Claim::from(&claim) });
            }
            Kind::SnapshotClaimTemplate => {
                let template: SnapshotClaimTemplate<'_> = decode(json)?;
                let (namespace, name) = place(&template.metadata);
                let class = template.class_name().map(str::to_owned);
                self.templates.insert(&namespace, &name, Template { class, whole });
            }
            Kind::SnapshotProvider => {
                let provider: SnapshotProvider<'_> = decode(json)?;
                let (_, name) = place(&provider.metadata);
                self.providers.insert(name, Arc::new(Provider { whole }));
            }
        }
        Ok(())
    }

    fn insert_namespace(&mut self, json: &str) -> Result<(), DecodeError> {
        let namespace: api::Namespace<'_> = decode(json)?;
        let name = namespace.metadata.name.as_deref().unwrap_or_default().to_owned();
        if self.keeps == Retention::Whole {
            let labels = namespace.metadata.labels;
            let whole = self.whole(json);
            self.namespaces.insert(name, Arc::new(Namespace { labels, whole }));
        }
        Ok(())
    }

    /// The object without its managed fields: they say who wrote what, and are often the most of it.
    fn whole(&self, json: &str) -> RawObject {
        if self.keeps == Retention::Essentials {
            return None;
        }
        let mut object: Value = serde_json::from_str(json).ok()?;
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.remove("managedFields");
        }
        Some(object.to_string().into())
    }

    /// Forgets an object; of a cluster-scoped kind the namespace does not matter.
    pub fn remove(&mut self, kind: impl Into<Resource>, namespace: &str, name: &str) {
        let kind = match kind.into() {
            Resource::Ours(kind) => kind,
            Resource::Namespace => {
                self.namespaces.remove(name);
                return;
            }
        };
        match kind {
            Kind::Sandbox => {
                self.usage.remove(namespace, name);
                self.sandboxes.remove(namespace, name);
            }
            Kind::SnapshotClass => _ = self.classes.remove(name),
            Kind::SnapshotClaim => self.claims.remove(namespace, name),
            Kind::SnapshotClaimTemplate => self.templates.remove(namespace, name),
            Kind::SnapshotProvider => _ = self.providers.remove(name),
        }
    }

    /// Forgets the objects of a kind that a complete listing did not name.
    pub fn keep(&mut self, kind: impl Into<Resource>, listed: NameDigests) {
        let kind = match kind.into() {
            Resource::Ours(kind) => kind,
            Resource::Namespace => {
                self.namespaces.retain(|name, _| listed.contains("", name));
                return;
            }
        };
        match kind {
            Kind::Sandbox => {
                self.usage.retain(|namespace, name| listed.contains(namespace, name));
                self.sandboxes = listed;
            }
            Kind::SnapshotClass => self.classes.retain(|name, _| listed.contains("", name)),
            Kind::SnapshotClaim => self.claims.keep(&listed),
            Kind::SnapshotClaimTemplate => self.templates.keep(&listed),
            Kind::SnapshotProvider => self.providers.retain(|name, _| listed.contains("", name)),
        }
    }

    /// How many objects of a kind it holds.
    pub fn count(&self, kind: impl Into<Resource>) -> usize {
        match kind.into() {
            Resource::Ours(Kind::Sandbox) => self.sandboxes.len(),
            Resource::Ours(Kind::SnapshotClass) => self.classes.len(),
            Resource::Ours(Kind::SnapshotClaim) => self.claims.len(),
            Resource::Ours(Kind::SnapshotClaimTemplate) => self.templates.len(),
            Resource::Ours(Kind::SnapshotProvider) => self.providers.len(),
            Resource::Namespace => self.namespaces.len(),
        }
    }

    /// The claim that a Sandbox is being hibernated through, if there is one already.
    fn claim_for(&self, namespace: &str, to: Destination) -> Option<&Arc<Claim>> {
        let claims = self.claims.0.get(namespace)?;
        match to {
            Destination::Claim(wanted) => {
                claims.values().find(|claim| self.usage.digest(&claim.name) == wanted)
            }
            Destination::Default => newest(claims.values().filter(|claim| claim.is_default)),
            Destination::Template(_) | Destination::Provider(_) | Destination::Nowhere => None,
        }
    }

    /// The class that a Sandbox is being hibernated with; `None` also where its references lead
    /// nowhere.
    fn class_for(&self, namespace: &str, sandbox: &str, to: Destination) -> Option<&str> {
        let named = match to {
            Destination::Provider(_) | Destination::Nowhere => return None,
            Destination::Claim(_) => self.claim_for(namespace, to)?.effective_class(),
            // The claim that was made from it counts; the template may have moved on since.
            Destination::Template(wanted) => {
                if let Some(claim) = self.generated_claim(namespace, sandbox, to) {
                    claim.effective_class()
                } else {
                    let mut templates = self.templates.0.get(namespace)?.iter();
                    let template = templates.find(|(name, _)| self.usage.digest(name) == wanted);
                    template?.1.class.as_deref()
                }
            }
            Destination::Default => {
                self.claim_for(namespace, to).and_then(|claim| claim.effective_class())
            }
        };
        let default = || self.defaults().next().map(|class| class.name.as_str());
        named.or_else(default)
    }

    /// The claim that the controller made for a Sandbox from a template.
    fn generated_claim(
        &self,
        namespace: &str,
        sandbox: &str,
        to: Destination,
    ) -> Option<&Arc<Claim>> {
        let claims = self.claims.0.get(namespace)?;
        let from = claims.range::<str, _>((Bound::Included(sandbox), Bound::Unbounded));
        from.map(|(_, claim)| claim)
            .take_while(|claim| claim.name.starts_with(sandbox))
            .find(|claim| self.is_claim_for(&claim.name, namespace, sandbox, to))
    }

    fn defaults(&self) -> impl Iterator<Item = &Arc<Class>> {
        let mut defaults: Vec<_> = self.classes.values().filter(|it| it.is_default).collect();
        defaults.sort_by(|a, b| a.preference().cmp(&b.preference()));
        defaults.into_iter()
    }

    /// Whether a claim is, or will be, the one that a Sandbox is being hibernated through.
    fn is_claim_for(&self, claim: &str, namespace: &str, sandbox: &str, to: Destination) -> bool {
        match to {
            Destination::Claim(wanted) => self.usage.digest(claim) == wanted,
            Destination::Template(wanted) => template_of(claim, sandbox)
                .is_some_and(|template| self.usage.digest(template) == wanted),
            Destination::Default => {
                self.claim_for(namespace, to).is_some_and(|default| default.name == claim)
            }
            Destination::Provider(_) | Destination::Nowhere => false,
        }
    }
}

/// The template of a claim that the controller made for a Sandbox: it calls such a claim
/// `<sandbox>-<template>-<hash>`.
fn template_of<'c>(claim: &'c str, sandbox: &str) -> Option<&'c str> {
    let rest = claim.strip_prefix(sandbox)?.strip_prefix('-')?;
    let (template, hash) = rest.rsplit_once('-')?;
    (!hash.is_empty()).then_some(template)
}

/// Of several defaults the one that counts.
fn newest<'c>(claims: impl Iterator<Item = &'c Arc<Claim>>) -> Option<&'c Arc<Claim>> {
    claims.min_by(|a, b| a.preference().cmp(&b.preference()))
}

impl Catalog for Objects {
    fn class(&self, name: &str) -> Lookup<Class> {
        Ok(self.classes.get(name).cloned())
    }

    fn claim(&self, namespace: &str, name: &str) -> Lookup<Claim> {
        Ok(self.claims.get(namespace, name).cloned())
    }

    fn template(&self, namespace: &str, name: &str) -> Lookup<Template> {
        Ok(self.templates.get(namespace, name).cloned())
    }

    fn provider(&self, name: &str) -> Lookup<Provider> {
        Ok(self.providers.get(name).cloned())
    }

    fn namespace(&self, name: &str) -> Lookup<Namespace> {
        Ok(self.namespaces.get(name).cloned())
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        Ok(self.defaults().cloned().collect())
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        Ok(self.claim_for(namespace, Destination::Default).cloned())
    }

    fn nearest(&self, kind: Kind, namespace: &str, name: &str) -> Option<String> {
        match kind {
            Kind::Sandbox => None,
            Kind::SnapshotClass => similar::nearest(name, self.classes.keys().map(String::as_str)),
            Kind::SnapshotClaim => similar::nearest(name, self.claims.names(namespace)),
            Kind::SnapshotClaimTemplate => similar::nearest(name, self.templates.names(namespace)),
            Kind::SnapshotProvider => {
                similar::nearest(name, self.providers.keys().map(String::as_str))
            }
        }
        .map(str::to_owned)
    }

    fn checkpoints_on(&self, target: Target<'_>) -> Result<Users, Unavailable> {
        let digest: Digest = self.usage.digest(match target {
            Target::Class(name) | Target::Claim(_, name) | Target::Provider(name) => name,
        });
        let namespace = match target {
            Target::Claim(namespace, _) => Some(namespace),
            Target::Class(_) | Target::Provider(_) => None,
        };
        let users = self.usage.sandboxes(namespace).filter(|(namespace, sandbox, uses)| {
            let to = uses.hibernating_onto();
            match target {
                Target::Class(name) => {
                    let class = |to| self.class_for(namespace, sandbox, to) == Some(name);
                    uses.holds_class(digest) || to.is_some_and(class)
                }
                Target::Claim(_, name) => {
                    let claim = |to| self.is_claim_for(name, namespace, sandbox, to);
                    uses.holds_claim(digest) || to.is_some_and(claim)
                }
                Target::Provider(_) => {
                    uses.holds_provider(digest) || to == Some(Destination::Provider(digest))
                }
            }
        });
        Ok(users.map(|(namespace, sandbox, _)| (namespace, sandbox)).collect())
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        let claims = self.claims.iter().filter(|it| it.2.effective_class() == Some(name));
        let templates = self.templates.iter().filter(|it| it.2.class.as_deref() == Some(name));
        let claims = claims.map(|(namespace, claim, _)| (namespace, claim));
        Ok(claims.chain(templates.map(|(namespace, it, _)| (namespace, it))).collect())
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        let template = self.usage.digest(name);
        let users = self.usage.sandboxes(Some(namespace));
        let users = users.filter(|(_, _, uses)| uses.names_template(template));
        Ok(users.map(|(namespace, sandbox, _)| (namespace, sandbox)).collect())
    }
}

impl From<&SnapshotClass<'_>> for Class {
    fn from(class: &SnapshotClass<'_>) -> Self {
        Self {
            name: class.metadata.display_name().to_owned(),
            is_default: class.is_default(),
            created: class.metadata.creation_timestamp.as_deref().map(str::to_owned),
            parameter_keys: class.parameters.keys().map(str::to_owned).collect(),
            whole: None,
        }
    }
}

impl From<&SnapshotClaim<'_>> for Claim {
    fn from(claim: &SnapshotClaim<'_>) -> Self {
        let failure = claim.status.failed_to_bind();
        Self {
            name: claim.metadata.display_name().to_owned(),
            is_default: claim.is_default(),
            created: claim.metadata.creation_timestamp.as_deref().map(str::to_owned),
            class: claim.class_name().map(str::to_owned),
            resolved_class: claim.status.snapshot_class_name.as_deref().map(str::to_owned),
            bind_failure: failure.map(|it| it.message.as_deref().unwrap_or_default().to_owned()),
            whole: None,
        }
    }
}
