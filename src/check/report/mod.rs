//! A report as people and programs want to read it, one file per format.

mod github;
mod json;
mod junit;
mod sarif;
mod text;

use super::{Report, Summary};
use crate::api::{GROUP, Kind, VERSION};

/// For people; coloured with ANSI escapes. Anyone who prints it strips them where they do not
/// belong.
pub use text::render as text;

/// For programs of one's own.
pub use json::render as json;

/// For CI systems that show tests: one suite per file, one test per object.
pub use junit::render as junit;

/// For code scanning: SARIF 2.1.0.
pub use sarif::render as sarif;

/// For GitHub Actions: annotations on the lines of a pull request.
pub use github::render as github;

/// The counts in a sentence.
fn sentence(report: &Report) -> String {
    let Summary { allowed, denied, skipped, warnings } = report.summary();
    let counted = |count: usize, noun: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {noun}{plural}")
    };
    if allowed + denied == 0 {
        let objects = counted(skipped, "object");
        let kinds = Kind::ALL.map(Kind::name).join(", ");
        return format!("nothing to judge: no {GROUP}/{VERSION} {kinds} among {objects}");
    }
    let objects = counted(report.results.len(), "object");
    let mut sentence = format!("{objects}: {allowed} allowed, {denied} denied, {skipped} skipped");
    if warnings > 0 {
        sentence.push_str("; ");
        sentence.push_str(&counted(warnings, "warning"));
    }
    sentence
}
