//! An answer as kube-apiserver reads it: what it would refuse or drop fails the test.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

/// The contents of an answer. A source that does not have everything (`check` has no status code)
/// leaves the rest `None`.
#[derive(Debug, Default)]
pub struct Said {
    pub allowed: bool,
    pub status: Option<Status>,
    /// One per violation.
    pub causes: Vec<Cause>,
    pub warnings: Vec<String>,
    /// The operations of the JSON patch.
    pub patch: Option<Value>,
    /// The rules that fired, by their effect.
    pub fires: BTreeMap<String, Vec<String>>,
}

/// The `metav1.Status` of a denial.
#[derive(Debug)]
pub struct Status {
    pub code: u64,
    pub reason: String,
    pub message: String,
    pub group: String,
    pub kind: String,
    pub name: String,
}

/// One violation.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    pub field: String,
    #[serde(default)]
    pub message: String,
}

impl Said {
    /// Reads the body of an HTTP 200, as strictly as `VerifyAdmissionResponse` and the warning
    /// header do.
    pub fn from_review(body: &[u8], uid: &str) -> Result<Self, String> {
        let text = String::from_utf8_lossy(body);
        let review: Value = serde_json::from_slice(body).map_err(|it| format!("{it}: {text}"))?;
        let response = &review["response"];
        ensure(review["apiVersion"] == "admission.k8s.io/v1", "apiVersion", &text)?;
        ensure(review["kind"] == "AdmissionReview", "kind", &text)?;
        ensure(response["uid"] == uid, "response.uid", &text)?;
        for cause in list(&response["status"]["details"]["causes"]) {
            let reason = string(&cause["reason"]);
            ensure(reason.starts_with("FieldValue"), "reasons of causes", &reason)?;
        }
        let said = Self {
            allowed: response["allowed"].as_bool().ok_or("response.allowed is no boolean")?,
            status: status(&response["status"])?,
            causes: list(&response["status"]["details"]["causes"])
                .map(|cause| Cause {
                    field: string(&cause["field"]),
                    message: string(&cause["message"]),
                })
                .collect(),
            warnings: list(&response["warnings"]).map(string).collect(),
            patch: patch(response)?,
            fires: fires(&response["auditAnnotations"])?,
        };
        ensure(said.allowed == said.status.is_none(), "a status exactly where it denies", &text)?;
        ensure(said.allowed || said.patch.is_none(), "no patch with a denial", &text)?;
        warnings_fit(&said.warnings)?;
        Ok(said)
    }
}

fn status(status: &Value) -> Result<Option<Status>, String> {
    if status.is_null() {
        return Ok(None);
    }
    ensure(status["status"] == "Failure", "status.status", &status.to_string())?;
    let details = &status["details"];
    Ok(Some(Status {
        code: status["code"].as_u64().ok_or("status.code is no number")?,
        reason: string(&status["reason"]),
        message: string(&status["message"]),
        group: string(&details["group"]),
        kind: string(&details["kind"]),
        name: string(&details["name"]),
    }))
}

fn patch(response: &Value) -> Result<Option<Value>, String> {
    let patch = match (&response["patch"], &response["patchType"]) {
        (Value::Null, Value::Null) => return Ok(None),
        (Value::String(patch), Value::String(form)) if form == "JSONPatch" => patch,
        _ => return Err(format!("patch and patchType do not go together: {response}")),
    };
    let json = BASE64.decode(patch).map_err(|it| format!("the patch is no base64: {it}"))?;
    let patch: Value = serde_json::from_slice(&json).map_err(|it| format!("the patch: {it}"))?;
    let has_operations = patch.as_array().is_some_and(|operations| !operations.is_empty());
    ensure(has_operations, "operations in the patch", &patch.to_string())?;
    Ok(Some(patch))
}

/// Keys get the webhook's name and a slash in front and must then be qualified names.
fn fires(annotations: &Value) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut fires = BTreeMap::new();
    for (key, ids) in annotations.as_object().into_iter().flatten() {
        let alphanumeric = |byte: Option<u8>| byte.is_some_and(|it| it.is_ascii_alphanumeric());
        let is_valid = key.len() <= 63
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && alphanumeric(key.bytes().next())
            && alphanumeric(key.bytes().next_back());
        ensure(is_valid, "audit annotation keys that the API server keeps", key)?;
        let ids = ids.as_str().ok_or_else(|| format!("audit annotation {key} is no string"))?;
        fires.insert(key.clone(), ids.split(',').map(str::to_owned).collect());
    }
    Ok(fires)
}

fn warnings_fit(warnings: &[String]) -> Result<(), String> {
    for warning in warnings {
        ensure(!warning.is_empty(), "no empty warning", warning)?;
        ensure(!warning.contains(char::is_control), "warnings of one line", warning)?;
        ensure(warning.chars().count() <= 256, "warnings of at most 256 characters", warning)?;
    }
    let total: usize = warnings.iter().map(|warning| warning.chars().count()).sum();
    ensure(total <= 4096, "warnings of at most 4096 characters in all", &total.to_string())
}

fn ensure(holds: bool, what: &str, but: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("expected {what}, but got {but}")) }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
