//! Cases as their author wrote them: what is asked, what else exists, and what is due.
//!
//! ```yaml
//! apiVersion: policy.sandbox-admission.io/v1alpha1
//! kind: PolicyTest
//! catalog:                  # what exists in all cases
//! - {kind: SnapshotClass, metadata: {name: fast}, provisioner: example.com/s3}
//! cases:
//! - title: a claim in a foreign bucket is denied
//!   object: {kind: SnapshotClaim, metadata: {name: main}, spec: {snapshotClassName: fast}}
//!   expect: {denied: bucket}     # allowed, warned, denied or audited, and a part of the message
//! ```

use std::sync::Arc;

use kubernetes_manifest::{Content, Document, Node, Position};
use serde_json::{Value, json};

use crate::admission::Operation;
use crate::api::{GROUP, Kind, VERSION};
use crate::catalog::files::resource_of;
use crate::catalog::{Objects, Resource, Retention};
use crate::strict::{Mapping, Problem, Strict};

/// Where objects are that name no namespace.
const NAMESPACE: &str = "default";
const MAX_CASES: usize = 1000;
const CASE_KEYS: [&str; 8] =
    ["title", "operation", "subResource", "user", "object", "oldObject", "catalog", "expect"];
const OPERATIONS: [(&str, Operation); 3] =
    [("CREATE", Operation::Create), ("UPDATE", Operation::Update), ("DELETE", Operation::Delete)];

/// One request and what is due.
#[derive(Debug)]
pub struct Case {
    /// The file.
    pub file: Arc<str>,
    /// Where it begins.
    pub position: Position,
    /// The property that it shows.
    pub title: String,
    /// The kind of its object.
    pub kind: Kind,
    /// The operation.
    pub operation: Operation,
    /// `status`, or the object itself.
    pub sub_resource: Option<String>,
    /// The user who does it.
    pub user: Value,
    /// The object to be.
    pub object: Option<Value>,
    /// The object as stored.
    pub old_object: Option<Value>,
    /// The other objects that exist.
    pub catalog: Objects,
    /// The expected result.
    pub expect: Expected,
}

/// The expected result of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The outcome of the request.
    pub verdict: CaseVerdict,
    /// A part of one of the messages.
    pub message: Option<String>,
}

/// The outcome of a request, as far as policies decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseVerdict {
    /// Nothing is wrong.
    Allowed,
    /// Only the audit log records it.
    Audited,
    /// The user is warned.
    Warned,
    /// It is refused.
    Denied,
}

impl CaseVerdict {
    const ALL: [(&str, Self); 4] = [
        ("allowed", Self::Allowed),
        ("audited", Self::Audited),
        ("warned", Self::Warned),
        ("denied", Self::Denied),
    ];

    /// As cases spell it.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, it)| *it == self).map_or("", |(name, _)| name)
    }
}

/// The cases of a document, or all that is wrong with them.
pub fn read(document: &Document) -> Result<Vec<Case>, Vec<Problem>> {
    let mut strict = Strict::new(&document.file);
    let keys = ["apiVersion", "kind", "metadata", "catalog", "cases"];
    let root = strict.mapping(&document.root, "a PolicyTest", &keys);
    let shared = strict.list(root.get("catalog"), "catalog", MAX_CASES);
    let items = strict.list(root.get("cases"), "cases", MAX_CASES);
    if items.is_empty() {
        strict.report(root.position_of("cases"), "cases is missing: a PolicyTest has one at least");
    }
    let cases: Vec<_> =
        items.iter().filter_map(|node| case(&mut strict, &document.file, node, shared)).collect();
    let problems = strict.into_problems();
    if problems.is_empty() { Ok(cases) } else { Err(problems) }
}

fn case(strict: &mut Strict<'_>, file: &Arc<str>, node: &Node, shared: &[Node]) -> Option<Case> {
    let case = strict.mapping(node, "a case", &CASE_KEYS);
    let title = strict.text(case.get("title"), "title").unwrap_or_default().to_owned();
    if title.is_empty() {
        strict.report(case.position, "title is missing: say what the case shows");
    }
    let (object, old_object) = (case.get("object"), case.get("oldObject"));
    let subject = object.or(old_object);
    let kind = subject.and_then(|node| match kind(node) {
        Some(Resource::Ours(kind)) => Some(kind),
        _ => None,
    });
    let Some(kind) = kind else {
        let at = subject.map_or(case.position, |node| node.position);
        strict.report(at, format!("a case has an object, or an oldObject, of a kind of {GROUP}"));
        return None;
    };
    let operation = strict.word(case.get("operation"), "operation", &OPERATIONS);
    let meant = match (object, old_object) {
        (Some(_), Some(_)) => Operation::Update,
        (None, Some(_)) => Operation::Delete,
        _ => Operation::Create,
    };
    if operation.is_some_and(|operation| operation != meant) {
        let text = "CREATE has an object, DELETE an oldObject, UPDATE has both";
        strict.report(case.position_of("operation"), text);
    }
    let mut catalog = Objects::new(Retention::Whole);
    let own = strict.list(case.get("catalog"), "catalog", MAX_CASES);
    for node in shared.iter().chain(own) {
        put(strict, &mut catalog, node);
    }
    Some(Case {
        file: Arc::clone(file),
        position: case.position,
        title,
        kind,
        operation: meant,
        sub_resource: strict.text(case.get("subResource"), "subResource").map(str::to_owned),
        user: user(case.get("user")),
        object: object.map(complete),
        old_object: old_object.map(complete),
        catalog,
        expect: expected(strict, case)?,
    })
}

/// The expected result: a word, or a word and a part of the message.
fn expected(strict: &mut Strict<'_>, case: Mapping<'_>) -> Option<Expected> {
    let names = CaseVerdict::ALL.map(|(name, _)| name);
    let Some(node) = case.get("expect") else {
        let text = format!("expect is missing: {}", names.join(", "));
        strict.report(case.position, text);
        return None;
    };
    if !matches!(node.content, Content::Mapping(_)) {
        let verdict = strict.word(Some(node), "expect", &CaseVerdict::ALL)?;
        return Some(Expected { verdict, message: None });
    }
    let expect = strict.mapping(node, "expect", &names);
    let mut found = CaseVerdict::ALL.into_iter().filter(|(name, _)| expect.get(name).is_some());
    let (Some((name, verdict)), None) = (found.next(), found.next()) else {
        strict.report(node.position, "expect has one of these, with a part of the message");
        return None;
    };
    let message = strict.text(expect.get(name), name).map(str::to_owned);
    Some(Expected { verdict, message })
}

/// A name, or what a request has as `userInfo`.
fn user(node: Option<&Node>) -> Value {
    match node.map(|node| (node.as_str(), node)) {
        None => json!({"username": "someone", "groups": ["system:authenticated"]}),
        Some((Some(name), _)) => json!({"username": name, "groups": ["system:authenticated"]}),
        Some((None, node)) => serde_json::to_value(node).unwrap_or_default(),
    }
}

fn kind(node: &Node) -> Option<Resource> {
    let named = node.get("kind").and_then(Node::as_str).and_then(Kind::from_name);
    let is_short = node.get("apiVersion").is_none();
    named.filter(|_| is_short).map(Resource::Ours).or_else(|| resource_of(node))
}

/// Adds to an object what a case may leave out: our API version and the namespace.
fn complete(node: &Node) -> Value {
    let mut object = serde_json::to_value(node).unwrap_or_default();
    let is_namespaced = kind(node).is_some_and(Resource::is_namespaced);
    let Some(members) = object.as_object_mut() else { return object };
    members.entry("apiVersion").or_insert_with(|| format!("{GROUP}/{VERSION}").into());
    let metadata = members.entry("metadata").or_insert_with(|| json!({}));
    if let Some(metadata) = metadata.as_object_mut().filter(|_| is_namespaced) {
        metadata.entry("namespace").or_insert_with(|| NAMESPACE.into());
    }
    object
}

fn put(strict: &mut Strict<'_>, catalog: &mut Objects, node: &Node) {
    let Some(resource) = kind(node) else {
        let text = format!("a catalog holds kinds of {GROUP}, and v1 Namespaces");
        strict.report(node.position, text);
        return;
    };
    if let Err(error) = catalog.insert(resource, NAMESPACE, &complete(node).to_string()) {
        strict.report(node.locate(&error.field), format!("{}: {error}", resource.name()));
    }
}
