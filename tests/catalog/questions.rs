//! Questions about use: the index answers as a plain reading of all objects would, and in a time that
//! grows as the objects do.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sandbox_admission::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION, Kind};
use sandbox_admission::catalog::{Catalog, Checkpoints, NameDigests, ObjectName, Objects, Users};
use serde_json::{Value, json};

use super::oracle::Oracle;

/// Namespaces of which the second sorts before the first once a slash follows.
pub const NAMESPACES: [&str; 2] = ["n", "n-m"];
const SANDBOXES: [&str; 4] = ["a", "a-t", "b-t-u", "c"];
const TEMPLATES: [&str; 3] = ["t", "t-u", "u"];
/// Claims, some as a controller would make them for these Sandboxes and templates, some nearly so.
pub const CLAIMS: [&str; 9] =
    ["a-t", "a-t-", "a-t-1", "a-t-2", "a-t-3", "a-t-u-1", "a-t-u-2", "b-t-u-t-1", "main"];
const CLASSES: [&str; 3] = ["fast", "slow", "gone"];
const PROVIDERS: [&str; 2] = ["gcs", "s3"];

/// Something that happens to a catalog.
#[derive(Debug, Clone)]
enum Event {
    Applied(Kind, Value),
    Removed(Kind, &'static str, &'static str),
    /// A complete listing that names the objects whose bits in the number are set.
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
        Kind::SnapshotClaim => (class(), class(), is_default(), created(), owners())
            .prop_map(|(class, resolved, is_default, created, owners)| {
                let annotations = json!({DEFAULT_CLAIM_ANNOTATION: is_default});
                json!({
                    "metadata": {
                        "annotations": annotations,
                        "creationTimestamp": created,
                        "ownerReferences": owners,
                    },
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

/// The uid of a Sandbox.
fn uid(namespace: &str, name: &str) -> String {
    format!("uid of {namespace}/{name}")
}

/// References to up to two owners, most of them Sandboxes.
fn owners() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![5 => Just("Sandbox"), 1 => Just("Pod")];
    let owner = (kind, select(&NAMESPACES[..]), select(&SANDBOXES[..]));
    let owner = owner.prop_map(
        |(kind, namespace, name)| json!({"kind": kind, "name": name, "uid": uid(namespace, name)}),
    );
    vec(owner, 0..3).prop_map(Value::from)
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
        6 => template(),
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
    let condition =
        prop_oneof![3 => Just(("False", 1)), 1 => Just(("True", 1)), 1 => Just(("True", 2))];
    let rest = (record, deleted, condition);
    (mode, kind, hibernate, rest).prop_map(|(mode, kind, hibernate, rest)| {
        let (record, deleted, (suspended, generation)) = rest;
        let condition =
            json!({"type": "Suspended", "status": suspended, "observedGeneration": generation});
        json!({
            "metadata": {"deletionTimestamp": deleted, "generation": 2},
            "spec": {
                "operatingMode": mode,
                "suspensionStrategy": {"type": kind, "hibernate": hibernate},
            },
            "status": {"snapshot": record, "conditions": [condition]},
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
                object["metadata"]["uid"] = uid(namespace, name).into();
                Event::Applied(kind, object)
            });
        let removed =
            place(kind).prop_map(move |(namespace, name)| Event::Removed(kind, namespace, name));
        let listed = any::<u32>().prop_map(move |bits| Event::Listed(kind, bits));
        prop_oneof![20 => applied, 2 => removed, 1 => listed]
    })
}

/// Does to a catalog and to the oracle what an event says.
fn take(event: &Event, catalog: &mut Objects, oracle: &mut Oracle) {
    match event {
        Event::Applied(kind, object) => {
            catalog.insert(*kind, "", &object.to_string()).unwrap();
            let text = |key: &str| object["metadata"][key].as_str().unwrap().to_owned();
            let (namespace, name) = (text("namespace"), text("name"));
            oracle.objects.insert((*kind, namespace.clone(), name.clone()), object.clone());
            if *kind == Kind::Sandbox {
                oracle.remember(&namespace, &name);
            }
        }
        Event::Removed(kind, namespace, name) => {
            catalog.remove(*kind, namespace, name);
            oracle.remove(*kind, namespace, name);
        }
        Event::Listed(kind, bits) => {
            let known = oracle.objects.keys().filter(|(of, ..)| of == kind).cloned();
            let gone = known.enumerate().filter(|(at, _)| bits >> at & 1 == 0);
            for (_, (kind, namespace, name)) in gone.collect::<Vec<_>>() {
                oracle.remove(kind, &namespace, &name);
            }
            let mut listed = NameDigests::default();
            for (_, namespace, name) in oracle.objects.keys().filter(|(of, ..)| of == kind) {
                listed.insert(namespace, name);
            }
            catalog.keep(*kind, &listed);
        }
    }
}

fn assert_agreement(catalog: &Objects, oracle: &Oracle) -> Result<(), TestCaseError> {
    let named = |users: Users| (users.first().to_vec(), users.total());
    let found = |found: Result<Checkpoints, _>| {
        named(found.expect("objects in memory are always known").users())
    };
    for kind in Kind::ALL {
        let known = oracle.objects.keys().filter(|(of, ..)| *of == kind).count();
        prop_assert_eq!(catalog.count(kind), known, "{:?}", kind);
    }
    for class in CLASSES {
        let target = ObjectName::class(class);
        prop_assert_eq!(found(catalog.checkpoints_on(target)), oracle.checkpoints_on(target));
        let selecting = named(catalog.selecting_class(class).unwrap());
        prop_assert_eq!(selecting, oracle.selecting_class(class));
    }
    for provider in PROVIDERS {
        let target = ObjectName::provider(provider);
        prop_assert_eq!(found(catalog.checkpoints_on(target)), oracle.checkpoints_on(target));
    }
    let default = catalog.default_class().unwrap();
    prop_assert_eq!(default.as_ref().map(|it| &*it.name), oracle.default_class());
    for namespace in NAMESPACES {
        for claim in CLAIMS {
            let target = ObjectName::claim(namespace, claim);
            let (indexed, naive) =
                (found(catalog.checkpoints_on(target)), oracle.checkpoints_on(target));
            prop_assert_eq!(indexed, naive, "{:?}", target);
        }
        for template in TEMPLATES {
            let naive = oracle.naming_template(namespace, template);
            let naming = named(catalog.naming_template(namespace, template).unwrap());
            prop_assert_eq!(naming, naive);
        }
        let default = catalog.default_claim(namespace).unwrap();
        let naive = oracle.default_claim(namespace).map(|(name, _)| name);
        prop_assert_eq!(default.as_ref().map(|it| &*it.name), naive);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_as_a_reading_of_all_objects_would(
        before in vec(event(), 1..120),
        after in vec(event(), 1..120),
    ) {
        let (mut catalog, mut oracle) = (Objects::default(), Oracle::default());
        for event in &before {
            take(event, &mut catalog, &mut oracle);
        }
        // A copy goes on answering as of when it was made.
        let (copy, oracle_then) = (catalog.clone(), oracle.clone());
        for event in &after {
            take(event, &mut catalog, &mut oracle);
        }
        assert_agreement(&copy, &oracle_then)?;
        assert_agreement(&catalog, &oracle)?;
    }
}

/// Nanoseconds that this thread was on a processor.
fn processor_time() -> u64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    times.split(' ').next().unwrap().parse().unwrap()
}

/// The time that it takes to ask so many times what the deletion of a class asks, with so many
/// Sandboxes that are being hibernated and twice as many claims, all in one namespace.
fn time_of_questions(times: usize, sandboxes: usize) -> u64 {
    let mut catalog = Objects::default();
    let mut insert = |kind, name: &str, mut object: Value| {
        object["metadata"]["name"] = name.into();
        object["metadata"]["namespace"] = "n".into();
        catalog.insert(kind, "", &object.to_string()).unwrap();
    };
    let references = ["snapshotClaimName", "snapshotClaimTemplateName", "none"];
    for number in 0..sandboxes {
        let agent = format!("agent-{number}");
        let hibernate = json!({references[number % references.len()]: "std"});
        let strategy = json!({"type": "Hibernate", "hibernate": hibernate});
        let spec = json!({"operatingMode": "Suspended", "suspensionStrategy": strategy});
        insert(Kind::Sandbox, &agent, json!({"metadata": {"uid": agent}, "spec": spec}));
        for claim in [format!("{agent}-std-x7k2"), format!("team-{number}")] {
            let owners = json!([{"kind": "Sandbox", "name": agent, "uid": agent}]);
            let spec = json!({"snapshotClassName": "slow"});
            let claimed = json!({"metadata": {"ownerReferences": owners}, "spec": spec});
            insert(Kind::SnapshotClaim, &claim, claimed);
        }
    }
    let start = processor_time();
    for _ in 0..times {
        assert!(catalog.checkpoints_on(ObjectName::class("fast")).unwrap().is_empty());
        assert!(catalog.selecting_class("fast").unwrap().is_empty());
    }
    processor_time() - start
}

#[test]
fn ten_questions_take_as_long_as_one_with_ten_times_the_objects() {
    let (small, large) = (time_of_questions(100, 200), time_of_questions(10, 2_000));
    // Were a question quadratic, it would be ten times as long.
    assert!(large < small * 4, "{small} ns, {large} ns");
}
