//! The output of `manifests`: its parts fit each other and the server.

use std::fs;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sandbox_admission::install::{self, FailurePolicy, ServerAddress};
use sandbox_admission::rules::{Action, Settings};
use serde_json::{Value, json};

fn run(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_sandbox-admission");
    Command::new(program).arg("manifests").args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> Vec<Value> {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let documents =
        kubernetes_manifest::parse("-", &String::from_utf8(output.stdout).unwrap()).unwrap();
    documents.iter().map(|document| serde_json::to_value(&document.root).unwrap()).collect()
}

fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

fn kinds(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["kind"].as_str().unwrap()).collect()
}

fn only<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    let [object] = objects.iter().filter(|it| it["kind"] == kind).collect::<Vec<_>>()[..] else {
        panic!("one {kind} is wanted among {:?}", kinds(objects));
    };
    object
}

fn webhooks(objects: &[Value]) -> Vec<Value> {
    ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
        .iter()
        .flat_map(|kind| only(objects, kind)["webhooks"].as_array().unwrap().clone())
        .collect()
}

#[test]
fn everything_is_printed_in_an_order_in_which_it_can_be_applied() {
    let all = printed(&[]);
    let kinds = kinds(&all);
    let at = |kind: &str| kinds.iter().position(|it| *it == kind).unwrap();
    assert!(at("CustomResourceDefinition") < at("Namespace"));
    assert!(at("Namespace") < at("ServiceAccount"));
    assert!(at("ServiceAccount") < at("Deployment"));
    // The API server gets the webhook configurations last.
    assert_eq!(
        kinds[kinds.len() - 2..],
        ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
    );
    let parts = ["crds", "rbac", "workload", "webhooks"];
    assert_eq!(parts.map(|part| printed(&["--only", part])).concat(), all);
    assert_eq!(printed(&["--only", "webhooks,rbac"])[0]["kind"], "MutatingWebhookConfiguration");
}

#[test]
fn what_the_configurations_call_leads_to_the_pods() {
    let all = printed(&["--namespace", "elsewhere"]);
    let service = only(&all, "Service");
    let deployment = only(&all, "Deployment");
    let pod = &deployment["spec"]["template"];
    let container = &pod["spec"]["containers"][0];
    for webhook in webhooks(&all) {
        let called = &webhook["clientConfig"]["service"];
        assert_eq!(called["name"], service["metadata"]["name"]);
        assert_eq!(called["namespace"], service["metadata"]["namespace"]);
        let ports = service["spec"]["ports"].as_array().unwrap();
        let port = ports.iter().find(|port| port["port"] == called["port"]).unwrap();
        let ports = container["ports"].as_array().unwrap();
        let port = ports.iter().find(|it| it["name"] == port["targetPort"]).unwrap();
        assert_eq!(port["containerPort"], 9443); // what `serve` listens on
    }
    let labels = &pod["metadata"]["labels"];
    assert_eq!(service["spec"]["selector"], *labels);
    assert_eq!(deployment["spec"]["selector"]["matchLabels"], *labels);
    assert_eq!(only(&all, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"], *labels);
    assert_eq!(only(&all, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"], *labels);
}

#[test]
fn the_network_policy_lets_anyone_in_on_the_pods_ports_and_nowhere_else() {
    let all = printed(&[]);
    let policy = &only(&all, "NetworkPolicy")["spec"];
    let container = &only(&all, "Deployment")["spec"]["template"]["spec"]["containers"][0];
    let ports = container["ports"].as_array().unwrap();
    let open: Vec<_> =
        ports.iter().map(|it| json!({"port": it["containerPort"], "protocol": "TCP"})).collect();
    assert_eq!(policy["ingress"], json!([{"ports": open}]));
}

#[test]
fn the_pod_has_nothing_that_a_thief_could_use_but_its_token() {
    let all = printed(&[]);
    let pod = &only(&all, "Deployment")["spec"]["template"]["spec"];
    let container = &pod["containers"][0]["securityContext"];
    let wanted = json!({
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": true,
    });
    assert_eq!(*container, wanted);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"], json!({"type": "RuntimeDefault"}));
    assert!(pod.get("volumes").is_none() && pod.get("hostNetwork").is_none(), "{pod}");
    assert_eq!(only(&all, "ServiceAccount")["automountServiceAccountToken"], false);
}

#[test]
fn all_namespaced_objects_are_in_the_namespace_asked_for() {
    let all = printed(&["--namespace", "elsewhere"]);
    assert_eq!(only(&all, "Namespace")["metadata"]["name"], "elsewhere");
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("sandbox-admission-system"));
    assert!(run(&["--namespace", "a.b"]).status.code() == Some(2));
}

#[test]
fn the_server_may_change_its_own_secret_and_configurations_alone() {
    let all = printed(&[]);
    let mut rules = Vec::new();
    for role in all.iter().filter(|it| it["kind"] == "Role" || it["kind"] == "ClusterRole") {
        if !role["metadata"]["labels"].to_string().contains("aggregate-to") {
            rules.extend(role["rules"].as_array().unwrap());
        }
    }
    let read = json!(["get", "list", "watch"]);
    let writes: Vec<_> = rules.iter().filter(|rule| rule["verbs"] != read).collect();
    let limits: Vec<_> = writes.iter().map(|it| (&it["resourceNames"], &it["verbs"])).collect();
    assert_eq!(
        json!(limits),
        json!([
            [["sandbox-admission"], ["get", "patch", "watch"]],
            [["sandbox-admission-certs"], ["get", "update", "watch"]],
            [null, ["create"]],
        ])
    );
    let names: Vec<_> = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
        .map(|kind| only(&all, kind)["metadata"]["name"].clone())
        .to_vec();
    assert_eq!(names, ["sandbox-admission", "sandbox-admission"]);
}

#[test]
fn what_rbac_cannot_limit_a_policy_does_for_the_servers_account_alone() {
    let all = printed(&["--namespace", "elsewhere"]);
    let of = |kind: &str| all.iter().filter(|it| it["kind"] == kind).collect::<Vec<_>>();
    let account =
        "request.userInfo.username == 'system:serviceaccount:elsewhere:sandbox-admission'";
    let (policies, bindings) =
        (of("ValidatingAdmissionPolicy"), of("ValidatingAdmissionPolicyBinding"));
    assert_eq!(policies.len(), 2);
    for (policy, binding) in policies.iter().zip(&bindings) {
        assert_eq!(policy["spec"]["matchConditions"][0]["expression"], account);
        assert_eq!(policy["spec"]["failurePolicy"], "Fail");
        let name = &policy["metadata"]["name"];
        assert_eq!(binding["spec"], json!({"policyName": name, "validationActions": ["Deny"]}));
    }
    // Without an account in the cluster there is nothing to hold.
    let kinds = |part: &str| {
        let objects = printed(&["--only", part]);
        objects.iter().any(|it| it["kind"] == "ValidatingAdmissionPolicy")
    };
    assert_eq!(["crds", "rbac", "workload", "webhooks"].map(kinds), [false, true, false, false]);
}

#[test]
fn a_dead_server_can_block_nothing_but_writes_of_our_kinds() {
    for webhook in webhooks(&printed(&[])) {
        let rules = &webhook["rules"];
        assert_eq!(rules[0]["apiGroups"], json!(["agents.x-k8s.io"]));
        let resources = rules[0]["resources"].as_array().unwrap();
        assert!(resources.iter().all(|it| !it.as_str().unwrap().contains(['*', '/'])));
        let deletes = rules[0]["operations"].to_string().contains("DELETE");
        let mutates = webhook["clientConfig"]["service"]["path"] == "/mutate";
        let warns = ["validate-pod-templates", "validate-claim-owners"];
        let entry = webhook["name"].as_str().unwrap().split('.').next().unwrap();
        let only_warns = warns.contains(&entry);
        let policy = if deletes || mutates || only_warns { "Ignore" } else { "Fail" };
        assert_eq!(webhook["failurePolicy"], policy, "{}", webhook["name"]);
        assert!(webhook["timeoutSeconds"].as_u64().unwrap() <= 5);
    }
    let open = webhooks(&printed(&["--failure-policy", "Ignore"]));
    assert!(open.iter().all(|webhook| webhook["failurePolicy"] == "Ignore"));
}

#[test]
fn what_rules_only_warn_of_passes_until_one_of_them_denies() {
    let server = ServerAddress::Service { namespace: "n".to_owned() };
    let closed = |rule: &'static str| -> Vec<String> {
        let mut settings = Settings::default();
        settings.actions.extend((!rule.is_empty()).then_some((rule, Action::Deny)));
        let objects = install::webhooks(&server, FailurePolicy::Fail, &settings, &[]);
        let fails = |webhook: &&Value| webhook["failurePolicy"] == "Fail";
        let label = |it: &Value| it["name"].as_str().unwrap().split('.').next().unwrap().to_owned();
        webhooks(&objects).iter().filter(fails).map(label).collect()
    };
    let usual = ["validate-sandboxes", "validate-snapshotclasses", "validate-snapshots"];
    let with = |more: &str| {
        let mut labels = usual.map(str::to_owned).to_vec();
        labels.push(more.to_owned());
        labels.sort();
        labels
    };
    assert_eq!(closed(""), usual);
    for (rule, entry) in [
        ("checkpoint-template-changed", "validate-pod-templates"),
        ("suspend-with-new-template", "validate-pod-templates"),
        ("snapshot-claim-owner-added", "validate-claim-owners"),
        ("checkpoint-released", "protect-checkpoints"),
    ] {
        let mut labels = closed(rule);
        labels.sort();
        assert_eq!(labels, with(entry), "{rule}");
    }
    let open = install::webhooks(&server, FailurePolicy::Ignore, &Settings::default(), &[]);
    assert!(webhooks(&open).iter().all(|webhook| webhook["failurePolicy"] == "Ignore"));
}

#[test]
fn nothing_is_rendered_that_the_server_will_write() {
    let text = String::from_utf8(run(&[]).stdout).unwrap();
    assert!(!text.contains("caBundle:"));
    assert!(!text.contains("kind: Secret"));
}

#[test]
fn a_server_outside_the_cluster_is_called_by_its_url() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    let pem = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&file, pem.cert.pem()).unwrap();
    let file = file.to_str().unwrap();
    let all = printed(&["--url", "https://127.0.0.1:9443/", "--ca-file", file]);
    assert!(
        kinds(&all).iter().all(|it| it.ends_with("Definition") || it.ends_with("Configuration"))
    );
    let bundle = BASE64.encode(pem.cert.pem());
    for (webhook, path) in webhooks(&all).iter().zip(["mutate", "mutate", "mutate", "validate"]) {
        let url = format!("https://127.0.0.1:9443/{path}");
        assert_eq!(webhook["clientConfig"], json!({"url": url, "caBundle": bundle}));
    }
    let error = refused(&["--url", "https://h", "--ca-file", file, "--only", "rbac"]);
    assert!(error.contains("--only: for a server at --url"), "{error}");
    for url in ["http://h", "https://", "https://h/path", "https://h?a=b", "https://u@h"] {
        assert!(refused(&["--url", url, "--ca-file", file]).contains("https://HOST:PORT"), "{url}");
    }
}

#[test]
fn a_private_key_is_never_published() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("both.pem");
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let path = file.to_str().unwrap();
    for (contents, reason) in [
        (pair.cert.pem() + &pair.signing_key.serialize_pem(), "holds a private key"),
        (String::new(), "holds no certificate"),
    ] {
        fs::write(&file, contents).unwrap();
        let error = refused(&["--url", "https://h", "--ca-file", path]);
        assert!(error.contains(reason), "{error}");
    }
}

const POLICY: &str = "\
apiVersion: policy.sandbox-admission.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: named}
spec:
  matchConstraints:
    resourceRules:
    - apiGroups: [agents.x-k8s.io]
      apiVersions: [v1beta1]
      operations: [UPDATE, DELETE]
      resources: [sandboxes, sandboxes/status]
  validations: [{expression: request.name != '', message: name it}]
  validationActions: [Deny]
";

#[test]
fn with_policies_the_server_has_them_reads_namespaces_and_is_sent_what_they_are_about() {
    let folder = tempfile::tempdir().unwrap();
    let (file, cases) = (folder.path().join("policy.yaml"), folder.path().join("cases.yaml"));
    fs::write(&file, POLICY).unwrap();
    fs::write(&cases, "apiVersion: policy.sandbox-admission.io/v1alpha1\nkind: PolicyTest\n")
        .unwrap();
    let all = printed(&["--policy", folder.path().to_str().unwrap()]);

    let files = only(&all, "ConfigMap")["data"].as_object().unwrap();
    let [(file_name, text)] = files.iter().collect::<Vec<_>>()[..] else { panic!("{files:?}") };
    assert!(file_name.ends_with("policy.yaml") && !file_name.contains('/'), "{file_name}");
    assert_eq!(text, POLICY);
    let pod = &only(&all, "Deployment")["spec"]["template"]["spec"];
    let mount = &pod["containers"][0]["volumeMounts"][0];
    let argument = format!("--policy={}", mount["mountPath"].as_str().unwrap());
    assert!(pod["containers"][0]["args"].as_array().unwrap().contains(&argument.into()));
    let name = &only(&all, "ConfigMap")["metadata"]["name"];
    assert_eq!(pod["volumes"][0]["configMap"]["name"], *name);
    let reads_namespaces = |it: &&Value| {
        it["rules"][1]["resources"] == json!(["namespaces"]) && it["kind"] == "ClusterRole"
    };
    assert!(all.iter().any(|object| reads_namespaces(&object)));

    let webhooks = webhooks(&all);
    let find = |name: &str| {
        let is_it = |it: &&Value| it["name"] == format!("{name}.sandbox-admission.x-k8s.io");
        webhooks.iter().find(is_it).unwrap()
    };
    let conditions = |webhook: &Value| {
        let conditions = webhook["matchConditions"].as_array().unwrap().iter();
        conditions.map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Rules have nothing to say about most updates of a Sandbox, but a policy may.
    assert_eq!(conditions(find("validate-sandboxes")), ["not-being-deleted"]);
    assert_eq!(conditions(find("validate-snapshots")), ["new-or-changed"]);
    let status = find("policies");
    assert_eq!(status["rules"][0]["resources"], json!(["sandboxes/status"]));
    assert_eq!(status["failurePolicy"], "Fail");
    let deletions = find("protect-checkpoints");
    assert_eq!(deletions["rules"][0]["resources"], json!(["sandboxes"]));
    assert_eq!(deletions["failurePolicy"], "Ignore");
    assert_eq!(conditions(deletions), ["not-being-deleted", "not-by-a-controller"]);
    // All updates of Sandboxes come through one entry: none is asked about twice.
    let name = "validate-pod-templates.sandbox-admission.x-k8s.io";
    assert!(webhooks.iter().all(|webhook| webhook["name"] != name));
}

#[test]
fn the_server_may_ask_for_rights_only_where_a_rule_does() {
    let flag = "--rule=snapshot-class-use=deny";
    let reviews = json!({
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["subjectaccessreviews"],
        "verbs": ["create"],
    });
    let is_granted = |all: &[Value]| {
        let role = |it: &&Value| {
            it["kind"] == "ClusterRole" && it["metadata"]["name"] == "sandbox-admission"
        };
        let role = all.iter().find(role).unwrap();
        role["rules"].as_array().unwrap().contains(&reviews)
    };
    let all = printed(&[flag]);
    let arguments = &only(&all, "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"];
    assert!(arguments.as_array().unwrap().contains(&flag.into()), "{arguments}");
    assert!(is_granted(&all));
    for flags in [&[][..], &["--rule=snapshot-class-use=off"], &["--rule=hibernate-ignored=deny"]] {
        let text = serde_json::to_string(&printed(flags)).unwrap();
        assert!(!text.contains("subjectaccessreviews"), "{flags:?}");
    }
    let error = refused(&["--rule=snapshot-class-us=deny", "--only=crds"]);
    assert!(error.contains("did you mean \"snapshot-class-use\"?"), "{error}");
}
