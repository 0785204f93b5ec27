//! The two webhook configurations.

use serde_json::{Value, json};

use super::entries::{
    AppliesTo, ENTRIES, Entry, MatchCondition, NOT_BEING_DELETED, NOT_BY_A_CONTROLLER,
    OnUnavailable,
};
use super::{FailurePolicy, NAME, SERVICE_PORT, metadata};
use crate::admission::{Operation, Phase};
use crate::api::{GROUP, Kind, VERSION};
use crate::rules::{Action, RULES, Settings};

/// The seconds that the API server waits. An answer takes about a millisecond; a client behind a
/// dead replica should not wait longer than it must.
const TIMEOUT_SECONDS: u8 = 5;

/// The address at which the API server finds us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerAddress {
    /// Behind the Service of our name. No `caBundle` is set, not even an empty one: the server (or
    /// cert-manager) publishes it, and tools that compare with what was applied see no drift.
    Service {
        /// The Service's namespace.
        namespace: String,
    },
    /// Outside the cluster.
    Url {
        /// `https://HOST:PORT`, without a slash at the end.
        base: String,
        /// The CA of the serving certificate: PEM, in base64.
        ca_bundle: String,
    },
}

impl ServerAddress {
    fn client_config(&self, path: &str) -> Value {
        match self {
            Self::Service { namespace } => json!({"service": {
                "name": NAME, "namespace": namespace, "path": path, "port": SERVICE_PORT,
            }}),
            Self::Url { base, ca_bundle } => {
                json!({"url": format!("{base}{path}"), "caBundle": ca_bundle})
            }
        }
    }
}

/// The mutating and the validating configuration. `failure_policy` is for creations and updates
/// that are judged. Defaults and deletions pass where no replica answers, and so does what rules only
/// warn of, by `settings`. `policies` lists the requests that concern policies: they are sent whether
/// or not a rule could act on them.
pub fn webhooks(
    server: &ServerAddress,
    failure_policy: FailurePolicy,
    settings: &Settings,
    policies: &[Asked],
) -> Vec<Value> {
    let configuration = |kind: &str, phase: Phase| {
        let entries = ENTRIES.iter().filter(|entry| entry.phase == phase);
        let entries =
            entries.filter(|it| !it.part_of.is_some_and(|whole| has_policies(whole, policies)));
        let webhooks = entries
            .map(|it| webhook(it, server, on_unavailable(it, failure_policy, settings), policies));
        let own = match phase {
            Phase::Mutating => None,
            Phase::Validating => for_policies(server, failure_policy, policies),
        };
        let webhooks: Vec<_> = webhooks.chain(own).collect();
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": metadata(NAME),
            "webhooks": webhooks,
        })
    };
    vec![
        configuration("MutatingWebhookConfiguration", Phase::Mutating),
        configuration("ValidatingWebhookConfiguration", Phase::Validating),
    ]
}

/// The path at which `serve` answers each of them.
const fn path(phase: Phase) -> &'static str {
    match phase {
        Phase::Mutating => "/mutate",
        Phase::Validating => "/validate",
    }
}

/// The subject of a policy: an operation on a part of a kind.
pub type Asked = (Kind, &'static str, Operation);

fn is_sent(entry: &Entry, (kind, part, operation): &Asked) -> bool {
    part.is_empty() && entry.kinds.contains(kind) && entry.operations.contains(operation)
}

/// Returns whether an entry sends requests that concern policies.
fn has_policies(entry: &Entry, policies: &[Asked]) -> bool {
    entry.phase == Phase::Validating && policies.iter().any(|it| is_sent(entry, it))
}

fn on_unavailable(entry: &Entry, chosen: FailurePolicy, settings: &Settings) -> FailurePolicy {
    let denies = |id: &&str| {
        let rule = RULES.iter().find(|rule| rule.id == *id);
        rule.is_some_and(|rule| settings.action(rule) == Action::Deny)
    };
    match entry.on_unavailable {
        OnUnavailable::AsChosen => chosen,
        OnUnavailable::PassesUnlessDenied(rules) if rules.iter().any(denies) => chosen,
        OnUnavailable::Passes | OnUnavailable::PassesUnlessDenied(_) => FailurePolicy::Ignore,
    }
}

fn webhook(
    entry: &Entry,
    server: &ServerAddress,
    failure_policy: FailurePolicy,
    policies: &[Asked],
) -> Value {
    let has_policies = has_policies(entry, policies);
    let operations: Vec<_> = entry.operations.iter().map(|it| it.name()).collect();
    let resources: Vec<_> = entry.kinds.iter().map(|kind| kind.plural()).collect();
    let conditions = entry.conditions.iter();
    let conditions = conditions.filter(|it| !has_policies || it.applies_to == AppliesTo::All);
    let rule = json!({
        "apiGroups": [GROUP],
        "apiVersions": [VERSION],
        "operations": operations,
        "resources": resources,
    });
    let client = server.client_config(path(entry.phase));
    let mut webhook = described(entry.name, &client, failure_policy, conditions, &[rule]);
    if let (Phase::Mutating, Value::Object(fields)) = (entry.phase, &mut webhook) {
        fields.insert("reinvocationPolicy".to_owned(), json!("Never"));
    }
    webhook
}

/// The entry for requests that concern policies but no rule. All deletions concern rules; those of a
/// part of an object do not exist.
fn for_policies(
    server: &ServerAddress,
    failure_policy: FailurePolicy,
    policies: &[Asked],
) -> Option<Value> {
    let is_covered = |asked: &Asked| {
        ENTRIES.iter().any(|entry| entry.phase == Phase::Validating && is_sent(entry, asked))
    };
    let is_write = |asked: &Asked| matches!(asked.2, Operation::Create | Operation::Update);
    let uncovered = policies.iter().filter(|asked| is_write(asked) && !is_covered(asked));
    let rule = |(kind, part, operation): &Asked| {
        let slash = if part.is_empty() { "" } else { "/" };
        json!({
            "apiGroups": [GROUP],
            "apiVersions": [VERSION],
            "operations": [operation.name()],
            "resources": [format!("{}{slash}{part}", kind.plural())],
        })
    };
    let rules: Vec<_> = uncovered.map(rule).collect();
    let client = server.client_config(path(Phase::Validating));
    let conditions = [&NOT_BEING_DELETED, &NOT_BY_A_CONTROLLER];
    let name = "policies.sandbox-admission.x-k8s.io";
    (!rules.is_empty()).then(|| described(name, &client, failure_policy, conditions, &rules))
}

fn described<'c>(
    name: &str,
    client: &Value,
    failure_policy: FailurePolicy,
    conditions: impl IntoIterator<Item = &'c MatchCondition>,
    rules: &[Value],
) -> Value {
    let conditions = conditions.into_iter();
    let conditions = conditions.map(|it| json!({"name": it.name, "expression": it.expression}));
    json!({
        "name": name,
        "admissionReviewVersions": ["v1"],
        "clientConfig": client,
        "failurePolicy": failure_policy.name(),
        "matchConditions": conditions.collect::<Vec<_>>(),
        "matchPolicy": "Equivalent",
        "rules": rules,
        "sideEffects": "None",
        "timeoutSeconds": TIMEOUT_SECONDS,
    })
}
