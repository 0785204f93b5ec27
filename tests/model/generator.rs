//! Random writes, most of which make sense in the world as it is.

use serde_json::{Value, json};

use crate::actors::Actor;
use crate::oracle::{CREDENTIALS, INNOCENT};
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

    fn body(&mut self, key: &Key) -> Value {
        match key.kind {
            Kind::Class => {
                let mut class = json!({"provisioner": self.provisioner()});
                if let Some(parameters) = self.parameters(true) {
                    class["parameters"] = parameters;
                }
                if self.random.percent(35) {
                    class["metadata"]["annotations"][DEFAULT_CLASS] = self.flag().into();
                }
                class
            }
            Kind::Provider => json!({"spec": self.provider()}),
            Kind::Claim => self.claim(key),
            Kind::Template => {
                let mut template = json!({"spec": {"spec": self.claim_spec()}});
                if self.random.percent(25) {
                    template["spec"]["metadata"] = self.template_metadata();
                }
                if self.random.percent(4) {
                    template["spec"] = json!({});
                }
                template
            }
            Kind::Sandbox => self.sandbox(),
        }
    }

    fn flag(&mut self) -> &'static str {
        self.random.weighted(&[(8, "true"), (2, "false"), (1, "yes")])
    }

    fn provisioner(&mut self) -> Value {
        self.random.weighted(&[
            (10, json!("agents.x-k8s.io/gvisor")),
            (6, json!("agents.x-k8s.io/kata")),
            (1, json!("")),
            (1, json!("https://example.com/driver")),
        ])
    }

    fn parameters(&mut self, of_class: bool) -> Option<Value> {
        if self.random.percent(50) {
            return None;
        }
        let mut parameters = json!({});
        for _ in 0..=self.random.below(2) {
            let (key, value) = self.parameter(of_class);
            parameters[key] = value;
        }
        Some(parameters)
    }

    fn parameter(&mut self, of_class: bool) -> (&'static str, Value) {
        if self.random.percent(8) {
            let (key, value) = self.random.one(CREDENTIALS);
            return (key, value.into());
        }
        let target = if of_class { 2 } else { 8 };
        let key = self.random.weighted(&[
            (10, ""),
            (target, "bucket"),
            (target, "region"),
            (2, "endpoint"),
        ]);
        match key {
            "" if self.random.percent(3) => ("", "nothing".into()),
            "" => {
                let (key, value) = self.random.one(INNOCENT);
                (key, value.into())
            }
            "endpoint" => (key, "https://store.example.com".into()),
            _ => (key, self.random.one(&["one", "two"]).into()),
        }
    }

    fn class_name(&mut self) -> Value {
        let class = self.random.one(CLASSES);
        self.random.weighted(&[
            (14, json!(class)),
            (4, Value::Null),
            (1, json!("missing")),
            (1, json!("")),
            (1, json!("No_Name")),
        ])
    }

    fn claim_spec(&mut self) -> Value {
        let mut spec = json!({});
        let class = self.class_name();
        if !class.is_null() {
            spec["snapshotClassName"] = class;
        }
        if let Some(parameters) = self.parameters(false) {
            spec["parameters"] = parameters;
        }
        spec
    }

    /// A claim; one with a name like a generated one is owned by its Sandbox, by another one, or by nobody.
    fn claim(&mut self, key: &Key) -> Value {
        let mut claim = json!({"spec": self.claim_spec()});
        if self.random.percent(15) {
            claim["metadata"]["annotations"][DEFAULT_CLAIM] = self.flag().into();
        }
        if !CLAIMS.contains(&key.name.as_str()) && self.random.percent(75) {
            let likely: Vec<_> =
                SANDBOXES.iter().filter(|it| key.name.starts_with(&format!("{it}-"))).collect();
            let owner = if self.random.percent(85) && !likely.is_empty() {
                *self.random.one(&likely)
            } else {
                self.random.one(SANDBOXES)
            };
            claim["metadata"]["ownerReferences"] = json!([{
                "apiVersion": "agents.x-k8s.io/v1beta1", "kind": "Sandbox", "name": owner,
                "uid": format!("$uid/{owner}"), "controller": true,
            }]);
        }
        claim
    }

    fn template_metadata(&mut self) -> Value {
        self.random.weighted(&[
            (6, json!({"labels": {"tier": "gold"}})),
            (3, json!({"annotations": {"example.com/profile": "large"}})),
            (1, json!({"name": "mine"})),
            (1, json!({"labels": {"tier": "not a label"}})),
        ])
    }

    fn provider(&mut self) -> Value {
        self.random.weighted(&[
            (6, json!({"providerType": "gvisor-s3", "s3": {"bucket": "one"}})),
            (6, json!({"providerType": "gvisor-s3", "s3": {"bucket": "two", "region": "eu"}})),
            (3, json!({"providerType": "gvisor-gcs", "gcs": {"bucket": "one"}})),
            (1, json!({"providerType": "both", "gcs": {"bucket": "a"}, "s3": {"bucket": "b"}})),
            (1, json!({"providerType": "gvisor-s3", "s3": {}})),
            (1, json!({"s3": {"bucket": "one"}})),
        ])
    }

    fn sandbox(&mut self) -> Value {
        let mut spec = json!({"podTemplate": self.pod_template()});
        let mode = self.random.weighted(&[
            (6, json!("Running")),
            (6, json!("Suspended")),
            (4, Value::Null),
            (1, json!("")),
            (1, json!("Paused")),
        ]);
        if !mode.is_null() {
            spec["operatingMode"] = mode;
        }
        if self.random.percent(80) {
            spec["suspensionStrategy"] = self.strategy();
        }
        if self.random.percent(5) {
            spec[self.random.one(&["replicas", "paused", "suspend"])] = json!(1);
        }
        json!({"spec": spec})
    }

    fn pod_template(&mut self) -> Value {
        let image = self.random.one(&["one", "two"]);
        let mut container = json!({"name": "agent", "image": image});
        if self.random.percent(50) {
            let token = self.random.one(&["1", "2"]);
            container["env"] = json!([{"name": "TOKEN", "value": token}]);
        }
        let mut template = json!({"spec": {"containers": [container]}});
        if self.random.percent(30) {
            let pin = self.random.one(&["1", "2"]);
            template["metadata"] = json!({"annotations": {"example.com/pin": pin}});
        }
        template
    }

    fn strategy(&mut self) -> Value {
        let hibernate = self.hibernate();
        self.random.weighted(&[
            (16, json!({"type": "Hibernate", "hibernate": hibernate})),
            (3, json!({"type": "Stop"})),
            (2, json!({"type": "Freeze"})),
            (1, json!({"type": "Stop", "hibernate": hibernate})),
            (1, json!({"type": "Hibernate"})),
            (1, json!({"type": "Snapshot", "hibernate": hibernate})),
        ])
    }

    fn hibernate(&mut self) -> Value {
        let claims: Vec<_> = self.world.all(Kind::Claim).map(|(key, _)| key.name.clone()).collect();
        let claim = if claims.is_empty() || self.random.percent(40) {
            self.random.one(CLAIMS).to_owned()
        } else {
            self.random.one(&claims)
        };
        let (template, provider) = (self.random.one(TEMPLATES), self.random.one(PROVIDERS));
        let odd = self.random.weighted(&[
            (2, json!({"snapshotClaimName": "missing"})),
            (1, json!({"snapshotClaimName": "No_Name"})),
            (1, json!({"snapshotProviderRef": {}})),
            (2, json!({"snapshotClaimName": claim, "snapshotProviderRef": {"name": provider}})),
            (
                1,
                json!({
                    "snapshotClaimName": claim, "snapshotClaimTemplateName": template,
                    "snapshotProviderRef": {"name": provider},
                }),
            ),
            (1, json!({"snapshotClaimTemplateName": "t".repeat(250)})),
            (1, json!({"snapshotClaimName": claim, "snapshotClassName": "gold"})),
            (1, json!({"snapshotClaimName": claim, "snapshotClass": "gold"})),
        ]);
        self.random.weighted(&[
            (10, json!({"snapshotClaimName": claim})),
            (8, json!({"snapshotClaimTemplateName": template})),
            (6, json!({"snapshotProviderRef": {"name": provider}})),
            (6, json!({})),
            (4, odd),
        ])
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
