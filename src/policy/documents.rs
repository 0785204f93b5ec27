//! The policies that some documents hold: ours, and Kubernetes' own with their bindings.

use std::collections::HashSet;
use std::sync::Arc;

use kubernetes_cel::names;
use kubernetes_manifest::{Document, Node};

use super::constraints::Constraints;
use super::definition::{Actions, Definition, ParamKind, Spec};
use super::read;
use crate::rules::{RULES, SCHEMA, UNKNOWN_FIELD};
use crate::strict::{Mapping, Problem, Problems, Strict, meant};

/// The group and version of our own kinds.
pub const API_VERSION: &str = "policy.sandbox-admission.io/v1alpha1";
/// A policy of ours.
pub const POLICY: &str = "AdmissionPolicy";
/// Cases for a policy; where policies are loaded it is passed over.
pub const TEST: &str = "PolicyTest";

const KUBERNETES: &str = "admissionregistration.k8s.io/v1";
const VAP: &str = "ValidatingAdmissionPolicy";
const BINDING: &str = "ValidatingAdmissionPolicyBinding";
/// Sensible for one server: each costs time on every request that it matches.
const MAX_POLICIES: usize = 256;

/// The longest key of an audit annotation, made of the policy's name and the author's key.
const MAX_AUDIT_KEY: usize = 63;

/// The role of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Ours,
    Kubernetes,
    Binding,
    Test,
    /// Of use only as a policy's parameters.
    Other,
}

/// A policy and the other parts of its document.
struct PolicyDocument<'d> {
    document: &'d Document,
    shared: Arc<Document>,
    name: Arc<str>,
    spec: Arc<Spec>,
    is_ours: bool,
    members: Mapping<'d>,
}

/// Returns every policy among some documents, once for each of its bindings; or all problems.
pub fn definitions(documents: &[Document]) -> Result<Vec<Definition>, Problems> {
    let mut problems = Vec::new();
    let mut policies = Vec::new();
    let mut bindings = Vec::new();
    let mut others = Vec::new();
    for document in documents {
        let mut strict = Strict::new(&document.file);
        let role = role(&mut strict, &document.root);
        match role {
            Role::Ours | Role::Kubernetes => {
                let policy = written(&mut strict, document, role == Role::Ours);
                policies.extend(policy);
            }
            Role::Binding => bindings.push(document),
            Role::Other => others.push(document),
            Role::Test => {}
        }
        problems.extend(strict.into_problems());
    }
    problems.extend(name_clashes(&policies));

    let mut definitions = Vec::new();
    for policy in policies.iter().filter(|policy| policy.is_ours) {
        let mut strict = Strict::new(&policy.document.file);
        let actions = read::actions(&mut strict, policy.members);
        let params = params(&mut strict, policy.members, policy.spec.param_kind.as_ref(), &others);
        definitions.push(policy.definition(actions, None, params));
        problems.extend(strict.into_problems());
    }
    let mut bound = HashSet::new();
    for document in bindings {
        let mut strict = Strict::new(&document.file);
        if let Some((name, definition)) = binding(&mut strict, document, &policies, &others) {
            bound.insert(name);
            definitions.push(definition);
        }
        problems.extend(strict.into_problems());
    }
    for policy in policies.iter().filter(|it| !it.is_ours && !bound.contains(&it.name)) {
        let text = format!(
            "{VAP} \"{}\" has no {BINDING} here, so that it would do nothing: add one",
            policy.name
        );
        problems.extend(policy.complaint(text));
    }
    problems.extend(useless(&others, &policies));
    if definitions.len() > MAX_POLICIES
        && let Some(one_more) = policies.last()
    {
        let text = format!("{} policies are more than {MAX_POLICIES}", definitions.len());
        problems.extend(one_more.complaint(text));
    }
    if problems.is_empty() { Ok(definitions) } else { Err(Problems(problems)) }
}

/// Returns the role of a document, by its type; a type that is nearly a policy's is a mistake.
fn role(strict: &mut Strict<'_>, root: &Node) -> Role {
    let text = |key| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let position = |key| root.get(key).map_or(root.position, |node| node.position);
    match (api_version, kind) {
        (API_VERSION, POLICY) => Role::Ours,
        (API_VERSION, TEST) => Role::Test,
        (KUBERNETES, VAP) => Role::Kubernetes,
        (KUBERNETES, BINDING) => Role::Binding,
        (API_VERSION, other) => {
            let hint = meant(other, &[POLICY, TEST]);
            let text = format!("there is no kind \"{other}\" in {API_VERSION}{hint}");
            strict.report(position("kind"), text);
            Role::Test
        }
        (other, POLICY | TEST) => {
            let text = format!("{kind} is of {API_VERSION}, not of \"{other}\"");
            strict.report(position("apiVersion"), text);
            Role::Test
        }
        (other, VAP | BINDING) => {
            let text = format!("{kind} is read as {KUBERNETES}, not as \"{other}\"");
            strict.report(position("apiVersion"), text);
            Role::Test
        }
        _ => Role::Other,
    }
}

fn written<'d>(
    strict: &mut Strict<'_>,
    document: &'d Document,
    is_ours: bool,
) -> Option<PolicyDocument<'d>> {
    let (name, members) = head(strict, document)?;
    if let Some(error) = names::subdomain_error(name) {
        strict.report(document.root.locate("metadata.name"), format!("metadata.name: {error}"));
    }
    let ids = RULES.iter().map(|rule| rule.id).chain([SCHEMA, UNKNOWN_FIELD]);
    if ids.into_iter().any(|id| id == name) {
        let text = format!("\"{name}\" is a built-in rule: give the policy a name of its own");
        strict.report(document.root.locate("metadata.name"), text);
    }
    let members = read::members(strict, members, is_ours);
    let spec = Arc::new(read::spec(strict, members, is_ours));
    // The API server drops an annotation whose key is longer.
    let room = MAX_AUDIT_KEY.saturating_sub(name.len() + 1);
    if let Some(long) = spec.audit_annotations.iter().find(|it| it.name.len() > room) {
        let text = format!(
            "auditAnnotations: {name}.{} has more than {MAX_AUDIT_KEY} characters: shorten the key",
            long.name
        );
        strict.report(members.position_of("auditAnnotations"), text);
    }
    let shared = Arc::new(document.clone());
    Some(PolicyDocument { document, shared, name: name.into(), spec, is_ours, members })
}

/// The name and the spec of a document.
fn head<'d>(strict: &mut Strict<'_>, document: &'d Document) -> Option<(&'d str, &'d Node)> {
    const KEYS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
    let kind = document.root.get("kind").and_then(Node::as_str).unwrap_or_default();
    let root = strict.mapping(&document.root, kind, &KEYS);
    let name = document.root.get("metadata").and_then(|it| it.get("name")).and_then(Node::as_str);
    if name.is_none_or(str::is_empty) {
        strict.report(root.position_of("metadata"), "metadata.name is missing");
    }
    if root.get("spec").is_none() {
        strict.report(root.position, "spec is missing");
    }
    name.filter(|name| !name.is_empty()).zip(root.get("spec"))
}

/// A binding makes a definition of the policy that it names.
fn binding(
    strict: &mut Strict<'_>,
    document: &Document,
    policies: &[PolicyDocument<'_>],
    others: &[&Document],
) -> Option<(Arc<str>, Definition)> {
    const KEYS: [&str; 4] = ["policyName", "paramRef", "matchResources", "validationActions"];
    let (_, spec) = head(strict, document)?;
    let spec = strict.mapping(spec, "spec", &KEYS);
    let actions = read::actions(strict, spec);
    let resources = spec.get("matchResources");
    let resources = resources.map(|it| Constraints::read(strict, it, "matchResources", false));
    let name = read::required(strict, spec, "policyName")?;
    let kubernetes = policies.iter().filter(|policy| !policy.is_ours);
    let Some(policy) = kubernetes.clone().find(|policy| &*policy.name == name) else {
        let known: Vec<&str> = kubernetes.map(|policy| &*policy.name).collect();
        let text = format!("there is no {VAP} \"{name}\" here{}", meant(name, &known));
        strict.report(spec.position_of("policyName"), text);
        return None;
    };
    let params = params(strict, spec, policy.spec.param_kind.as_ref(), others);
    Some((Arc::clone(&policy.name), policy.definition(actions, resources, params)))
}

impl PolicyDocument<'_> {
    fn definition(
        &self,
        actions: Actions,
        bound_to: Option<Constraints>,
        params: Option<Arc<str>>,
    ) -> Definition {
        Definition {
            name: Arc::clone(&self.name),
            document: Arc::clone(&self.shared),
            spec: Arc::clone(&self.spec),
            actions,
            bound_to,
            params,
        }
    }

    fn complaint(&self, text: String) -> Vec<Problem> {
        let mut strict = Strict::new(&self.document.file);
        strict.report(self.document.root.locate("metadata.name"), text);
        strict.into_problems()
    }
}

fn name_clashes(policies: &[PolicyDocument<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let mut before = policies.iter().take(index);
        if let Some(first) = before.find(|it| it.name == policy.name) {
            let (file, position) = (&first.document.file, first.document.root.position);
            let text = format!("there is a policy \"{}\" already: {file}:{position}", policy.name);
            problems.extend(policy.complaint(text));
        }
    }
    problems
}

/// The parameters that `paramRef` names, which must be among the given files: a policy that asks for
/// others is refused rather than judged without them.
fn params(
    strict: &mut Strict<'_>,
    spec: Mapping<'_>,
    kind: Option<&ParamKind>,
    others: &[&Document],
) -> Option<Arc<str>> {
    const KEYS: [&str; 4] = ["name", "namespace", "selector", "parameterNotFoundAction"];
    let position = spec.position_of("paramRef");
    let (kind, reference) = match (kind, spec.get("paramRef")) {
        (Some(kind), Some(reference)) => (kind, reference),
        (Some(_), None) => {
            strict.report(position, "paramKind needs a paramRef: it names the parameters");
            return None;
        }
        (None, Some(_)) => {
            strict.report(position, "paramRef without a paramKind in the policy");
            return None;
        }
        (None, None) => return None,
    };
    let reference = strict.mapping(reference, "paramRef", &KEYS);
    strict.word(
        reference.get("parameterNotFoundAction"),
        "parameterNotFoundAction",
        &[("Allow", ()), ("Deny", ())],
    );
    if reference.get("selector").is_some() {
        let text = "a selector of parameters is not supported: name one object of these files";
        strict.report(reference.position_of("selector"), text);
        return None;
    }
    let name = read::required(strict, reference, "name")?;
    let namespace = strict.text(reference.get("namespace"), "namespace");
    let is_meant = |document: &&&Document| {
        let text = |node: Option<&Node>| node.and_then(Node::as_str).map(str::to_owned);
        let (root, metadata) = (&document.root, document.root.get("metadata"));
        text(root.get("apiVersion")).as_deref() == Some(&*kind.api_version)
            && text(root.get("kind")).as_deref() == Some(&*kind.kind)
            && text(metadata.and_then(|it| it.get("name"))).as_deref() == Some(name)
            && text(metadata.and_then(|it| it.get("namespace"))).as_deref() == namespace
    };
    let found = others.iter().find(is_meant);
    let json = found.and_then(|document| serde_json::to_string(&document.root).ok());
    if json.is_none() {
        let place = namespace.map(|it| format!("{it}/")).unwrap_or_default();
        let text = format!(
            "{} {place}{name} is not among the files given as policies: parameters are read from \
             there alone",
            kind.kind
        );
        strict.report(position, text);
    }
    json.map(Arc::from)
}

/// Documents that are neither a policy nor any policy's parameters: probably a policy with a slip in
/// its type, which must not be passed over.
fn useless(others: &[&Document], policies: &[PolicyDocument<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in others {
        let text = |key| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let is_params = policies.iter().filter_map(|policy| policy.spec.param_kind.as_ref());
        if !is_params.into_iter().any(|it| it.api_version == api_version && it.kind == kind) {
            let known = [POLICY, VAP, BINDING];
            let mut strict = Strict::new(&document.file);
            let hint = meant(kind, &known);
            let text = format!("\"{api_version}\" \"{kind}\" is no policy{hint}");
            strict.report(document.root.position, text);
            problems.extend(strict.into_problems());
        }
    }
    problems
}
