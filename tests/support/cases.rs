//! Cases as data: one admission request each, the other objects, and the expected answer.
//!
//! A file is a mapping with a list of `cases` and, optionally, a `catalog` that all of them share.
//! Keys of a case are those of [`Case`]. In objects `apiVersion` may be left out (ours) and
//! `metadata.namespace` (`team-a`).
//!
//! Nothing here knows which way a case takes into the program: [`Case::body`] is what
//! kube-apiserver would send, and [`Case::differences`] compares any answer that was [`Said`]. The
//! expectations are in [`super::expect`].

use std::fmt;
use std::path::Path;

use kubernetes_manifest::{Content, Node};
use sandbox_admission::admission::Phase;
use sandbox_admission::api::{GROUP, Kind, VERSION};
use sandbox_admission::catalog::Objects;
use sandbox_admission::rules::Settings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::Said;
use super::expect::Expect;
use super::rights::WithRights;

/// The uid of every request.
pub const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// One request and the expected answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// File and line.
    #[serde(skip)]
    pub place: String,
    /// The folder of its file: a rule's id or a topic.
    #[serde(skip)]
    pub folder: String,
    #[serde(default)]
    id: Option<String>,
    title: String,
    /// `mutating`, or `validating` where it is left out.
    #[serde(default)]
    phase: Option<String>,
    pub operation: String,
    #[serde(default)]
    pub sub_resource: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    /// `request.name` where it is not the object's.
    #[serde(default)]
    name: Option<String>,
    /// As in a configuration file.
    #[serde(default)]
    settings: Value,
    /// The classes and providers that the user may `use`, as `snapshotclasses/fast`. Only an API
    /// server knows that: where it is given, the case has the library's way alone.
    #[serde(default)]
    pub may_use: Option<Vec<String>>,
    #[serde(default)]
    pub catalog: Vec<Value>,
    #[serde(default)]
    pub object: Value,
    #[serde(default)]
    pub old_object: Value,
    /// A JSON merge patch (null removes) that makes `object` out of `oldObject`.
    #[serde(default)]
    merge: Option<Value>,
    expect: Expect,
}

/// Every case below a folder.
pub fn load(root: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut entries: Vec<_> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            cases.extend(load(&path));
        } else {
            cases.extend(load_file(&path));
        }
    }
    cases
}

fn load_file(path: &Path) -> Vec<Case> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).unwrap();
    let documents =
        kubernetes_manifest::parse(&file, &text).unwrap_or_else(|error| panic!("{error}"));
    let [document] = documents.as_slice() else { panic!("{file}: one document is wanted") };
    let items = |key: &str| match document.root.get(key).map(|node| &node.content) {
        Some(Content::Sequence(items)) => items.as_slice(),
        None => &[],
        _ => panic!("{file}: {key} is a list"),
    };
    let folder = path.parent().and_then(Path::file_name).unwrap().to_string_lossy();
    let shared: Vec<Value> = items("catalog").iter().map(to_json).collect();
    items("cases").iter().map(|node| read(&file, &folder, &shared, node)).collect()
}

fn read(file: &str, folder: &str, shared: &[Value], node: &Node) -> Case {
    let place = format!("{file}:{}", node.position.line);
    let mut case: Case =
        serde_json::from_value(to_json(node)).unwrap_or_else(|error| panic!("{place}: {error}"));
    case.place = place;
    folder.clone_into(&mut case.folder);
    case.catalog.extend_from_slice(shared);
    case.catalog.iter_mut().for_each(complete);
    complete(&mut case.old_object);
    if let Some(merge) = &case.merge {
        assert!(case.object.is_null(), "{}: either object or merge", case.place);
        case.object = case.old_object.clone();
        json_patch::merge(&mut case.object, merge);
    }
    complete(&mut case.object);
    case
}

fn to_json(node: &Node) -> Value {
    serde_json::to_value(node).unwrap()
}

/// Adds to an object what cases may leave out.
fn complete(object: &mut Value) {
    let Some(members) = object.as_object_mut() else { return };
    members.entry("apiVersion").or_insert_with(|| format!("{GROUP}/{VERSION}").into());
    let kind = members.get("kind").and_then(Value::as_str).and_then(Kind::from_name);
    if kind.is_some_and(Kind::is_namespaced) {
        let metadata = members.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.entry("namespace").or_insert_with(|| "team-a".into());
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'c> {
    kind: &'static str,
    api_version: &'static str,
    request: Question<'c>,
}

/// In the order in which kube-apiserver writes the fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'c> {
    uid: &'static str,
    kind: Value,
    resource: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_resource: &'c Option<String>,
    request_kind: Value,
    request_resource: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_sub_resource: &'c Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'c str,
    operation: &'c str,
    user_info: Value,
    object: &'c Value,
    old_object: &'c Value,
    dry_run: bool,
    options: Value,
}

impl Case {
    /// The webhook that it goes to.
    pub fn phase(&self) -> Phase {
        match self.phase.as_deref() {
            Some("mutating") => Phase::Mutating,
            Some("validating") | None => Phase::Validating,
            Some(other) => panic!("{}: there is no phase {other}", self.place),
        }
    }

    /// The `AdmissionReview` as kube-apiserver sends it.
    pub fn body(&self) -> Vec<u8> {
        let subject = self.subject();
        let (api_version, kind) = (text(&subject["apiVersion"]), text(&subject["kind"]));
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let plural = Kind::from_name(kind)
            .map_or_else(|| format!("{}s", kind.to_lowercase()), |kind| kind.plural().to_owned());
        let kind = json!({"group": group, "version": version, "kind": kind});
        let resource = json!({"group": group, "version": version, "resource": plural});
        let user = self.user.as_deref().unwrap_or("dev@team-a");
        let all = ["system:authenticated"];
        let groups: Vec<&str> = self.groups.iter().map(String::as_str).chain(all).collect();
        let options = match self.operation.as_str() {
            "CREATE" => "CreateOptions",
            "UPDATE" => "UpdateOptions",
            _ => "DeleteOptions",
        };
        let review = Review {
            kind: "AdmissionReview",
            api_version: "admission.k8s.io/v1",
            request: Question {
                uid: UID,
                kind: kind.clone(),
                resource: resource.clone(),
                sub_resource: &self.sub_resource,
                request_kind: kind,
                request_resource: resource,
                request_sub_resource: &self.sub_resource,
                name: self.name.as_deref().unwrap_or_else(|| text(&subject["metadata"]["name"])),
                namespace: text(&subject["metadata"]["namespace"]),
                operation: &self.operation,
                user_info: json!({"username": user, "groups": groups}),
                object: &self.object,
                old_object: &self.old_object,
                dry_run: false,
                options: json!({"kind": options, "apiVersion": "meta.k8s.io/v1"}),
            },
        };
        serde_json::to_vec(&review).unwrap()
    }

    /// The other objects, and the rights.
    pub fn catalog(&self) -> WithRights {
        WithRights { objects: self.objects(), may_use: self.may_use.clone() }
    }

    /// The other objects.
    fn objects(&self) -> Objects {
        let mut objects = Objects::default();
        for object in &self.catalog {
            // The shared cases list a Namespace too; no rule asks about one.
            if let Some(kind) = Kind::from_api(text(&object["apiVersion"]), text(&object["kind"])) {
                let inserted = objects.insert(kind, "", &object.to_string());
                inserted.unwrap_or_else(|error| panic!("{}: catalog: {error}", self.place));
            }
        }
        objects
    }

    /// The operator's configuration, as a file for `--config`.
    pub fn config(&self) -> String {
        if self.settings.is_null() { "{}".to_owned() } else { self.settings.to_string() }
    }

    /// The operator's configuration.
    pub fn settings(&self) -> Settings {
        let documents = kubernetes_manifest::parse(&self.place, &self.config()).unwrap();
        let read = documents.iter().map(Settings::from_document).next().unwrap();
        read.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The ids of the rules that should fire; `None` where the case leaves that open.
    pub fn fires(&self) -> Option<Vec<&str>> {
        self.expect.fires()
    }

    /// The differences between an answer and the expected one.
    pub fn differences(&self, said: &Said) -> Vec<String> {
        self.expect.differences(said, self.subject())
    }

    /// The mistakes in the case itself.
    pub fn flaw(&self) -> Option<&'static str> {
        self.expect.flaw(self.id.is_some())
    }

    fn subject(&self) -> &Value {
        if self.object.is_null() { &self.old_object } else { &self.object }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.title)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
