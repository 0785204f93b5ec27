//! Policies without a server: `check`, `review`, `policy test` and `policy lint`.

use super::{SANDBOX, naming, policy, run};

#[test]
fn check_judges_by_policies_and_names_file_line_and_policy() {
    let named = naming("good");
    let files = [("s.yaml", SANDBOX), ("p.yaml", &*named)];
    let denied = run(&files, &["check", "s.yaml", "--policy", "p.yaml"]);
    assert_eq!(denied.code, 1, "{denied:?}");
    let due = "s.yaml:4:3: error: Sandbox team-a/planner [one-name]\n    \
               metadata.name: Invalid value: call it good\n";
    assert!(denied.stdout.contains(due), "{denied:?}");
    for (output, due) in [
        ("json", "\"rule\": \"one-name\""),
        ("sarif", "\"ruleId\": \"one-name\""),
        ("junit", "call it good [one-name]"),
        ("github", "title=one-name::"),
    ] {
        let run = run(&files, &["check", "s.yaml", "--policy", "p.yaml", "--output", output]);
        assert!(run.stdout.contains(due), "{output}: {run:?}");
    }
    let allowed = run(&files, &["check", "s.yaml"]);
    assert_eq!(allowed.code, 0, "{allowed:?}");
}

#[test]
fn check_finds_what_a_sandbox_refers_to_among_its_files() {
    let policy = policy(
        "known-bucket",
        "  validations:\n  \
         - expression: target == null || target.parameters['bucket'] == 'team-a'\n    \
         messageExpression: \"'not ' + target.parameters['bucket'] + ' of ' + snapshotClass.metadata.name\"\n  \
         validationActions: [Deny]\n",
    );
    let objects = "\
apiVersion: agents.x-k8s.io/v1beta1
kind: SnapshotClass
metadata: {name: s3}
provisioner: example.com/s3
parameters: {bucket: shared, region: eu}
---
apiVersion: agents.x-k8s.io/v1beta1
kind: SnapshotClaim
metadata: {name: main, namespace: team-a}
spec: {snapshotClassName: s3, parameters: {bucket: foreign}}
---
apiVersion: agents.x-k8s.io/v1beta1
kind: Sandbox
metadata: {name: planner, namespace: team-a}
spec: {suspensionStrategy: {type: Hibernate, hibernate: {snapshotClaimName: main}}}
";
    let files = [("all.yaml", objects), ("p.yaml", &*policy)];
    let run = run(&files, &["check", "all.yaml", "--policy", "p.yaml"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("not foreign of s3"), "{run:?}");
}

#[test]
fn a_namespace_among_the_files_is_the_policys_namespace() {
    let policy = policy(
        "team-label",
        "  validations:\n  - expression: has(namespaceObject.metadata.labels.team)\n    \
         message: label the namespace with its team\n  validationActions: [Warn]\n",
    );
    let namespace =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, labels: {team: a}}\n";
    let files = [("s.yaml", SANDBOX), ("p.yaml", &*policy), ("n.yaml", namespace)];
    let warned = run(&files, &["check", "s.yaml", "--policy", "p.yaml"]);
    assert_eq!(warned.code, 0, "{warned:?}");
    assert!(warned.stdout.contains("warning: Sandbox team-a/planner [team-label]"), "{warned:?}");
    let fine = run(&files, &["check", "s.yaml", "--policy", "p.yaml", "--catalog", "n.yaml"]);
    assert!(!fine.stdout.contains("team-label"), "{fine:?}");
}

#[test]
fn review_answers_with_policies_as_the_server_does() {
    let review = "{\"kind\": \"AdmissionReview\", \"apiVersion\": \"admission.k8s.io/v1\", \
        \"request\": {\"uid\": \"u\", \"operation\": \"CREATE\", \"namespace\": \"team-a\", \
        \"kind\": {\"group\": \"agents.x-k8s.io\", \"version\": \"v1beta1\", \"kind\": \"Sandbox\"}, \
        \"object\": {\"kind\": \"Sandbox\", \"metadata\": {\"name\": \"bad\"}}}}";
    let named = naming("good");
    let files = [("r.json", review), ("p.yaml", &*named)];
    let run = run(&files, &["review", "r.json", "--policy", "p.yaml"]);
    assert!(run.stdout.contains("call it good [one-name]"), "{run:?}");
}

const CASES: &str = "\
apiVersion: policy.sandbox-admission.io/v1alpha1
kind: PolicyTest
cases:
- title: the good name
  object: {kind: Sandbox, metadata: {name: good}}
  expect: allowed
- title: a bad name
  object: {kind: Sandbox, metadata: {name: bad}}
  expect: {denied: call it good}
";

#[test]
fn policy_test_runs_the_cases_beside_a_policy() {
    let named = naming("good");
    let files = [("p/policy.yaml", &*named), ("p/cases.yaml", CASES)];
    let good = run(&files, &["policy", "test", "p"]);
    assert_eq!(good.code, 0, "{good:?}");
    assert!(good.stdout.contains("ok      a bad name"), "{good:?}");
    // Policies can be loaded from a folder that also has their cases.
    assert_eq!(run(&files, &["policy", "lint", "p"]).code, 0);

    let wrong = CASES.replace("expect: allowed", "expect: {denied: call it good}");
    let files = [("p/policy.yaml", &*named), ("p/cases.yaml", &*wrong)];
    let failed = run(&files, &["policy", "test", "p"]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(
        failed.stdout.contains("p/cases.yaml:4: should be denied, and is allowed"),
        "{failed:?}"
    );
    let junit = run(&files, &["policy", "test", "p", "--output", "junit"]);
    let document = roxmltree::Document::parse(&junit.stdout).unwrap();
    let failures = document.descendants().filter(|node| node.has_tag_name("failure")).count();
    assert_eq!((failures, junit.code), (1, 1));

    let vague = CASES.replace("call it good", "call it otherwise");
    let files = [("p/policy.yaml", &*named), ("p/cases.yaml", &*vague)];
    let failed = run(&files, &["policy", "test", "p"]);
    assert!(failed.stdout.contains("but not with \"call it otherwise\""), "{failed:?}");

    let untested = run(&[("p/policy.yaml", &named)], &["policy", "test", "p"]);
    assert_eq!(untested.code, 2, "{untested:?}");

    let broken = CASES.replace("expect: allowed", "expct: allowed");
    let files = [("p/policy.yaml", &*named), ("p/cases.yaml", &*broken)];
    let refused = run(&files, &["policy", "test", "p"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let due = "p/cases.yaml:6:3: a case has no \"expct\"; did you mean \"expect\"?";
    assert!(refused.stderr.contains(due), "{refused:?}");
}

#[test]
fn policy_lint_says_what_can_be_known_without_objects() {
    let doubtful = policy(
        "doubtful",
        "  variables:\n  - {name: unused, expression: '1'}\n  validations:\n  \
         - expression: object.metadta.name != '' && target.provisoner != ''\n  \
         - expression: object.spec.suspensionStrategy.typ != 'Stop'\n    message: such\n  \
         validationActions: [Deny]\n",
    );
    let run = run(&[("p.yaml", &doubtful)], &["policy", "lint", "p.yaml"]);
    assert_eq!(run.code, 1, "{run:?}");
    for due in [
        "p.yaml:12:32: policy doubtful: variables.unused is used nowhere",
        "p.yaml:14:17: policy doubtful: no message",
        "p.yaml:14:24: policy doubtful: object has no field \"metadta\"; did you mean \"metadata\"?",
        "policy doubtful: target has no field \"provisoner\"; did you mean \"provisioner\"?",
        "policy doubtful: object.spec.suspensionStrategy has no field \"typ\"; did you mean \"type\"?",
    ] {
        assert!(run.stdout.contains(due), "{due}\n{}", run.stdout);
    }
}
