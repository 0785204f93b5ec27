//! Policies that are refused when they are loaded, and the messages.

use sandbox_admission::policy::policies;

use super::{naming, policy};

fn load(text: &str) -> Result<Vec<String>, String> {
    let documents = kubernetes_manifest::parse("p.yaml", text).unwrap();
    let set = policies(&documents).map_err(|error| error.to_string())?;
    Ok(set.names().iter().map(ToString::to_string).collect())
}

/// A `ValidatingAdmissionPolicy` as it is in a cluster.
const VAP: &str = "\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: vap}
spec:
  failurePolicy: Fail
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules:
    - {apiGroups: [agents.x-k8s.io], apiVersions: [v1beta1], operations: [CREATE], resources: [sandboxes]}
  validations:
  - expression: object.metadata.name == params.data.name
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: binding}
spec:
  policyName: vap
  paramRef: {name: names, namespace: default, parameterNotFoundAction: Deny}
  validationActions: [Deny]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: names, namespace: default}
data: {name: good}
";

#[test]
fn a_validating_admission_policy_is_accepted_as_it_is() {
    assert_eq!(load(VAP).unwrap(), ["vap"]);
}

#[test]
fn what_would_go_unnoticed_in_kubernetes_policies_is_refused() {
    for (from, to, due) in [
        (
            "policyName: vap",
            "policyName: vpa",
            "p.yaml:17:3: there is no ValidatingAdmissionPolicy \"vpa\" here; did you mean \"vap\"?",
        ),
        (
            "policyName: vap",
            "policyName: vpa",
            "p.yaml:3:12: ValidatingAdmissionPolicy \"vap\" has no ValidatingAdmissionPolicyBinding here",
        ),
        (
            "paramRef: {name: names",
            "paramRef: {name: other",
            "p.yaml:18:3: ConfigMap default/other is not among the files",
        ),
        (
            "paramRef: {name: names",
            "paramRef: {selector: {}",
            "a selector of parameters is not supported",
        ),
        ("  paramKind: {apiVersion: v1, kind: ConfigMap}\n", "", "paramRef without a paramKind"),
        ("kind: ConfigMap\nm", "kind: ConfigMop\nm", "\"v1\" \"ConfigMop\" is no policy"),
        ("[Deny]", "[]", "validationActions is missing"),
        ("data.name", "data.name\n    fieldPath: x", "a validation has no \"fieldPath\""),
    ] {
        let text = VAP.replacen(from, to, 1);
        assert_ne!(text, VAP, "{from}");
        let error = load(&text).unwrap_err();
        assert!(error.contains(due), "{due}\n{error}");
    }
}

#[test]
fn mistakes_are_named_with_their_place_and_what_was_probably_meant() {
    for (rest, due) in [
        (
            "  validatons: []\n",
            "p.yaml:11:3: spec has no \"validatons\"; did you mean \"validations\"?",
        ),
        ("  validationActions: [Deny]\n", "a policy needs validations or auditAnnotations"),
        (
            "  validations: [{expression: 'true'}]\n",
            "validationActions is missing: Deny, Warn or Audit",
        ),
        (
            "  validations: [{expression: 'true'}]\n  validationActions: [Deny, Warn]\n",
            "tell the user the same twice",
        ),
        (
            "  validations: [{expression: true}]\n",
            "p.yaml:11:30: expression must be a string, not a boolean: put it in quotes",
        ),
        ("  validations: [{message: x}]\n", "p.yaml:11:17: expression is missing"),
        ("  validations: [{expression: 'true', message: \"a\\nb\"}]\n", "a message has one line"),
        (
            "  validations: [{expression: 'true', reason: Forbiden}]\n",
            "reason cannot be \"Forbiden\"; did you mean \"Forbidden\"?",
        ),
        ("  failurePolicy: fail\n", "failurePolicy cannot be \"fail\"; did you mean \"Fail\"?"),
        ("  variables: [{name: a-b, expression: '1'}]\n", "a variable's name has letters"),
        (
            "  variables: [{name: a, expression: '1'}, {name: a, expression: '1'}]\n",
            "variables: there is a \"a\" above already",
        ),
        (
            "  matchConditions: [{name: x, expression: variables.a}]\n  variables: [{name: a, expression: '1'}]\n  validations: [{expression: 'true'}]\n  validationActions: [Deny]\n",
            "undeclared reference to 'variables'",
        ),
        (
            "  validations: [{expression: object.x == nme}]\n  validationActions: [Deny]\n",
            "p.yaml:11:42: policy p: undeclared reference to 'nme'",
        ),
        (
            "  validations:\n  - expression: |\n      object.x == 1 &&\n        nme\n  validationActions: [Deny]\n",
            "p.yaml:14:9: policy p: undeclared reference to 'nme'",
        ),
        (
            "  validations: [{expression: request.user == 'x'}]\n  validationActions: [Deny]\n",
            "p.yaml:11:38: policy p: type 'kubernetes.AdmissionRequest' has no field 'user', only ",
        ),
        (
            "  validations: [{expression: params.x}]\n  validationActions: [Deny]\n",
            "undeclared reference to 'params'",
        ),
        (
            "  validations: [{expression: '1'}]\n  validationActions: [Deny]\n",
            "must evaluate to bool but evaluates to int",
        ),
    ] {
        let error = load(&policy("p", rest)).unwrap_err();
        assert!(error.contains(due), "{rest}{due}\n{error}");
    }
}

#[test]
fn two_policies_of_one_name_are_refused() {
    let error = load(&format!("{}---\n{}", naming("a"), naming("b"))).unwrap_err();
    assert!(error.contains("there is a policy \"one-name\" already: p.yaml:1:1"), "{error}");
}

#[test]
fn a_policy_cannot_pass_for_a_built_in_rule() {
    let error = load(&naming("a").replace("one-name", "hibernate-required")).unwrap_err();
    assert!(error.contains("\"hibernate-required\" is a built-in rule"), "{error}");
}

#[test]
fn what_is_nearly_a_policy_is_refused() {
    for (from, to, due) in [
        ("kind: AdmissionPolicy", "kind: AdmisionPolicy", "did you mean \"AdmissionPolicy\"?"),
        ("v1alpha1", "v1", "AdmissionPolicy is of policy.sandbox-admission.io/v1alpha1"),
        ("[sandboxes]", "[sandboxs]", "did you mean \"sandboxes\"?"),
        ("[agents.x-k8s.io]", "[agents.x-k8s.oi]", "did you mean \"agents.x-k8s.io\"?"),
        ("[CREATE, UPDATE]", "[CREAT]", "did you mean \"CREATE\"?"),
    ] {
        let error = load(&naming("a").replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(due), "{due}\n{error}");
    }
}
