//! The report as workflow commands of GitHub Actions.

use std::fmt::Write;

use super::sentence;
use crate::check::Report;
use crate::visible::visible;

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

/// Escaped as `@actions/core` does it, after line breaks, which would end the command and could begin
/// another, and all else that is hidden: the log of a run is shown as a terminal shows it.
fn data(text: &str) -> String {
    visible(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
