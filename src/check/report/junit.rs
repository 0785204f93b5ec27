//! The report as XML in the dialect of `JUnit` that Jenkins and GitLab read.

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::check::{CheckVerdict, Checked, Report, Severity};
use crate::junit::{text, xml};

/// One `testsuite` per file, one `testcase` per object.
pub fn render(report: &Report) -> Result<String, SerializeError> {
    let mut suites = quick_junit::Report::new(env!("CARGO_PKG_NAME"));
    for file in report.files() {
        let name = file.first().map_or("", |checked| &checked.file);
        let mut suite = TestSuite::new(text(name));
        suite.add_test_cases(file.iter().map(case));
        suites.add_test_suite(suite);
    }
    xml(&suites)
}

fn case(checked: &Checked) -> TestCase {
    let file = text(&checked.file);
    let mut case = TestCase::new(text(&checked.title()), status(checked));
    case.set_classname(&file);
    case.extra.insert("file".into(), file.into());
    case.extra.insert("line".into(), checked.position.line.to_string().into());
    let warnings = lines(checked, Severity::Warning);
    if !warnings.is_empty() {
        case.set_system_out(warnings.join("\n") + "\n");
    }
    case
}

fn status(checked: &Checked) -> TestCaseStatus {
    let violations = lines(checked, Severity::Error);
    if let [first, others @ ..] = violations.as_slice() {
        let more = if others.is_empty() { String::new() } else { format!(" (+{})", others.len()) };
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("denied").set_message(format!("{first}{more}"));
        status.set_description(violations.join("\n") + "\n");
        return status;
    }
    if checked.verdict() == CheckVerdict::Skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message("not a kind that is judged here");
        return status;
    }
    TestCaseStatus::success()
}

/// A line for each finding of this severity.
fn lines(checked: &Checked, severity: Severity) -> Vec<String> {
    let findings = checked.findings().filter(|(found, _)| *found == severity);
    let line = |(severity, finding): (Severity, &crate::check::LocatedFinding)| {
        let (file, position, severity) = (&checked.file, finding.position, severity.name());
        text(&format!("{file}:{position}: {severity}: {} [{}]", finding.text(), finding.rule))
    };
    findings.map(line).collect()
}
