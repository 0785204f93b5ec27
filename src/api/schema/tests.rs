//! Properties of every definition, and the place of each structural rule in the schemas.

use serde_json::{Value, json};

use super::common::{REFERENCE, SUBDOMAIN};
use super::snapshot_class::QUALIFIED_NAME;
use super::*;
use crate::api::{GROUP, VERSION};

/// The keywords that we use in a structural schema.
const KEYWORDS: [&str; 18] = [
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxLength",
    "maxProperties",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// Calls `look` with every schema in and under `schema`, and with its path.
fn walk(schema: &Value, path: &str, look: &mut dyn FnMut(&Value, &str)) {
    look(schema, path);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{path}.{name}"), look);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(keyword) {
            walk(inner, &format!("{path}[]"), look);
        }
    }
}

fn walk_all(mut look: impl FnMut(&Value, &str)) {
    for kind in Kind::ALL {
        walk(schema(kind), kind.name(), &mut look);
    }
}

#[test]
fn every_schema_is_typed_and_of_known_keywords() {
    walk_all(|schema, path| {
        let kind = schema["type"].as_str().unwrap_or_else(|| panic!("{path} has no type"));
        for keyword in schema.as_object().unwrap().keys() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{path}: {keyword}");
            let of = match keyword.as_str() {
                "properties" | "required" | "additionalProperties" | "maxProperties" => "object",
                "items" => "array",
                "pattern" | "minLength" | "maxLength" | "enum" => "string",
                "minimum" => "integer",
                _ => continue,
            };
            assert_eq!(kind, of, "{path}: {keyword}");
        }
        assert!(
            schema.get("properties").is_none() || schema.get("additionalProperties").is_none(),
            "{path}: properties and additionalProperties exclude each other"
        );
    });
}

#[test]
fn every_field_is_described() {
    walk_all(|schema, path| {
        let is_map_value = path.ends_with("[]") && schema["type"] == "string";
        // The API server allows nothing but the type on a root's metadata.
        let is_root_metadata =
            Kind::ALL.iter().any(|kind| path == format!("{}.metadata", kind.name()));
        assert_eq!(schema["description"].is_string(), !is_map_value && !is_root_metadata, "{path}");
    });
}

#[test]
fn every_required_field_exists_and_has_no_default() {
    walk_all(|schema, path| {
        for name in schema["required"].as_array().into_iter().flatten() {
            let property = &schema["properties"][name.as_str().unwrap()];
            assert!(property.is_object(), "{path}.{name} is required but unknown");
            assert!(property.get("default").is_none(), "{path}.{name} is required yet defaulted");
        }
    });
}

#[test]
fn only_the_sandboxs_own_two_fields_are_defaulted() {
    let mut defaulted = Vec::new();
    walk_all(|schema, path| {
        if schema.get("default").is_some() {
            defaulted.push(path.to_owned());
        }
    });
    assert_eq!(defaulted, ["Sandbox.spec.operatingMode", "Sandbox.spec.shutdownPolicy"]);
}

#[test]
fn every_cel_rule_has_a_message_with_an_id_and_leaves_ratcheting_to_the_api_server() {
    let mut rules = 0;
    walk_all(|schema, path| {
        for validation in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            rules += 1;
            let ids: Vec<_> =
                structural_rules().iter().map(|(id, ..)| format!(" [{id}]")).collect();
            let said = |message: &str| ids.iter().any(|id| message.contains(id));
            let message = validation["message"].as_str().unwrap();
            assert!(said(message), "{path}: {message:?} does not end with a rule's id");
            assert!(!message.contains('\n'), "{path}: the API server refuses newlines");
            let expression = validation["messageExpression"].as_str();
            assert!(expression.is_none_or(said), "{path}: {expression:?} has no rule's id");
            let rule = validation["rule"].as_str().unwrap();
            assert!(!rule.contains("oldSelf"), "{path}: rules with oldSelf never ratchet");
        }
    });
    assert!(rules >= 5, "{rules} rules found");
}

#[test]
fn every_definition_is_named_as_its_kind() {
    for (kind, short_names, scope, has_status) in [
        (Kind::Sandbox, json!(["sandbox"]), "Namespaced", true),
        (Kind::SnapshotClass, json!(["ssclass"]), "Cluster", false),
        (Kind::SnapshotClaim, json!(["snapclaim"]), "Namespaced", true),
        (Kind::SnapshotClaimTemplate, json!(["snapclaimtmpl"]), "Namespaced", false),
        (Kind::SnapshotProvider, Value::Null, "Cluster", false),
    ] {
        let crd = crd(kind);
        assert_eq!(crd["apiVersion"], "apiextensions.k8s.io/v1");
        assert_eq!(crd["kind"], "CustomResourceDefinition");
        assert_eq!(crd["metadata"]["name"], format!("{}.{GROUP}", kind.plural()));
        let spec = &crd["spec"];
        assert_eq!(spec["group"], GROUP);
        assert_eq!(spec["scope"], scope);
        assert_eq!(spec["names"]["kind"], kind.name());
        assert_eq!(spec["names"]["plural"], kind.plural());
        assert_eq!(spec["names"]["shortNames"], short_names);
        assert_eq!(spec["versions"].as_array().unwrap().len(), 1);
        let version = &spec["versions"][0];
        assert_eq!(version["name"], VERSION);
        assert_eq!(version["schema"]["openAPIV3Schema"], *schema(kind));
        assert_eq!(version.pointer("/subresources/status").is_some(), has_status, "{kind:?}");
    }
}

/// The place of each structural rule of the catalogue: its id, the kind, the field, the keyword
/// there, and its value (for a CEL rule, a part of it).
#[rustfmt::skip]
fn structural_rules() -> Vec<(&'static str, Kind, &'static str, &'static str, Value)> {
    use Kind::{Sandbox, SnapshotClaim, SnapshotClaimTemplate, SnapshotClass, SnapshotProvider};
    const STRATEGY: &str = "spec.suspensionStrategy";
    const HIBERNATE: &str = "spec.suspensionStrategy.hibernate";
    const CLAIM: &str = "spec.suspensionStrategy.hibernate.snapshotClaimName";
    const TEMPLATE: &str = "spec.suspensionStrategy.hibernate.snapshotClaimTemplateName";
    const PROVIDER: &str = "spec.suspensionStrategy.hibernate.snapshotProviderRef";
    const PROVIDER_NAME: &str = "spec.suspensionStrategy.hibernate.snapshotProviderRef.name";
    vec![
        ("operating-mode-supported", Sandbox, "spec.operatingMode", "enum", json!(["Running", "Suspended"])),
        ("suspension-type-supported", Sandbox, STRATEGY, "required", json!(["type"])),
        ("suspension-type-supported", Sandbox, "spec.suspensionStrategy.type", "enum", json!(["Stop", "Freeze", "Hibernate"])),
        ("hibernate-required", Sandbox, STRATEGY, "rule", json!("self.type != 'Hibernate' || has(self.hibernate)")),
        ("hibernate-source-exclusive", Sandbox, HIBERNATE, "rule", json!("has(self.snapshotClaimName) && self.snapshotClaimName != ''")),
        ("hibernate-source-exclusive", Sandbox, HIBERNATE, "rule", json!("has(self.snapshotClaimTemplateName) && self.snapshotClaimTemplateName != ''")),
        ("hibernate-source-exclusive", Sandbox, HIBERNATE, "rule", json!("has(self.snapshotProviderRef)].filter(set, set).size() <= 1")),
        ("reference-name-valid", Sandbox, CLAIM, "pattern", json!(REFERENCE)),
        ("reference-name-valid", Sandbox, CLAIM, "maxLength", json!(253)),
        ("reference-name-valid", Sandbox, TEMPLATE, "pattern", json!(REFERENCE)),
        ("reference-name-valid", Sandbox, TEMPLATE, "maxLength", json!(253)),
        ("reference-name-valid", Sandbox, PROVIDER, "required", json!(["name"])),
        ("reference-name-valid", Sandbox, PROVIDER_NAME, "minLength", json!(1)),
        ("reference-name-valid", Sandbox, PROVIDER_NAME, "pattern", json!(SUBDOMAIN)),
        ("reference-name-valid", Sandbox, PROVIDER_NAME, "maxLength", json!(253)),
        ("reference-name-valid", SnapshotClaim, "spec.snapshotClassName", "pattern", json!(REFERENCE)),
        ("reference-name-valid", SnapshotClaim, "spec.snapshotClassName", "maxLength", json!(253)),
        ("checkpoint-record-valid", Sandbox, "status.snapshot", "required", json!(["snapshotUID", "snapshotClassName"])),
        ("checkpoint-record-valid", Sandbox, "status.snapshot.snapshotUID", "minLength", json!(1)),
        ("checkpoint-record-valid", Sandbox, "status.snapshot.snapshotClassName", "minLength", json!(1)),
        ("checkpoint-record-valid", Sandbox, "status.snapshot.sizeBytes", "minimum", json!(0)),
        ("provisioner-valid", SnapshotClass, "", "required", json!(["provisioner"])),
        ("provisioner-valid", SnapshotClass, "provisioner", "minLength", json!(1)),
        ("provisioner-valid", SnapshotClass, "provisioner", "pattern", json!(QUALIFIED_NAME)),
        ("provisioner-valid", SnapshotClass, "provisioner", "rule", json!("self.indexOf('/') <= 253")),
        ("parameters-valid", SnapshotClass, "parameters", "maxProperties", json!(512)),
        ("parameters-valid", SnapshotClass, "parameters", "rule", json!("!('' in self)")),
        ("parameters-valid", SnapshotClass, "parameters", "rule", json!(".sum() <= 262144")),
        ("parameters-valid", SnapshotClaim, "spec.parameters", "maxProperties", json!(512)),
        ("parameters-valid", SnapshotClaim, "spec.parameters", "rule", json!("!('' in self)")),
        ("parameters-valid", SnapshotClaim, "spec.parameters", "rule", json!(".sum() <= 262144")),
        ("template-spec-required", SnapshotClaimTemplate, "", "required", json!(["spec"])),
        ("template-spec-required", SnapshotClaimTemplate, "spec", "required", json!(["spec"])),
        ("template-metadata-valid", SnapshotClaimTemplate, "spec.metadata.labels", "rule", json!("self.all(key, ")),
        ("template-metadata-valid", SnapshotClaimTemplate, "spec.metadata.annotations", "rule", json!("self.all(key, ")),
        ("template-metadata-valid", SnapshotClaimTemplate, "spec.metadata.annotations", "rule", json!(".sum() <= 262144")),
        ("provider-type-required", SnapshotProvider, "", "required", json!(["spec"])),
        ("provider-type-required", SnapshotProvider, "spec", "required", json!(["providerType"])),
        ("provider-type-required", SnapshotProvider, "spec.providerType", "minLength", json!(1)),
        ("bucket-required", SnapshotProvider, "spec.s3", "required", json!(["bucket"])),
        ("bucket-required", SnapshotProvider, "spec.s3.bucket", "minLength", json!(1)),
        ("bucket-required", SnapshotProvider, "spec.gcs", "required", json!(["bucket"])),
        ("bucket-required", SnapshotProvider, "spec.gcs.bucket", "minLength", json!(1)),
    ]
}

#[test]
fn every_structural_rule_is_said_by_a_schema() {
    for (id, kind, field, keyword, expected) in structural_rules() {
        let place = field
            .split('.')
            .filter(|name| !name.is_empty())
            .fold(schema(kind), |schema, name| &schema["properties"][name]);
        let said = if keyword == "rule" {
            place["x-kubernetes-validations"].as_array().into_iter().flatten().any(|validation| {
                validation["rule"].as_str().unwrap().contains(expected.as_str().unwrap())
            })
        } else {
            place[keyword] == expected
        };
        assert!(said, "{id}: {} {field:?} lacks {keyword} {expected}", kind.name());
    }
}

#[test]
fn a_templates_inner_spec_is_a_claims_spec() {
    let inner = &schema(Kind::SnapshotClaimTemplate)["properties"]["spec"]["properties"]["spec"];
    let claim = &schema(Kind::SnapshotClaim)["properties"]["spec"];
    assert_eq!(inner["properties"], claim["properties"]);
}

#[test]
fn a_template_can_set_labels_and_annotations_and_no_other_metadata() {
    let metadata =
        &schema(Kind::SnapshotClaimTemplate)["properties"]["spec"]["properties"]["metadata"];
    let fields: Vec<_> = metadata["properties"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["annotations", "labels"]);
    for map in ["annotations", "labels"] {
        assert_eq!(metadata["properties"][map]["additionalProperties"]["type"], "string");
    }
    assert_eq!(metadata.get("x-kubernetes-preserve-unknown-fields"), None);
}

#[test]
fn only_the_sandbox_keeps_unknown_fields_and_not_in_what_we_own() {
    let mut open = Vec::new();
    walk_all(|schema, path| {
        if schema["x-kubernetes-preserve-unknown-fields"] == true {
            open.push(path.to_owned());
        }
    });
    open.sort();
    assert_eq!(open, ["Sandbox.spec", "Sandbox.spec.podTemplate", "Sandbox.status"]);
}

#[test]
fn the_strategy_has_no_field_of_earlier_drafts() {
    let hibernate = &suspension_strategy()["properties"]["hibernate"]["properties"];
    let fields: Vec<_> = hibernate.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["snapshotClaimName", "snapshotClaimTemplateName", "snapshotProviderRef"]);
}

const PROPERTIES: &str = "/spec/versions/0/schema/openAPIV3Schema/properties";

/// A definition such as upstream's: ours without the two fields.
fn unpatched() -> Value {
    let mut crd = sandbox_crd();
    for (place, field) in [("spec", "suspensionStrategy"), ("status", "snapshot")] {
        let properties = crd.pointer_mut(&format!("{PROPERTIES}/{place}/properties")).unwrap();
        assert!(properties.as_object_mut().unwrap().remove(field).is_some());
    }
    crd
}

fn apply(crd: &mut Value) -> Result<(), json_patch::PatchError> {
    let patch: json_patch::Patch = serde_json::from_value(sandbox_patch()).unwrap();
    json_patch::patch(crd, &patch)
}

#[test]
fn the_patch_adds_both_fields_and_applies_over_itself() {
    let mut crd = unpatched();
    for _ in 0..2 {
        apply(&mut crd).unwrap();
        assert_eq!(crd, sandbox_crd());
    }
}

#[test]
fn the_patch_never_touches_another_version() {
    let mut crd = unpatched();
    crd["spec"]["versions"][0]["name"] = json!("v1");
    let before = crd.clone();
    apply(&mut crd).unwrap_err();
    assert_eq!(crd, before);
}
