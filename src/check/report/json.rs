//! The report as JSON.

use json_patch::Patch;
use serde::Serialize;

use crate::check::{self, Checked};
use crate::visible::visible_json;

#[derive(Serialize)]
struct ReportJson<'r> {
    results: Vec<ObjectJson<'r>>,
    summary: SummaryJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectJson<'r> {
    file: &'r str,
    line: u32,
    api_version: &'r str,
    kind: &'r str,
    namespace: &'r str,
    name: &'r str,
    verdict: &'static str,
    violations: Vec<FindingJson<'r>>,
    warnings: Vec<FindingJson<'r>>,
    patch: &'r Patch,
}

#[derive(Serialize)]
struct FindingJson<'r> {
    rule: &'r str,
    field: &'r str,
    message: &'r str,
}

#[derive(Serialize)]
struct SummaryJson {
    allowed: usize,
    denied: usize,
    skipped: usize,
}

/// The report as indented JSON and a final newline.
pub fn render(report: &check::Report) -> Result<String, serde_json::Error> {
    let check::Summary { allowed, denied, skipped, warnings: _ } = report.summary();
    let report = ReportJson {
        results: report.results.iter().map(ObjectJson::from).collect(),
        summary: SummaryJson { allowed, denied, skipped },
    };
    Ok(visible_json(&serde_json::to_string_pretty(&report)?).into_owned() + "\n")
}

impl<'r> From<&'r Checked> for ObjectJson<'r> {
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
            violations: judgement.violations.iter().map(FindingJson::from).collect(),
            warnings: judgement.warnings.iter().map(FindingJson::from).collect(),
            patch: &judgement.patch,
        }
    }
}

impl<'r> From<&'r check::LocatedFinding> for FindingJson<'r> {
    fn from(finding: &'r check::LocatedFinding) -> Self {
        Self { rule: &finding.rule, field: &finding.field, message: &finding.message }
    }
}
