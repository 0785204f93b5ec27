//! What came of the tests, for people and for CI systems.

use std::fmt::{self, Write as _};

use super::Report;
use crate::check::report::Escaped;

/// A line per case; what failed says how.
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    for suite in &report.suites {
        // A String takes everything.
        let _ = writeln!(out, "{}", suite.folder);
        if suite.results.is_empty() {
            let _ = writeln!(out, "  no cases: add a PolicyTest beside the policy");
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
pub fn junit(report: &Report) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // A String takes everything.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> fmt::Result {
    writeln!(out, "<testsuites name=\"policies\">")?;
    for suite in &report.suites {
        let failures = suite.results.iter().filter(|result| result.failure.is_some()).count();
        let (name, tests) = (Escaped(&suite.folder), suite.results.len());
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
        )?;
        for result in &suite.results {
            let title = Escaped(&result.title);
            write!(out, "    <testcase name=\"{title}\" classname=\"{name}\"")?;
            match &result.failure {
                None => writeln!(out, "/>")?,
                Some(why) => {
                    let why = format!("{}: {why}", result.place);
                    let why = Escaped(&why);
                    writeln!(out, "><failure message=\"{why}\"/></testcase>")?;
                }
            }
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}
