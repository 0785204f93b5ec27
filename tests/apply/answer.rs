//! The answers of the API server, and whether a report says the same.

use std::collections::BTreeSet;

use kube::core::Status;
use kubernetes_schema::{Fault, Finding, Report};

/// What it says when rules were not evaluated.
const RULES_UNCHECKED: &str =
    "some validation rules were not checked because the object was invalid";

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Admitted,
    /// The object has unknown fields, sorted.
    Unknown(Vec<String>),
    /// It cannot be read.
    Unreadable(String),
    /// Fields, each with what is wrong with it.
    Invalid {
        causes: BTreeSet<(String, String)>,
        are_rules_unchecked: bool,
    },
}

impl Answer {
    pub fn of(status: &Status) -> Self {
        if status.code == 400 {
            let unknown = status.message.split("unknown field ").skip(1);
            let mut unknown: Vec<String> =
                unknown.map(|it| it.trim_end_matches(", ").to_owned()).collect();
            unknown.sort();
            if unknown.is_empty() {
                return Self::Unreadable(status.message.clone());
            }
            return Self::Unknown(unknown);
        }
        assert_eq!(status.code, 422, "{status:?}");
        let causes = status.details.iter().flat_map(|details| &details.causes);
        let (skipped, causes): (Vec<_>, Vec<_>) =
            causes.partition(|cause| cause.message.contains(RULES_UNCHECKED));
        Self::Invalid {
            causes: causes.into_iter().map(|told| cause(&told.field, &told.message)).collect(),
            are_rules_unchecked: !skipped.is_empty(),
        }
    }

    /// The answer after which the report would be wrong.
    pub fn is_told_by(&self, report: &Report) -> Result<(), Self> {
        let ours = Self::of_report(report);
        let is_same = match (self, &ours) {
            (Self::Unreadable(theirs), Self::Unreadable(ours)) => {
                // It names one, of several any.
                ours.lines().any(|ours| theirs.contains(ours))
            }
            (theirs, ours) => theirs == ours,
        };
        if is_same { Ok(()) } else { Err(ours) }
    }

    fn of_report(report: &Report) -> Self {
        let errors = || report.findings.iter().filter(|finding| !finding.is_warning);
        let of = |fault| errors().filter(move |finding| finding.fault == fault);
        let unreadable = of(Fault::MetadataType).chain(of(Fault::Version));
        let unreadable: Vec<_> = unreadable.map(|finding| finding.message.clone()).collect();
        if !unreadable.is_empty() {
            return Self::Unreadable(unreadable.join("\n"));
        }
        let mut unknown: Vec<_> =
            of(Fault::UnknownField).map(|finding| format!("\"{}\"", finding.path)).collect();
        unknown.sort();
        if !unknown.is_empty() {
            return Self::Unknown(unknown);
        }
        let told = |finding: &Finding| cause(&finding.field(), &finding.message);
        let causes: BTreeSet<_> = errors().map(told).collect();
        if causes.is_empty() {
            return Self::Admitted;
        }
        Self::Invalid { causes, are_rules_unchecked: report.are_rules_unchecked }
    }
}

/// A cause without what cannot be the same: the letters of a generated name, and why a rule fails, for which
/// our engine has its own words.
fn cause(field: &str, message: &str) -> (String, String) {
    let mut message = message.to_owned();
    for before in [" evaluating rule: ", " macro signature for rule: "] {
        if let Some((_, rule)) = message.split_once(before) {
            message = format!("... evaluating rule: {rule}");
        }
    }
    if field == "metadata.name"
        && let Some(name) = message.strip_prefix("Invalid value: \"")
        && let Some((name, rest)) = name.split_once('"')
        && let Some(stem) = name.get(..name.len().saturating_sub(5))
    {
        message = format!("Invalid value: \"{stem}.....\"{rest}");
    }
    (field.to_owned(), message)
}
