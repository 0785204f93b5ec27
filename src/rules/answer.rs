//! The texts that a user reads: findings as a `Status` and as warnings.

use super::errors::MAX_LISTED;
use super::{Effect, Finding, Findings, Refusal};
use crate::admission::field::FieldError;
use crate::admission::{Denial, Details, StatusCause};
use crate::api::{DecodeError, GROUP, Kind};

/// The denial that follows from findings, if any of them denies. It is no milder than `mildest`.
pub fn denial(
    kind: Kind,
    name: &str,
    findings: &Findings,
    mildest: impl FnOnce() -> Refusal,
) -> Option<Denial> {
    let denying: Vec<&Finding> = findings.iter().filter(|finding| finding.denies()).collect();
    let refusal = denying.iter().map(|finding| finding.refusal).max()?.max(mildest());
    let listed = denying.get(..MAX_LISTED).unwrap_or(&denying);
    let causes: Vec<StatusCause> = listed
        .iter()
        .map(|finding| StatusCause {
            reason: finding.error.reason.cause(),
            message: format!("{} [{}]", finding.error.body(), finding.rule),
            field: finding.error.field.to_string(),
        })
        .collect();
    let unlisted = denying.len() - listed.len() + findings.count_unlisted(Effect::Deny);
    let (what, start) = title(refusal, kind, name);
    let is_alone = denying.len() == 1;
    let open = if is_alone { "" } else { "[" };
    let mut message = start + open;
    for (index, (finding, cause)) in listed.iter().zip(&causes).enumerate() {
        if index > 0 {
            message.push_str(", ");
        }
        if !cause.field.is_empty() {
            message.extend([&*cause.field, ": "]);
        }
        match finding.refusal {
            Refusal::Invalid => message.push_str(&cause.message),
            _ => message.extend([format!("{} [{}]", finding.error.advice(), finding.rule)]),
        }
    }
    if unlisted > 0 {
        message.extend([format!(", and {unlisted} more")]);
    }
    if !is_alone {
        message.push(']');
    }
    let details = Details { name: name.to_owned(), group: GROUP, kind: what, causes };
    Some(Denial::new(refusal, message, details))
}

/// The name of the kind in a denial's details, and the start of its message. As `NewInvalid` and
/// `NewForbidden` of the API machinery have them: the first names the kind, the second the resource.
fn title(refusal: Refusal, kind: Kind, name: &str) -> (&'static str, String) {
    let (what, is) = match refusal {
        Refusal::Invalid => (kind.name(), "invalid"),
        _ => (kind.plural(), "forbidden"),
    };
    (what, format!("{what}.{GROUP} \"{name}\" is {is}: "))
}

/// The denial of an object in which values have the wrong type; `others` are the violations
/// elsewhere in it. It is no milder than `mildest`.
pub fn undecodable(
    kind: Kind,
    name: &str,
    faults: &[DecodeError],
    others: &Findings,
    mildest: Refusal,
) -> Denial {
    let refusal = others.iter().map(|finding| finding.refusal).fold(mildest, Refusal::max);
    let errors: Vec<FieldError> = faults.iter().map(type_invalid).collect();
    let faults = errors.iter().map(|error| (error, error.body().to_string()));
    let others = others.iter().take(MAX_LISTED);
    let others = others.map(|it| (&it.error, format!("{} [{}]", it.error.body(), it.rule)));
    let causes: Vec<StatusCause> = faults
        .chain(others)
        .map(|(error, message)| StatusCause {
            reason: error.reason.cause(),
            message,
            field: error.field.to_string(),
        })
        .collect();
    let line = |cause: &StatusCause| match &*cause.field {
        "" => cause.message.clone(),
        field => format!("{field}: {}", cause.message),
    };
    let all: Vec<String> = causes.iter().map(line).collect();
    let all = if all.len() == 1 { all.concat() } else { format!("[{}]", all.join(", ")) };
    let (what, start) = title(refusal, kind, name);
    let details = Details { name: name.to_owned(), group: GROUP, kind: what, causes };
    Denial::new(refusal, start + &all, details)
}

/// A value of the wrong type, as it is reported.
pub fn type_invalid(fault: &DecodeError) -> FieldError {
    FieldError::type_invalid(fault.field.clone(), &fault.what)
}

/// The most characters of a rule's id, or of a policy's name, in a warning: a name may be as long as
/// the whole warning, and must leave room for what it says.
const MAX_RULE_CHARS: usize = 63;

/// A finding as a warning, at most 256 characters with the rule's id at the end.
pub fn warning(kind: Kind, name: &str, finding: &Finding) -> String {
    let what = match &*finding.error.field {
        "" => format!("{} \"{name}\"", kind.name()),
        field => field.to_owned(),
    };
    let rule = crate::admission::shorten(finding.rule.to_string(), MAX_RULE_CHARS);
    let rule = format!(" [{rule}]");
    let text = format!("{what}: {}", finding.error.advice());
    let room = crate::admission::WARNING_MAX_CHARS - rule.chars().count();
    crate::admission::shorten(text, room) + &rule
}
