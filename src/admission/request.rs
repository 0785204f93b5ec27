//! The question: an `AdmissionReview` as kube-apiserver sends it.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Object, Text, object, object_or_default};
use crate::json;

/// What the client does to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// POST, or server-side apply of a missing object.
    Create,
    /// PUT, PATCH, or apply of an existing object.
    Update,
    /// DELETE, one call per object for collections.
    Delete,
    /// Only for subresources such as `pods/exec`; none of our kinds has one.
    Connect,
}

impl Operation {
    /// The operation as the API server spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// The part of `request` that admission reads. The objects stay undecoded by default: only who knows
/// the kind can say which of their fields matter.
#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an object",
    bound(deserialize = "O: Deserialize<'de>")
)]
pub struct Request<'a, O = &'a RawValue> {
    /// Fresh for each call; the answer must repeat it.
    #[serde(borrow)]
    pub uid: Text<'a>,
    /// What the webhook's rule matched, after conversion to its version.
    #[serde(borrow)]
    pub kind: GroupVersionKind<'a>,
    /// `status`, `scale`...; absent for the object itself.
    #[serde(borrow, default)]
    pub sub_resource: Option<Text<'a>>,
    /// Absent for a `generateName` that is not resolved yet, and in deletions of collections.
    #[serde(borrow, default)]
    pub name: Option<Text<'a>>,
    /// Absent for cluster-scoped objects.
    #[serde(borrow, default)]
    pub namespace: Option<Text<'a>>,
    /// What the client does.
    pub operation: Operation,
    /// Who does it.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub user_info: UserInfo<'a>,
    /// The object to be; `None` on DELETE.
    #[serde(default)]
    pub object: Option<O>,
    /// The object as stored; `None` on CREATE.
    #[serde(default)]
    pub old_object: Option<O>,
}

impl<O> Request<'_, O> {
    /// The object's name; `None` where the API server leaves it out or empty.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }

    /// The subresource; `None` for the object itself.
    pub fn sub_resource(&self) -> Option<&str> {
        self.sub_resource.as_deref().filter(|name| !name.is_empty())
    }
}

/// `request.kind`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub struct GroupVersionKind<'a> {
    /// The API group; empty for core.
    #[serde(borrow, default)]
    pub group: Text<'a>,
    /// The version of the webhook's rule.
    #[serde(borrow)]
    pub version: Text<'a>,
    /// The kind.
    #[serde(borrow)]
    pub kind: Text<'a>,
}

impl fmt::Display for GroupVersionKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}, Kind={}", self.group, self.version, self.kind)
    }
}

/// Who asks.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct UserInfo<'a> {
    /// `system:serviceaccount:<namespace>:<name>` for controllers.
    #[serde(borrow, default)]
    pub username: Text<'a>,
    /// The groups that the API server found for the user.
    #[serde(borrow, default)]
    pub groups: Vec<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an object",
    bound(deserialize = "O: Deserialize<'de>")
)]
struct Review<'a, O> {
    #[serde(borrow, default)]
    api_version: Text<'a>,
    #[serde(borrow, default)]
    kind: Text<'a>,
    #[serde(default, deserialize_with = "object")]
    request: Option<Request<'a, O>>,
}

/// Why a body is no question that we can answer; shown to whoever configured the caller.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not UTF-8, so not JSON.
    #[error("the body is not UTF-8, so it is no JSON: {0}")]
    Utf8(#[from] std::str::Utf8Error),
    /// Not JSON, or a field of the review is missing or has the wrong type.
    #[error("the body is no AdmissionReview: {0}")]
    Json(#[from] serde_json::Error),
    /// Another kind of object, or another version.
    #[error(
        "the body is `apiVersion: {api_version}`, `kind: {kind}`; this server answers \
         `admission.k8s.io/v1`, `AdmissionReview`: set admissionReviewVersions to [v1]"
    )]
    NotV1 {
        /// What it says.
        api_version: String,
        /// What it says.
        kind: String,
    },
    /// An answer, or an empty review.
    #[error("the AdmissionReview has no request")]
    NoRequest,
    /// Could not be answered: the API server compares the uid.
    #[error("request.uid is empty")]
    NoUid,
    /// The object that the operation is about is missing.
    #[error("request.{field} is missing in a {}", operation.name())]
    NoObject {
        /// Which object.
        field: &'static str,
        /// What was asked.
        operation: Operation,
    },
}

/// Reads an `AdmissionReview` v1.
pub fn decode(body: &[u8]) -> Result<Request<'_>, DecodeError> {
    // Checked once here, not string by string in the decoder.
    question(serde_json::from_str(std::str::from_utf8(body)?)?)
}

/// Reads an `AdmissionReview` v1 of a certain kind and decodes its objects in the same pass. `None`
/// if it is about another kind, or if anything is wrong: [`decode`], and decoding the objects one by
/// one, will tell what.
pub fn decode_at_once<'a, O: Deserialize<'a>>(
    body: &'a [u8],
    is_wanted: impl Fn(&GroupVersionKind<'_>) -> bool,
) -> Option<Request<'a, Object<O>>> {
    let review = json::ordinary(std::str::from_utf8(body).ok()?)?;
    question(review).ok().filter(|request| is_wanted(&request.kind))
}

/// The question of a review.
fn question<O>(Object(review): Object<Review<'_, O>>) -> Result<Request<'_, O>, DecodeError> {
    if &*review.api_version != "admission.k8s.io/v1" || &*review.kind != "AdmissionReview" {
        return Err(DecodeError::NotV1 {
            api_version: review.api_version.to_string(),
            kind: review.kind.to_string(),
        });
    }
    let request = review.request.ok_or(DecodeError::NoRequest)?;
    if request.uid.is_empty() {
        return Err(DecodeError::NoUid);
    }
    let operation = request.operation;
    let missing = match operation {
        Operation::Create | Operation::Update if request.object.is_none() => Some("object"),
        Operation::Update | Operation::Delete if request.old_object.is_none() => Some("oldObject"),
        _ => None,
    };
    match missing {
        Some(field) => Err(DecodeError::NoObject { field, operation }),
        None => Ok(request),
    }
}
