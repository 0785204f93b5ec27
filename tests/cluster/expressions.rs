//! The verdicts on expressions that `crates/cel/tests/conformance` has are those of a real kube-apiserver: each
//! expression is a validation of a ValidatingAdmissionPolicy that warns, and an object is created in a dry
//! run. There the same verdicts are compared with Kubernetes' own library and with our engine.
//!
//! A policy has as many expressions as there is room for warnings in an answer: the API server cuts them
//! off at 4 KB. It applies only to writes of one field manager, which has the name of the policy.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::World;
use crate::cluster::process::eventually;
use crate::cluster::{Binaries, Cluster, Kubectl, sandbox_definition, snapshot_definitions};

const EXPRESSIONS_OF_A_POLICY: usize = 12;

/// The policy that is bound last: once it is active, the others are too.
const SENTINEL: &str = "sentinel";

/// The namespace of the objects.
const NAMESPACE: &str = "conformance";

/// An expression, with the recorded verdict or the one that is given.
type Case = (String, String);

/// Expressions that are judged together.
struct Policy {
    name: String,
    kind: String,
    cases: Vec<Case>,
    /// The reasons why expressions are refused, by their index.
    refused: BTreeMap<usize, String>,
}

pub fn the_recorded_verdicts_are_those_of_an_api_server(_: &World) {
    // In a cluster of its own: here no webhook of ours has a say.
    let definitions = snapshot_definitions() + "---\n" + &sandbox_definition();
    let cluster = Cluster::start(&Binaries::find().unwrap(), &definitions);
    let kubectl = cluster.kubectl();
    kubectl.run(&format!("create namespace {NAMESPACE}")).succeeded();
    let objects: BTreeMap<_, _> = documents("objects.yaml")
        .into_iter()
        .map(|object| (object["kind"].as_str().unwrap().to_owned(), object))
        .collect();
    let mut policies = policies();
    create(&kubectl, &mut policies);
    activate(&kubectl, &objects["Sandbox"]);
    let mut wrong = Vec::new();
    for policy in &policies {
        let given = policy.judge(&kubectl, &objects[&policy.kind]);
        for ((expression, recorded), (verdict, why)) in policy.cases.iter().zip(given) {
            if *recorded != verdict {
                wrong.push(format!("    {verdict:<8} {expression}\n        not {recorded} {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "other verdicts of the API server:\n{}", wrong.join("\n"));
}

/// The documents of a file of the conformance tests.
fn documents(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/cel/tests/conformance");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let documents = kubernetes_manifest::parse(name, &text).unwrap();
    documents.iter().map(|document| serde_json::to_value(&document.root).unwrap()).collect()
}

/// Policies with all expressions, topic by topic.
fn policies() -> Vec<Policy> {
    let [file] = <[Value; 1]>::try_from(documents("expressions.yaml")).unwrap();
    let mut policies = Vec::new();
    for (index, topic) in file["topics"].as_array().unwrap().iter().enumerate() {
        let lines = topic["expressions"].as_str().unwrap().lines().filter(|it| !it.is_empty());
        let cases: Vec<_> = lines
            .map(|line| line.split_once(' ').unwrap())
            .map(|(verdict, expression)| (expression.trim_start().to_owned(), verdict.to_owned()))
            .collect();
        for (part, cases) in cases.chunks(EXPRESSIONS_OF_A_POLICY).enumerate() {
            policies.push(Policy {
                name: format!("t{index}-p{part}"),
                kind: topic["kind"].as_str().unwrap_or("Sandbox").to_owned(),
                cases: cases.to_vec(),
                refused: BTreeMap::new(),
            });
        }
    }
    policies
}

/// Creates the policies; a second try leaves out the refused expressions.
fn create(kubectl: &Kubectl, policies: &mut [Policy]) {
    let apply = |policies: &[Policy]| {
        let manifests: Vec<_> = policies.iter().map(|it| it.manifest().to_string()).collect();
        kubectl.pipe("apply --server-side -f -", &manifests.join("\n---\n"))
    };
    let refusals = apply(policies).stderr;
    for policy in &mut *policies {
        policy.learn_refusals(&refusals);
    }
    apply(policies).succeeded();
}

/// Binds the policies, and waits until they are in effect.
fn activate(kubectl: &Kubectl, object: &Value) {
    let sentinel = manifest(SENTINEL, &json!([{"expression": "false", "message": SENTINEL}]));
    kubectl.pipe("apply --server-side -f -", &sentinel.to_string()).succeeded();
    let names = kubectl.run("get validatingadmissionpolicies -o name").succeeded();
    let names: Vec<_> = names.lines().filter_map(|line| line.split('/').next_back()).collect();
    let (last, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| *name == SENTINEL);
    for names in [others, last] {
        let bindings: Vec<_> = names.into_iter().map(|name| binding(name).to_string()).collect();
        kubectl.pipe("apply --server-side -f -", &bindings.join("\n---\n")).succeeded();
    }
    let is_active = || !warnings(kubectl, SENTINEL, object).is_empty();
    assert!(eventually(is_active), "the policies are not in effect");
}

fn manifest(name: &str, validations: &Value) -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["agents.x-k8s.io"],
                "apiVersions": ["*"],
                "operations": ["CREATE"],
                "resources": ["*"],
            }]},
            "matchConditions": [{
                "name": "field-manager",
                "expression": format!("request.options.fieldManager == '{name}'"),
            }],
            "validations": validations,
        },
    })
}

fn binding(name: &str) -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Warn"]},
    })
}

/// The warnings when an object is created.
fn warnings(kubectl: &Kubectl, field_manager: &str, object: &Value) -> String {
    let command = format!("create --dry-run=server --field-manager={field_manager} -f -");
    let printed = kubectl.pipe(&command, &object.to_string());
    let stderr = printed.stderr.clone();
    printed.succeeded();
    stderr
}

impl Policy {
    /// The validations that were not refused; a policy without any refuses nothing.
    fn manifest(&self) -> Value {
        let kept = self.cases.iter().enumerate().filter(|(at, _)| !self.refused.contains_key(at));
        let mut validations: Vec<_> = kept
            .map(|(at, (expression, _))| json!({"expression": expression, "message": format!("#{at}#")}))
            .collect();
        if validations.is_empty() {
            validations.push(json!({"expression": "true"}));
        }
        manifest(&self.name, &validations.into())
    }

    /// Remembers which expressions an answer refuses: `spec.validations[3].expression: ...`.
    fn learn_refusals(&mut self, stderr: &str) {
        const FIELD: &str = "spec.validations[";
        let about = format!("\"{}\" is invalid: ", self.name);
        let Some(at) = stderr.find(&about) else { return };
        let answer = &stderr[at + about.len()..];
        let answer = &answer[..answer.find(" is invalid: ").unwrap_or(answer.len())];
        for part in answer.split(FIELD).skip(1) {
            let (index, why) = part.split_once(']').unwrap();
            self.refused.insert(index.parse().unwrap(), why.trim().to_owned());
        }
    }

    /// The verdicts of the API server on an object, with the reasons.
    fn judge(&self, kubectl: &Kubectl, object: &Value) -> Vec<(&'static str, String)> {
        let warnings = warnings(kubectl, &self.name, object);
        let verdict = |at: usize, expression: &str| {
            if let Some(why) = self.refused.get(&at) {
                return ("refused", why.clone());
            }
            if warnings.contains(&format!("#{at}#")) {
                return ("false", String::new());
            }
            let error = format!("expression '{expression}' resulted in error");
            match warnings.lines().find(|line| line.contains(&error)) {
                Some(line) => ("error", line.to_owned()),
                None => ("true", String::new()),
            }
        };
        self.cases.iter().enumerate().map(|(at, (expression, _))| verdict(at, expression)).collect()
    }
}
