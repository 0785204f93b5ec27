//! An admin's own rules, in files, as people see them.

use crate::World;
use crate::cluster::process::eventually;
use crate::objects::{claim, running};

/// The policies of this server.
pub const POLICIES: &str = r"
apiVersion: policy.sandbox-admission.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: pinned-images}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {images: pinned}}
    resourceRules:
    - {apiGroups: [agents.x-k8s.io], apiVersions: [v1beta1], operations: [CREATE, UPDATE], resources: [sandboxes]}
  validations:
  - expression: object.spec.podTemplate.spec.containers.all(c, c.image.contains('@sha256:'))
    messageExpression: |-
      'pin the images to a digest in namespace ' + namespaceObject.metadata.name
    fieldPath: spec.podTemplate.spec.containers
  validationActions: [Deny]
---
apiVersion: policy.sandbox-admission.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: no-foreign-bucket}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [agents.x-k8s.io], apiVersions: [v1beta1], operations: [CREATE, UPDATE], resources: [sandboxes]}
  validations:
  - expression: target == null || !('bucket' in target.parameters) || target.parameters.bucket != 'foreign'
    messageExpression: |-
      'SnapshotClass ' + snapshotClass.metadata.name + ' keeps checkpoints in a foreign bucket'
    reason: Forbidden
  validationActions: [Deny]
";

const AGENT: &str = "\
apiVersion: agents.x-k8s.io/v1beta1
kind: Sandbox
metadata: {name: agent}
spec: {podTemplate: {spec: {containers: [{name: a, image: registry.example/agent:latest}]}}}
";

pub fn a_policy_denies_what_no_rule_looks_at_and_says_why(world: &World) {
    let kubectl = world.namespace("policy-images", &running("other", "{}"));
    kubectl.pipe("apply -f -", AGENT).succeeded();
    world.cluster.kubectl().run("label namespace policy-images images=pinned").succeeded();
    let changed = AGENT.replace(":latest", ":newest");
    // The server sees the label a moment after kubectl has set it.
    let dry_run = || kubectl.pipe("apply --dry-run=server -f -", &changed);
    assert!(eventually(|| dry_run().code != 0));
    kubectl.pipe("apply -f -", &changed).refused(
        "The Sandbox \"agent\" is invalid: spec.podTemplate.spec.containers: Invalid value: pin the \
         images to a digest in namespace policy-images [pinned-images]\n",
    );
    let pinned = AGENT.replace(":latest", "@sha256:0123");
    kubectl.pipe("apply -f -", &pinned).succeeded();
    kubectl.run("delete sandbox agent").succeeded();
}

pub fn a_policy_follows_a_sandbox_to_the_class_behind_its_claim(world: &World) {
    let class = "apiVersion: agents.x-k8s.io/v1beta1\nkind: SnapshotClass\n\
                 metadata: {name: foreign}\nprovisioner: example.com/s3\n\
                 parameters: {bucket: foreign}\n";
    world.cluster.kubectl().pipe("create -f -", class).succeeded();
    let kubectl = world.namespace("policy-class", &claim("main", "foreign"));
    let denied = kubectl.pipe("create -f -", &running("agent", "{snapshotClaimName: main}"));
    let due = "sandboxes.agents.x-k8s.io \"agent\" is forbidden: SnapshotClass foreign keeps \
               checkpoints in a foreign bucket [no-foreign-bucket]";
    assert!(denied.stderr.contains(due), "{}", denied.stderr);
}
