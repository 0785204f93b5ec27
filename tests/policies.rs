//! The library in `policies/`: every policy is as its cases say, and the lint finds nothing.

use std::fs;
use std::path::Path;

use sandbox_admission::policy::{lint, test};

const FOLDER: &str = "policies";

#[test]
fn every_policy_is_as_its_cases_say() {
    let report = test::run(&kubernetes_manifest::read(Path::new(FOLDER)).unwrap()).unwrap();
    assert!(report.is_good(), "{}", test::table(&report));
    for suite in &report.suites {
        assert!(suite.results.len() > 2, "{}: cases are missing", suite.folder);
    }
}

#[test]
fn the_documented_policy_is_as_its_documented_cases_say() {
    let page = fs::read_to_string("docs/policies.md").unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let folder = tempfile::tempdir().unwrap();
    for (number, block) in blocks.enumerate() {
        fs::write(folder.path().join(format!("{number}.yaml")), block).unwrap();
    }
    let report = test::run(&kubernetes_manifest::read(folder.path()).unwrap()).unwrap();
    assert!(report.is_good() && report.results().count() > 0, "{}", test::table(&report));
}

#[test]
fn the_lint_finds_nothing() {
    let found = lint(&kubernetes_manifest::read(Path::new(FOLDER)).unwrap()).unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_policy_has_a_line_in_the_readme() {
    let readme = fs::read_to_string("policies/README.md").unwrap();
    for entry in fs::read_dir(FOLDER).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            let line = format!("| [`{name}`]({name}/policy.yaml) |");
            assert!(readme.contains(&line), "{name}");
        }
    }
}
