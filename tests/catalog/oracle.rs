//! Answers to questions about use by a plain reading of all objects, each kept as JSON.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sandbox_admission::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION, Kind};
use sandbox_admission::catalog::{ObjectName, Resource};
use serde_json::Value;

use super::questions::NAMESPACES;

const CLASS: Resource = Resource::Ours(Kind::SnapshotClass);
const CLAIM: Resource = Resource::Ours(Kind::SnapshotClaim);

/// All objects as they are, by kind, namespace and name.
#[derive(Default, Clone)]
pub struct Oracle {
    pub objects: BTreeMap<(Kind, String, String), Value>,
    /// What was known of Sandboxes, by namespace and name.
    pub known: BTreeMap<(String, String), Known>,
}

/// What was known of a Sandbox that holds a checkpoint or is being hibernated.
#[derive(Clone)]
pub struct Known {
    is_held: bool,
    provider: Option<String>,
    claim: Option<String>,
    default_class: Option<String>,
}

/// The first reference of a strategy.
#[derive(Clone, Copy, PartialEq)]
enum Reference<'o> {
    Claim(&'o str),
    Template(&'o str),
    Provider(&'o str),
    Default,
}

impl<'o> Reference<'o> {
    fn of(sandbox: &'o Value) -> Option<Self> {
        let hibernate = &sandbox["spec"]["suspensionStrategy"]["hibernate"];
        let text = |key: &str| hibernate[key].as_str();
        let provider = &hibernate["snapshotProviderRef"];
        let claim = text("snapshotClaimName").map(Self::Claim);
        let named = claim.or(text("snapshotClaimTemplateName").map(Self::Template));
        let named = named.or(provider["name"].as_str().map(Self::Provider));
        let is_default = hibernate.is_object() && provider.is_null();
        named.or(is_default.then_some(Self::Default))
    }
}

fn is_terminating(sandbox: &Value) -> bool {
    !sandbox["metadata"]["deletionTimestamp"].is_null()
}

fn is_being_hibernated(sandbox: &Value) -> bool {
    let conditions = sandbox["status"]["conditions"].as_array();
    let is_suspended = |it: &Value| {
        it["type"] == "Suspended"
            && it["status"] == "True"
            && it["observedGeneration"] == sandbox["metadata"]["generation"]
    };
    sandbox["status"]["snapshot"].is_null()
        && sandbox["spec"]["operatingMode"] == "Suspended"
        && sandbox["spec"]["suspensionStrategy"]["type"] == "Hibernate"
        && Reference::of(sandbox).is_some()
        && !conditions.is_some_and(|conditions| conditions.iter().any(is_suspended))
}

impl Oracle {
    pub fn remove(&mut self, kind: Kind, namespace: &str, name: &str) {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        if kind == Kind::Sandbox {
            self.known.remove(&(namespace.clone(), name.clone()));
        }
        self.objects.remove(&(kind, namespace, name));
    }

    /// Names as `namespace/name`, of a kind in a namespace.
    fn of<'o>(&'o self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&'o str, &'o Value)> {
        let all =
            self.objects.iter().filter(move |((of, at, _), _)| *of == kind && at == namespace);
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

    /// Notes what has to be known of a Sandbox later, whatever its strategy says by then.
    pub fn remember(&mut self, namespace: &str, name: &str) {
        let key = (namespace.to_owned(), name.to_owned());
        let before = self.known.remove(&key);
        let sandbox = &self.objects[&(Kind::Sandbox, key.0.clone(), key.1.clone())];
        let reference = Reference::of(sandbox);
        let is_held = sandbox["status"]["snapshot"].is_object();
        if is_terminating(sandbox) || !(is_held || is_being_hibernated(sandbox)) {
            return;
        }
        let named = |wanted: fn(Reference<'_>) -> Option<&str>| {
            reference.and_then(wanted).map(str::to_owned)
        };
        let provider = named(|it| if let Reference::Provider(it) = it { Some(it) } else { None });
        let mut claim = named(|it| if let Reference::Claim(it) = it { Some(it) } else { None });
        if reference == Some(Reference::Default) {
            claim = self.default_claim(namespace).map(|(name, _)| name.to_owned());
        }
        let mut known = Known {
            is_held,
            provider,
            claim,
            default_class: self.default_class().map(str::to_owned),
        };
        // What a record was about is gone with it.
        if let Some(before) = before.filter(|before| is_held || !before.is_held) {
            known.provider = before.provider.or(known.provider);
            if !before.is_held {
                known.claim = before.claim.or(known.claim);
                known.default_class = before.default_class.or(known.default_class);
            }
        }
        self.known.insert(key, known);
    }

    /// The claims that the strategy of a Sandbox leads to, and the classes that its checkpoint depends
    /// on while it is being hibernated.
    fn leads_to<'o>(
        &'o self,
        namespace: &str,
        name: &str,
        sandbox: &'o Value,
    ) -> (Vec<&'o str>, Vec<&'o str>) {
        let claims = || self.of(Kind::SnapshotClaim, namespace);
        let known = self.known.get(&(namespace.to_owned(), name.to_owned()));
        let known_default = known.and_then(|it| it.default_class.as_deref());
        let or_defaults = |class: Option<&'o str>| match class {
            Some(class) => vec![class],
            None => self.default_class().into_iter().chain(known_default).collect(),
        };
        let class_of_named = |wanted: &str| {
            let claim = claims().find(|(name, _)| *name == wanted);
            claim.map(|(_, claim)| or_defaults(Self::class_of_claim(claim))).unwrap_or_default()
        };
        let (claims, mut classes) = match Reference::of(sandbox) {
            Some(Reference::Claim(wanted)) => (vec![wanted], class_of_named(wanted)),
            Some(Reference::Template(wanted)) => {
                let start = format!("{name}-{wanted}-");
                let generated: Vec<_> = claims()
                    .filter(|(name, claim)| {
                        let owners = claim["metadata"]["ownerReferences"].as_array();
                        let is_owner = |it: &Value| {
                            it["kind"] == "Sandbox" && it["uid"] == sandbox["metadata"]["uid"]
                        };
                        name.len() > start.len()
                            && name.starts_with(&start)
                            && owners.is_some_and(|owners| owners.iter().any(is_owner))
                    })
                    .collect();
                let mut classes: Vec<_> = generated
                    .iter()
                    .flat_map(|(_, claim)| or_defaults(Self::class_of_claim(claim)))
                    .collect();
                if generated.is_empty() {
                    let mut templates = self.of(Kind::SnapshotClaimTemplate, namespace);
                    let template = templates.find(|(name, _)| *name == wanted);
                    classes.extend(template.into_iter().flat_map(|(_, template)| {
                        or_defaults(template["spec"]["spec"]["snapshotClassName"].as_str())
                    }));
                }
                (generated.iter().map(|(name, _)| *name).collect(), classes)
            }
            Some(Reference::Default) => {
                let claim = self.default_claim(namespace);
                let class = claim.and_then(|(_, claim)| Self::class_of_claim(claim));
                (claim.map(|(name, _)| name).into_iter().collect(), or_defaults(class))
            }
            Some(Reference::Provider(_)) | None => (Vec::new(), Vec::new()),
        };
        if let Some(known) = known.filter(|it| !it.is_held).and_then(|it| it.claim.as_deref()) {
            classes.extend(class_of_named(known));
        }
        (claims, classes)
    }

    fn uses(&self, namespace: &str, name: &str, sandbox: &Value, target: ObjectName<'_>) -> bool {
        let record = &sandbox["status"]["snapshot"];
        let is_being_hibernated = is_being_hibernated(sandbox);
        if is_terminating(sandbox) || !(record.is_object() || is_being_hibernated) {
            return false;
        }
        let known = self.known.get(&(namespace.to_owned(), name.to_owned())).unwrap();
        let (claims, classes) = self.leads_to(namespace, name, sandbox);
        let ObjectName { kind, namespace: at, name: wanted } = target;
        match kind {
            CLASS if is_being_hibernated => classes.contains(&wanted),
            CLASS => record["snapshotClassName"] == wanted,
            CLAIM if at != namespace => false,
            CLAIM if is_being_hibernated => {
                claims.contains(&wanted) || known.claim.as_deref() == Some(wanted)
            }
            CLAIM if record["snapshotClaimName"].is_string() => {
                record["snapshotClaimName"] == wanted
            }
            CLAIM => {
                let claim =
                    self.of(Kind::SnapshotClaim, namespace).find(|(name, _)| *name == wanted);
                let is_of_class = claim.is_none_or(|(_, claim)| {
                    let class = Self::class_of_claim(claim).or(self.default_class());
                    class.is_some_and(|class| record["snapshotClassName"] == class)
                });
                claims.contains(&wanted) && (record["snapshotClassName"].is_null() || is_of_class)
            }
            _ => {
                Reference::of(sandbox) == Some(Reference::Provider(wanted))
                    || known.provider.as_deref() == Some(wanted)
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
