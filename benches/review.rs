//! One review from bytes to bytes, without the network: `cargo bench --bench review`.
//!
//! `tree` and `floor` are not part of the project. `tree` reads the whole body into a tree, and
//! shows what our partial types save. `floor` reads JSON and keeps nothing, which is the lower
//! limit for a decoder of this kind. Both are measured in the same run.

#![allow(clippy::unwrap_used, missing_docs)]

mod samples;

use std::fmt;
use std::fs;
use std::path::PathBuf;

use divan::{AllocProfiler, Bencher, black_box, counter::BytesCount};
use sandbox_admission::admission::{JsonObjects, Phase, Response, decode};
use sandbox_admission::api::Subject;
use sandbox_admission::catalog::{Objects, Retention, files};
use sandbox_admission::policy::{PolicySet, policies};
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook::answer;
use serde::de::IgnoredAny;
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A review to measure with.
struct Case {
    name: &'static str,
    body: Vec<u8>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The samples of a real API server, and two of them grown to objects of 4 KB and 100 KB.
fn cases() -> Vec<Case> {
    let create = samples::review("CREATE-apply");
    let update = samples::review("UPDATE-mergepatch-suspend");
    let grown = [
        ("create-4k", samples::grown(&create, 4 << 10)),
        ("update-4k", samples::grown(&update, 4 << 10)),
        ("create-100k", samples::grown(&create, 100 << 10)),
        ("update-100k", samples::grown(&update, 100 << 10)),
    ];
    let real = samples::UPDATES.map(|name| (name, samples::review(name)));
    let body = |(name, review): (_, String)| Case { name, body: review.into_bytes() };
    grown.into_iter().chain(real).map(body).collect()
}

fn catalog(keeps: Retention) -> Objects {
    let read = |path: PathBuf| kubernetes_manifest::read(&path).unwrap();
    let documents: Vec<_> = samples::catalog().into_iter().flat_map(read).collect();
    files::objects(&documents, keeps).unwrap()
}

#[divan::bench(args = cases())]
fn validate(bencher: Bencher<'_, '_>, case: &Case) {
    review(bencher, Phase::Validating, case, &PolicySet::default());
}

/// `validate` with one policy, two and three.
#[divan::bench(args = cases(), consts = [1, 2, 3])]
fn validate_with_policies<const COUNT: usize>(bencher: Bencher<'_, '_>, case: &Case) {
    let mut documents = kubernetes_manifest::read(&samples::policies()).unwrap();
    documents.truncate(COUNT);
    review(bencher, Phase::Validating, case, &policies(&documents).unwrap());
}

/// `validate` with policies that do not apply to the object. It must cost as much as without any.
#[divan::bench(args = cases())]
fn validate_with_policies_for_others(bencher: Bencher<'_, '_>, case: &Case) {
    let text = fs::read_to_string(samples::policies()).unwrap();
    let text = text.replace("resources: [sandboxes]", "resources: [snapshotproviders]");
    let documents = kubernetes_manifest::parse("policies.yaml", &text).unwrap();
    review(bencher, Phase::Validating, case, &policies(&documents).unwrap());
}

#[divan::bench(args = cases())]
fn mutate(bencher: Bencher<'_, '_>, case: &Case) {
    review(bencher, Phase::Mutating, case, &PolicySet::default());
}

fn review(bencher: Bencher<'_, '_>, phase: Phase, case: &Case, policies: &PolicySet) {
    let rules = RuleSet::new(Settings::default());
    let keeps = if policies.is_empty() { Retention::Essentials } else { Retention::Whole };
    let catalog = catalog(keeps);
    bencher
        .counter(BytesCount::of_slice(&case.body))
        .bench(|| answer(phase, black_box(&case.body), &rules, policies, &catalog));
}

#[divan::bench(args = cases())]
fn decode_with_objects(bencher: Bencher<'_, '_>, case: &Case) {
    bencher
        .counter(BytesCount::of_slice(&case.body))
        .bench(|| decode::<Subject<'_>>(black_box(&case.body)).is_ok());
}

#[divan::bench(args = cases())]
fn decode_envelope(bencher: Bencher<'_, '_>, case: &Case) {
    bencher
        .counter(BytesCount::of_slice(&case.body))
        .bench(|| decode::<JsonObjects<'_>>(black_box(&case.body)).is_ok());
}

#[divan::bench]
fn encode_allowed(bencher: Bencher<'_, '_>) {
    let response = Response::default();
    bencher.bench(|| response.encode(black_box("258c30c3-c270-4038-884a-3d5590adccf4")));
}

#[divan::bench(args = cases())]
fn tree(bencher: Bencher<'_, '_>, case: &Case) {
    bencher
        .counter(BytesCount::of_slice(&case.body))
        .bench(|| serde_json::from_slice::<Value>(black_box(&case.body)).is_ok());
}

#[divan::bench(args = cases())]
fn floor(bencher: Bencher<'_, '_>, case: &Case) {
    bencher
        .counter(BytesCount::of_slice(&case.body))
        .bench(|| serde_json::from_slice::<IgnoredAny>(black_box(&case.body)).is_ok());
}
