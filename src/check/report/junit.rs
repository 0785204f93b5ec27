//! The report as XML in the dialect of `JUnit` that Jenkins and GitLab read.

use std::fmt::{self, Display, Write};

use crate::check::{Checked, Report, Severity, Verdict};

/// One `testsuite` per file, one `testcase` per object.
pub fn render(report: &Report) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // A String takes everything.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> fmt::Result {
    let all = Counts::of(&report.results);
    writeln!(out, "<testsuites name=\"sandbox-admission\" {all}>")?;
    for file in report.files() {
        let name = file.first().map_or("", |checked| &checked.file);
        writeln!(out, "  <testsuite name=\"{}\" {}>", Escaped(name), Counts::of(file))?;
        file.iter().try_for_each(|checked| write_case(out, checked))?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn write_case(out: &mut String, checked: &Checked) -> fmt::Result {
    let (title, file) = (checked.title(), Escaped(&checked.file));
    write!(out, "    <testcase name=\"{}\" classname=\"{file}\" ", Escaped(&title))?;
    write!(out, "file=\"{file}\" line=\"{}\"", checked.position.line)?;
    let violations = lines(checked, Severity::Error);
    let warnings = lines(checked, Severity::Warning);
    if checked.verdict() == Verdict::Allowed && warnings.is_empty() {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    if checked.verdict() == Verdict::Skipped {
        writeln!(out, "      <skipped message=\"not a kind that is judged here\"/>")?;
    }
    if let [first, others @ ..] = violations.as_slice() {
        let more = if others.is_empty() { String::new() } else { format!(" (+{})", others.len()) };
        write!(out, "      <failure type=\"denied\" message=\"{}{more}\">", Escaped(first))?;
        write_lines(out, &violations)?;
        writeln!(out, "</failure>")?;
    }
    if !warnings.is_empty() {
        write!(out, "      <system-out>")?;
        write_lines(out, &warnings)?;
        writeln!(out, "</system-out>")?;
    }
    writeln!(out, "    </testcase>")
}

fn lines(checked: &Checked, severity: Severity) -> Vec<String> {
    let findings = checked.findings().filter(|(found, _)| *found == severity);
    let line = |(severity, finding): (Severity, &crate::check::Finding)| {
        let (file, position, severity) = (&checked.file, finding.position, severity.name());
        format!("{file}:{position}: {severity}: {} [{}]", finding.text(), finding.rule)
    };
    findings.map(line).collect()
}

fn write_lines(out: &mut String, lines: &[String]) -> fmt::Result {
    lines.iter().try_for_each(|line| writeln!(out, "{}", Escaped(line)))
}

struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl Counts {
    fn of(results: &[Checked]) -> Self {
        let count = |verdict| results.iter().filter(|it| it.verdict() == verdict).count();
        let (failures, skipped) = (count(Verdict::Denied), count(Verdict::Skipped));
        Self { tests: results.len(), failures, skipped }
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tests, failures, skipped } = self;
        write!(f, "tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
    }
}

/// A text that XML can hold, in an attribute or between tags. Characters that it cannot, not even
/// escaped, become U+FFFD.
pub struct Escaped<'t>(pub &'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // As they are they would become spaces in an attribute.
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(char))?,
                '\0'..' ' | '\u{fffe}' | '\u{ffff}' => f.write_char(char::REPLACEMENT_CHARACTER)?,
                char => f.write_char(char)?,
            }
        }
        Ok(())
    }
}
