//! The expectations that a case can have of an answer.

use std::collections::BTreeMap;
use std::fmt;

use sandbox_admission::api::{GROUP, Kind};
use serde::Deserialize;
use serde_json::Value;

use super::answer::{Cause, Said};

/// The expected answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    allowed: bool,
    /// The code of a denial.
    #[serde(default)]
    code: Option<u64>,
    /// All causes, in order; a message may be a part.
    #[serde(default)]
    causes: Option<Vec<Cause>>,
    /// The beginning of one cause's path.
    #[serde(default)]
    field: Option<String>,
    /// A part of the denial's message.
    #[serde(default)]
    message: Option<String>,
    /// Parts of all warnings, in order.
    #[serde(default)]
    warnings: Option<Vec<String>>,
    /// True where there should be a warning.
    #[serde(default)]
    warns: Option<bool>,
    #[serde(default)]
    patch: Option<Value>,
    /// All rules that fire, by their effect: `{deny: [...], warn: [...], patch: [...]}`.
    #[serde(default)]
    fires: Option<BTreeMap<String, Vec<String>>>,
}

impl Expect {
    /// The ids of the rules that should fire; `None` where the case leaves that open.
    pub fn fires(&self) -> Option<Vec<&str>> {
        let fires = self.fires.as_ref()?;
        Some(fires.values().flatten().map(String::as_str).collect())
    }

    /// The differences between an answer about an object and the expected one.
    pub fn differences(&self, said: &Said, subject: &Value) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differ = |holds: bool, what: &dyn fmt::Display| {
            if !holds {
                differences.push(what.to_string());
            }
        };
        differ(said.allowed == self.allowed, &format_args!("allowed is to be {}", self.allowed));
        if let Some(causes) = &self.causes {
            let matches = causes.len() == said.causes.len()
                && causes.iter().zip(&said.causes).all(|(due, said)| {
                    due.field == said.field && said.message.contains(&due.message)
                });
            differ(matches, &format_args!("causes are to be {causes:#?}"));
        }
        if let Some(field) = &self.field {
            let found = said.causes.iter().any(|cause| cause.field.starts_with(field));
            differ(found, &format_args!("a cause at {field} is due"));
        }
        if let Some(warnings) = &self.warnings {
            let matches = warnings.len() == said.warnings.len()
                && warnings.iter().zip(&said.warnings).all(|(due, said)| said.contains(due));
            differ(matches, &format_args!("warnings are to be {warnings:#?}"));
        }
        let warns = self.warns.or_else(|| Some(self.fires.as_ref()?.contains_key("warn")));
        if let Some(warns) = warns.filter(|_| self.warnings.is_none()) {
            differ(warns != said.warnings.is_empty(), &format_args!("warns is to be {warns}"));
        }
        differ(said.patch == self.patch, &format_args!("patch is to be {:?}", self.patch));
        if let Some(fires) = &self.fires {
            differ(said.fires == *fires, &format_args!("fires is to be {fires:?}"));
        }
        if let Some(error) = self.status_error(said, subject) {
            differ(false, &error);
        }
        differences
    }

    /// The mistake in the status of a denial, as far as the answer has one.
    fn status_error(&self, said: &Said, subject: &Value) -> Option<String> {
        let status = said.status.as_ref()?;
        let code = self.code?;
        let metadata = &subject["metadata"];
        let name = metadata["name"].as_str().unwrap_or_else(|| text(&metadata["generateName"]));
        let kind = text(&subject["kind"]);
        let plural = Kind::from_name(kind).map_or(kind, |kind| kind.plural());
        // As `NewInvalid` and `NewForbidden` build them.
        let (reason, kind, verdict) = match code {
            403 => ("Forbidden", plural, "forbidden"),
            _ => ("Invalid", kind, "invalid"),
        };
        let lines: Vec<String> =
            said.causes.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
        let all = match lines.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let start = format!("{kind}.{GROUP} \"{name}\" is {verdict}: ");
        let rest = status.message.strip_prefix(&start);
        let is_complete = rest.is_some_and(|rest| code == 403 || rest == all);
        let part = self.message.as_deref().unwrap_or_default();
        let due = (code, reason, GROUP, kind, name);
        let said = (status.code, &*status.reason, &*status.group, &*status.kind, &*status.name);
        if due != said {
            Some(format!("code, reason, group, kind and name are to be {due:?}"))
        } else if !is_complete {
            Some(format!("the message is to be {start}{all}"))
        } else if !status.message.contains(part) {
            Some(format!("the message is to contain {part}"))
        } else {
            None
        }
    }

    /// The mistake in the expectation itself. The shared cases leave open which rules fire.
    pub fn flaw(&self, is_shared: bool) -> Option<&'static str> {
        if self.allowed != self.code.is_none() {
            return Some("a denial, and nothing else, has a code");
        }
        if !is_shared && self.fires.is_none() {
            return Some("it does not say which rules fire");
        }
        None
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
