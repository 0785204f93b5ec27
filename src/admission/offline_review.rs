//! An `AdmissionReview` as kube-apiserver would send it, made where there is none.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Operation;

/// A review of an object in the version in which the client sent it.
#[derive(Debug)]
pub struct OfflineReview<'r> {
    /// The API group.
    pub group: &'r str,
    /// Its version.
    pub version: &'r str,
    /// The kind.
    pub kind: &'r str,
    /// The resource.
    pub plural: &'r str,
    /// `status`...; `None` for the object itself.
    pub sub_resource: Option<&'r str>,
    /// Empty while a `generateName` is not resolved.
    pub name: &'r str,
    /// Empty for cluster-scoped objects.
    pub namespace: &'r str,
    /// The client's operation.
    pub operation: Operation,
    /// `userInfo`
    pub user: &'r Value,
    /// The new object.
    pub object: Option<&'r RawValue>,
    /// The stored object.
    pub old_object: Option<&'r RawValue>,
}

impl OfflineReview<'_> {
    /// The review as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let Self { group, version, operation, .. } = self;
        let kind = json!({"group": group, "version": version, "kind": self.kind});
        let resource = json!({"group": group, "version": version, "resource": self.plural});
        let options = match operation {
            Operation::Create => "CreateOptions",
            Operation::Update => "UpdateOptions",
            Operation::Delete | Operation::Connect => "DeleteOptions",
        };
        let mut request = json!({
            "uid": "offline",
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "operation": operation.name(),
            "userInfo": self.user,
            "object": self.object,
            "oldObject": self.old_object,
            "dryRun": false,
            "options": {"kind": options, "apiVersion": "meta.k8s.io/v1"},
        });
        let texts = [
            ("subResource", self.sub_resource.unwrap_or_default()),
            ("requestSubResource", self.sub_resource.unwrap_or_default()),
            ("name", self.name),
            ("namespace", self.namespace),
        ];
        // Go leaves out empty values.
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            if let Some(members) = request.as_object_mut() {
                members.insert(key.to_owned(), text.into());
            }
        }
        serde_json::to_vec(&json!({
            "kind": "AdmissionReview",
            "apiVersion": "admission.k8s.io/v1",
            "request": request,
        }))
    }
}
