//! The verdicts of a real kube-apiserver: each expression is a validation of a ValidatingAdmissionPolicy
//! that warns, and an object is created in a dry run.
//!
//! A policy has as many expressions as there is room for warnings in an answer: the API server cuts them
//! off at 4 KB. It applies only to writes of one field manager, which has the name of the policy.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cluster::process::eventually;
use crate::cluster::{Binaries, Cluster, Kubectl, sandbox_definition, snapshot_definitions};
use crate::corpus::{Case, Corpus, NAMESPACE, Topic, Verdict};

const EXPRESSIONS_OF_A_POLICY: usize = 12;

/// The policy that is bound last: once it is active, the others are too.
const SENTINEL: &str = "sentinel";

/// The verdicts on all expressions, with the reasons.
pub struct Kubernetes {
    pub version: String,
    verdicts: BTreeMap<(String, String), (Verdict, String)>,
}

/// Expressions that are judged together.
struct Policy<'c> {
    name: String,
    topic: &'c Topic,
    cases: &'c [Case],
    /// The reasons why expressions are refused, by their index.
    refused: BTreeMap<usize, String>,
}

impl Kubernetes {
    /// Starts a kube-apiserver and asks it about all expressions.
    pub fn ask(binaries: &Binaries, corpus: &Corpus) -> Self {
        let cluster =
            Cluster::start(binaries, &(snapshot_definitions() + "---\n" + &sandbox_definition()));
        let kubectl = cluster.kubectl();
        kubectl.run(&format!("create namespace {NAMESPACE}")).succeeded();
        let version = kubectl.run("get --raw /version").succeeded();
        let version: Value = serde_json::from_str(&version).unwrap();

        let mut policies = Vec::new();
        for (index, topic) in corpus.topics.iter().enumerate() {
            for (part, cases) in topic.cases.chunks(EXPRESSIONS_OF_A_POLICY).enumerate() {
                let name = format!("t{index}-p{part}");
                policies.push(Policy { name, topic, cases, refused: BTreeMap::new() });
            }
        }
        create(&kubectl, &mut policies);
        activate(&kubectl, corpus);
        let mut verdicts = BTreeMap::new();
        for policy in &policies {
            let kind = &policy.topic.kind;
            for (case, verdict) in
                policy.cases.iter().zip(policy.judge(&kubectl, &corpus.objects[kind]))
            {
                verdicts.insert((kind.clone(), case.expression.clone()), verdict);
            }
        }
        Self { version: version["gitVersion"].as_str().unwrap().to_owned(), verdicts }
    }

    /// The verdict on an expression, with the reason.
    pub fn judge(&self, topic: &Topic, case: &Case) -> (Verdict, String) {
        self.verdicts[&(topic.kind.clone(), case.expression.clone())].clone()
    }
}

/// Creates the policies; a second try leaves out the refused expressions.
fn create(kubectl: &Kubectl, policies: &mut [Policy<'_>]) {
    let apply = |policies: &[Policy<'_>]| {
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
fn activate(kubectl: &Kubectl, corpus: &Corpus) {
    let sentinel = manifest(SENTINEL, &json!([{"expression": "false", "message": SENTINEL}]));
    kubectl.pipe("apply --server-side -f -", &sentinel.to_string()).succeeded();
    let names = kubectl.run("get validatingadmissionpolicies -o name").succeeded();
    let names: Vec<_> = names.lines().filter_map(|line| line.split('/').next_back()).collect();
    let (last, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| *name == SENTINEL);
    for names in [others, last] {
        let bindings: Vec<_> = names.into_iter().map(|name| binding(name).to_string()).collect();
        kubectl.pipe("apply --server-side -f -", &bindings.join("\n---\n")).succeeded();
    }
    let is_active = || !warnings(kubectl, SENTINEL, &corpus.objects["Sandbox"]).is_empty();
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

impl Policy<'_> {
    /// The validations that were not refused; a policy without any refuses nothing.
    fn manifest(&self) -> Value {
        let kept = self.cases.iter().enumerate().filter(|(at, _)| !self.refused.contains_key(at));
        let mut validations: Vec<_> = kept
            .map(|(at, case)| json!({"expression": case.expression, "message": format!("#{at}#")}))
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

    fn judge(&self, kubectl: &Kubectl, object: &Value) -> Vec<(Verdict, String)> {
        let warnings = warnings(kubectl, &self.name, object);
        let verdict = |at: usize, case: &Case| {
            if let Some(why) = self.refused.get(&at) {
                return (Verdict::Refused, why.clone());
            }
            if warnings.contains(&format!("#{at}#")) {
                return (Verdict::False, String::new());
            }
            let error = format!("expression '{}' resulted in error", case.expression);
            match warnings.lines().find(|line| line.contains(&error)) {
                Some(line) => (Verdict::Error, line.to_owned()),
                None => (Verdict::True, String::new()),
            }
        };
        self.cases.iter().enumerate().map(|(at, case)| verdict(at, case)).collect()
    }
}
