//! Policies that hold the server's account to what it needs, where RBAC cannot: RBAC knows objects,
//! not their fields, and knows no name when an object is created.
//!
//! A thief of the account's token could otherwise point the webhooks at another server, or empty
//! them. The API server asks no webhook about webhook configurations, but it does ask
//! a `ValidatingAdmissionPolicy`. `docs/install.md` says what is left to a thief.

use serde_json::{Value, json};

use super::{NAME, SECRET, metadata};

const CONFIGURATIONS: &str = "sandbox-admission-configurations";
const SECRETS: &str = "sandbox-admission-secrets";

/// The type by which the server makes its Secret, as in `certs`.
const SECRET_TYPE: &str = "kubernetes.io/tls";

const API: &str = "admissionregistration.k8s.io/v1";

/// Both objects by which the API server compares, whatever their type.
const OBJECTS: [(&str, &str); 4] = [
    ("new", "dyn(object)"),
    ("old", "dyn(oldObject)"),
    ("newWebhooks", "variables.new.?webhooks.orValue([])"),
    ("oldWebhooks", "variables.old.?webhooks.orValue([])"),
];

/// A change is only looked at where it is one: the others are refused by the first validation.
const IS_NO_UPDATE: &str = "request.operation != 'UPDATE'";

/// Fields are compared by their keys, so that those that Kubernetes adds are held too.
const SAME_OBJECT: &str = "\
    [variables.new, variables.old].all(it, it.all(key, \
    key in ['metadata', 'webhooks'] || variables.new[?key] == variables.old[?key]))";
/// What the API server itself writes is left out.
const SAME_METADATA: &str = "\
    [variables.new.metadata, variables.old.metadata].all(it, it.all(key, \
    key in ['generation', 'managedFields', 'resourceVersion'] || \
    variables.new.metadata[?key] == variables.old.metadata[?key]))";
const SAME_NAMES: &str =
    "variables.newWebhooks.map(it, it.name) == variables.oldWebhooks.map(it, it.name)";
/// A name is unique in a configuration.
const SAME_WEBHOOKS: &str = "\
    variables.newWebhooks.all(new, variables.oldWebhooks.exists(old, old.name == new.name && \
    [new, old].all(it, it.all(key, key == 'clientConfig' || new[?key] == old[?key])) && \
    [new, old].all(it, it.clientConfig.all(key, \
    key == 'caBundle' || new.clientConfig[?key] == old.clientConfig[?key]))))";

/// The two policies with their bindings.
pub fn account_policies(namespace: &str) -> Vec<Value> {
    [configurations(namespace), secrets(namespace)].concat()
}

/// Of a webhook configuration the account may change each `caBundle`, and nothing else.
fn configurations(namespace: &str) -> Vec<Value> {
    let only_bundle = "of a webhook configuration the server may change caBundle alone";
    let update = |expression: &str, what: &str| {
        let expression = format!("{IS_NO_UPDATE} || {expression}");
        validation(&expression, &format!("{only_bundle}, not {what}"))
    };
    let variables = OBJECTS.map(|(name, value)| json!({"name": name, "expression": value}));
    let spec = json!({
        "failurePolicy": "Fail",
        "matchConstraints": requests("admissionregistration.k8s.io", "*", &[
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
        ]),
        "matchConditions": [by_the_server(namespace)],
        "variables": variables,
        "validations": [
            validation(
                "request.operation == 'UPDATE'",
                "the server may neither create nor delete a webhook configuration",
            ),
            update(SAME_OBJECT, "other fields"),
            update(SAME_METADATA, "the metadata"),
            update(SAME_NAMES, "which webhooks there are"),
            update(SAME_WEBHOOKS, "other fields of a webhook"),
        ],
    });
    bound(CONFIGURATIONS, &spec)
}

/// Of Secrets the account may create its own, and none that other tokens would be put into.
fn secrets(namespace: &str) -> Vec<Value> {
    let is_ours = format!("object.metadata.name == '{SECRET}' && object.type == '{SECRET_TYPE}'");
    let message = format!("the server may create no Secret but {SECRET} of type {SECRET_TYPE}");
    let spec = json!({
        "failurePolicy": "Fail",
        "matchConstraints": requests("", "CREATE", &["secrets"]),
        "matchConditions": [by_the_server(namespace)],
        "validations": [validation(&is_ours, &message)],
    });
    bound(SECRETS, &spec)
}

/// The requests that a policy is about, with the API server's defaults: it would add them, and then
/// applying the file in another way would be a conflict.
fn requests(group: &str, operation: &str, resources: &[&str]) -> Value {
    json!({
        "matchPolicy": "Equivalent",
        "namespaceSelector": {},
        "objectSelector": {},
        "resourceRules": [{
            "apiGroups": [group],
            "apiVersions": ["*"],
            "operations": [operation],
            "resources": resources,
            "scope": "*",
        }],
    })
}

/// The condition that comes first: nobody else is concerned, not even by a mistake here.
fn by_the_server(namespace: &str) -> Value {
    let user = format!("system:serviceaccount:{namespace}:{NAME}");
    json!({"name": "by-the-server", "expression": format!("request.userInfo.username == '{user}'")})
}

fn validation(expression: &str, message: &str) -> Value {
    json!({"expression": expression, "message": message, "reason": "Forbidden"})
}

/// A policy, and the binding that puts it in force.
fn bound(name: &str, spec: &Value) -> Vec<Value> {
    vec![
        json!({
            "apiVersion": API,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": metadata(name),
            "spec": spec,
        }),
        json!({
            "apiVersion": API,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": metadata(name),
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        }),
    ]
}
