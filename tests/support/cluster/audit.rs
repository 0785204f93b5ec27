//! The API server's own record of who wrote what, and how that ended.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Writes alone, once they are answered, without the objects.
const POLICY: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
- level: None
";

/// A write, and how it ended.
#[derive(Debug)]
pub struct Write {
    pub user: String,
    pub verb: String,
    /// The resource, with its subresource behind a slash.
    pub resource: String,
    pub namespace: String,
    pub name: String,
    pub code: u64,
    pub message: String,
    /// Those of webhooks begin with their names.
    pub annotations: Vec<String>,
}

impl Write {
    /// Returns whether it was stored, or came too late: every controller's write may.
    pub fn was_permitted(&self) -> bool {
        let is_late = matches!(self.code, 404 | 409)
            || self.message.contains("because it is being terminated");
        self.code < 400 || is_late
    }

    /// Returns whether a webhook of ours fired a rule on it.
    pub fn was_remarked_on(&self) -> bool {
        self.annotations.iter().any(|it| it.contains("sandbox-admission.x-k8s.io"))
    }

    fn of(event: &Value) -> Self {
        let text = |pointer: &str| {
            let value = event.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let resource = text("/objectRef/resource");
        let subresource = text("/objectRef/subresource");
        let annotations = event["annotations"].as_object();
        Self {
            user: text("/user/username"),
            verb: text("/verb"),
            resource: format!("{resource}/{subresource}").trim_end_matches('/').to_owned(),
            namespace: text("/objectRef/namespace"),
            name: text("/objectRef/name"),
            code: event["responseStatus"]["code"].as_u64().unwrap(),
            message: text("/responseStatus/message"),
            annotations: annotations
                .into_iter()
                .flatten()
                .map(|(key, value)| format!("{key}: {value}"))
                .collect(),
        }
    }
}

/// The flags of an API server that keeps the record in a folder.
pub(super) fn arguments(folder: &Path) -> [String; 2] {
    let policy = folder.join("audit-policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    [
        format!("--audit-policy-file={}", policy.display()),
        format!("--audit-log-path={}", folder.join("audit.log").display()),
    ]
}

/// All writes so far. A line that is still being written is left out.
pub(super) fn read(folder: &Path) -> Vec<Write> {
    let log = fs::read_to_string(folder.join("audit.log")).unwrap();
    let complete = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    complete.map(|line| Write::of(&serde_json::from_str(line).unwrap())).collect()
}
