//! "In use, exactly": which objects the checkpoints of Sandboxes need.

use serde_json::Value;

use super::{Expected, defaults};
use crate::world::{
    DEFAULT_CLAIM, DEFAULT_CLASS, Key, Kind, World, field, is_set, is_terminating, text,
};

/// How a Sandbox needs an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It holds a checkpoint on it.
    Holds,
    /// It is being hibernated onto it.
    IsHibernated,
    /// The contract does not decide.
    Perhaps,
}

/// An object that a Sandbox needs, whether it exists or not.
#[derive(Clone, Debug)]
pub struct Need {
    pub sandbox: Key,
    pub object: Key,
    pub how: How,
}

/// The Sandboxes that need an object.
#[derive(Default)]
pub struct Users {
    pub hold: Vec<Key>,
    pub hibernate: Vec<Key>,
    pub perhaps: Vec<Key>,
}

impl Users {
    pub fn is_empty(&self) -> bool {
        self.hold.is_empty() && self.hibernate.is_empty() && self.perhaps.is_empty()
    }
}

/// All needs in a world.
pub fn needs(world: &World) -> Vec<Need> {
    world.all(Kind::Sandbox).flat_map(|(key, sandbox)| needs_of(world, key, sandbox)).collect()
}

pub fn users(world: &World, object: &Key) -> Users {
    let mut users = Users::default();
    for need in needs(world).into_iter().filter(|need| need.object == *object) {
        match need.how {
            How::Holds => users.hold.push(need.sandbox),
            How::IsHibernated => users.hibernate.push(need.sandbox),
            How::Perhaps => users.perhaps.push(need.sandbox),
        }
    }
    users
}

/// Denies what a Sandbox needs to be kept from.
pub fn protect(expected: &mut Expected, world: &World, key: &Key) {
    let id = match key.kind {
        Kind::Class => "snapshot-class-in-use",
        Kind::Claim => "snapshot-claim-in-use",
        Kind::Provider => "snapshot-provider-in-use",
        Kind::Template | Kind::Sandbox => return,
    };
    let users = users(world, key);
    if !users.hold.is_empty() || !users.hibernate.is_empty() {
        expected.deny(id);
    } else if !users.perhaps.is_empty() {
        expected.may_deny(id);
    }
}

/// The same for an update.
pub fn protect_from_change(
    expected: &mut Expected,
    world: &World,
    key: &Key,
    old: &Value,
    new: &Value,
) {
    let guarded: &[&str] = match key.kind {
        Kind::Class => &["/provisioner", "/parameters"],
        Kind::Claim => &["/spec/snapshotClassName", "/spec/parameters"],
        _ => &["/spec/providerType", "/spec/s3", "/spec/gcs"],
    };
    // Empty and absent are the same for a name.
    let value = |object, pointer| match field(object, pointer) {
        Value::String(text) if text.is_empty() => &Value::Null,
        other => other,
    };
    let changed: Vec<_> =
        guarded.iter().filter(|it| value(old, it) != value(new, it)).copied().collect();
    if changed.is_empty() {
        return;
    }
    let mut found = Expected::default();
    protect(&mut found, world, key);
    if changed == ["/spec/snapshotClassName"] && text(old, "/spec/snapshotClassName").is_empty() {
        match fills_in(world, key, old, text(new, "/spec/snapshotClassName")) {
            Some(true) => found.deny.clear(),
            Some(false) => {}
            None => {
                let deny = std::mem::take(&mut found.deny);
                found.may_deny.extend(deny);
            }
        }
    }
    expected.deny.extend(found.deny);
    expected.may_deny.extend(found.may_deny);
}

/// Returns whether this is the class that an empty name was resolved to; `None` if the contract does not say.
fn fills_in(world: &World, key: &Key, old: &Value, class: &str) -> Option<bool> {
    let recorded: Vec<_> = world
        .within(Kind::Sandbox, &key.namespace)
        .filter(|(_, sandbox)| text(sandbox, "/status/snapshot/snapshotClaimName") == key.name)
        .map(|(_, sandbox)| text(sandbox, "/status/snapshot/snapshotClassName"))
        .collect();
    let resolved = text(old, "/status/snapshotClassName");
    if resolved == class && recorded.iter().all(|it| *it == class) {
        return Some(true);
    }
    let (default_classes, _) = defaults(world.all(Kind::Class), DEFAULT_CLASS);
    let is_plausible = resolved == class
        || recorded.contains(&class)
        || default_classes.iter().any(|default| default.name == class);
    if is_plausible { None } else { Some(false) }
}

fn needs_of(world: &World, key: &Key, sandbox: &Value) -> Vec<Need> {
    if is_terminating(sandbox) {
        return Vec::new();
    }
    let need = |object, how| Need { sandbox: key.clone(), object, how };
    let class = |name: &str| Key::new(Kind::Class, "", name);
    let strategy = field(sandbox, "/spec/suspensionStrategy");
    let uid = text(sandbox, "/metadata/uid");
    if is_set(sandbox, "/status/snapshot") {
        let recorded = class(text(sandbox, "/status/snapshot/snapshotClassName"));
        let mut needs = vec![need(recorded.clone(), How::Holds)];
        let claim = text(sandbox, "/status/snapshot/snapshotClaimName");
        if claim.is_empty() {
            let claims = leads_to(world, key, uid, strategy).into_iter();
            let claims = claims.filter(|(object, _)| object.kind == Kind::Claim);
            needs.extend(claims.filter_map(|(object, is_certain)| {
                let of = world.get(&object)?;
                let classes = classes_of_claim(world, of);
                let is_of_class = classes.iter().find(|(it, _)| *it == recorded)?.1;
                let is_certain = is_certain && is_of_class;
                Some(need(object, if is_certain { How::Holds } else { How::Perhaps }))
            }));
        } else {
            needs.push(need(Key::new(Kind::Claim, &key.namespace, claim), How::Holds));
        }
        let provider = |name: &String| Key::new(Kind::Provider, "", name);
        needs.extend(world.kept_providers(uid).map(|it| need(provider(it), How::Holds)));
        let before = world.ever_named_providers(uid);
        needs.extend(before.map(|it| need(provider(it), How::Perhaps)));
        return needs;
    }
    if !is_being_hibernated(sandbox) {
        return Vec::new();
    }
    let objects = leads_to(world, key, uid, strategy).into_iter();
    objects
        .map(|(object, is_certain)| {
            need(object, if is_certain { How::IsHibernated } else { How::Perhaps })
        })
        .collect()
}

/// Suspended with type Hibernate, without a record, and the controller has not said for this generation that
/// it is done.
pub fn is_being_hibernated(sandbox: &Value) -> bool {
    if text(sandbox, "/spec/operatingMode") != "Suspended"
        || text(sandbox, "/spec/suspensionStrategy/type") != "Hibernate"
        || is_set(sandbox, "/status/snapshot")
        || is_terminating(sandbox)
    {
        return false;
    }
    let generation = field(sandbox, "/metadata/generation");
    let conditions = field(sandbox, "/status/conditions").as_array();
    !conditions.into_iter().flatten().any(|condition| {
        condition["type"] == "Suspended"
            && condition["status"] == "True"
            && condition["observedGeneration"] == *generation
    })
}

/// The claims, classes and providers that the references of a strategy resolve to now, and whether that is
/// certain.
fn leads_to(world: &World, sandbox: &Key, uid: &str, strategy: &Value) -> Vec<(Key, bool)> {
    if !is_set(strategy, "/hibernate") {
        return Vec::new();
    }
    let namespace = &sandbox.namespace;
    let hibernate = field(strategy, "/hibernate");
    let claim = text(hibernate, "/snapshotClaimName");
    let template = text(hibernate, "/snapshotClaimTemplateName");
    let provider = text(hibernate, "/snapshotProviderRef/name");
    let mut found = Vec::new();
    if !claim.is_empty() {
        found.extend(claim_and_classes(world, &Key::new(Kind::Claim, namespace, claim)));
    }
    if !template.is_empty() {
        found.extend(generated(world, sandbox, uid, template));
    }
    if !provider.is_empty() {
        found.push((Key::new(Kind::Provider, "", provider), true));
    }
    let number = [claim, template, provider].iter().filter(|name| !name.is_empty()).count();
    if number == 0 && !is_set(hibernate, "/snapshotProviderRef") {
        let (claims, is_certain) = defaults(world.within(Kind::Claim, namespace), DEFAULT_CLAIM);
        if claims.is_empty() {
            found.extend(default_classes(world));
        }
        let all = claims.iter().flat_map(|claim| claim_and_classes(world, claim));
        found.extend(all.map(|(object, it)| (object, it && is_certain)));
    }
    if number > 1 || text(strategy, "/type") != "Hibernate" {
        // Nobody can say where the checkpoint goes; one that is held may be from when the type was another.
        found = uncertain(found);
    }
    found
}

/// The claims that a Sandbox owns and that were generated from a template, with their classes; as long as
/// there are none, the template's class.
fn generated(world: &World, sandbox: &Key, uid: &str, template: &str) -> Vec<(Key, bool)> {
    let prefix = format!("{}-{template}-", sandbox.name);
    let owns = |claim: &Value| {
        let owners = field(claim, "/metadata/ownerReferences").as_array();
        owners.into_iter().flatten().any(|owner| owner["uid"] == uid)
    };
    let claims = world.within(Kind::Claim, &sandbox.namespace);
    let claims: Vec<_> =
        claims.filter(|(key, claim)| key.name.starts_with(&prefix) && owns(claim)).collect();
    let template = world.get(&Key::new(Kind::Template, &sandbox.namespace, template));
    let of_template = template.map(|template| {
        let class = text(template, "/spec/spec/snapshotClassName");
        classes_by_name(world, class)
    });
    let mut found: Vec<_> =
        claims.iter().flat_map(|(key, _)| claim_and_classes(world, key)).collect();
    // With a claim already, the template's class is only the one of claims to come.
    let is_next = claims.is_empty();
    let of_template = of_template.into_iter().flatten();
    found.extend(of_template.map(|(class, is_certain)| (class, is_certain && is_next)));
    found
}

fn uncertain(objects: Vec<(Key, bool)>) -> Vec<(Key, bool)> {
    objects.into_iter().map(|(object, _)| (object, false)).collect()
}

fn claim_and_classes(world: &World, claim: &Key) -> Vec<(Key, bool)> {
    let mut found = vec![(claim.clone(), true)];
    if let Some(object) = world.get(claim) {
        found.extend(classes_of_claim(world, object));
    }
    found
}

/// The class of a claim: the one that it names, else the default, unless its status says another.
fn classes_of_claim(world: &World, claim: &Value) -> Vec<(Key, bool)> {
    let named = text(claim, "/spec/snapshotClassName");
    let resolved = text(claim, "/status/snapshotClassName");
    let mut classes = classes_by_name(world, named);
    if named.is_empty() && !resolved.is_empty() {
        let resolved = Key::new(Kind::Class, "", resolved);
        if classes.iter().any(|(class, _)| *class != resolved) || classes.is_empty() {
            // The default has moved since; the contract does not say which of the two counts.
            classes = uncertain(classes);
            classes.push((resolved, false));
        }
    }
    classes
}

fn classes_by_name(world: &World, name: &str) -> Vec<(Key, bool)> {
    if name.is_empty() {
        return default_classes(world);
    }
    vec![(Key::new(Kind::Class, "", name), true)]
}

fn default_classes(world: &World) -> Vec<(Key, bool)> {
    let (classes, is_certain) = defaults(world.all(Kind::Class), DEFAULT_CLASS);
    classes.into_iter().map(|class| (class, is_certain)).collect()
}
