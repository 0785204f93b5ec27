//! The report as JSON.

use json_patch::Patch;
use serde::Serialize;

use crate::check::{self, Checked};

#[derive(Serialize)]
struct Report<'r> {
    results: Vec<Object<'r>>,
    summary: Summary,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'r> {
    file: &'r str,
    line: u32,
    api_version: &'r str,
    kind: &'r str,
    namespace: &'r str,
    name: &'r str,
    verdict: &'static str,
    violations: Vec<Finding<'r>>,
    warnings: Vec<Finding<'r>>,
    patch: &'r Patch,
}

#[derive(Serialize)]
struct Finding<'r> {
    rule: &'r str,
    field: &'r str,
    message: &'r str,
}

#[derive(Serialize)]
struct Summary {
    allowed: usize,
    denied: usize,
    skipped: usize,
}

/// The report as indented JSON and a final newline.
pub fn render(report: &check::Report) -> Result<String, serde_json::Error> {
    let check::Summary { allowed, denied, skipped, warnings: _ } = report.summary();
    let report = Report {
        results: report.results.iter().map(Object::from).collect(),
        summary: Summary { allowed, denied, skipped },
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

impl<'r> From<&'r Checked> for Object<'r> {
    fn from(checked: &'r Checked) -> Self {
        static NOTHING: check::Judgement = check::Judgement {
            violations: Vec::new(),
            warnings: Vec::new(),
            patch: Patch(Vec::new()),
        };
        let judgement = checked.judgement.as_ref().unwrap_or(&NOTHING);
        Self {
            file: &checked.file,
            line: checked.position.line,
            api_version: &checked.api_version,
            kind: &checked.kind,
            namespace: &checked.namespace,
            name: &checked.name,
            verdict: checked.verdict().name(),
            violations: judgement.violations.iter().map(Finding::from).collect(),
            warnings: judgement.warnings.iter().map(Finding::from).collect(),
            patch: &judgement.patch,
        }
    }
}

impl<'r> From<&'r check::Finding> for Finding<'r> {
    fn from(finding: &'r check::Finding) -> Self {
        Self { rule: &finding.rule, field: &finding.field, message: &finding.message }
    }
}
