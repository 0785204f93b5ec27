//! A token of the server's account in a thief's hands, and what the API server lets it do: with the
//! rights and the policies that `manifests` renders.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::World;
use crate::cluster::kubectl::Printed;
use crate::cluster::process::eventually;
use crate::cluster::{Kubectl, manifests};

const NAMESPACE: &str = "sandbox-admission-system";
const KINDS: [&str; 2] = ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"];

/// A configuration, as an administrator sees it, without what the API server writes at each change.
fn stored(admin: &Kubectl, kind: &str) -> Value {
    let text = admin.run(&format!("get {kind} sandbox-admission -o json")).succeeded();
    let mut stored: Value = serde_json::from_str(&text).unwrap();
    for written in ["resourceVersion", "generation"] {
        stored["metadata"][written].take();
    }
    stored
}

/// The failure policy that the first webhook does not have.
fn other_policy(stored: &Value) -> Value {
    let is_open = stored["webhooks"][0]["failurePolicy"] == "Ignore";
    json!(if is_open { "Fail" } else { "Ignore" })
}

/// Everything that a configuration says, each in a patch of some type. All of them would be stored
/// for an administrator.
fn attacks(stored: &Value) -> Vec<(&'static str, Value)> {
    let at = |rest: &str| format!("/webhooks/0/{rest}");
    let set = |path: String, value: Value| json!([{"op": "add", "path": path, "value": value}]);
    let elsewhere = json!({
        "url": "https://203.0.113.1/", "caBundle": stored["webhooks"][0]["clientConfig"]["caBundle"],
    });
    let service = json!({"service": {"namespace": "evil", "name": "evil"}});
    let everything = json!([{
        "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"],
    }]);
    let never = json!([{"name": "never", "expression": "false"}]);
    let nothing = json!({"matchLabels": {"no": "such"}});
    let one = &stored["webhooks"][0];
    let mut other = one.clone();
    other["name"] = json!("other.sandbox-admission.x-k8s.io");
    let owner = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "u"}]);
    let mut attacks = vec![
        ("json", set(at("clientConfig"), elsewhere)),
        ("json", set(at("clientConfig"), service)),
        ("json", set(at("rules"), everything)),
        ("json", set(at("failurePolicy"), other_policy(stored))),
        ("json", set(at("matchPolicy"), json!("Exact"))),
        ("json", set(at("namespaceSelector"), nothing.clone())),
        ("json", set(at("objectSelector"), nothing)),
        ("json", set(at("matchConditions"), never)),
        ("json", set(at("timeoutSeconds"), json!(30))),
        ("json", set(at("sideEffects"), json!("NoneOnDryRun"))),
        ("json", set(at("admissionReviewVersions"), json!(["v1", "v1beta1"]))),
        ("json", set(at("name"), json!("other.sandbox-admission.x-k8s.io"))),
        ("json", set("/webhooks/-".to_owned(), other)),
        ("json", json!([{"op": "remove", "path": "/webhooks/0"}])),
        ("json", json!([{"op": "move", "from": "/webhooks/0", "path": "/webhooks/1"}])),
        ("json", json!([{"op": "remove", "path": "/webhooks/0/matchConditions"}])),
        ("merge", json!({"webhooks": []})),
        ("merge", json!({"webhooks": null})),
        ("merge", json!({"webhooks": [one]})),
        ("strategic", json!({"webhooks": [{"$patch": "delete", "name": one["name"]}]})),
        (
            "strategic",
            json!({"webhooks": [{"name": one["name"], "failurePolicy": other_policy(stored)}]}),
        ),
        ("merge", json!({"metadata": {"labels": {"app.kubernetes.io/name": null}}})),
        ("merge", json!({"metadata": {"annotations": {"cert-manager.io/inject-ca-from": "a/b"}}})),
        ("merge", json!({"metadata": {"finalizers": ["evil.example/never"]}})),
        ("merge", json!({"metadata": {"ownerReferences": owner}})),
    ];
    if stored["kind"] == "MutatingWebhookConfiguration" {
        attacks.push(("json", set(at("reinvocationPolicy"), json!("IfNeeded"))));
    }
    attacks
}

/// Patches a configuration.
fn patch(kubectl: &Kubectl, kind: &str, flags: &str, patch: &Value) -> Printed {
    let command = format!("patch {kind} sandbox-admission {flags} --patch-file=/dev/stdin");
    kubectl.pipe(&command, &patch.to_string())
}

/// What a client that owns fields applies: the first webhook with some fields.
fn applied(stored: &Value, fields: Value) -> String {
    let mut webhook = fields;
    webhook["name"] = stored["webhooks"][0]["name"].clone();
    json!({
        "apiVersion": stored["apiVersion"],
        "kind": stored["kind"],
        "metadata": {"name": "sandbox-admission"},
        "webhooks": [webhook],
    })
    .to_string()
}

pub fn a_stolen_token_changes_the_bundle_and_nothing_else(world: &World) {
    let admin = world.cluster.kubectl();
    // In both ways, one after the other: what is rendered leaves nothing for the API server to add.
    admin.pipe("apply -f -", &manifests(&["--only=rbac"])).succeeded();
    admin.pipe("apply --server-side -f -", &manifests(&["--only=rbac"])).succeeded();
    let thief = world.cluster.kubectl_of(NAMESPACE, "sandbox-admission");
    let apply = "apply --server-side --force-conflicts --validate=false --field-manager=thief -f -";
    // The API server learns of a policy a moment after it is stored.
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    let in_force = || patch(&thief, KINDS[1], "--dry-run=server", &label).code != 0;
    assert!(eventually(in_force), "the policies are in force");

    for kind in KINDS {
        let before = stored(&admin, kind);
        for (form, change) in attacks(&before) {
            let form = format!("--type={form}");
            let refused = patch(&thief, kind, &form, &change);
            let why = "the server may change caBundle alone";
            assert!(
                refused.code == 1 && refused.stderr.contains(why),
                "{change}: {}",
                refused.stderr
            );
            // It is the policy that refuses it, and it refuses nobody else.
            patch(&admin, kind, &format!("--dry-run=server {form}"), &change).succeeded();
        }
        let refused =
            thief.pipe(apply, &applied(&before, json!({"failurePolicy": other_policy(&before)})));
        assert!(refused.stderr.contains("caBundle alone"), "{}", refused.stderr);
        for command in ["delete", "replace --force -f -", "create -f -"] {
            let text = before.to_string();
            let refused = match command {
                "delete" => thief.run(&format!("delete {kind} sandbox-admission")),
                _ => thief.pipe(command, &text),
            };
            assert!(refused.code != 0, "{command}");
            assert!(refused.stderr.contains("annot"), "{command}: {}", refused.stderr);
        }
        assert_eq!(stored(&admin, kind), before, "nothing has happened");
        bundles_are_free(&thief, kind, &before, apply);
    }
    secrets_are_held(&thief);
}

/// Publishes one CA more by every sort of patch: so calls do not fail, here or in other tests.
fn bundles_are_free(thief: &Kubectl, kind: &str, stored: &Value, apply: &str) {
    let webhook = &stored["webhooks"][0];
    let ours = webhook["clientConfig"]["caBundle"].as_str().unwrap();
    let ours = String::from_utf8(BASE64.decode(ours).unwrap()).unwrap();
    let foreign = rcgen::generate_simple_self_signed(["foreign".to_owned()]).unwrap();
    let both = BASE64.encode(ours + &foreign.cert.pem());
    let bundle = json!({"caBundle": both});
    let path = "/webhooks/0/clientConfig/caBundle";
    let named = json!({"webhooks": [{"name": webhook["name"], "clientConfig": bundle}]});
    patch(thief, kind, "--type=json", &json!([{"op": "replace", "path": path, "value": both}]))
        .succeeded();
    patch(thief, kind, "--type=strategic", &named).succeeded();
    thief.pipe(apply, &applied(stored, json!({"clientConfig": bundle}))).succeeded();
}

/// A Secret of another name or type could make the token controller hand out another account's
/// token.
fn secrets_are_held(thief: &Kubectl) {
    let create = |name: &str, kind: &str| {
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "annotations": {"kubernetes.io/service-account.name": "default"}},
            "type": kind,
            "data": {"tls.crt": "", "tls.key": ""},
        });
        thief.pipe("create --dry-run=server -f -", &secret.to_string())
    };
    create("sandbox-admission-certs", "kubernetes.io/tls").succeeded();
    for (name, kind) in [
        ("another", "kubernetes.io/tls"),
        ("sandbox-admission-certs", "kubernetes.io/service-account-token"),
        ("sandbox-admission-certs", "Opaque"),
    ] {
        let refused = create(name, kind).stderr;
        assert!(refused.contains("may create no Secret but"), "{name} {kind}: {refused}");
    }
    for command in ["get secrets", "get secret another", "get pods", "create token default"] {
        let refused = thief.run(command).stderr;
        assert!(refused.contains("is forbidden"), "{command}: {refused}");
    }
}
