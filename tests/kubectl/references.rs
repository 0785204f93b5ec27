//! References to nothing, or to more than one object.

use crate::World;
use crate::objects::{claim, class, file, provider, running, suspended, template};

pub fn a_missing_claim_is_named_with_the_nearest_one(world: &World) {
    let claims = file(&[class("missing-claim"), claim("nightly", "missing-claim")]);
    let kubectl = world.namespace("missing-claim", &claims);
    kubectl.pipe("create -f -", &suspended("agent", "{snapshotClaimName: nigthly}")).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nigthly": there is no SnapshotClaim of this name in namespace "missing-claim"; did you mean "nightly"? [snapshot-claim-exists]"#,
    );
}

pub fn a_running_sandbox_may_come_before_its_claim(world: &World) {
    let kubectl = world.namespace("claim-to-come", &class("claim-to-come"));
    let sandbox = running("agent", "{snapshotClaimName: nightly}");
    kubectl.pipe("create -f -", &sandbox).accepted_with(
        "sandbox.agents.x-k8s.io/agent created",
        r#"Warning: spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nightly": there is no SnapshotClaim of this name in namespace "claim-to-come" [snapshot-claim-exists]"#,
    );
}

pub fn a_missing_template_is_named_with_the_nearest_one(world: &World) {
    let templates = file(&[class("missing-template"), template("per-agent", "missing-template")]);
    let kubectl = world.namespace("missing-template", &templates);
    let sandbox = suspended("agent", "{snapshotClaimTemplateName: peragent}");
    kubectl.pipe("create -f -", &sandbox).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimTemplateName: Not found: "peragent": there is no SnapshotClaimTemplate of this name in namespace "missing-template"; did you mean "per-agent"? [snapshot-claim-template-exists]"#,
    );
}

pub fn a_missing_provider_is_named_with_the_nearest_one(world: &World) {
    let kubectl = world.namespace("missing-provider", &provider("s3-west"));
    let sandbox = running("agent", "{snapshotProviderRef: {name: s3-vest}}");
    kubectl.pipe("create -f -", &sandbox).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.hibernate.snapshotProviderRef.name: Not found: "s3-vest": there is no SnapshotProvider of this name; did you mean "s3-west"? [snapshot-provider-exists]"#,
    );
}

pub fn a_missing_class_is_named_with_the_nearest_one(world: &World) {
    let kubectl = world.namespace("missing-class", &class("gvisor-fast"));
    kubectl.pipe("create -f -", &claim("nightly", "gvisor-fats")).refused(
        r#"The SnapshotClaim "nightly" is invalid: spec.snapshotClassName: Not found: "gvisor-fats": there is no SnapshotClass of this name; did you mean "gvisor-fast"? [snapshot-class-exists]"#,
    );
    kubectl.pipe("create -f -", &template("per-agent", "gvisor-fats")).refused(
        r#"The SnapshotClaimTemplate "per-agent" is invalid: spec.spec.snapshotClassName: Not found: "gvisor-fats": there is no SnapshotClass of this name; did you mean "gvisor-fast"? [snapshot-class-exists]"#,
    );
}

/// The claim is older than the registration, and its class never existed.
pub fn a_class_that_is_missing_behind_a_claim_is_named_with_the_claim(world: &World) {
    let kubectl = world.cluster.kubectl().in_namespace("before");
    kubectl.pipe("create -f -", &suspended("agent", "{snapshotClaimName: old-claim}")).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "platinum": SnapshotClaim "old-claim" selects this SnapshotClass, which does not exist [snapshot-class-exists]"#,
    );
}

pub fn no_reference_and_no_default_is_refused(world: &World) {
    let kubectl = world.namespace("no-default", &class("not-the-default"));
    kubectl.pipe("create -f -", &suspended("agent", "{}")).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.hibernate: Required value: no claim is named, namespace "no-default" has no default SnapshotClaim, and the cluster has no default SnapshotClass; name one in snapshotClaimName [snapshot-target-resolvable]"#,
    );
}

/// The definition says this itself: the API server checks schemas before it asks webhooks.
pub fn both_references_are_refused_by_the_definition(world: &World) {
    let kubectl = world.namespace("both", &class("both"));
    let both = "{snapshotClaimName: nightly, snapshotClaimTemplateName: per-agent}";
    kubectl.pipe("create -f -", &running("agent", both)).refused(
        r#"The Sandbox "agent" is invalid: spec.suspensionStrategy.hibernate: Invalid value: at most one of snapshotClaimName, snapshotClaimTemplateName and snapshotProviderRef may be set, and here are snapshotClaimName ("nightly") and snapshotClaimTemplateName ("per-agent"); keep one and remove the rest (a merge patch sets them to null) [hibernate-source-exclusive]"#,
    );
}

pub fn several_wrong_objects_in_one_file_are_each_explained(world: &World) {
    let targets = file(&[class("several"), claim("nightly", "several")]);
    let kubectl = world.namespace("several", &targets);
    let objects = file(&[
        suspended("one", "{snapshotClaimName: nigthly}"),
        suspended("two", "{snapshotClaimName: nightly}"),
        suspended("three", "{snapshotClaimTemplateName: per-agent}"),
    ]);
    kubectl.pipe("apply -f -", &objects).is(
        1,
        "sandbox.agents.x-k8s.io/two created",
        r#"Error from server (Invalid): error when creating "STDIN": admission webhook "validate-sandboxes.sandbox-admission.x-k8s.io" denied the request: Sandbox.agents.x-k8s.io "one" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimName: Not found: "nigthly": there is no SnapshotClaim of this name in namespace "several"; did you mean "nightly"? [snapshot-claim-exists]
Error from server (Invalid): error when creating "STDIN": admission webhook "validate-sandboxes.sandbox-admission.x-k8s.io" denied the request: Sandbox.agents.x-k8s.io "three" is invalid: spec.suspensionStrategy.hibernate.snapshotClaimTemplateName: Not found: "per-agent": there is no SnapshotClaimTemplate of this name in namespace "several" [snapshot-claim-template-exists]"#,
    );
}
