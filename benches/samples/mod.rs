//! The reviews that the benches send: those of a real API server, unchanged and grown.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};

use sandbox_admission::admission::Phase;

/// The updates, 5 to 7 KB each. The last one is denied: it names a claim and a template.
pub const UPDATES: [&str; 5] = [
    "UPDATE-mergepatch-suspend",
    "UPDATE-keepalive",
    "UPDATE-resume",
    "UPDATE-status",
    "UPDATE-both",
];

/// The kinds that are reviewed less often than Sandboxes.
pub const OTHER_KINDS: [&str; 4] =
    ["SnapshotClass", "SnapshotClaim", "SnapshotClaimTemplate", "SnapshotProvider"];

/// The `/validate` review of a Sandbox with this name, which says what the client did
/// (`UPDATE-resume`).
pub fn review(name: &str) -> String {
    fs::read_to_string(file(name)).unwrap()
}

/// The file of that review.
pub fn file(name: &str) -> PathBuf {
    repository().join(format!("tests/fixtures/samples/validate-Sandbox-{name}.json"))
}

/// Every review of a kind, to either webhook.
pub fn reviews_of(kind: &str) -> Vec<(Phase, String)> {
    let folder = fs::read_dir(repository().join("tests/fixtures/samples")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let review = |file: PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let (webhook, rest) = name.split_once('-').unwrap();
        let phase = if webhook == "mutate" { Phase::Mutating } else { Phase::Validating };
        let is_of_kind = rest.split('-').next() == Some(kind);
        is_of_kind.then(|| (phase, fs::read_to_string(&file).unwrap()))
    };
    files.into_iter().filter_map(review).collect()
}

/// The review with environment variables added to its Pod template until each object has `size`
/// bytes. It is changed as text, because a tree would lose the order in which an API server writes.
pub fn grown(review: &str, size: usize) -> String {
    let start = review.find(r#""object":"#).unwrap();
    let objects = if review.contains(r#""oldObject":{"#) { 2 } else { 1 };
    let before = (review.len() - start) / objects;
    let mut padding = String::new();
    let mut number = 0;
    while before + padding.len() < size {
        let value = "https://storage.example/team-a/checkpoints";
        let name = format!("SETTING_{number:04}");
        padding.extend([r#"{"name":""#, &name, r#"","value":""#, value, r#""},"#]);
        number += 1;
    }
    review.replace(r#""env":["#, &format!(r#""env":[{padding}"#))
}

/// Three typical policies about Sandboxes.
pub fn policies() -> PathBuf {
    repository().join("benches/samples/policies.yaml")
}

/// Manifests of the objects that the samples name.
pub fn catalog() -> [PathBuf; 2] {
    ["examples/catalog", "benches/samples/catalog.yaml"].map(|path| repository().join(path))
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
