//! The report as workflow commands of GitHub Actions.

use std::fmt::Write;

use super::sentence;
use crate::check::Report;

/// One annotation per finding, then the counts as a plain line of the log.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for checked in &report.results {
        for (severity, finding) in checked.findings() {
            // A String takes everything.
            let _ = writeln!(
                out,
                "::{} file={},line={},col={},title={}::{}",
                severity.name(),
                property(&checked.file),
                finding.position.line,
                finding.position.column,
                property(&finding.rule),
                data(&format!("{}: {}", checked.title(), finding.text())),
            );
        }
    }
    out + &sentence(report) + "\n"
}

/// Escaped as `@actions/core` does it: a line break would end the command and could begin another.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
