//! Names, labels, annotations and owners: what Kubernetes takes, in its own words.

use std::collections::HashSet;

use kubernetes_cel::names;
use serde_json::{Map, Value};

use crate::finding::{Fault, Finding, escaped, invalid, quoted, shown};
use crate::path::Place;

type Object = Map<String, Value>;

/// The most bytes of all annotations of an object.
const MAX_ANNOTATIONS: usize = 256 << 10;

/// How the name of an object is judged.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Naming {
    /// As that of a custom resource.
    Subdomain,
    /// As that of an object of which nothing is known: it must fit into a path.
    PathSegment,
}

impl Naming {
    fn mistakes(self, name: &str, is_prefix: bool) -> Vec<String> {
        match self {
            Self::Subdomain if is_prefix => {
                // A dash at its end is not the end of the name. With it goes the character before.
                let masked = match name.strip_suffix('-') {
                    Some(start) if !start.is_empty() => {
                        let end = start.floor_char_boundary(start.len() - 1);
                        format!("{}a", start.get(..end).unwrap_or_default())
                    }
                    _ => name.to_owned(),
                };
                names::subdomain_errors(&masked)
            }
            Self::Subdomain => names::subdomain_errors(name),
            Self::PathSegment => {
                if !is_prefix && [".", ".."].contains(&name) {
                    return vec![format!("may not be '{name}'")];
                }
                let contained = ["/", "%"].into_iter().filter(|part| name.contains(part));
                contained.map(|part| format!("may not contain '{part}'")).collect()
            }
        }
    }
}

/// A text of the metadata; none is empty.
pub(crate) fn text<'m>(metadata: &'m Object, key: &str) -> &'m str {
    metadata.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Judges `name` and `generateName`.
pub(crate) fn judge_names(
    metadata: &Object,
    naming: Naming,
    place: &Place<'_>,
    fault: Fault,
    findings: &mut Vec<Finding>,
) {
    let (name, prefix) = (text(metadata, "name"), text(metadata, "generateName"));
    let (of_name, of_prefix) = (place.field("name"), place.field("generateName"));
    if !prefix.is_empty() {
        tell_all(naming.mistakes(prefix, true), prefix, &of_prefix, fault, findings);
    }
    match (name, prefix) {
        ("", "") => {
            // Rules are not evaluated then, as where the schema asks for a field.
            let message = "Required value: name or generateName is required";
            findings.push(Finding::new(Fault::Required, &of_name, message));
        }
        // The API server makes no name for an object in an object.
        ("", _) if naming == Naming::PathSegment => {}
        ("", prefix) => {
            let generated = generated(prefix);
            for mistake in naming.mistakes(&generated, false) {
                let message = invalid(&quoted(&generated), &mistake);
                findings.push(Finding::new(fault, &of_prefix, message).named(&of_name));
            }
        }
        (name, _) => tell_all(naming.mistakes(name, false), name, &of_name, fault, findings),
    }
}

/// The most bytes of `generateName` that are used, and what stands for those that are added.
const GENERATED_FROM: usize = 58;
const GENERATED: &str = "xxxxx";

/// A name as it could be generated.
pub(crate) fn generated(prefix: &str) -> String {
    let end = prefix.floor_char_boundary(GENERATED_FROM);
    format!("{}{GENERATED}", prefix.get(..end).unwrap_or_default())
}

/// Judges a namespace that is named.
pub(crate) fn judge_namespace(
    namespace: &str,
    place: &Place<'_>,
    fault: Fault,
    findings: &mut Vec<Finding>,
) {
    if !namespace.is_empty() {
        let mistakes = names::label_errors(namespace);
        tell_all(mistakes, namespace, &place.field("namespace"), fault, findings);
    }
}

/// Judges what may not change.
pub(crate) fn judge_changes(
    old: &Object,
    new: &Object,
    is_namespaced: bool,
    place: &Place<'_>,
    findings: &mut Vec<Finding>,
) {
    let fixed: &[&str] = if is_namespaced { &["name", "namespace"] } else { &["name"] };
    for key in fixed {
        let (before, after) = (text(old, key), text(new, key));
        // A client adds the namespace where it is missing.
        if before != after && !(after.is_empty() && *key == "namespace") {
            let message = invalid(&quoted(after), "field is immutable");
            findings.push(Finding::new(Fault::Metadata, &place.field(key), message));
        }
    }
    if old.get("deletionTimestamp").is_some_and(|time| !time.is_null()) {
        let of = |metadata: &Object| -> Vec<String> {
            let list = metadata.get("finalizers").and_then(Value::as_array);
            let texts = list.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        let before = of(old);
        let mut added: Vec<_> = of(new).into_iter().filter(|it| !before.contains(it)).collect();
        added.sort();
        added.dedup();
        if !added.is_empty() {
            let added: Vec<_> = added.iter().map(|name| quoted(name)).collect();
            let message = format!(
                "Forbidden: no new finalizers can be added if the object is being deleted, found \
                 new finalizers []string{{{}}}",
                added.join(", ")
            );
            findings.push(Finding::new(Fault::Metadata, &place.field("finalizers"), message));
        }
    }
}

/// Judges labels, annotations and owners.
pub(crate) fn judge_common(
    metadata: &Object,
    place: &Place<'_>,
    fault: Fault,
    findings: &mut Vec<Finding>,
) {
    let of = |key| metadata.get(key).and_then(Value::as_object).into_iter().flatten();
    let labels = place.field("labels");
    for (key, value) in of("labels") {
        let here = labels.key(key);
        for mistake in names::qualified_name_errors(key) {
            let finding = Finding::new(fault, &here, invalid(&quoted(key), &mistake));
            findings.push(finding.named(&labels));
        }
        let value = value.as_str().unwrap_or_default();
        for mistake in names::label_value_errors(value) {
            let finding = Finding::new(fault, &here, invalid(&quoted(value), &mistake));
            findings.push(finding.named(&labels));
        }
    }
    let annotations = place.field("annotations");
    let mut size = 0;
    for (key, value) in of("annotations") {
        for mistake in names::qualified_name_errors(&key.to_lowercase()) {
            let message = invalid(&quoted(key), &mistake);
            let finding = Finding::new(fault, &annotations.key(key), message);
            findings.push(finding.named(&annotations));
        }
        size += key.len() + value.as_str().unwrap_or_default().len();
    }
    if size > MAX_ANNOTATIONS {
        let message = format!("Too long: may not be more than {MAX_ANNOTATIONS} bytes");
        findings.push(Finding::new(fault, &annotations, message));
    }
    judge_owners(metadata, &place.field("ownerReferences"), fault, findings);
}

fn judge_owners(metadata: &Object, place: &Place<'_>, fault: Fault, findings: &mut Vec<Finding>) {
    let Some(owners) = metadata.get("ownerReferences").and_then(Value::as_array) else { return };
    let (mut controller, nobody) = (None::<String>, Object::new());
    let mut seen = HashSet::new();
    let distinct: Vec<_> = owners.iter().filter(|owner| seen.insert(owner.to_string())).collect();
    seen.clear();
    for (index, owner) in owners.iter().enumerate() {
        let here = place.index(index);
        if !seen.insert(owner.to_string()) {
            let message = "contains duplicate entries, which the API server drops";
            findings.push(Finding::new(fault, &here, message).warning());
            continue;
        }
        // One that is null is an empty one.
        let Some(owner) = owner.as_object().or(owner.is_null().then_some(&nobody)) else {
            continue;
        };
        let (api_version, kind, name) =
            (text(owner, "apiVersion"), text(owner, "kind"), text(owner, "name"));
        // As Go splits it: what has two slashes has no version.
        let version = match api_version.split_once('/') {
            None => api_version,
            Some((_, version)) if version.contains('/') => "",
            Some((_, version)) => version,
        };
        let mut empty = |field, value: &str, detail| {
            let message = invalid(&quoted(value), detail);
            let finding = Finding::new(fault, &here.field(field), message);
            findings.push(finding.named(&place.field(field)));
        };
        if version.is_empty() {
            empty("apiVersion", api_version, "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if text(owner, field).is_empty() {
                empty(field, "", "must not be empty");
            }
        }
        if (api_version, kind) == ("v1", "Event") {
            let owner = shown_owner(owner);
            let message = invalid(&owner, "/v1, Kind=Event is disallowed from being an owner");
            findings.push(Finding::new(fault, &here, message).named(place));
        }
        if owner.get("controller").and_then(Value::as_bool) == Some(true) {
            let this = format!("{kind}/{name}");
            match &controller {
                Some(first) => {
                    let detail = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in \
                         references for {first} and {this}"
                    );
                    let owners = distinct.iter().filter_map(|it| it.as_object()).map(shown_owner);
                    let owners = format!("[{}]", owners.collect::<Vec<_>>().join(","));
                    let finding = Finding::new(fault, &here, invalid(&owners, &detail));
                    findings.push(finding.named(place));
                }
                None => controller = Some(this),
            }
        }
    }
}

/// An owner as Go writes the struct.
fn shown_owner(owner: &Object) -> String {
    let fields = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let shown = |field: &str| {
        let is_required = ["apiVersion", "kind", "name", "uid"].contains(&field);
        let value = match owner.get(field) {
            Some(value) => escaped(&value.to_string()),
            None if is_required => "\"\"".to_owned(),
            None => return None,
        };
        Some(format!("\"{field}\":{value}"))
    };
    let fields: Vec<_> = fields.into_iter().filter_map(shown).collect();
    format!("{{{}}}", fields.join(","))
}

/// Judges the finalizers of an object that is created.
pub(crate) fn judge_finalizers(
    metadata: &Object,
    place: &Place<'_>,
    fault: Fault,
    findings: &mut Vec<Finding>,
) {
    const ORPHAN: &str = "orphan";
    const FOREGROUND: &str = "foregroundDeletion";
    let Some(list) = metadata.get("finalizers").and_then(Value::as_array) else { return };
    let place = place.field("finalizers");
    let finalizers = || list.iter().filter_map(Value::as_str);
    for finalizer in finalizers() {
        let mistakes = names::qualified_name_errors(finalizer);
        let is_right = mistakes.is_empty();
        tell_all(mistakes, finalizer, &place, fault, findings);
        let standard = [ORPHAN, FOREGROUND, "kubernetes"].contains(&finalizer);
        if is_right && !finalizer.contains('/') && !standard {
            let more = if finalizer.contains('.') { " including a path (/)" } else { "" };
            let message = format!(
                "{}: prefer a domain-qualified finalizer name{more} to avoid accidental conflicts \
                 with other finalizer writers",
                quoted(finalizer)
            );
            findings.push(Finding::new(fault, &place, message).warning());
        }
    }
    if finalizers().any(|it| it == ORPHAN) && finalizers().any(|it| it == FOREGROUND) {
        let detail = format!("finalizer {ORPHAN} and {FOREGROUND} cannot be both set");
        let list = shown(&Value::Array(list.clone()));
        findings.push(Finding::new(fault, &place, invalid(&list, &detail)));
    }
}

/// Judges the metadata of an embedded resource, which needs neither a name nor a namespace.
pub(crate) fn judge_embedded(
    metadata: &Object,
    naming: Naming,
    place: &Place<'_>,
    fault: Fault,
    findings: &mut Vec<Finding>,
) {
    if !(text(metadata, "name").is_empty() && text(metadata, "generateName").is_empty()) {
        judge_names(metadata, naming, place, fault, findings);
    }
    judge_namespace(text(metadata, "namespace"), place, fault, findings);
    judge_common(metadata, place, fault, findings);
    judge_finalizers(metadata, place, fault, findings);
}

/// One finding for each mistake in a name.
fn tell_all(
    mistakes: Vec<String>,
    name: &str,
    place: &Place<'_>,
    fault: Fault,
    findings: &mut Vec<Finding>,
) {
    for mistake in mistakes {
        findings.push(Finding::new(fault, place, invalid(&quoted(name), &mistake)));
    }
}
