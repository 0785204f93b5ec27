//! Intents made into requests, with the objects that they would store.

use serde_json::{Map, Value, json};

use crate::apply;
use crate::world::{Key, Kind, World, collection, field, is_terminating, object, text};
use crate::writes::{Change, Form, Verb, Write};

/// A request that can be sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub query: String,
    pub media_type: &'static str,
    pub body: Value,
}

/// An object that a request would change.
#[derive(Clone, Debug)]
pub struct Subject {
    pub key: Key,
    /// `None` if it would be created.
    pub old: Option<Value>,
    /// As it would reach admission; `None` if it would be deleted.
    pub new: Option<Value>,
}

/// A request, and the objects that it would change in their order.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub request: Request,
    pub subjects: Vec<Subject>,
}

/// Who applies on the server's side.
pub const MANAGER: &str = "gitops";

/// Prepares a write. `None` if it makes no sense in this world: the object is missing, exists already, or the
/// API server itself would refuse it.
pub fn prepare(write: &Write, world: &World) -> Option<Prepared> {
    let old = world.get(&write.key);
    let fill = |value: &Value| fill(value, &write.key, old, world);
    let (request, subjects) = match &write.verb {
        Verb::Create(body) => {
            let new = object(&write.key, fill(body));
            old.is_none().then(|| create(&write.key, new))?
        }
        Verb::Update { form, changes } => {
            let old = old?;
            let changes: Vec<_> = changes.iter().map(|change| filled(change, &fill)).collect();
            let new = changed(old, &changes);
            if is_terminating(old) && adds_finalizer(old, &new) {
                return None;
            }
            (update(&write.key, *form, old, &new, &changes), vec![subject(write, old, Some(new))])
        }
        Verb::Apply(body) => {
            let config = object(&write.key, fill(body));
            let new = match old {
                Some(old) if is_terminating(old) => return None,
                Some(old) => apply::result(old, &config, MANAGER)?,
                None => config.clone(),
            };
            let query = format!("fieldManager={MANAGER}&force=true");
            let media_type = "application/apply-patch+yaml";
            let request = Request { query, ..patch(write.key.path(), media_type, config) };
            let subject = Subject { key: write.key.clone(), old: old.cloned(), new: Some(new) };
            (request, vec![subject])
        }
        Verb::Status(changes) => {
            let changes: Vec<_> = changes.iter().map(|change| filled(change, &fill)).collect();
            let path = write.key.path() + "/status";
            let new = changed(old?, &changes);
            let body = merge_patch(old?, &new, &changes);
            (patch(path, MERGE_PATCH, body), vec![subject(write, old?, Some(new))])
        }
        Verb::Delete => (delete(write.key.path()), vec![subject(write, old?, None)]),
        Verb::DeleteCollection => {
            let all = world.within(write.key.kind, &write.key.namespace);
            let subjects: Vec<_> = all
                .map(|(key, old)| Subject { key: key.clone(), old: Some(old.clone()), new: None })
                .collect();
            (delete(collection(write.key.kind, &write.key.namespace)), subjects)
        }
    };
    let mut prepared = Prepared { request, subjects };
    if write.dry_run && prepared.request.method == "DELETE" {
        // With options in the body, those of the query are not read.
        prepared.request.body["dryRun"] = json!(["All"]);
    } else if write.dry_run {
        let query = &mut prepared.request.query;
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str("dryRun=All");
    }
    Some(prepared)
}

fn subject(write: &Write, old: &Value, new: Option<Value>) -> Subject {
    Subject { key: write.key.clone(), old: Some(old.clone()), new }
}

const MERGE_PATCH: &str = "application/merge-patch+json";

fn create(key: &Key, new: Value) -> (Request, Vec<Subject>) {
    let request = Request {
        method: "POST",
        path: key.collection(),
        query: String::new(),
        media_type: "application/json",
        body: new.clone(),
    };
    (request, vec![Subject { key: key.clone(), old: None, new: Some(new) }])
}

fn patch(path: String, media_type: &'static str, body: Value) -> Request {
    Request { method: "PATCH", path, query: String::new(), media_type, body }
}

fn delete(path: String) -> Request {
    let body = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
    let media_type = "application/json";
    Request { method: "DELETE", path, query: String::new(), media_type, body }
}

fn update(key: &Key, form: Form, old: &Value, new: &Value, changes: &[Change]) -> Request {
    match form {
        Form::MergePatch => patch(key.path(), MERGE_PATCH, merge_patch(old, new, changes)),
        Form::JsonPatch => {
            let operations = changes.iter().fold((old.clone(), Vec::new()), operation).1;
            patch(key.path(), "application/json-patch+json", operations.into())
        }
        Form::Replace => Request {
            method: "PUT",
            path: key.path(),
            query: String::new(),
            media_type: "application/json",
            body: new.clone(),
        },
    }
}

fn changed(old: &Value, changes: &[Change]) -> Value {
    let mut new = old.clone();
    for change in changes {
        change.make(&mut new);
    }
    new
}

/// The merge patch that makes the new object of the old one, in the fields of the changes.
fn merge_patch(old: &Value, new: &Value, changes: &[Change]) -> Value {
    let mut patch = json!({});
    for change in changes {
        let at = pointer(&change.path);
        if field(old, &at).is_null() && change.value.is_none() {
            // A null would make the maps above it.
            continue;
        }
        let value = difference(field(old, &at), field(new, &at));
        Change { path: change.path.clone(), value: Some(value) }.make(&mut patch);
    }
    patch
}

/// What a merge patch says to make one value of another.
fn difference(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return new.clone() };
    let mut difference = Map::new();
    for (key, value) in new {
        difference
            .insert(key.clone(), self::difference(old.get(key).unwrap_or(&Value::Null), value));
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        difference.insert(key.clone(), Value::Null);
    }
    difference.into()
}

fn pointer(path: &[String]) -> String {
    let escaped =
        path.iter().flat_map(|step| ["/".to_owned(), step.replace('~', "~0").replace('/', "~1")]);
    escaped.collect()
}

/// Adds an operation of a JSON patch, and makes its change in the object.
fn operation(
    (mut object, mut operations): (Value, Vec<Value>),
    change: &Change,
) -> (Value, Vec<Value>) {
    for depth in 1..change.path.len() {
        let parent = pointer(&change.path[..depth]);
        if change.value.is_some() && field(&object, &parent).is_null() {
            operations.push(json!({"op": "add", "path": parent, "value": {}}));
            Change { path: change.path[..depth].to_vec(), value: Some(json!({})) }
                .make(&mut object);
        }
    }
    let path = pointer(&change.path);
    let exists = object.pointer(&path).is_some();
    match &change.value {
        Some(value) => {
            let op = if exists { "replace" } else { "add" };
            operations.push(json!({"op": op, "path": path, "value": value}));
        }
        None if exists => operations.push(json!({"op": "remove", "path": path})),
        None => {}
    }
    change.make(&mut object);
    (object, operations)
}

fn adds_finalizer(old: &Value, new: &Value) -> bool {
    let finalizers = |object| field(object, "/metadata/finalizers").as_array().cloned();
    let old = finalizers(old).unwrap_or_default();
    finalizers(new).unwrap_or_default().iter().any(|finalizer| !old.contains(finalizer))
}

fn filled(change: &Change, fill: &impl Fn(&Value) -> Value) -> Change {
    Change { path: change.path.clone(), value: change.value.as_ref().map(fill) }
}

/// Puts in what is known only now.
fn fill(value: &Value, key: &Key, old: Option<&Value>, world: &World) -> Value {
    let again = |value: &Value| fill(value, key, old, world);
    match value {
        Value::Object(map) => {
            let map: Map<_, _> = map.iter().map(|(key, it)| (key.clone(), again(it))).collect();
            map.into()
        }
        Value::Array(list) => list.iter().map(again).collect(),
        Value::String(text) if text.starts_with('$') => {
            let generation = old.and_then(|old| old.pointer("/metadata/generation")?.as_i64());
            let generation = generation.unwrap_or_default();
            match text.strip_prefix("$uid/") {
                Some(sandbox) => uid(&Key::new(Kind::Sandbox, &key.namespace, sandbox), world),
                None if text == "$generation" => generation.into(),
                None => (generation - 1).into(),
            }
        }
        other => other.clone(),
    }
}

fn uid(sandbox: &Key, world: &World) -> Value {
    let found = world.get(sandbox).map(|sandbox| text(sandbox, "/metadata/uid"));
    found.unwrap_or("11111111-1111-4111-8111-111111111111").into()
}
