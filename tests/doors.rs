//! All ways into the program agree: every case of `tests/cases/` gets the library's answer over
//! HTTPS and from `review`, byte for byte, and from `check` the same findings.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use kubernetes_manifest::Document;
use sandbox_admission::admission::Phase;
use sandbox_admission::api::Kind;
use sandbox_admission::check::{self, Input};
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{self, Effect, RuleSet};
use sandbox_admission::webhook::{self, Outcome, Reply};
use serde_json::{Value, json};

use crate::support::cases::{self, Case};
use crate::support::client::Client;
use crate::support::process::{PROGRAM, Server};

fn in_the_library(case: &Case) -> (Reply, Outcome) {
    let rules = RuleSet::new(case.settings());
    let policies = PolicySet::default();
    webhook::answer(case.phase(), &case.body(), &rules, &policies, &case.catalog())
}

fn body(reply: Reply) -> String {
    match reply {
        Reply::Review(body) => String::from_utf8(body).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn list(objects: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

/// Writes a case's catalog and configuration as files, and returns their paths.
fn write(folder: &Path, case: &Case) -> (std::path::PathBuf, std::path::PathBuf) {
    let (catalog, config) = (folder.join("catalog.json"), folder.join("config.yaml"));
    fs::write(&catalog, list(&case.catalog)).unwrap();
    fs::write(&config, case.config()).unwrap();
    (catalog, config)
}

/// The cases about which no API server has to be asked.
fn cases() -> Vec<Case> {
    let mut cases = cases::load(Path::new("tests/cases"));
    cases.retain(|case| case.may_use.is_none());
    cases
}

#[tokio::test]
async fn every_case_gets_the_same_bytes_over_https() {
    let cases = cases();
    let certificates = tempfile::tempdir().unwrap();
    // One server for all cases with the same catalog and configuration.
    let mut groups = BTreeMap::<_, Vec<&Case>>::new();
    for case in &cases {
        groups.entry((list(&case.catalog), case.config())).or_default().push(case);
    }
    for group in groups.values() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, config) = write(folder.path(), group[0]);
        let config = ["--config", config.to_str().unwrap()];
        let server = Server::start(&catalog, certificates.path(), &config);
        let client = Client::new(server.address, certificates.path());
        let mut connection = client.http1().await.unwrap();
        for case in group {
            let path = match case.phase() {
                Phase::Mutating => "/mutate?timeout=5s",
                Phase::Validating => "/validate?timeout=5s",
            };
            let answer = connection.post(path, case.body()).await.unwrap();
            assert_eq!(answer.status, 200, "{case}");
            assert_eq!(answer.text(), body(in_the_library(case).0), "{case}");
        }
    }
    assert!(groups.len() > 1 && cases.len() > groups.len());
}

#[test]
fn every_case_gets_the_same_bytes_from_review() {
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, config) = write(folder.path(), &case);
        let mut command = Command::new(PROGRAM);
        command.arg("review").arg("--catalog").arg(catalog).arg("--config").arg(config);
        if case.phase() == Phase::Mutating {
            command.arg("--mutate");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&case.body()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{case}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, body(in_the_library(&case).0), "{case}");
    }
}

fn documents(objects: &[&Value]) -> Vec<Document> {
    let parse =
        |object: &&Value| kubernetes_manifest::parse("case.json", &object.to_string()).unwrap();
    objects.iter().flat_map(parse).collect()
}

/// Returns whether `check` can be asked about a case: a write of a whole object of ours that has a
/// name, and no status that only a cluster writes. It cannot tell who writes.
fn is_for_check(case: &Case) -> bool {
    let object = &case.object;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let is_ours = Kind::from_api(&text(&object["apiVersion"]), &text(&object["kind"])).is_some();
    is_ours
        && case.phase() == Phase::Validating
        && case.sub_resource.is_none()
        && matches!(case.operation.as_str(), "CREATE" | "UPDATE")
        && object["metadata"]["name"].is_string()
        && object["metadata"].get("deletionTimestamp").is_none()
        && case.folder != "restore-authority"
}

#[test]
fn every_case_gets_the_same_findings_from_check() {
    let mut compared = 0;
    for case in cases().iter().filter(|case| is_for_check(case)) {
        let (_, outcome) = in_the_library(case);
        // The object itself is not one of the others.
        let key = |it: &Value| {
            let meta = &it["metadata"];
            (it["kind"].clone(), meta["namespace"].clone(), meta["name"].clone())
        };
        let is_another = |it: &&Value| key(it) != key(&case.object);
        let catalog: Vec<&Value> = case.catalog.iter().filter(is_another).collect();
        let stored: Vec<&Value> =
            Some(&case.old_object).filter(|_| case.operation == "UPDATE").into_iter().collect();
        let checked = documents(&[&case.object]);
        let (catalog, old) = (documents(&catalog), documents(&stored));
        let input = Input { checked: &checked, catalog: &catalog, old: &old, namespace: "team-a" };
        // `check` cannot read a stored object that does not fit its kind.
        let (rules, policies) = (RuleSet::new(case.settings()), PolicySet::default());
        let Ok(report) = check::check(&input, &rules, &policies) else { continue };
        let judgement = report.results[0].judgement.as_ref().unwrap();
        let own = [rules::SCHEMA, rules::UNKNOWN_FIELD];
        let mut found: Vec<(&str, Effect)> = Vec::new();
        let violations = judgement.violations.iter().map(|it| (&*it.rule, Effect::Deny));
        for pair in violations.chain(judgement.warnings.iter().map(|it| (&*it.rule, Effect::Warn)))
        {
            if !own.contains(&pair.0) && !found.contains(&pair) {
                found.push(pair);
            }
        }
        let mut fired: Vec<_> = outcome.fired.iter().map(|(rule, it)| (&**rule, *it)).collect();
        fired.sort_by_key(|(rule, effect)| (*rule, effect.name()));
        found.sort_by_key(|(rule, effect)| (*rule, effect.name()));
        assert_eq!(found, fired, "{case}");
        assert_eq!(!judgement.violations.is_empty(), outcome.denied.is_some(), "{case}");
        compared += 1;
    }
    assert!(compared > 200, "only {compared} cases were compared");
}
