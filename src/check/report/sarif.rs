//! The report as SARIF 2.1.0, which code scanning shows next to the lines.
//!
//! Written by hand though `serde-sarif` exists: its types are generated from the whole of the
//! schema, and the small part of it that we write reads more easily as the JSON that it becomes.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::check::{Checked, LocatedFinding, Report, Severity};
use crate::rules::{Action, RULES, SCHEMA, UNKNOWN_FIELD};
use crate::visible::visible_json;

const SPECIFICATION: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A rule as SARIF describes it.
struct Described {
    id: &'static str,
    summary: &'static str,
    why: &'static str,
    level: &'static str,
    is_on: bool,
}

/// The rules that only this check has: a server never applies them.
const OWN: [Described; 2] = [
    Described {
        id: SCHEMA,
        summary: "An object is what its kind's schema says.",
        why: "The API server refuses an object with a value of the wrong type.",
        level: "error",
        is_on: true,
    },
    Described {
        id: UNKNOWN_FIELD,
        summary: "Fields are those that the kind has.",
        why: "The API server drops all others in silence: what they were meant to say is lost.",
        level: "warning",
        is_on: true,
    },
];

/// The report as indented JSON and a final newline.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let rules: Vec<Described> = described().collect();
    let results = report.results.iter().flat_map(|checked| {
        let rules = &rules;
        checked.findings().map(move |(severity, it)| result(rules, checked, severity, it))
    });
    let log = json!({
        "$schema": SPECIFICATION,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    Ok(visible_json(&serde_json::to_string_pretty(&log)?).into_owned() + "\n")
}

fn described() -> impl Iterator<Item = Described> {
    let rules = RULES.iter().map(|rule| Described {
        id: rule.id,
        summary: rule.summary,
        why: rule.why,
        level: match rule.default {
            Action::Deny | Action::DenyWhenSuspending => "error",
            Action::Warn => "warning",
            Action::On | Action::Off => "none",
        },
        is_on: rule.default != Action::Off,
    });
    rules.chain(OWN)
}

fn rule(rule: &Described) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.why },
        "help": { "text": format!("{}\n\n{}", rule.summary, rule.why) },
        "defaultConfiguration": { "enabled": rule.is_on, "level": rule.level },
    })
}

fn result(
    rules: &[Described],
    checked: &Checked,
    severity: Severity,
    it: &LocatedFinding,
) -> Value {
    let title = checked.title();
    let mut result = json!({
        "ruleId": it.rule,
        "level": severity.name(),
        "message": { "text": format!("{title}: {}", it.text()) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&checked.file) },
                "region": {
                    "startLine": it.position.line,
                    "startColumn": it.position.column,
                },
            },
            "logicalLocations": [{ "fullyQualifiedName": title, "kind": "resource" }],
        }],
    });
    let index = rules.iter().position(|rule| rule.id == it.rule);
    if let (Some(index), Some(members)) = (index, result.as_object_mut()) {
        members.insert("ruleIndex".to_owned(), json!(index));
    }
    result
}

/// A path as a URI: relative to the root of the sources, unless it is absolute.
fn uri(file: &str) -> String {
    let scheme = if Path::new(file).is_absolute() { "file://" } else { "" };
    let path = file.strip_prefix("./").unwrap_or(file);
    let mut uri = String::from(scheme);
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            // A String takes everything.
            byte => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}
