//! Holds an answer to what the oracle expects.

use std::collections::BTreeSet;

use crate::door::Answer;
use crate::oracle::{Expected, UNDECODABLE};
use crate::requests::Subject;
use crate::writes::{Verb, Write};

/// A disagreement between the oracle and what happened.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// Its kind, the same for all of a kind: by it, a shrunk sequence is known to fail for the same reason.
    pub kind: String,
    /// All that helps to understand it.
    pub details: String,
}

/// Rules whose finding is that something is missing. Our server asks the API server before it denies for that
/// reason, not before it admits: for a moment it may take for present what was just deleted.
const MISSING: [&str; 5] = [
    "snapshot-claim-exists",
    "snapshot-claim-template-exists",
    "snapshot-provider-exists",
    "snapshot-class-exists",
    "snapshot-target-resolvable",
];

/// Compares the answer with the expectations for each object that was written.
pub fn compare(
    write: &Write,
    subjects: &[(Subject, Expected)],
    answer: &Answer,
) -> Result<(), Disagreement> {
    let denied = (!answer.is_success()).then(|| rules(answer.message()));
    let warned: BTreeSet<String> = answer.warnings.iter().flat_map(|it| rules(it)).collect();
    let what = what(write, subjects);
    let disagree = |how: String| {
        let expected: Vec<_> = subjects.iter().map(|(it, is)| (it.key.to_string(), is)).collect();
        let stored = subjects.first().and_then(|(it, _)| it.old.clone()).map(|mut stored| {
            stored["metadata"].as_object_mut().map(|it| it.remove("managedFields"));
            stored.to_string()
        });
        Err(Disagreement {
            kind: format!("{what}: {how}"),
            details: format!(
                "write: {write:?}\nstored: {stored:?}\nexpected: {expected:?}\nanswer: {} {}\nwarnings: {:#?}",
                answer.code,
                answer.message(),
                answer.warnings
            ),
        })
    };
    if answer.message().contains("kept-secret")
        || answer.warnings.iter().any(|it| it.contains("kept-secret"))
    {
        return disagree("a credential is printed".to_owned());
    }
    if let Some(unknown) = answer.warnings.iter().find(|it| rules(it).is_empty()) {
        return disagree(format!("a warning names no rule: {unknown}"));
    }
    if let Some(ids) = &denied {
        if write.actor.is_judged() && write.is_harmless() {
            return disagree(format!("{ids:?} must never stand in its way"));
        }
        if !subjects.iter().any(|(_, expected)| explains(expected, ids)) {
            let expected = expectations(subjects);
            return disagree(format!("denied by {ids:?}, expected {expected}"));
        }
        let codes = subjects.iter().filter(|(_, expected)| explains(expected, ids));
        if !codes.clone().any(|(_, expected)| expected.codes.contains(&answer.code)) {
            let codes: Vec<_> = codes.map(|(_, expected)| &expected.codes).collect();
            return disagree(format!("denied by {ids:?} with {}, not {codes:?}", answer.code));
        }
    } else if let Some((_, expected)) = subjects.iter().find(|(_, it)| !it.deny.is_empty()) {
        let is_late = write.at_once && expected.deny.iter().all(|id| MISSING.contains(id));
        if !is_late {
            return disagree(format!("admitted, expected {}", expectations(subjects)));
        }
        return Ok(());
    }
    if write.at_once {
        // What is warned of is not asked again: it may be what was true a moment before.
        return Ok(());
    }
    let may = |id: &str| {
        subjects.iter().any(|(_, it)| it.warn.contains(id) || it.may_warn.contains(id) || it.is_odd)
    };
    if let Some(id) = warned.iter().find(|id| !may(id)) {
        return disagree(format!("{id} must not warn"));
    }
    // Of a collection, a cut of all warnings may have taken some; of a denial, the contract does not say
    // whether the warnings come with it.
    if denied.is_none() && write.verb != Verb::DeleteCollection {
        let mut must = subjects.iter().flat_map(|(_, it)| &it.warn);
        if let Some(id) = must.find(|id| !warned.contains(**id)) {
            return disagree(format!("{id} must warn"));
        }
    }
    Ok(())
}

/// Returns whether a denial by these rules is one that is expected.
fn explains(expected: &Expected, ids: &BTreeSet<String>) -> bool {
    let is_expected = |id: &String| {
        expected.deny.contains(id.as_str())
            || expected.may_deny.contains(id.as_str())
            || expected.is_odd && id != UNDECODABLE
    };
    ids.iter().all(is_expected) && expected.deny.iter().all(|id| ids.contains(*id))
}

fn expectations(subjects: &[(Subject, Expected)]) -> String {
    let expected =
        subjects.iter().map(|(_, it)| match (it.deny.is_empty(), it.may_deny.is_empty()) {
            (true, true) => "admission".to_owned(),
            (true, false) => format!("perhaps {:?}", it.may_deny),
            (false, true) => format!("{:?}", it.deny),
            (false, false) => format!("{:?}, perhaps {:?}", it.deny, it.may_deny),
        });
    expected.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" or ")
}

fn what(write: &Write, subjects: &[(Subject, Expected)]) -> String {
    let operation = match (&write.verb, subjects.first()) {
        (Verb::Status(_), _) => "status",
        (Verb::Delete, _) => "deletion",
        (Verb::DeleteCollection, _) => "deletion of all",
        (_, Some((Subject { old: None, .. }, _))) => "creation",
        _ => "update",
    };
    format!("{operation} of {}", write.key.kind.name())
}

/// The ids of rules that a text names in brackets, and [`UNDECODABLE`] where it says that a value has the wrong type
/// or names no rule at all.
fn rules(text: &str) -> BTreeSet<String> {
    let is_id =
        |id: &&str| id.contains('-') && id.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
    let parts = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let mut found: BTreeSet<_> = parts.map(|(id, _)| id).filter(is_id).map(str::to_owned).collect();
    let denies = text.contains("denied the request");
    if denies && (found.is_empty() || text.contains("invalid type: ")) {
        found.insert(UNDECODABLE.to_owned());
    }
    found
}
