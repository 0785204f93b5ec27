//! A catalog that knows next to nothing, with a source that gives prepared answers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::{ConfirmingCatalog, LiveCatalog, review};
use crate::admission::Phase;
use crate::api::Kind;
use crate::catalog::cluster::Found;
use crate::catalog::{
    Catalog, Checkpoints, Claim, Class, Kept, Lookup, ObjectName, Objects, Unavailable,
    Unconfirmed, Users,
};
use crate::policy::PolicySet;
use crate::rules::{InUseNames, RuleSet, Settings};
use crate::webhook::{Caller, Outcome, Reply, judge};

/// The source's answer to one question; without one, the source finds nothing.
#[derive(Clone)]
pub enum Says {
    Object(Value),
    Unavailable(&'static str),
    Nothing { after: Duration },
    InCatalog,
    Default(Value),
    Right(bool),
    User(&'static str),
}

#[derive(Default)]
pub struct Fake {
    catalog: Objects,
    says: HashMap<&'static str, Says>,
    settings: Settings,
    asked: Mutex<Vec<String>>,
    suggestions: AtomicUsize,
}

impl Fake {
    pub fn says(mut self, question: &'static str, says: Says) -> Self {
        self.says.insert(question, says);
        self
    }

    /// A rule has this action.
    pub fn with(mut self, rule: &str, action: &str) -> Self {
        self.settings.set_action(rule, action).unwrap();
        self
    }

    /// These users read the names of what uses an object.
    pub fn naming(mut self, names: InUseNames) -> Self {
        self.settings.options.in_use_names = names;
        self
    }

    /// The catalog knows this object.
    pub fn knows(mut self, kind: Kind, object: &Value) -> Self {
        self.catalog.insert(kind, "team-a", &object.to_string()).unwrap();
        self
    }

    /// How often the catalog was asked for a suggestion.
    pub fn suggestions(&self) -> usize {
        self.suggestions.load(Ordering::Relaxed)
    }

    /// The questions that the source was asked.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Answers a review within a time.
    pub async fn review(&self, body: Vec<u8>, within: Duration) -> (Reply, Outcome) {
        let rules = RuleSet::new(self.settings.clone());
        let peer = IpAddr::from([127, 0, 0, 1]);
        let caller = Caller { peer, until: Instant::now() + within };
        review(self, caller, async |confirmed| {
            let catalog = ConfirmingCatalog::new(self, &confirmed);
            let policies = PolicySet::default();
            let answer = judge(Phase::Validating, &body, &rules, &policies, &catalog);
            (answer, catalog.unconfirmed(), confirmed)
        })
        .await
    }
}

impl LiveCatalog for Fake {
    async fn confirm(&self, unconfirmed: &Unconfirmed, _: IpAddr) -> Result<Found, Unavailable> {
        let question = unconfirmed.to_string();
        let says = self.says.get(&*question).cloned();
        self.asked.lock().unwrap().push(question);
        match says {
            None => Ok(Found::Nothing),
            Some(Says::Object(object)) => Ok(Found::Object(object.to_string().into())),
            Some(Says::Unavailable(why)) => Err(Unavailable(why.to_owned())),
            Some(Says::Nothing { after }) => {
                sleep(after).await;
                Ok(Found::Nothing)
            }
            Some(Says::InCatalog) => Ok(Found::InCatalog),
            Some(Says::Default(object)) => Ok(Found::Default(object.to_string().into())),
            Some(Says::Right(is_there)) => Ok(Found::Right { is_there }),
            Some(Says::User(name)) => {
                let held = [("team-a", name)].into_iter().collect();
                Ok(Found::Checkpoints(Checkpoints { held, ..Checkpoints::default() }))
            }
        }
    }
}

impl Catalog for Fake {
    fn object(&self, name: ObjectName<'_>) -> Result<Option<Kept>, Unavailable> {
        self.catalog.object(name)
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        self.catalog.default_classes()
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        self.catalog.default_claim(namespace)
    }

    fn nearest(&self, name: ObjectName<'_>) -> Option<String> {
        self.suggestions.fetch_add(1, Ordering::Relaxed);
        self.catalog.nearest(name)
    }

    fn checkpoints_on(&self, target: ObjectName<'_>) -> Result<Checkpoints, Unavailable> {
        self.catalog.checkpoints_on(target)
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        self.catalog.selecting_class(name)
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        self.catalog.naming_template(namespace, name)
    }
}

/// A Sandbox that is being suspended with this hibernate block.
pub fn sandbox(hibernate: &Value) -> Value {
    json!({"metadata": {"name": "agent"}, "spec": {
        "operatingMode": "Suspended",
        "suspensionStrategy": {"type": "Hibernate", "hibernate": hibernate},
    }})
}

pub fn create(object: &Value) -> Vec<u8> {
    body("Sandbox", "CREATE", object, &Value::Null)
}

pub fn update(stored: &Value, object: &Value) -> Vec<u8> {
    body("Sandbox", "UPDATE", object, stored)
}

/// A Sandbox that holds a checkpoint on a claim.
pub fn holding(claim: &str) -> Value {
    let record = json!({"snapshotClassName": "fast", "snapshotClaimName": claim});
    json!({"metadata": {"name": "holder"}, "status": {"snapshot": record}})
}

pub fn delete_claim(name: &str) -> Vec<u8> {
    body("SnapshotClaim", "DELETE", &Value::Null, &json!({"metadata": {"name": name}}))
}

pub fn create_claim(claim: &Value) -> Vec<u8> {
    body("SnapshotClaim", "CREATE", claim, &Value::Null)
}

pub fn delete_class(name: &str) -> Vec<u8> {
    let class = json!({"metadata": {"name": name}, "provisioner": "example.com/snapshots"});
    body("SnapshotClass", "DELETE", &Value::Null, &class)
}

fn body(kind: &str, operation: &str, object: &Value, stored: &Value) -> Vec<u8> {
    let review = json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "1",
        "kind": {"group": "agents.x-k8s.io", "version": "v1beta1", "kind": kind},
        "namespace": if kind == "SnapshotClass" { "" } else { "team-a" },
        "userInfo": {"username": "dev", "groups": ["team-a"]},
        "operation": operation,
        "object": object,
        "oldObject": stored,
    }});
    review.to_string().into_bytes()
}
