//! SnapshotProvider.

use serde_json::Value;

use super::Expected;
use crate::world::{Key, field, is_set, text};

pub fn write(expected: &mut Expected, _key: &Key, old: Option<&Value>, new: &Value) {
    let changed = |pointer| old.is_none_or(|old| field(old, pointer) != field(new, pointer));
    if text(new, "/spec/providerType").is_empty() {
        // Absent, null and "" are the same.
        if old.is_none_or(|old| !text(old, "/spec/providerType").is_empty()) {
            expected.deny("provider-type-required");
        } else if changed("/spec") {
            expected.may_deny("provider-type-required");
        }
    }
    for backend in ["/spec/s3", "/spec/gcs"] {
        let bucket = format!("{backend}/bucket");
        if is_set(new, backend) && text(new, &bucket).is_empty() {
            let before =
                old.is_some_and(|old| is_set(old, backend) && text(old, &bucket).is_empty());
            if !before {
                expected.deny("bucket-required");
            } else if changed("/spec") {
                expected.may_deny("bucket-required");
            }
        }
    }
    let both = |object| is_set(object, "/spec/s3") && is_set(object, "/spec/gcs");
    if both(new) && changed("/spec") {
        if old.is_some_and(both) {
            // Whether it is said again is left open.
            expected.may_warn("provider-backend-single");
        } else {
            expected.warn("provider-backend-single");
        }
    }
}
