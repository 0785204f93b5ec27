//! The cost of expressions, from the bytes of an object: `cargo bench -p kubernetes-cel`.
//!
//! `decode_whole` shows what the projection saves. `floor` reads JSON and keeps nothing, which is
//! the lower limit for a decoder of this kind.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::{self, Write};

use divan::{AllocProfiler, Bencher, black_box};
use kubernetes_cel::{
    Activation, Budget, Environment, Expression, Fields, Projection, Scope, Type, Value, decode,
};
use serde::de::IgnoredAny;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A field or two, a loop over containers, and a loop with a pattern over the part that grows.
const RULES: [&str; 3] = [
    "object.metadata.namespace.startsWith('team-') && (!has(object.spec.replicas) || object.spec.replicas <= 1)",
    "object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example.com/') || c.image.contains(':'))",
    "object.spec.template.spec.containers.all(c, c.?env.orValue([]).all(e, !(e.name.matches('(SECRET|TOKEN|PASSWORD)$') && has(e.value))))",
];

/// An object to evaluate them on.
struct Case {
    name: &'static str,
    object: String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A Deployment as an API server writes it.
const DEPLOYMENT: &str = include_str!("deployment.json");

/// The Deployment with environment variables added until it has `size` bytes. It is changed as
/// text, because a tree would lose the order in which an API server writes.
fn grown(size: usize) -> String {
    let mut padding = String::new();
    let mut number = 0;
    while DEPLOYMENT.len() + padding.len() < size {
        let value = "https://storage.example/team-a/assets";
        write!(padding, r#"{{"name":"SETTING_{number:04}","value":"{value}"}},"#).unwrap();
        number += 1;
    }
    DEPLOYMENT.replace(r#""env":["#, &format!(r#""env":[{padding}"#))
}

fn cases() -> Vec<Case> {
    let case = |(name, size)| Case { name, object: grown(size) };
    [("4k", 4 << 10), ("100k", 100 << 10)].map(case).into()
}

struct Compiled {
    rules: Vec<Expression>,
    reads: Projection,
}

fn compile() -> Compiled {
    let (environment, scope) =
        (Environment::new().unwrap(), Scope::new().with("object", Type::Dyn));
    let compile = |source: &&str| Expression::compile(&environment, source, &scope).unwrap();
    let rules: Vec<_> = RULES.iter().map(compile).collect();
    let mut reads = Projection::default();
    for rule in &rules {
        reads.merge(rule.reads());
    }
    Compiled { rules, reads }
}

fn evaluate(compiled: &Compiled, object: Value<'_>) {
    let mut activation = Activation::new();
    activation.bind("object", object);
    let mut budget = Budget::default();
    for rule in &compiled.rules {
        assert!(rule.evaluate_bool(&activation, &mut budget).unwrap());
    }
}

#[divan::bench(args = cases())]
fn bytes_to_verdicts(bencher: Bencher<'_, '_>, case: &Case) {
    let compiled = compile();
    let fields = compiled.reads.of("object").unwrap();
    bencher.bench(|| evaluate(&compiled, decode(black_box(&case.object), fields).unwrap()));
}

#[divan::bench(args = cases())]
fn decode_projected(bencher: Bencher<'_, '_>, case: &Case) {
    let compiled = compile();
    let fields = compiled.reads.of("object").unwrap();
    bencher.bench(|| decode(black_box(&case.object), fields).is_ok());
}

#[divan::bench(args = cases())]
fn decode_whole(bencher: Bencher<'_, '_>, case: &Case) {
    bencher.bench(|| decode(black_box(&case.object), Fields::whole()).is_ok());
}

#[divan::bench(args = cases())]
fn floor(bencher: Bencher<'_, '_>, case: &Case) {
    bencher.bench(|| serde_json::from_str::<IgnoredAny>(black_box(&case.object)).is_ok());
}

#[divan::bench(args = cases(), consts = [0, 1, 2])]
fn rule<const RULE: usize>(bencher: Bencher<'_, '_>, case: &Case) {
    let compiled = compile();
    let fields = compiled.reads.of("object").unwrap();
    let mut activation = Activation::new();
    activation.bind("object", decode(&case.object, fields).unwrap());
    let rule = compiled.rules.get(RULE).unwrap();
    bencher.bench(|| rule.evaluate_bool(black_box(&activation), &mut Budget::default()));
}

#[divan::bench]
fn compile_three(bencher: Bencher<'_, '_>) {
    bencher.bench(compile);
}
