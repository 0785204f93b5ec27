//! The fields that the proposal adds to Sandbox, as a patch for upstream's definition and in a
//! small stand-in for it.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::common;
use crate::api::{Kind, VERSION, words};

pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "description": "Sandbox runs one agent in a Pod of its own. This definition stands in for upstream's: it checks the fields of suspend and resume and keeps the others as they are.",
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": common::api_version(),
            "kind": common::kind(),
            "metadata": common::metadata(),
            "spec": {
                "description": "The wanted state.",
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "required": ["podTemplate"],
                "properties": {
                    "operatingMode": {
                        "description": "Whether the Sandbox is to run or to be suspended.",
                        "type": "string",
                        "enum": ["Running", "Suspended"],
                        "default": "Running",
                    },
                    "podTemplate": {
                        "description": "The Pod that the Sandbox runs in.",
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": true,
                    },
                    "shutdownPolicy": {
                        "description": "Whether the Sandbox is deleted or kept when its shutdownTime is reached.",
                        "type": "string",
                        "enum": ["Delete", "Retain"],
                        "default": "Retain",
                    },
                    "suspensionStrategy": suspension_strategy(),
                },
            },
            "status": {
                "description": "The state that the controller found; users do not write it.",
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "properties": { "snapshot": *CHECKPOINT_RECORD },
            },
        },
    })
});

static SUSPENSION_STRATEGY: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "description": "How the Sandbox is paused while operatingMode is Suspended. Without it the Pod is deleted, as with type Stop.",
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {
                "description": "Stop deletes the Pod. Freeze keeps the Pod and freezes its containers. Hibernate saves memory and file system as a checkpoint, then deletes the Pod.",
                "type": "string",
                "enum": ["Stop", "Freeze", "Hibernate"],
            },
            "hibernate": hibernate(),
        },
        "x-kubernetes-validations": [{
            "rule": "self.type != 'Hibernate' || has(self.hibernate)",
            "message": format!("{} [hibernate-required]", words::HIBERNATE_REQUIRED),
            "reason": "FieldValueRequired",
            "fieldPath": ".hibernate",
        }],
    })
});

static CHECKPOINT_RECORD: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "description": "The live checkpoint, if there is one. The controller writes it when a suspend completes and clears it when the checkpoint is gone. Restore and deletion use this record, whatever the spec says by then.",
        "type": "object",
        "required": ["snapshotUID", "snapshotClassName"],
        "properties": {
            "snapshotUID": common::filled_string("The driver's handle of the checkpoint."),
            "snapshotClassName": common::filled_string("The SnapshotClass that it was written with."),
            "snapshotClaimName": common::string("The SnapshotClaim that it was written through."),
            "sizeBytes": {
                "description": "The checkpoint's size in bytes.",
                "type": "integer",
                "format": "int64",
                "minimum": 0,
            },
            "creationTime": {
                "description": "When it was taken.",
                "type": "string",
                "format": "date-time",
            },
            "driverMetadata": {
                "description": "What the driver needs back to restore it.",
                "type": "object",
                "additionalProperties": { "type": "string" },
            },
        },
    })
});

/// The schema of `spec.suspensionStrategy`.
pub fn suspension_strategy() -> &'static Value {
    &SUSPENSION_STRATEGY
}

/// A small Sandbox definition for tests and for trying things out: the suspend fields are checked,
/// all others are kept unvalidated. Never for a cluster that runs agent-sandbox: it has upstream's
/// definition, which gets [`patch`].
pub fn crd() -> Value {
    common::crd(
        Kind::Sandbox,
        &["sandbox"],
        &json!([
            common::column("Mode", ".spec.operatingMode", "The wanted operating mode."),
            common::column("Strategy", ".spec.suspensionStrategy.type", "How it is suspended."),
            common::column("Checkpoint", ".status.snapshot.snapshotUID", "The live checkpoint."),
            common::column(
                "Ready",
                ".status.conditions[?(@.type=='Ready')].status",
                "Whether it can be used.",
            ),
            common::age_column(),
        ]),
        &SCHEMA,
    )
}

/// The JSON patch (RFC 6902) that adds `spec.suspensionStrategy` and `status.snapshot` to upstream's
/// `sandboxes.agents.x-k8s.io`. It fails, changing nothing, where version 0 is not ours, and may be
/// applied again over itself.
pub fn patch() -> Value {
    const PROPERTIES: &str = "/spec/versions/0/schema/openAPIV3Schema/properties";
    json!([
        { "op": "test", "path": "/spec/versions/0/name", "value": VERSION },
        {
            "op": "add",
            "path": format!("{PROPERTIES}/spec/properties/suspensionStrategy"),
            "value": suspension_strategy(),
        },
        {
            "op": "add",
            "path": format!("{PROPERTIES}/status/properties/snapshot"),
            "value": *CHECKPOINT_RECORD,
        },
    ])
}

/// The message of `hibernate-source-exclusive`, in CEL. It is for two or three sources: what comes
/// after the first is set in any case. (The API server takes the length of a list that is joined for
/// unlimited.)
fn sources() -> String {
    let start = common::literal(&format!("{}, and here are ", words::ONE_SOURCE));
    let end = format!("; {} [hibernate-source-exclusive]", words::KEEP_ONE_SOURCE);
    let end = common::literal(&end);
    let is_set = |field: &str| format!("has(self.{field}) && self.{field} != ''");
    let (claim, template) = (is_set("snapshotClaimName"), is_set("snapshotClaimTemplateName"));
    let provider = "has(self.snapshotProviderRef)";
    let named = |field: &str, value: &str| format!(r#"'{field} ("' + self.{value} + '")'"#);
    let claim_named = named("snapshotClaimName", "snapshotClaimName");
    let template_named = named("snapshotClaimTemplateName", "snapshotClaimTemplateName");
    let provider_named = named("snapshotProviderRef", "snapshotProviderRef.name");
    format!(
        "{start} + ({claim} ? {claim_named} + ' and ' : '') \
         + ({template} ? {template_named} + ({provider} ? ' and ' : '') : '') \
         + ({provider} ? {provider_named} : '') + {end}"
    )
}

/// The target of the checkpoint. An empty block is legal and means the default claim.
fn hibernate() -> Value {
    json!({
        "description": "Where the checkpoint of type Hibernate goes; other types ignore it. An empty block uses the namespace's default SnapshotClaim or the cluster's default SnapshotClass.",
        "type": "object",
        "properties": {
            "snapshotClaimName": common::reference(
                "A SnapshotClaim in the Sandbox's namespace, shared by every Sandbox that names it.",
            ),
            "snapshotClaimTemplateName": common::reference(
                "A SnapshotClaimTemplate in the Sandbox's namespace; the Sandbox gets a SnapshotClaim of its own from it.",
            ),
            "snapshotProviderRef": {
                "description": "A SnapshotProvider of the cluster.",
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {
                        "description": "The SnapshotProvider's name.",
                        "type": "string",
                        "minLength": 1,
                        "maxLength": common::SUBDOMAIN_LENGTH,
                        "pattern": common::SUBDOMAIN,
                    },
                },
            },
        },
        "x-kubernetes-validations": [{
            "rule": "[has(self.snapshotClaimName) && self.snapshotClaimName != '', has(self.snapshotClaimTemplateName) && self.snapshotClaimTemplateName != '', has(self.snapshotProviderRef)].filter(set, set).size() <= 1",
            "message": format!("{}; {} [hibernate-source-exclusive]", words::ONE_SOURCE, words::KEEP_ONE_SOURCE),
            "messageExpression": sources(),
        }],
    })
}
