//! Parameters of classes, claims and templates.

use serde_json::Value;

use super::Expected;
use crate::world::field;

/// Keys and values of this world that are credentials, and some that only look like it. The oracle does not
/// guess what a credential is: the world has no others.
pub const CREDENTIALS: &[(&str, &str)] = &[
    ("password", "hunter2-kept-secret"),
    ("secretAccessKey", "wJalrXUt-kept-secret"),
    ("endpoint", "https://user:pw-kept-secret@store.example.com"),
    ("connection", "AccountName=a;AccountKey=kept-secret=="),
];
pub const INNOCENT: &[(&str, &str)] =
    &[("maxTokens", "4096"), ("tokenizer", "bpe"), ("compression", "zstd"), ("level", "3")];

/// Judges the parameters at a path of an object.
pub fn judge(expected: &mut Expected, pointer: &str, old: Option<&Value>, new: &Value) {
    let before = old.map_or(&Value::Null, |old| field(old, pointer));
    let now = field(new, pointer);
    if old.is_some() && before == now {
        return;
    }
    let Some(entries) = now.as_object() else { return };
    for (key, value) in entries {
        let is_new = before.get(key) != Some(value);
        if key.is_empty() {
            if is_new && before.get(key).is_none() {
                expected.deny("parameters-valid");
            } else {
                expected.may_deny("parameters-valid");
            }
        }
        if CREDENTIALS.iter().any(|(name, secret)| key == name && value == secret) {
            if is_new {
                expected.warn("secret-in-parameters");
            } else {
                // It was said when it was written; the contract does not say whether it is said again.
                expected.may_warn("secret-in-parameters");
            }
        }
    }
}
