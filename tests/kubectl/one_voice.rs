//! A mistake reads the same whether the API server finds it by our definition or asks us.

use kubernetes_manifest::parse;
use sandbox_admission::admission::Phase;
use sandbox_admission::catalog::Objects;
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook::{Reply, answer};
use serde_json::{Value, json};

use crate::World;
use crate::objects::{claim, class, file, running, template};

/// The denial of a new object by our rules, as kubectl prints it.
fn said_by_us(manifest: &str) -> String {
    let [document] = &parse("manifest", manifest).unwrap()[..] else { panic!("{manifest}") };
    let object = serde_json::to_value(&document.root).unwrap();
    let (group, version) = object["apiVersion"].as_str().unwrap().split_once('/').unwrap();
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "u",
            "kind": {"group": group, "version": version, "kind": object["kind"]},
            "name": object["metadata"]["name"],
            "namespace": "one-voice",
            "operation": "CREATE",
            "object": object,
            "oldObject": null,
        },
    });
    let (rules, body) = (RuleSet::new(Settings::default()), review.to_string());
    let (policies, catalog) = (PolicySet::default(), Objects::default());
    let (reply, _) = answer(Phase::Validating, body.as_bytes(), &rules, &policies, &catalog);
    let Reply::Review(review) = reply else { panic!("{reply:?}") };
    let review: Value = serde_json::from_slice(&review).unwrap();
    let [cause] = &review["response"]["status"]["details"]["causes"].as_array().unwrap()[..] else {
        panic!("{review}")
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    format!(
        "The {} \"{}\" is invalid: {}: {}",
        text(&object["kind"]),
        text(&object["metadata"]["name"]),
        text(&cause["field"]),
        text(&cause["message"])
    )
}

pub fn the_definitions_speak_as_the_rules_do(world: &World) {
    let kubectl =
        world.namespace("one-voice", &file(&[class("one-voice"), claim("c", "one-voice")]));
    let sandbox = |hibernate: &str| running("agent", hibernate);
    // Only with type Hibernate are references followed, and nothing that is named here exists.
    let stops = |hibernate: &str| sandbox(hibernate).replace("type: Hibernate", "type: Stop");
    let metadata = |metadata: &str| {
        template("per-agent", "one-voice")
            .replace("spec: {spec: {snapshotClassName: one-voice}}", metadata)
    };
    for wrong in [
        sandbox("{}").replace(", hibernate: {}", ""),
        stops("{snapshotClaimName: nightly, snapshotClaimTemplateName: per-agent}"),
        stops("{snapshotClaimTemplateName: per-agent, snapshotProviderRef: {name: s3}}"),
        stops(
            "{snapshotClaimName: a, snapshotClaimTemplateName: b, snapshotProviderRef: {name: c}}",
        ),
        metadata("spec: {spec: {}, metadata: {labels: {'a b': c}}}"),
        metadata("spec: {spec: {}, metadata: {annotations: {'a/b/c': d}}}"),
        class("wrong") + "parameters: {'': x}\n",
    ] {
        let said = kubectl.pipe("create -f -", &wrong);
        // An expression of a definition cannot say which entry of a map it is about.
        let due = said_by_us(&wrong).replace("parameters[]: ", "parameters: ");
        said.refused(&due);
    }
}
