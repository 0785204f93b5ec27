//! What the references of a Sandbox lead to.

use serde_json::Value;

use super::sandboxes::Write;
use super::{Act, Expected, defaults, is_subdomain};
use crate::world::{
    DEFAULT_CLAIM, DEFAULT_CLASS, Key, Kind, World, field, is_set, is_terminating, text,
};

/// A finding of a reference.
type Found = (&'static str, Act);

pub fn judge(expected: &mut Expected, world: &World, write: &Write) {
    let strategy = field(write.new, "/spec/suspensionStrategy");
    // Other types ignore the block.
    if text(strategy, "/type") != "Hibernate" || !is_set(strategy, "/hibernate") {
        return;
    }
    let references = References {
        world,
        namespace: &write.key.namespace,
        sandbox: &write.key.name,
        suspending: if write.is_suspended() { Act::Deny } else { Act::Warn },
    };
    let hibernate = field(strategy, "/hibernate");
    let (found, number) = references.all(hibernate);
    let mode = text(write.new, "/spec/operatingMode");
    let certain = number <= 1 && ["Running", "Suspended"].contains(&mode);
    for (id, act) in found {
        // With several sources, each may be looked at or none; the mode decides what is said.
        expected.find(id, act.perhaps_unless(certain));
    }
}

struct References<'a> {
    world: &'a World,
    namespace: &'a str,
    sandbox: &'a str,
    /// What the rules do that deny when suspending.
    suspending: Act,
}

impl References<'_> {
    /// What all references find, and how many there are.
    fn all(&self, hibernate: &Value) -> (Vec<Found>, usize) {
        let claim = text(hibernate, "/snapshotClaimName");
        let template = text(hibernate, "/snapshotClaimTemplateName");
        let provider = text(hibernate, "/snapshotProviderRef/name");
        let mut found = Vec::new();
        if !claim.is_empty() {
            found.extend(self.claim(claim));
        }
        if !template.is_empty() {
            found.extend(self.template(template));
        }
        if !provider.is_empty() {
            found.extend(self.provider(provider));
        }
        let number = [claim, template, provider].iter().filter(|name| !name.is_empty()).count();
        if number == 0 && !is_set(hibernate, "/snapshotProviderRef") {
            found.extend(self.default());
        }
        (found, number)
    }

    fn claim(&self, name: &str) -> Vec<Found> {
        let key = Key::new(Kind::Claim, self.namespace, name);
        match self.world.get(&key) {
            Some(claim) => self.existing_claim(claim),
            None => vec![missing("snapshot-claim-exists", name, self.suspending)],
        }
    }

    fn existing_claim(&self, claim: &Value) -> Vec<Found> {
        let mut found = terminating(claim);
        let conditions = field(claim, "/status/conditions").as_array();
        let is_bound = |it: &Value| it["type"] == "Bound" && it["status"] == "False";
        if conditions.into_iter().flatten().any(is_bound) {
            found.push(("snapshot-claim-bound", Act::Warn));
        }
        let class = text(claim, "/spec/snapshotClassName");
        let resolved = text(claim, "/status/snapshotClassName");
        if class.is_empty() && !resolved.is_empty() {
            // The contract does not say whether the class that was resolved counts.
            found.extend(self.class(resolved).into_iter().map(|(id, it)| (id, it.perhaps())));
            found.extend(self.class("").into_iter().map(|(id, it)| (id, it.perhaps())));
        } else {
            found.extend(self.class(class));
        }
        found
    }

    fn template(&self, name: &str) -> Vec<Found> {
        let mut found = Vec::new();
        // The length of a hash is not said: names of this world are far from the limit or beyond it.
        if self.sandbox.len() + name.len() + 2 > 240 {
            found.push(("generated-claim-name-fits", Act::Deny));
        }
        let key = Key::new(Kind::Template, self.namespace, name);
        match self.world.get(&key) {
            Some(template) => {
                found.extend(terminating(template));
                found.extend(self.class(text(template, "/spec/spec/snapshotClassName")));
            }
            None => {
                found.push(missing("snapshot-claim-template-exists", name, self.suspending));
            }
        }
        found
    }

    fn provider(&self, name: &str) -> Vec<Found> {
        match self.world.get(&Key::new(Kind::Provider, "", name)) {
            Some(provider) => terminating(provider),
            None => vec![missing("snapshot-provider-exists", name, Act::Deny)],
        }
    }

    /// The class that a claim or template selects.
    fn class(&self, name: &str) -> Vec<Found> {
        if name.is_empty() {
            return self.default_class();
        }
        match self.world.get(&Key::new(Kind::Class, "", name)) {
            Some(class) => terminating(class),
            None => vec![missing("snapshot-class-exists", name, Act::Deny)],
        }
    }

    fn default_class(&self) -> Vec<Found> {
        let (classes, certain) = defaults(self.world.all(Kind::Class), DEFAULT_CLASS);
        let classes: Vec<_> = classes.iter().filter_map(|class| self.world.get(class)).collect();
        if classes.is_empty() {
            return vec![("snapshot-target-resolvable", self.suspending)];
        }
        self.alternatives(classes.iter().map(|class| terminating(class)).collect(), certain)
    }

    /// The namespace's default claim, else the cluster's default class.
    fn default(&self) -> Vec<Found> {
        let claims = self.world.within(Kind::Claim, self.namespace);
        let (claims, certain) = defaults(claims, DEFAULT_CLAIM);
        let claims: Vec<_> = claims.iter().filter_map(|claim| self.world.get(claim)).collect();
        if claims.is_empty() {
            return self.default_class();
        }
        self.alternatives(claims.iter().map(|claim| self.existing_claim(claim)).collect(), certain)
    }

    /// Where it is not certain which of several counts, each finding is a perhaps, and so is that there is
    /// none if all of them are terminating.
    fn alternatives(&self, found: Vec<Vec<Found>>, certain: bool) -> Vec<Found> {
        if certain {
            return found.into_iter().flatten().collect();
        }
        let mut all: Vec<_> = found.into_iter().flatten().collect();
        all.extend(self.default_is_missing());
        all.into_iter().map(|(id, act)| (id, act.perhaps())).collect()
    }

    fn default_is_missing(&self) -> Vec<Found> {
        vec![("snapshot-target-resolvable", self.suspending)]
    }
}

/// A name that no object can have is `reference-name-valid`'s business; that it is missing may be said.
fn missing(id: &'static str, name: &str, act: Act) -> Found {
    (id, act.perhaps_unless(is_subdomain(name)))
}

fn terminating(object: &Value) -> Vec<Found> {
    if is_terminating(object) { vec![("target-terminating", Act::Warn)] } else { Vec::new() }
}
