//! Random objects, most of which make sense in the world as it is.

use serde_json::{Value, json};

use super::Generator;
use crate::oracle::{CREDENTIALS, INNOCENT};
use crate::world::{
    CLAIMS, CLASSES, DEFAULT_CLAIM, DEFAULT_CLASS, Key, Kind, PROVIDERS, SANDBOXES, TEMPLATES,
};

impl Generator<'_> {
    pub(super) fn body(&mut self, key: &Key) -> Value {
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

    pub(super) fn flag(&mut self) -> &'static str {
        self.random.weighted(&[(8, "true"), (2, "false"), (1, "yes")])
    }

    pub(super) fn provisioner(&mut self) -> Value {
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

    pub(super) fn parameter(&mut self, of_class: bool) -> (&'static str, Value) {
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

    pub(super) fn class_name(&mut self) -> Value {
        let class = self.random.one(CLASSES);
        self.random.weighted(&[
            (14, json!(class)),
            (4, Value::Null),
            (1, json!("missing")),
            (1, json!("")),
            (1, json!("No_Name")),
        ])
    }

    pub(super) fn claim_spec(&mut self) -> Value {
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

    pub(super) fn template_metadata(&mut self) -> Value {
        self.random.weighted(&[
            (6, json!({"labels": {"tier": "gold"}})),
            (3, json!({"annotations": {"example.com/profile": "large"}})),
            (1, json!({"name": "mine"})),
            (1, json!({"labels": {"tier": "not a label"}})),
        ])
    }

    pub(super) fn provider(&mut self) -> Value {
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

    pub(super) fn pod_template(&mut self) -> Value {
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

    pub(super) fn strategy(&mut self) -> Value {
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

    pub(super) fn hibernate(&mut self) -> Value {
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
}
