//! The question whether a user may do something. The API server's authorizers answer it; nothing is
//! stored.

use kube::api::PostParams;
use kube::core::{ApiResource, GroupVersionKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::{ApiClient, ApiError, Collection};

/// The question of a `SubjectAccessReview` about a cluster-scoped object.
#[derive(Debug, Clone, Copy)]
pub struct AccessReview<'a> {
    /// The user's name.
    pub user: &'a str,
    /// The user's uid; may be empty.
    pub uid: &'a str,
    /// The user's groups.
    pub groups: &'a [String],
    /// The rest of what is known of the user: lists of strings by name.
    pub extra: Option<&'a RawValue>,
    /// The verb.
    pub verb: &'a str,
    /// The object's API group.
    pub group: &'a str,
    /// The object's version.
    pub version: &'a str,
    /// The object's resource, in the plural.
    pub resource: &'a str,
    /// The object's name.
    pub name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    api_version: &'static str,
    kind: &'static str,
    spec: Spec<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    user: &'a str,
    uid: &'a str,
    groups: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<&'a RawValue>,
    resource_attributes: serde_json::Value,
}

#[derive(Deserialize)]
struct Answered {
    status: ReviewStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewStatus {
    allowed: bool,
    #[serde(default)]
    evaluation_error: String,
}

impl ApiClient {
    /// Asks whether a user may do something. An error if not all authorizers could tell and none
    /// allows it: the API server itself would answer such a request with an internal error.
    pub async fn is_allowed(&self, question: &AccessReview<'_>) -> Result<bool, ApiError> {
        let kind = GroupVersionKind::gvk("authorization.k8s.io", "v1", "SubjectAccessReview");
        let resource = ApiResource::from_gvk_with_plural(&kind, "subjectaccessreviews");
        let AccessReview { user, uid, groups, extra, verb, group, version, resource: of, name } =
            *question;
        let review = Review {
            api_version: "authorization.k8s.io/v1",
            kind: "SubjectAccessReview",
            spec: Spec {
                user,
                uid,
                groups,
                extra,
                resource_attributes: json!({
                    "verb": verb, "group": group, "version": version, "resource": of, "name": name,
                }),
            },
        };
        let body = serde_json::to_vec(&review)?;
        let reviews = Collection::new(&resource, None);
        let answer = self.answer(reviews.0.create(&PostParams::default(), body)?).await?;
        let Answered { status } = serde_json::from_slice(&answer)?;
        if !status.allowed && !status.evaluation_error.is_empty() {
            return Err(ApiError::Unauthorizable(status.evaluation_error));
        }
        Ok(status.allowed)
    }
}
