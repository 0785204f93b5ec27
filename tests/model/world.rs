//! The small world: its kinds, its names, and a copy of what the API server stores of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

pub const API_VERSION: &str = "agents.x-k8s.io/v1beta1";
pub const DEFAULT_CLASS: &str = "snapshotclass.agents.x-k8s.io/is-default-class";
pub const DEFAULT_CLAIM: &str = "snapshotclaim.agents.x-k8s.io/is-default-claim";

pub const NAMESPACES: &[&str] = &["left", "right"];
pub const CLASSES: &[&str] = &["gold", "iron", "tin"];
pub const PROVIDERS: &[&str] = &["east", "west"];
pub const CLAIMS: &[&str] = &["main", "spare"];
/// With the names of Sandboxes they make names of generated claims that begin alike: `s-t-u-...` is both
/// that of `s` with `t-u` and that of `s-t` with `u`.
pub const TEMPLATES: &[&str] = &["t", "u", "t-u"];
pub const SANDBOXES: &[&str] = &["s", "s-t", "z"];
/// The ends of the names of generated claims.
pub const HASHES: &[&str] = &["a1", "b2"];

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Class,
    Provider,
    Claim,
    Template,
    Sandbox,
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::Class, Self::Provider, Self::Claim, Self::Template, Self::Sandbox];

    pub fn name(self) -> &'static str {
        match self {
            Self::Class => "SnapshotClass",
            Self::Provider => "SnapshotProvider",
            Self::Claim => "SnapshotClaim",
            Self::Template => "SnapshotClaimTemplate",
            Self::Sandbox => "Sandbox",
        }
    }

    pub fn singular(self) -> String {
        self.name().to_lowercase()
    }

    pub fn plural(self) -> String {
        match self {
            Self::Class => "snapshotclasses".to_owned(),
            Self::Sandbox => "sandboxes".to_owned(),
            _ => self.singular() + "s",
        }
    }

    pub fn is_namespaced(self) -> bool {
        !matches!(self, Self::Class | Self::Provider)
    }
}

/// The place of an object; the namespace is empty for what has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub kind: Kind,
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.is_namespaced() { namespace.to_owned() } else { String::new() };
        Self { kind, namespace, name: name.to_owned() }
    }

    /// The path of all objects of its kind in its namespace.
    pub fn collection(&self) -> String {
        collection(self.kind, &self.namespace)
    }

    pub fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.name)
    }

    /// The same as answers and messages name it.
    pub fn named(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.named())
    }
}

/// The path of the objects of a kind, in one namespace or (empty) in all.
pub fn collection(kind: Kind, namespace: &str) -> String {
    let place =
        if namespace.is_empty() { String::new() } else { format!("namespaces/{namespace}/") };
    format!("/apis/{API_VERSION}/{place}{}", kind.plural())
}

/// The objects as the API server stores them, and what was known of providers.
#[derive(Clone, Default)]
pub struct World {
    objects: BTreeMap<Key, Value>,
    /// By the uid of a Sandbox: the providers that its strategy has named while it held its checkpoint.
    kept: BTreeMap<String, BTreeSet<String>>,
    /// By the uid of a Sandbox: all providers that its strategy has ever named.
    named: BTreeMap<String, BTreeSet<String>>,
}

impl World {
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.objects.get(key)
    }

    pub fn exists(&self, kind: Kind, namespace: &str, name: &str) -> bool {
        self.objects.contains_key(&Key::new(kind, namespace, name))
    }

    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&Key, &Value)> {
        self.objects.iter().filter(move |(key, _)| key.kind == kind)
    }

    pub fn within(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&Key, &Value)> {
        self.all(kind).filter(move |(key, _)| key.namespace == namespace)
    }

    pub fn objects(&self) -> &BTreeMap<Key, Value> {
        &self.objects
    }

    /// Takes note of an object's new state; `None` if it is gone.
    pub fn note(&mut self, key: &Key, object: Option<Value>) {
        let Some(object) = object else {
            self.objects.remove(key);
            return;
        };
        if key.kind == Kind::Sandbox {
            self.note_provider(&object);
        }
        self.objects.insert(key.clone(), object);
    }

    fn note_provider(&mut self, sandbox: &Value) {
        let uid = text(sandbox, "/metadata/uid").to_owned();
        let strategy = field(sandbox, "/spec/suspensionStrategy");
        let name = text(strategy, "/hibernate/snapshotProviderRef/name");
        let named = (!name.is_empty()).then(|| name.to_owned());
        self.named.entry(uid.clone()).or_default().extend(named.clone());
        if is_set(sandbox, "/status/snapshot") {
            // Of another type, or with a second reference, the contract does not say that it counts.
            let counts = text(strategy, "/type") == "Hibernate"
                && text(strategy, "/hibernate/snapshotClaimName").is_empty()
                && text(strategy, "/hibernate/snapshotClaimTemplateName").is_empty();
            self.kept.entry(uid).or_default().extend(named.filter(|_| counts));
        } else {
            self.kept.remove(&uid);
        }
    }

    /// The providers that count for a Sandbox's checkpoint.
    pub fn kept_providers(&self, uid: &str) -> impl Iterator<Item = &String> {
        self.kept.get(uid).into_iter().flatten()
    }

    pub fn ever_named_providers(&self, uid: &str) -> impl Iterator<Item = &String> {
        self.named.get(uid).into_iter().flatten()
    }
}

/// A text in an object; empty if it is absent, null or no text.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Returns whether a field is present and not null.
pub fn is_set(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).is_some_and(|value| !value.is_null())
}

/// A field; null if it is absent.
pub fn field<'a>(object: &'a Value, pointer: &str) -> &'a Value {
    object.pointer(pointer).unwrap_or(&Value::Null)
}

pub fn is_terminating(object: &Value) -> bool {
    is_set(object, "/metadata/deletionTimestamp")
}

/// An object of a key, with a body that may have metadata of its own.
pub fn object(key: &Key, mut body: Value) -> Value {
    body["apiVersion"] = API_VERSION.into();
    body["kind"] = key.kind.name().into();
    body["metadata"]["name"] = key.name.clone().into();
    if !key.namespace.is_empty() {
        body["metadata"]["namespace"] = key.namespace.clone().into();
    }
    body
}

/// Definitions of the five kinds that check nothing, so that our server alone decides.
pub fn definitions() -> String {
    Kind::ALL.map(|kind| definition(kind).to_string()).join("\n---\n") + "\n"
}

fn definition(kind: Kind) -> Value {
    let plural = kind.plural();
    let has_status = matches!(kind, Kind::Sandbox | Kind::Claim);
    let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.agents.x-k8s.io")},
        "spec": {
            "group": "agents.x-k8s.io",
            "names": {
                "kind": kind.name(), "listKind": format!("{}List", kind.name()),
                "plural": plural, "singular": kind.singular(),
            },
            "scope": if kind.is_namespaced() { "Namespaced" } else { "Cluster" },
            "versions": [{
                "name": "v1beta1", "served": true, "storage": true,
                "subresources": if has_status { json!({"status": {}}) } else { json!({}) },
                "schema": {"openAPIV3Schema": anything},
            }],
        },
    })
}
