//! Questions about use: the index answers as a plain reading of all objects would.
//!
//! The oracle below keeps every object as JSON and answers each question by reading all of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sandbox_admission::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION, Kind};
use sandbox_admission::catalog::{Catalog, NameDigests, ObjectName, Objects, Resource, Users};
use serde_json::{Value, json};

const CLASS: Resource = Resource::Ours(Kind::SnapshotClass);
const CLAIM: Resource = Resource::Ours(Kind::SnapshotClaim);
/// Of these the second sorts before the first once a slash follows.
const NAMESPACES: [&str; 2] = ["n", "n-m"];
const SANDBOXES: [&str; 5] = ["a", "a-t", "b", "b-t-u", "c"];
const TEMPLATES: [&str; 3] = ["t", "t-u", "u"];
/// Some are such as a controller would make for one of those Sandboxes and templates, some nearly.
const CLAIMS: [&str; 12] = [
    "a",
    "a-t",
    "a-t-",
    "a-t-1",
    "a-t-2",
    "a-t-u-1",
    "a-t-u-u-1",
    "a-u-1",
    "b-t-u-t-1",
    "b-t-u-u-1",
    "c-t-u-1",
    "main",
];
const CLASSES: [&str; 3] = ["fast", "slow", "gone"];
const PROVIDERS: [&str; 2] = ["gcs", "s3"];

/// Something that happens to a catalog.
#[derive(Debug, Clone)]
enum Event {
    Applied(Kind, Value),
    Removed(Kind, &'static str, &'static str),
    /// A complete listing that names what the number's bits say.
    Listed(Kind, u32),
}

fn place(kind: Kind) -> impl Strategy<Value = (&'static str, &'static str)> {
    let names = match kind {
        Kind::Sandbox => &SANDBOXES[..],
        Kind::SnapshotClass => &CLASSES,
        Kind::SnapshotClaim => &CLAIMS,
        Kind::SnapshotClaimTemplate => &TEMPLATES,
        Kind::SnapshotProvider => &PROVIDERS,
    };
    let namespaces = if kind.is_namespaced() { &NAMESPACES[..] } else { &[""] };
    (select(namespaces), select(names))
}

fn fields(kind: Kind) -> BoxedStrategy<Value> {
    let class = || option::of(select(&CLASSES[..]));
    let is_default = || prop_oneof![3 => Just("false"), 1 => Just("true")];
    let created = || option::of(select(&["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"][..]));
    match kind {
        Kind::Sandbox => sandbox().boxed(),
        Kind::SnapshotClass => (is_default(), created())
            .prop_map(|(is_default, created)| {
                let annotations = json!({DEFAULT_CLASS_ANNOTATION: is_default});
                json!({"metadata": {"annotations": annotations, "creationTimestamp": created}})
            })
            .boxed(),
        Kind::SnapshotClaim => (class(), class(), is_default(), created())
            .prop_map(|(class, resolved, is_default, created)| {
                let annotations = json!({DEFAULT_CLAIM_ANNOTATION: is_default});
                json!({
                    "metadata": {"annotations": annotations, "creationTimestamp": created},
                    "spec": {"snapshotClassName": class},
                    "status": {"snapshotClassName": resolved},
                })
            })
            .boxed(),
        Kind::SnapshotClaimTemplate => class()
            .prop_map(|class| json!({"spec": {"spec": {"snapshotClassName": class}}}))
            .boxed(),
        Kind::SnapshotProvider => Just(json!({"spec": {}})).boxed(),
    }
}

fn sandbox() -> impl Strategy<Value = Value> {
    let claim = || select(&CLAIMS[..]).prop_map(|claim| json!({"snapshotClaimName": claim}));
    let template = || {
        select(&TEMPLATES[..]).prop_map(|template| json!({"snapshotClaimTemplateName": template}))
    };
    let provider = select(&PROVIDERS[..])
        .prop_map(|provider| json!({"snapshotProviderRef": {"name": provider}}));
    let hibernate = prop_oneof![
        2 => claim(),
        4 => template(),
        2 => provider,
        2 => Just(json!({})),
        1 => Just(json!({"snapshotProviderRef": {}})),
        1 => Just(Value::Null),
        1 => (claim(), template()).prop_map(|(mut both, template)| {
            both["snapshotClaimTemplateName"] = template["snapshotClaimTemplateName"].clone();
            both
        }),
    ];
    let kind = prop_oneof![1 => Just("Stop"), 4 => Just("Hibernate")];
    let mode = prop_oneof![1 => Just("Running"), 3 => Just("Suspended")];
    let record = (option::of(select(&CLASSES[..])), option::of(select(&CLAIMS[..])))
        .prop_map(|(class, claim)| json!({"snapshotClassName": class, "snapshotClaimName": claim}));
    let record = prop_oneof![2 => Just(Value::Null), 1 => record];
    let deleted = prop_oneof![5 => Just(None), 1 => Just(Some("2026-01-03T00:00:00Z"))];
    (mode, kind, hibernate, record, deleted).prop_map(|(mode, kind, hibernate, record, deleted)| {
        json!({
            "metadata": {"deletionTimestamp": deleted},
            "spec": {
                "operatingMode": mode,
                "suspensionStrategy": {"type": kind, "hibernate": hibernate},
            },
            "status": {"snapshot": record},
        })
    })
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        4 => Just(Kind::Sandbox),
        1 => Just(Kind::SnapshotClass),
        4 => Just(Kind::SnapshotClaim),
        2 => Just(Kind::SnapshotClaimTemplate),
        1 => Just(Kind::SnapshotProvider),
    ];
    kind.prop_flat_map(|kind| {
        let applied =
            (place(kind), fields(kind)).prop_map(move |((namespace, name), mut object)| {
                object["metadata"]["namespace"] = namespace.into();
                object["metadata"]["name"] = name.into();
                Event::Applied(kind, object)
            });
        let removed =
            place(kind).prop_map(move |(namespace, name)| Event::Removed(kind, namespace, name));
        let listed = any::<u32>().prop_map(move |bits| Event::Listed(kind, bits));
        prop_oneof![20 => applied, 2 => removed, 1 => listed]
    })
}

/// All objects as they are.
#[derive(Default)]
struct Oracle(BTreeMap<(Kind, String, String), Value>);

impl Oracle {
    /// Names as `namespace/name`, of a kind in a namespace.
    fn of<'o>(&'o self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&'o str, &'o Value)> {
        let all = self.0.iter().filter(move |((of, at, _), _)| *of == kind && at == namespace);
        all.map(|((_, _, name), object)| (&**name, object))
    }

    /// What counts of those that are annotated as the default.
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

    fn default_class(&self) -> Option<&str> {
        let chosen = self.chosen(Kind::SnapshotClass, "", DEFAULT_CLASS_ANNOTATION);
        chosen.map(|(name, _)| name)
    }

    fn default_claim<'o>(&'o self, namespace: &str) -> Option<(&'o str, &'o Value)> {
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

    fn checkpoints_on(&self, target: ObjectName<'_>) -> Answer {
        answer(NAMESPACES.into_iter().flat_map(|namespace| {
            let sandboxes = self.of(Kind::Sandbox, namespace);
            let users = sandboxes.filter(move |(name, it)| self.uses(namespace, name, it, target));
            users.map(move |(name, _)| format!("{namespace}/{name}"))
        }))
    }

    fn selecting_class(&self, class: &str) -> Answer {
        answer(NAMESPACES.into_iter().flat_map(|namespace| {
            let claims = self.of(Kind::SnapshotClaim, namespace);
            let claims = claims.filter(|(_, it)| Self::class_of_claim(it) == Some(class));
            let templates = self.of(Kind::SnapshotClaimTemplate, namespace);
            let templates =
                templates.filter(|(_, it)| it["spec"]["spec"]["snapshotClassName"] == class);
            claims.chain(templates).map(move |(name, _)| format!("{namespace}/{name}"))
        }))
    }

    fn naming_template(&self, namespace: &str, template: &str) -> Answer {
        let users = self.of(Kind::Sandbox, namespace).filter(|(_, sandbox)| {
            let hibernate = &sandbox["spec"]["suspensionStrategy"]["hibernate"];
            sandbox["metadata"]["deletionTimestamp"].is_null()
                && hibernate["snapshotClaimName"].is_null()
                && hibernate["snapshotClaimTemplateName"] == template
        });
        answer(users.map(|(name, _)| format!("{namespace}/{name}")))
    }

    /// The same event as for the catalog.
    fn take(&mut self, event: &Event, listed: &BTreeSet<(String, String)>) {
        match event {
            Event::Applied(kind, object) => {
                let text = |key: &str| object["metadata"][key].as_str().unwrap().to_owned();
                self.0.insert((*kind, text("namespace"), text("name")), object.clone());
            }
            Event::Removed(kind, namespace, name) => {
                self.0.remove(&(*kind, (*namespace).to_owned(), (*name).to_owned()));
            }
            Event::Listed(kind, _) => self.0.retain(|(of, namespace, name), _| {
                of != kind || listed.contains(&(namespace.clone(), name.clone()))
            }),
        }
    }
}

/// The first three, and how many there are.
type Answer = (Vec<String>, usize);

fn answer(users: impl Iterator<Item = String>) -> Answer {
    let mut users: Vec<_> = users.collect();
    users.sort();
    let total = users.len();
    users.truncate(3);
    (users, total)
}

/// Does to a catalog and to the oracle what an event says.
fn take(event: &Event, catalog: &mut Objects, oracle: &mut Oracle) {
    let mut listed = BTreeSet::new();
    match event {
        Event::Applied(kind, object) => catalog.insert(*kind, "", &object.to_string()).unwrap(),
        Event::Removed(kind, namespace, name) => catalog.remove(*kind, namespace, name),
        Event::Listed(kind, bits) => {
            let known = oracle.0.keys().filter(|(of, ..)| of == kind).cloned();
            let chosen = known.enumerate().filter(|(at, _)| bits >> at & 1 == 1);
            listed.extend(chosen.map(|(_, (_, namespace, name))| (namespace, name)));
            let mut digests = NameDigests::default();
            for (namespace, name) in &listed {
                digests.insert(namespace, name);
            }
            catalog.keep(*kind, &digests);
        }
    }
    oracle.take(event, &listed);
}

fn assert_agreement(catalog: &Objects, oracle: &Oracle) -> Result<(), TestCaseError> {
    let told = |users: Result<Users, _>| {
        let users = users.expect("objects in memory are never in doubt");
        (users.first().to_vec(), users.total())
    };
    for kind in Kind::ALL {
        let known = oracle.0.keys().filter(|(of, ..)| *of == kind).count();
        prop_assert_eq!(catalog.count(kind), known, "{:?}", kind);
    }
    for class in CLASSES {
        let target = ObjectName::class(class);
        prop_assert_eq!(told(catalog.checkpoints_on(target)), oracle.checkpoints_on(target));
        prop_assert_eq!(told(catalog.selecting_class(class)), oracle.selecting_class(class));
    }
    for provider in PROVIDERS {
        let target = ObjectName::provider(provider);
        prop_assert_eq!(told(catalog.checkpoints_on(target)), oracle.checkpoints_on(target));
    }
    let default = catalog.default_class().unwrap();
    prop_assert_eq!(default.as_ref().map(|it| &*it.name), oracle.default_class());
    for namespace in NAMESPACES {
        for claim in CLAIMS {
            let target = ObjectName::claim(namespace, claim);
            let (indexed, naive) =
                (told(catalog.checkpoints_on(target)), oracle.checkpoints_on(target));
            prop_assert_eq!(indexed, naive, "{:?}", target);
        }
        for template in TEMPLATES {
            let naive = oracle.naming_template(namespace, template);
            prop_assert_eq!(told(catalog.naming_template(namespace, template)), naive);
        }
        let default = catalog.default_claim(namespace).unwrap();
        let naive = oracle.default_claim(namespace).map(|(name, _)| name);
        prop_assert_eq!(default.as_ref().map(|it| &*it.name), naive);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_as_a_reading_of_all_objects_would(events in vec(event(), 1..80)) {
        let (mut catalog, mut oracle) = (Objects::default(), Oracle::default());
        for event in &events {
            take(event, &mut catalog, &mut oracle);
        }
        assert_agreement(&catalog, &oracle)?;
    }
}
