//! The cost of reading a file: `cargo bench -p kubernetes-manifest`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use kubernetes_manifest::{parse, to_yaml};
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const DEPLOYMENTS: [usize; 2] = [1, 100];

/// A file of several Deployments, as people write them.
fn yaml(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        write!(
            text,
            "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
  namespace: team-a
  labels: {{app: web, tier: front}}
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1
        args: [--listen, \"0.0.0.0:8080\"]
        env:
        - name: ASSETS
          value: https://storage.example/team-a/assets
        - name: GREETING
          value: |
            hello,
            world
"
        )
        .unwrap();
    }
    text
}

/// Each of them as JSON.
fn values(count: usize) -> Vec<Value> {
    let documents = parse("deployments.yaml", &yaml(count)).unwrap();
    documents.iter().map(|document| serde_json::to_value(&document.root).unwrap()).collect()
}

#[divan::bench(args = DEPLOYMENTS)]
fn parse_yaml(bencher: Bencher<'_, '_>, count: usize) {
    let text = yaml(count);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| parse("deployments.yaml", black_box(&text)).is_ok());
}

#[divan::bench(args = DEPLOYMENTS)]
fn parse_json(bencher: Bencher<'_, '_>, count: usize) {
    let text: String = values(count).iter().map(ToString::to_string).collect();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| parse("deployments.json", black_box(&text)).is_ok());
}

#[divan::bench(args = DEPLOYMENTS)]
fn write_yaml(bencher: Bencher<'_, '_>, count: usize) {
    let values = values(count);
    bencher.bench(|| values.iter().map(|value| to_yaml(black_box(value)).len()).sum::<usize>());
}
