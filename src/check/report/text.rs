//! The report for people.
//!
//! Written by hand though `annotate-snippets` exists: a finding has two lines, of which editors and
//! CI systems know the first, and it names its field by path, which says more of a manifest than an
//! excerpt of its lines.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::sentence;
use crate::check::{CheckVerdict, Report, Severity};
use crate::visible::visible;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const PLACE: Style = Style::new().bold();
const RULE: Style = Style::new().dimmed();

/// Returns the report as text with ANSI colours, grouped by file. A finding's first line has the
/// form of a compiler's, so that editors find the place; the next is the message.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for file in report.files() {
        let findings = file.iter().flat_map(|it| it.findings().map(move |found| (it, found)));
        let mut findings: Vec<_> = findings.collect();
        findings.sort_by_key(|(_, (_, finding))| finding.position);
        let separator = if findings.is_empty() { "" } else { "\n" };
        for (checked, (severity, finding)) in findings {
            let style = match severity {
                Severity::Error => ERROR,
                Severity::Warning => WARNING,
            };
            let place = format!("{}:{}:", checked.file, finding.position);
            // A String takes everything.
            let _ = writeln!(
                out,
                "{PLACE}{}{PLACE:#} {style}{}:{style:#} {} {RULE}[{}]{RULE:#}\n    {}",
                visible(&place),
                severity.name(),
                visible(&checked.title()),
                visible(&finding.rule),
                visible(&finding.text()),
            );
        }
        out.push_str(separator);
    }
    let is_good = report.results.iter().all(|checked| checked.verdict() != CheckVerdict::Denied);
    let style = if is_good { Style::new() } else { ERROR };
    let _ = writeln!(out, "{style}{}{style:#}", sentence(report));
    out
}
