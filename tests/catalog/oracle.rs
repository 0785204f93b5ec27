//! Answers to questions about use by a plain reading of all objects, each kept as JSON.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sandbox_admission::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION, Kind};
use sandbox_admission::catalog::{ObjectName, Resource};
use serde_json::Value;

use super::questions::{CLAIMS, NAMESPACES};

const CLASS: Resource = Resource::Ours(Kind::SnapshotClass);
const CLAIM: Resource = Resource::Ours(Kind::SnapshotClaim);

/// All objects as they are, by kind, namespace and name.
#[derive(Default, Clone)]
pub struct Oracle(pub BTreeMap<(Kind, String, String), Value>);

impl Oracle {
    /// Names as `namespace/name`, of a kind in a namespace.
    fn of<'o>(&'o self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&'o str, &'o Value)> {
        let all = self.0.iter().filter(move |((of, at, _), _)| *of == kind && at == namespace);
        all.map(|((_, _, name), object)| (&**name, object))
    }

    /// The one that counts of those that are annotated as the default.
    fn chosen<'o>(
        &'o self,
        kind: Kind,
        namespace: &str,
        annotation: &str,
    ) -> Option<(&'o str, &'o Value)> {
        let defaults = self
            .of(kind, namespace)
            .filter(|(_, object)| object["metadata"]["annotations"][annotation] == "true");
        defaults.min_by_key(|(name, object)| {
            let created = object["metadata"]["creationTimestamp"].as_str();
            (created.is_some(), Reverse(created), *name)
        })
    }

    pub fn default_class(&self) -> Option<&str> {
        let chosen = self.chosen(Kind::SnapshotClass, "", DEFAULT_CLASS_ANNOTATION);
        chosen.map(|(name, _)| name)
    }

    pub fn default_claim<'o>(&'o self, namespace: &str) -> Option<(&'o str, &'o Value)> {
        self.chosen(Kind::SnapshotClaim, namespace, DEFAULT_CLAIM_ANNOTATION)
    }

    fn class_of_claim(claim: &Value) -> Option<&str> {
        let own = claim["spec"]["snapshotClassName"].as_str();
        own.or(claim["status"]["snapshotClassName"].as_str())
    }

    /// The claims and the class that a Sandbox that is being hibernated leads to.
    fn leads_to<'o>(
        &'o self,
        namespace: &str,
        name: &str,
        sandbox: &'o Value,
    ) -> (Vec<&'o str>, Option<&'o str>) {
        let hibernate = &sandbox["spec"]["suspensionStrategy"]["hibernate"];
        let claims = || self.of(Kind::SnapshotClaim, namespace);
        let or_default = |class: Option<&'o str>| class.or(self.default_class());
        if let Some(wanted) = hibernate["snapshotClaimName"].as_str() {
            let claim = claims().find(|(name, _)| *name == wanted);
            return (
                vec![wanted],
                claim.and_then(|(_, claim)| or_default(Self::class_of_claim(claim))),
            );
        }
        if let Some(wanted) = hibernate["snapshotClaimTemplateName"].as_str() {
            let start = format!("{name}-{wanted}-");
            let is_generated = |claim: &str| {
                let hash = claim.strip_prefix(&start);
                hash.is_some_and(|hash| !hash.is_empty() && !hash.contains('-'))
            };
            let names = CLAIMS.into_iter().filter(|claim| is_generated(claim)).collect();
            let mut templates = self.of(Kind::SnapshotClaimTemplate, namespace);
            let template = templates.find(|(name, _)| *name == wanted);
            let class = match claims().find(|(name, _)| is_generated(name)) {
                Some((_, claim)) => or_default(Self::class_of_claim(claim)),
                None => template.and_then(|(_, template)| {
                    or_default(template["spec"]["spec"]["snapshotClassName"].as_str())
                }),
            };
            return (names, class);
        }
        if hibernate["snapshotProviderRef"].is_object() {
            return (Vec::new(), None);
        }
        let claim = self.default_claim(namespace);
        let class = claim.and_then(|(_, claim)| Self::class_of_claim(claim));
        (claim.map(|(name, _)| name).into_iter().collect(), or_default(class))
    }

    fn uses(&self, namespace: &str, name: &str, sandbox: &Value, target: ObjectName<'_>) -> bool {
        let strategy = &sandbox["spec"]["suspensionStrategy"];
        let (record, hibernate) = (&sandbox["status"]["snapshot"], &strategy["hibernate"]);
        if !sandbox["metadata"]["deletionTimestamp"].is_null() {
            return false;
        }
        let is_being_hibernated = record.is_null()
            && sandbox["spec"]["operatingMode"] == "Suspended"
            && strategy["type"] == "Hibernate"
            && hibernate.is_object();
        let (claims, class) = if is_being_hibernated {
            self.leads_to(namespace, name, sandbox)
        } else {
            (Vec::new(), None)
        };
        let ObjectName { kind, namespace: at, name } = target;
        match kind {
            CLASS => record["snapshotClassName"] == name || class == Some(name),
            CLAIM => {
                at == namespace && (record["snapshotClaimName"] == name || claims.contains(&name))
            }
            _ => {
                let is_first = hibernate["snapshotClaimName"].is_null()
                    && hibernate["snapshotClaimTemplateName"].is_null();
                let is_named = is_first && hibernate["snapshotProviderRef"]["name"] == name;
                is_named && (is_being_hibernated || record.is_object())
            }
        }
    }

    pub fn checkpoints_on(&self, target: ObjectName<'_>) -> Answer {
        answer(NAMESPACES.into_iter().flat_map(|namespace| {
            let sandboxes = self.of(Kind::Sandbox, namespace);
            let users = sandboxes.filter(move |(name, it)| self.uses(namespace, name, it, target));
            users.map(move |(name, _)| format!("{namespace}/{name}"))
        }))
    }

    pub fn selecting_class(&self, class: &str) -> Answer {
        answer(NAMESPACES.into_iter().flat_map(|namespace| {
            let claims = self.of(Kind::SnapshotClaim, namespace);
            let claims = claims.filter(|(_, it)| Self::class_of_claim(it) == Some(class));
            let templates = self.of(Kind::SnapshotClaimTemplate, namespace);
            let templates =
                templates.filter(|(_, it)| it["spec"]["spec"]["snapshotClassName"] == class);
            claims.chain(templates).map(move |(name, _)| format!("{namespace}/{name}"))
        }))
    }

    pub fn naming_template(&self, namespace: &str, template: &str) -> Answer {
        let users = self.of(Kind::Sandbox, namespace).filter(|(_, sandbox)| {
            let hibernate = &sandbox["spec"]["suspensionStrategy"]["hibernate"];
            sandbox["metadata"]["deletionTimestamp"].is_null()
                && hibernate["snapshotClaimName"].is_null()
                && hibernate["snapshotClaimTemplateName"] == template
        });
        answer(users.map(|(name, _)| format!("{namespace}/{name}")))
    }
}

/// The first three, and how many there are.
pub type Answer = (Vec<String>, usize);

fn answer(users: impl Iterator<Item = String>) -> Answer {
    let mut users: Vec<_> = users.collect();
    users.sort();
    let total = users.len();
    users.truncate(3);
    (users, total)
}
