//! Random writes, most of which make sense in the world as it is.

mod bodies;

use serde_json::{Value, json};

use crate::actors::Actor;
use crate::random::Random;
use crate::world::{
    CLAIMS, CLASSES, DEFAULT_CLAIM, DEFAULT_CLASS, HASHES, Key, Kind, NAMESPACES, PROVIDERS,
    SANDBOXES, TEMPLATES, World, is_set, text,
};
use crate::writes::{Change, Form, Verb, Write};

/// What is done, before it is decided to what.
#[derive(Clone, Copy)]
enum Deed {
    Create,
    Update,
    Status,
    Delete,
    DeleteCollection,
    Apply,
}

const DEEDS: &[(usize, Deed)] = &[
    (24, Deed::Create),
    (36, Deed::Update),
    (16, Deed::Status),
    (14, Deed::Delete),
    (2, Deed::DeleteCollection),
    (8, Deed::Apply),
];

/// A writer of random writes.
pub struct Generator<'a> {
    pub random: &'a mut Random,
    pub world: &'a World,
}

impl Generator<'_> {
    pub fn write(&mut self) -> Write {
        let deed = self.random.weighted(DEEDS);
        let mut write = match deed {
            Deed::Create => self.create(),
            Deed::Update => self.update(),
            Deed::Status => self.status(),
            Deed::Delete => self.delete(),
            Deed::DeleteCollection => self.delete_collection(),
            Deed::Apply => self.apply(),
        };
        write.at_once = self.random.percent(30);
        write.dry_run = self.random.percent(10);
        write
    }

    fn namespace(&mut self) -> &'static str {
        // One of them is where most of it happens.
        if self.random.percent(70) { NAMESPACES[0] } else { NAMESPACES[1] }
    }

    fn by(&mut self, key: Key, verb: Verb) -> Write {
        let actor = if self.random.percent(6) {
            Actor::Earlier
        } else if key.kind.is_namespaced() && self.random.percent(60) {
            Actor::Tenant
        } else {
            Actor::Admin
        };
        Write { actor, key, verb, dry_run: false, at_once: false }
    }

    /// An object that exists, of a kind that is chosen first; if there is none, one that could be.
    fn existing(&mut self, kinds: &[(usize, Kind)]) -> Key {
        let kind = self.random.weighted(kinds);
        let all: Vec<_> = self.world.all(kind).map(|(key, _)| key.clone()).collect();
        if all.is_empty() { self.any(kind) } else { self.random.one(&all) }
    }

    fn any(&mut self, kind: Kind) -> Key {
        let names = match kind {
            Kind::Class => CLASSES,
            Kind::Provider => PROVIDERS,
            Kind::Claim => CLAIMS,
            Kind::Template => TEMPLATES,
            Kind::Sandbox => SANDBOXES,
        };
        let (namespace, name) = (self.namespace(), self.random.one(names));
        if kind == Kind::Claim && self.random.percent(40) {
            return Key::new(kind, namespace, &self.generated_name());
        }
        Key::new(kind, namespace, name)
    }

    /// The name that the controller could give a claim.
    fn generated_name(&mut self) -> String {
        let (sandbox, template) = (self.random.one(SANDBOXES), self.random.one(TEMPLATES));
        format!("{sandbox}-{template}-{}", self.random.one(HASHES))
    }

    fn create(&mut self) -> Write {
        const KINDS: &[(usize, Kind)] = &[
            (5, Kind::Class),
            (3, Kind::Provider),
            (7, Kind::Claim),
            (4, Kind::Template),
            (8, Kind::Sandbox),
        ];
        let kind = self.random.weighted(KINDS);
        let mut key = self.any(kind);
        for _ in 0..3 {
            if self.world.get(&key).is_some() {
                key = self.any(kind);
            }
        }
        let body = self.body(&key);
        let mut write = self.by(key, Verb::Create(body));
        if let Verb::Create(body) = &write.verb
            && is_set(body, "/metadata/ownerReferences")
            && self.random.percent(70)
        {
            write.actor = Actor::Controller;
        }
        write
    }

    fn apply(&mut self) -> Write {
        const KINDS: &[(usize, Kind)] =
            &[(1, Kind::Class), (3, Kind::Claim), (1, Kind::Template), (8, Kind::Sandbox)];
        let kind = self.random.weighted(KINDS);
        let key =
            if self.random.percent(70) { self.existing(&[(1, kind)]) } else { self.any(kind) };
        let mut body = self.body(&key);
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("ownerReferences");
            metadata.remove("finalizers");
        }
        self.by(key, Verb::Apply(body))
    }

    fn update(&mut self) -> Write {
        const KINDS: &[(usize, Kind)] = &[
            (12, Kind::Sandbox),
            (4, Kind::Claim),
            (3, Kind::Class),
            (2, Kind::Provider),
            (2, Kind::Template),
        ];
        let key = self.existing(KINDS);
        let number = self.random.weighted(&[(6, 1), (3, 2), (1, 3)]);
        let changes = (0..number).map(|_| self.change(&key)).collect();
        let form = self.random.one(&[Form::MergePatch, Form::JsonPatch, Form::Replace]);
        let mut write = self.by(key, Verb::Update { form, changes });
        let odd = if write.actor == Actor::Earlier { 50 } else { 3 };
        if self.random.percent(odd) {
            write.verb = Verb::Update { form, changes: vec![self.odd_change(&write.key)] };
        }
        write
    }

    fn change(&mut self, key: &Key) -> Change {
        match self.random.below(100) {
            0..8 => {
                let color = self.random.one(&["red", "blue"]);
                return Change::set("metadata/labels/color", color);
            }
            8..12 => return Change::set("metadata/finalizers", json!(["example.com/hold"])),
            12..18 => return Change::remove("metadata/finalizers"),
            _ => {}
        }
        match key.kind {
            Kind::Sandbox => self.sandbox_change(),
            Kind::Class => match self.random.below(10) {
                0..3 => Change::set("provisioner", self.provisioner()),
                3..7 => self.parameter_change("parameters", true),
                _ => {
                    let flag = if self.random.percent(60) { Some(self.flag()) } else { None };
                    Change::annotation(DEFAULT_CLASS, flag)
                }
            },
            Kind::Claim => match self.random.below(10) {
                0..4 => match self.class_name() {
                    Value::Null => Change::remove("spec/snapshotClassName"),
                    class => Change::set("spec/snapshotClassName", class),
                },
                4..8 => self.parameter_change("spec/parameters", false),
                _ => {
                    let flag = if self.random.percent(60) { Some(self.flag()) } else { None };
                    Change::annotation(DEFAULT_CLAIM, flag)
                }
            },
            Kind::Template => match self.random.below(10) {
                0..4 => Change::set("spec/spec", self.claim_spec()),
                4..6 => Change::set("spec/metadata", self.template_metadata()),
                6 => Change::remove("spec/spec"),
                _ => self.parameter_change("spec/spec/parameters", false),
            },
            Kind::Provider => Change::set("spec", self.provider()),
        }
    }

    fn parameter_change(&mut self, at: &str, of_class: bool) -> Change {
        let (key, value) = self.parameter(of_class);
        let value = if self.random.percent(80) { Some(value) } else { None };
        let mut path: Vec<_> = at.split('/').map(str::to_owned).collect();
        path.push(key.to_owned());
        Change { path, value }
    }

    fn sandbox_change(&mut self) -> Change {
        match self.random.below(100) {
            0..28 => Change::set("spec/operatingMode", "Suspended"),
            28..48 => Change::set("spec/operatingMode", "Running"),
            48..52 => Change::remove("spec/operatingMode"),
            52..55 => Change::set("spec/operatingMode", ""),
            55..57 => Change::set("spec/operatingMode", "Paused"),
            57..70 => Change::set("spec/suspensionStrategy", self.strategy()),
            70..77 => Change::set("spec/suspensionStrategy/hibernate", self.hibernate()),
            77..84 => Change::remove("spec/suspensionStrategy"),
            84..97 => Change::set("spec/podTemplate", self.pod_template()),
            97..98 => Change::set("spec/replicas", 0),
            _ => Change::set("spec/shutdownTime", "2030-01-01T00:00:00Z"),
        }
    }

    /// A change that makes an object odd: nobody but someone from before could store it.
    fn odd_change(&mut self, key: &Key) -> Change {
        match key.kind {
            Kind::Class => Change::set("parameters", json!({"a": 1})),
            Kind::Claim => Change::set("spec/parameters", json!({"a": 1})),
            Kind::Template => Change::set("spec/spec", json!({"parameters": {"a": 1}})),
            Kind::Provider => Change::set("spec/s3", json!({"bucket": 5})),
            Kind::Sandbox => match self.random.below(4) {
                0 => Change::set("spec/operatingMode", 5),
                1 => Change::set("spec/suspensionStrategy/hibernate/snapshotClaimName", 5),
                2 => Change::set(
                    "spec/suspensionStrategy/hibernate",
                    json!({
                        "snapshotClaimName": "main", "snapshotClaimTemplateName": "t",
                        "snapshotProviderRef": {"name": "east"},
                    }),
                ),
                _ => Change::set("spec/suspensionStrategy/type", "Snapshot"),
            },
        }
    }

    fn status(&mut self) -> Write {
        let key = self.existing(&[(5, Kind::Sandbox), (1, Kind::Claim)]);
        let change = if key.kind == Kind::Claim {
            self.claim_status()
        } else {
            match self.random.below(10) {
                0..5 => Change::set("status/snapshot", self.record(&key)),
                5..7 => Change::remove("status/snapshot"),
                _ => Change::set("status/conditions", self.conditions()),
            }
        };
        let mut changes = vec![change];
        if key.kind == Kind::Sandbox && self.random.percent(20) {
            changes.push(Change::set("status/conditions", self.conditions()));
        }
        let verb = Verb::Status(changes);
        Write { actor: Actor::Controller, key, verb, dry_run: false, at_once: false }
    }

    fn claim_status(&mut self) -> Change {
        if self.random.percent(25) {
            return Change::set("status/snapshotClassName", self.random.one(CLASSES));
        }
        let status = self.random.one(&["True", "False", "False"]);
        let bound = json!({
            "type": "Bound", "status": status, "reason": "Because", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        });
        Change::set("status/conditions", json!([bound]))
    }

    /// The record of a checkpoint: mostly of what the Sandbox's references say.
    fn record(&mut self, key: &Key) -> Value {
        let sandbox = self.world.get(key).unwrap_or(&Value::Null);
        let named = text(sandbox, "/spec/suspensionStrategy/hibernate/snapshotClaimName");
        let prefix = format!("{}-", key.name);
        let likely: Vec<_> = self
            .world
            .within(Kind::Claim, &key.namespace)
            .filter(|(claim, _)| claim.name == named || claim.name.starts_with(&prefix))
            .collect();
        let mut class = self.random.one(CLASSES).to_owned();
        let mut record = json!({"snapshotUID": self.random.one(&["u1", "u2"])});
        if !likely.is_empty() && self.random.percent(80) {
            let (claim, object) = self.random.one(&likely);
            let of_claim = text(object, "/spec/snapshotClassName");
            if !of_claim.is_empty() {
                of_claim.clone_into(&mut class);
            }
            if self.random.percent(60) {
                record["snapshotClaimName"] = claim.name.clone().into();
            }
        }
        record["snapshotClassName"] = class.into();
        if self.random.percent(50) {
            record["sizeBytes"] = 1_048_576.into();
            record["creationTime"] = "2026-01-01T00:00:00Z".into();
        }
        record
    }

    fn conditions(&mut self) -> Value {
        let generation = self.random.weighted(&[(6, "$generation"), (3, "$stale")]);
        let status = self.random.weighted(&[(6, "True"), (2, "False")]);
        let mut suspended = json!({
            "type": "Suspended", "status": status, "reason": "Because", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": generation,
        });
        if self.random.percent(10) {
            suspended.as_object_mut().map(|it| it.remove("observedGeneration"));
        }
        json!([suspended])
    }

    fn delete(&mut self) -> Write {
        const KINDS: &[(usize, Kind)] = &[
            (5, Kind::Claim),
            (5, Kind::Class),
            (3, Kind::Provider),
            (2, Kind::Template),
            (3, Kind::Sandbox),
        ];
        let key = self.existing(KINDS);
        let mut write = self.by(key, Verb::Delete);
        if self.random.percent(6) {
            write.actor = Actor::GarbageCollector;
        } else if write.key.kind.is_namespaced() && self.random.percent(4) {
            write.actor = Actor::NamespaceController;
        }
        write
    }

    fn delete_collection(&mut self) -> Write {
        let kind = self.random.one(&[Kind::Claim, Kind::Template, Kind::Sandbox]);
        let key = Key::new(kind, self.namespace(), "");
        let mut write = self.by(key, Verb::DeleteCollection);
        if self.random.percent(40) {
            write.actor = Actor::NamespaceController;
        }
        write
    }
}
