//! A request that no policy is about costs nothing for policies. A program of its own, because
//! it counts the allocations of the whole process.
#![cfg(test)] // clippy lets only tests unwrap, index and panic

#[path = "support/samples.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod samples;

use std::alloc::System;

use sandbox_admission::admission::Phase;
use sandbox_admission::catalog::Objects;
use sandbox_admission::policy::{PolicySet, policies};
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const POLICY: &str = "\
apiVersion: policy.sandbox-admission.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: classes}
spec:
  matchConstraints:
    resourceRules:
    - apiGroups: [agents.x-k8s.io]
      apiVersions: [v1beta1]
      operations: [CREATE, UPDATE]
      resources: [snapshotclasses]
  validations: [{expression: object.metadata.name != 'x', message: another name}]
  validationActions: [Deny]
";

/// Allocations and bytes of one answer.
fn cost(body: &[u8], policies: &PolicySet) -> (usize, usize) {
    let (rules, catalog) = (RuleSet::new(Settings::default()), Objects::default());
    let region = Region::new(ALLOCATOR);
    let answer = webhook::answer(Phase::Validating, body, &rules, policies, &catalog);
    let change = region.change();
    drop(answer);
    (change.allocations + change.reallocations, change.bytes_allocated)
}

#[test]
fn a_request_that_no_policy_is_about_allocates_nothing_more() {
    let documents = kubernetes_manifest::parse("p.yaml", POLICY).unwrap();
    let (none, one) = (PolicySet::default(), policies(&documents).unwrap());
    let mut compared = 0;
    for sample in samples::all() {
        if sample.phase != Phase::Validating {
            continue;
        }
        let is_about_a_class = sample.file.contains("SnapshotClass-");
        let (without, with) = (cost(&sample.body, &none), cost(&sample.body, &one));
        let writes = is_about_a_class && !sample.file.contains("DELETE");
        assert_eq!(without != with, writes, "{}: {without:?}, {with:?}", sample.file);
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}
