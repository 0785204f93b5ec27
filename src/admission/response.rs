//! The answer: an `AdmissionReview` as kube-apiserver accepts it.
//!
//! This type is ours and not kube's, because the API server refuses what kube's writes: a patch as
//! a list of numbers, a denial without code and reason.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use json_patch::Patch;
use serde::Serialize;

use crate::visible::visible;

/// The answer to one request.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// The denial, if there is one.
    pub denial: Option<Denial>,
    /// The changes; never together with a denial, never on DELETE.
    pub patch: Patch,
    /// For the user's terminal.
    pub warnings: Vec<String>,
    /// For the audit log. Keys: no slash, at most 63 characters.
    pub audit_annotations: BTreeMap<Cow<'static, str>, String>,
}

/// A denial: a `metav1.Status` with code, reason and details always together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Denial {
    /// `Failure`.
    status: &'static str,
    /// Complete on its own: with several objects kubectl prints nothing else.
    pub message: String,
    reason: &'static str,
    /// The details, from which kubectl makes its per-field list.
    pub details: Details,
    code: u16,
}

/// The status of a denial. Where several are due, the last of them in this order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// 422: the object is wrong. kubectl prints one line per cause.
    Invalid,
    /// 413: the object is too large. Only policies use it.
    TooLarge,
    /// 401: this user is not accepted. Only policies use it.
    Unauthorized,
    /// 403: the object may be right, but it is in use, or the user has no permission. Never
    /// *Invalid*: `kubectl apply --force` reacts to that with delete-and-recreate, which is the
    /// very loss that some rules prevent.
    Forbidden,
}

impl Denial {
    /// A denial with the reason and the code of its refusal. Its texts are for a terminal: hidden
    /// characters in them are escaped.
    pub fn new(refusal: Refusal, message: String, mut details: Details) -> Self {
        for cause in &mut details.causes {
            show(&mut cause.message);
            show(&mut cause.field);
        }
        show(&mut details.name);
        let mut message = message;
        show(&mut message);
        let (reason, code) = match refusal {
            Refusal::Invalid => ("Invalid", 422),
            Refusal::TooLarge => ("RequestEntityTooLarge", 413),
            Refusal::Unauthorized => ("Unauthorized", 401),
            Refusal::Forbidden => ("Forbidden", 403),
        };
        Self { status: "Failure", message, reason, details, code }
    }

    /// The HTTP code that the user's client will see.
    pub fn code(&self) -> u16 {
        self.code
    }
}

/// Escapes what is hidden in a text.
fn show(text: &mut String) {
    if let Cow::Owned(shown) = visible(text) {
        *text = shown;
    }
}

/// `status.details`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Details {
    /// The object's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The API group.
    pub group: &'static str,
    /// The kind (kubectl prints it) or, with Forbidden, the resource.
    pub kind: &'static str,
    /// One per violation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<StatusCause>,
}

/// `status.details.causes[]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusCause {
    /// `FieldValueRequired`...
    pub reason: &'static str,
    /// The text without the path.
    pub message: String,
    /// The path.
    pub field: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseReview<'a> {
    kind: &'static str,
    api_version: &'static str,
    response: ResponseBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseBody<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a Denial>,
    // The API server refuses a patchType without a patch, and an empty one.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    audit_annotations: &'a BTreeMap<Cow<'static, str>, String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

impl Response {
    /// The whole `AdmissionReview` as JSON and a final newline.
    pub fn encode(&self, uid: &str) -> Result<Vec<u8>, serde_json::Error> {
        let patch = match &*self.patch {
            [] => None,
            operations => Some(BASE64.encode(serde_json::to_vec(operations)?)),
        };
        let review = ResponseReview {
            kind: "AdmissionReview",
            api_version: "admission.k8s.io/v1",
            response: ResponseBody {
                uid,
                allowed: self.denial.is_none(),
                status: self.denial.as_ref(),
                patch_type: patch.is_some().then_some("JSONPatch"),
                patch,
                audit_annotations: &self.audit_annotations,
                warnings: &self.warnings,
            },
        };
        // A denial holds everything twice: for people, and cause by cause.
        let denial = self.denial.as_ref().map_or(0, |denial| 3 * denial.message.len());
        let mut body = Vec::with_capacity(256 + denial);
        serde_json::to_writer(&mut body, &review)?;
        body.push(b'\n');
        Ok(body)
    }
}

/// The longest warning that the API server is sure to pass on whole.
pub const WARNING_MAX_CHARS: usize = 256;
/// The most characters of all warnings of an answer; the API server drops the rest.
const WARNINGS_MAX_CHARS: usize = 4096;

/// Makes a text of at most `max` characters on one line, with hidden characters escaped. The API
/// server silently drops a warning with a control character.
pub fn shorten(text: String, max: usize) -> String {
    // Nearly every text is fine as it is.
    if text.len() <= max && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text;
    }
    let line = visible(&text);
    if line.chars().count() <= max {
        line.into_owned()
    } else {
        line.chars().take(max.saturating_sub(3)).chain("...".chars()).collect()
    }
}

/// As many warnings as the API server passes on; the last one says how many are left out, with those
/// that were not even listed.
pub fn truncate_warnings(warnings: Vec<String>, unlisted: usize) -> Vec<String> {
    let total = warnings.len() + unlisted;
    // Room for the last one is kept.
    let mut room = WARNINGS_MAX_CHARS - WARNING_MAX_CHARS;
    let mut fitting: Vec<String> = warnings
        .into_iter()
        .map(|warning| shorten(warning, WARNING_MAX_CHARS))
        .map_while(|warning| {
            room = room.checked_sub(warning.chars().count())?;
            Some(warning)
        })
        .collect();
    if fitting.len() < total {
        let more = total - fitting.len();
        fitting.push(format!("{more} more warnings are left out; `check` shows more of them"));
    }
    fitting
}

#[cfg(test)]
mod tests {
    use json_patch::jsonptr::Pointer;
    use json_patch::{AddOperation, PatchOperation};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_denial_shows_what_is_hidden_in_a_name_and_in_a_path() {
        let cause = StatusCause {
            reason: "FieldValueInvalid",
            message: "Invalid value".to_owned(),
            field: "spec.parameters[\u{1b}[31m]".to_owned(),
        };
        let name = "a\n\u{202e}".to_owned();
        let message = format!("\"{name}\" is invalid");
        let details = Details { name, group: "", kind: "", causes: vec![cause] };
        let denial = Denial::new(Refusal::Invalid, message, details);
        assert_eq!(denial.message, r#""a\n\u202e" is invalid"#);
        assert_eq!(denial.details.name, r"a\n\u202e");
        assert_eq!(denial.details.causes[0].field, r"spec.parameters[\x1b[31m]");
    }

    #[test]
    fn an_answer_with_a_patch_has_these_bytes() {
        let path = Pointer::from_static("/spec/operatingMode").to_buf();
        let add = PatchOperation::Add(AddOperation { path, value: json!("Running") });
        let response = Response { patch: Patch(vec![add]), ..Response::default() };
        let answer = String::from_utf8(response.encode("u").unwrap()).unwrap();
        let encoded =
            BASE64.encode(r#"[{"op":"add","path":"/spec/operatingMode","value":"Running"}]"#);
        let due = format!(
            "{{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"response\":\
             {{\"uid\":\"u\",\"allowed\":true,\"patch\":\"{encoded}\",\"patchType\":\"JSONPatch\"}}}}\n"
        );
        assert_eq!(answer, due);
    }
}
