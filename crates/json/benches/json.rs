//! The cost of reading a little of a text: `cargo bench -p partial-json`.
//!
//! `serde_json` reads the same in the same run.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use partial_json::Raw;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const SIZES: [usize; 2] = [4 << 10, 100 << 10];

/// A Deployment of about `size` bytes, as an API server writes it.
fn deployment(replicas: u32, size: usize) -> String {
    let mut env = String::new();
    let mut number = 0;
    while env.len() < size {
        let value = "https://storage.example/team-a/assets";
        write!(env, r#"{{"name":"SETTING_{number:04}","value":"{value}"}},"#).unwrap();
        number += 1;
    }
    let env = env.trim_end_matches(',');
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"web","namespace":"team-a","annotations":{{"about":"{{\"said\":\"twice\"}}\n"}}}},"spec":{{"replicas":{replicas},"template":{{"spec":{{"containers":[{{"name":"web","image":"registry.example.com/web:1","env":[{env}]}}]}}}}}}}}"#
    )
}

#[derive(Deserialize)]
struct Deployment<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    spec: Spec,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    name: &'a str,
}

#[derive(Deserialize)]
struct Spec {
    replicas: u32,
}

#[divan::bench(args = SIZES)]
fn two_fields(bencher: Bencher<'_, '_>, size: usize) {
    let text = deployment(1, size);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let read: Deployment<'_> = partial_json::from_str(black_box(&text)).unwrap();
        read.metadata.name.len() + usize::try_from(read.spec.replicas).unwrap()
    });
}

#[divan::bench(args = SIZES)]
fn two_fields_by_serde_json(bencher: Bencher<'_, '_>, size: usize) {
    let text = deployment(1, size);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let read: Deployment<'_> = serde_json::from_str(black_box(&text)).unwrap();
        read.metadata.name.len() + usize::try_from(read.spec.replicas).unwrap()
    });
}

/// The second version repeats most of the first.
#[divan::bench(args = SIZES)]
fn two_versions_skipped(bencher: Bencher<'_, '_>, size: usize) {
    let text = format!("[{},{}]", deployment(1, size), deployment(2, size));
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| partial_json::from_str::<IgnoredAny>(black_box(&text)).is_ok());
}

#[divan::bench(args = SIZES)]
fn two_versions_skipped_by_serde_json(bencher: Bencher<'_, '_>, size: usize) {
    let text = format!("[{},{}]", deployment(1, size), deployment(2, size));
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| serde_json::from_str::<IgnoredAny>(black_box(&text)).is_ok());
}

#[divan::bench(args = SIZES)]
fn kept_as_written(bencher: Bencher<'_, '_>, size: usize) {
    let text = deployment(1, size);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| partial_json::from_str::<Raw<'_>>(black_box(&text)).is_ok());
}
