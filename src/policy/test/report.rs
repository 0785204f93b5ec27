//! The results of the tests, for people and for CI systems.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{TestReport, TestResult};
use crate::junit::{text, xml};

/// Returns a line per case, with the difference where one failed.
pub fn table(report: &TestReport) -> String {
    let mut out = String::new();
    for suite in &report.suites {
        // A String takes everything.
        let _ = writeln!(out, "{}", suite.folder);
        if suite.results.is_empty() {
            let _ = writeln!(out, "  no cases: add a PolicyTest in the folder of the policy");
        }
        for result in &suite.results {
            let _ = match &result.failure {
                None => writeln!(out, "  ok      {}", result.title),
                Some(why) => {
                    writeln!(out, "  FAILED  {}\n          {}: {why}", result.title, result.place)
                }
            };
        }
    }
    let failed = report.results().filter(|result| result.failure.is_some()).count();
    let _ = writeln!(out, "{} cases, {failed} failed", report.results().count());
    out
}

/// XML in the dialect of `JUnit`: a suite per folder.
pub fn junit(report: &TestReport) -> Result<String, SerializeError> {
    let mut suites = quick_junit::Report::new("policies");
    for suite in &report.suites {
        let folder = text(&suite.folder);
        let mut cases = TestSuite::new(&folder);
        cases.add_test_cases(suite.results.iter().map(|result| case(&folder, result)));
        suites.add_test_suite(cases);
    }
    xml(&suites)
}

fn case(folder: &str, result: &TestResult) -> TestCase {
    let status = match &result.failure {
        None => TestCaseStatus::success(),
        Some(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(text(&format!("{}: {why}", result.place)));
            status
        }
    };
    let mut case = TestCase::new(text(&result.title), status);
    case.set_classname(folder);
    case
}
