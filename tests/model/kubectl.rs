//! Writes as kubectl commands that can be pasted into a shell.

use serde_json::Value;

use crate::actors::Actor;
use crate::requests::{MANAGER, Prepared};
use crate::world::{Key, Kind, World, text};
use crate::writes::{Form, Verb, Write};

/// The command of a write that was prepared in a world.
pub fn command(write: &Write, prepared: &Prepared, world: &World) -> String {
    let key = &write.key;
    let named = format!("{} {}", key.kind.singular(), key.name);
    let body = &prepared.request.body;
    let (arguments, input) = match &write.verb {
        Verb::Create(_) => ("create -f -".to_owned(), Some(body.clone())),
        Verb::Apply(_) => {
            let flags = format!("--server-side --force-conflicts --field-manager={MANAGER}");
            (format!("apply {flags} -f -"), Some(body.clone()))
        }
        Verb::Update { form: Form::Replace, .. } => {
            ("replace -f -".to_owned(), Some(portable(body)))
        }
        Verb::Update { form, .. } => {
            let kind = if *form == Form::JsonPatch { "json" } else { "merge" };
            (format!("patch {named} --type={kind} -p {}", quoted(body)), None)
        }
        Verb::Status(_) => {
            (format!("patch {named} --subresource=status --type=merge -p {}", quoted(body)), None)
        }
        Verb::Delete => (format!("delete {named} --wait=false"), None),
        Verb::DeleteCollection => {
            let query = if write.dry_run { "?dryRun=All" } else { "" };
            (format!("delete --raw '{}{query}'", prepared.request.path), None)
        }
    };
    let is_raw = write.verb == Verb::DeleteCollection;
    let mut command = format!("kubectl {}", flags(write, is_raw));
    command += &arguments;
    if write.dry_run && !is_raw {
        command += " --dry-run=server";
    }
    if let Some(input) = input {
        command += &here_document(&input.to_string(), key, world);
    }
    command
}

fn flags(write: &Write, is_raw: bool) -> String {
    let user = write.actor.user().map(|user| format!("--as={user} "));
    let group = write.actor.group().map(|group| format!("--as-group={group} "));
    let is_placed = !write.key.namespace.is_empty() && !is_raw;
    let namespace = is_placed.then(|| format!("-n {} ", write.key.namespace));
    [user, group, namespace].into_iter().flatten().collect()
}

/// The text as the input of a command. Uids of Sandboxes are not the same when it is pasted, so the shell
/// asks for them.
fn here_document(input: &str, key: &Key, world: &World) -> String {
    let (mut input, mut end) = (input.to_owned(), "'EOF'");
    for (sandbox, object) in world.within(Kind::Sandbox, &key.namespace) {
        let uid = text(object, "/metadata/uid");
        if !uid.is_empty() && input.contains(uid) {
            let (namespace, name) = (&sandbox.namespace, &sandbox.name);
            let get = format!(
                "$(kubectl -n {namespace} get sandbox {name} -o jsonpath={{.metadata.uid}})"
            );
            input = input.replace(uid, &get);
            end = "EOF";
        }
    }
    format!(" <<{end}\n{input}\nEOF")
}

/// An object without what only this API server can know; kubectl fetches the resourceVersion by itself.
fn portable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"]
        {
            metadata.remove(field);
        }
    }
    object.as_object_mut().map(|it| it.remove("status"));
    object
}

fn quoted(value: &Value) -> String {
    format!("'{}'", value.to_string().replace('\'', r"'\''"))
}

/// What to say of the users before the commands.
pub const PREFACE: &str = "# `earlier` is a user whom no webhook judges: \
     matchConditions [{name: judged, expression: request.userInfo.username != \"earlier\"}]";

pub fn needs_preface(writes: &[Write]) -> bool {
    writes.iter().any(|write| write.actor == Actor::Earlier)
}
