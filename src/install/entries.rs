//! The entries of the webhook configurations: which requests the API server sends us.
//!
//! Warm pools create hundreds of Sandboxes a second without a strategy, and keep-alive clients
//! patch `spec.shutdownTime` of every live one each minute. None of that concerns a rule, so none
//! of it should leave the API server: each entry's match conditions let through only what a rule
//! could act on. Requests that are not sent work even while no replica answers: resuming a Sandbox,
//! labels, keep-alives, removing a finalizer.
//!
//! The conditions are CEL, for Kubernetes 1.30 and newer. If an expression fails, the entry's
//! `failurePolicy` decides. So fields are selected with `.?`, which cannot fail: `oldObject` is
//! null on CREATE, `object` on DELETE, and `null.?field` is none. A rule compares decoded fields
//! and a condition raw ones, so whatever differs for a rule differs for the condition too.
//!
//! The server cannot see which entry sends a request: it asks all rules. So no two entries of a
//! configuration send the same request, or a client would read each warning twice.
//!
//! No entry names a subresource. The two rules on `sandboxes/status` (`checkpoint-record-valid`,
//! which the schema holds as well, and `checkpoint-record-writer`) are for operators who add one.

use crate::admission::{Operation, Phase};
use crate::api::Kind;

/// One webhook of a configuration.
#[derive(Debug)]
pub struct Entry {
    /// The operation and the resources; users read it in `admission webhook "..." denied` and in
    /// `failed calling webhook "..."`.
    pub name: &'static str,
    /// The configuration that it belongs to.
    pub phase: Phase,
    /// The kinds whose requests are sent.
    pub kinds: &'static [Kind],
    /// The operations that are sent.
    pub operations: &'static [Operation],
    /// The conditions that must all hold for a request to be sent.
    pub conditions: &'static [MatchCondition],
    /// The treatment of a request while no replica answers.
    pub on_unavailable: OnUnavailable,
    /// The entry that sends these requests too once its conditions for rules are gone, because
    /// policies want them all. Then this one is not needed.
    pub part_of: Option<&'static Self>,
}

/// A match condition.
#[derive(Debug)]
pub struct MatchCondition {
    /// Unique in its entry.
    pub name: &'static str,
    /// CEL over `object`, `oldObject` and `request`.
    pub expression: &'static str,
    /// Those that it holds requests back from.
    pub applies_to: AppliesTo,
}

/// Those that a match condition holds requests back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliesTo {
    /// The rules, which would find nothing. Policies may find something.
    Rules,
    /// Rules and policies: neither may stand in the way here.
    All,
}

/// The treatment of a request while no replica answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnavailable {
    /// As the operator chose.
    AsChosen,
    /// It passes, whatever the operator chose.
    Passes,
    /// It passes while these rules, by their ids, only warn; as the operator chose once one of them
    /// denies.
    PassesUnlessDenied(&'static [&'static str]),
}

/// Every entry, those of the mutating configuration first.
pub static ENTRIES: [&Entry; 10] = [
    &DEFAULT_SANDBOXES,
    &DEFAULT_SNAPSHOTCLAIMS,
    &GUARD_CHECKPOINTS,
    &VALIDATE_SANDBOXES,
    &VALIDATE_POD_TEMPLATES,
    &VALIDATE_SNAPSHOTCLASSES,
    &VALIDATE_SNAPSHOTS,
    &VALIDATE_CLAIM_OWNERS,
    &PROTECT_SNAPSHOTS,
    &PROTECT_CHECKPOINTS,
];

const CREATE_AND_UPDATE: &[Operation] = &[Operation::Create, Operation::Update];

/// Only protection looks at an object that is being deleted, and of a Sandbox only its deletion is
/// protected: a client that removes its finalizers needs no answer from us.
pub const NOT_BEING_DELETED: MatchCondition = MatchCondition {
    name: "not-being-deleted",
    expression: "!oldObject.?metadata.?deletionTimestamp.hasValue()",
    applies_to: AppliesTo::All,
};

/// These delete what a person has ordered to delete. They are exempt in every configuration.
pub const NOT_BY_A_CONTROLLER: MatchCondition = MatchCondition {
    name: "not-by-a-controller",
    expression: r#"!(request.userInfo.username in [
  "system:serviceaccount:kube-system:namespace-controller",
  "system:serviceaccount:kube-system:generic-garbage-collector",
  "system:kube-controller-manager"
])"#,
    applies_to: AppliesTo::All,
};

/// Sandboxes that need an `operatingMode`.
///
/// - `default-operating-mode`: fires where the mode is absent, null or empty, which is the condition.
///   Where the schema has the default, no request is sent at all.
///
/// An omitted mode means Running anyway, so requests pass while no replica answers.
static DEFAULT_SANDBOXES: Entry = Entry {
    name: "default-sandboxes.sandbox-admission.x-k8s.io",
    phase: Phase::Mutating,
    kinds: &[Kind::Sandbox],
    operations: CREATE_AND_UPDATE,
    conditions: &[
        NOT_BEING_DELETED,
        MatchCondition {
            name: "without-a-mode",
            expression: r#"object.?spec.?operatingMode.orValue(null) == null || object.spec.operatingMode == """#,
            applies_to: AppliesTo::Rules,
        },
    ],
    on_unavailable: OnUnavailable::Passes,
    part_of: None,
};

/// SnapshotClaims that need a class.
///
/// - `default-snapshot-class`, off by default: fires on a CREATE without a class (absent, null or
///   empty) of a claim that no Sandbox owns, which are the conditions. Claims made from a template,
///   one for each Sandbox, are never sent.
static DEFAULT_SNAPSHOTCLAIMS: Entry = Entry {
    name: "default-snapshotclaims.sandbox-admission.x-k8s.io",
    phase: Phase::Mutating,
    kinds: &[Kind::SnapshotClaim],
    operations: &[Operation::Create],
    conditions: &[
        MatchCondition {
            name: "without-a-class",
            expression: r#"object.?spec.?snapshotClassName.orValue(null) == null || object.spec.snapshotClassName == """#,
            applies_to: AppliesTo::Rules,
        },
        MatchCondition {
            name: "not-owned-by-a-sandbox",
            expression: r#"!object.?metadata.?ownerReferences.orValue([]).exists(owner, owner.?kind.orValue("") == "Sandbox")"#,
            applies_to: AppliesTo::Rules,
        },
    ],
    on_unavailable: OnUnavailable::Passes,
    part_of: None,
};

/// Sandboxes that hold a checkpoint and get a strategy or a mode that the definition may refuse.
///
/// The API server checks the definition after this webhook and before the validating ones, and calls
/// what it refuses *Invalid*: `kubectl apply --force` would delete the Sandbox, and with it the
/// checkpoint. So the rules that a definition holds as well are asked here first, and what they
/// refuse is *Forbidden*:
///
/// - `suspension-type-supported`, `hibernate-required`, `hibernate-source-exclusive`,
///   `reference-name-valid`: fire where something in the strategy changed: the second line.
/// - `operating-mode-supported`: fires where the mode changed to an unknown one: the third line.
///
/// Where no replica answers, the definition does.
static GUARD_CHECKPOINTS: Entry = Entry {
    name: "guard-checkpoints.sandbox-admission.x-k8s.io",
    phase: Phase::Mutating,
    kinds: &[Kind::Sandbox],
    operations: &[Operation::Update],
    conditions: &[
        NOT_BEING_DELETED,
        MatchCondition {
            name: "suspension-changes-under-a-checkpoint",
            expression: r#"oldObject.?status.?snapshot.hasValue() && (
object.?spec.?suspensionStrategy != oldObject.?spec.?suspensionStrategy
|| object.?spec.?operatingMode != oldObject.?spec.?operatingMode && !(object.?spec.?operatingMode.orValue("") in ["", "Running", "Suspended"]))"#,
            applies_to: AppliesTo::Rules,
        },
    ],
    on_unavailable: OnUnavailable::Passes,
    part_of: None,
};

/// The Sandboxes that [`VALIDATE_SANDBOXES`] sends and [`VALIDATE_POD_TEMPLATES`] does not.
macro_rules! suspension_changes {
    () => {
        r#"object.?spec.?suspensionStrategy != oldObject.?spec.?suspensionStrategy
|| object.?spec.?operatingMode != oldObject.?spec.?operatingMode && !(object.?spec.?operatingMode.orValue("") in ["", "Running"])
   && (object.spec.operatingMode != "Suspended" || object.spec.?suspensionStrategy.hasValue())
|| ["suspend", "suspended", "pause", "paused", "strategy", "replicas"].exists(field,
     object.?spec[?field] != oldObject.?spec[?field])"#
    };
}

/// Sandboxes whose suspension changes. On CREATE there is no old strategy, mode or checkpoint.
///
/// - `suspension-type-supported`, `hibernate-required`, `hibernate-ignored`,
///   `hibernate-source-exclusive`, `reference-name-valid`, `snapshot-class-name-in-strategy`,
///   `checkpoint-retarget`: fire only where something in the strategy changed: the first line.
/// - `strategy-dropped`: fires where the strategy disappears: the first line.
/// - `suspension-type-available`, `snapshot-claim-exists`, `snapshot-claim-template-exists`,
///   `snapshot-provider-exists`, `snapshot-class-exists`, `snapshot-target-resolvable`,
///   `snapshot-claim-bound`, `target-terminating`, `generated-claim-name-fits`: fire where the strategy changed (the first
///   line) or the Sandbox is turned to Suspended with one (the second and third). Never for a resume.
/// - `snapshot-class-use`, off by default: the same, and where a resume changes the strategy, too.
/// - `operating-mode-supported`: fires where the mode changed to something else than Running,
///   Suspended or nothing: the second and third line.
/// - `checkpoint-template-changed`, `suspend-with-new-template`: may fire here too; where nothing
///   here changes, [`VALIDATE_POD_TEMPLATES`] sends the request.
/// - `legacy-field`: fires where one of these fields changed, or `hibernate.snapshotClass`, which
///   is in the strategy: the last two lines and the first. A schema that prunes them sends nothing.
/// - `restore-authority`: fires where Pod annotations that an operator lists change. Only he knows
///   them, so he registers an entry for it.
static VALIDATE_SANDBOXES: Entry = Entry {
    name: "validate-sandboxes.sandbox-admission.x-k8s.io",
    phase: Phase::Validating,
    kinds: &[Kind::Sandbox],
    operations: CREATE_AND_UPDATE,
    conditions: &[
        NOT_BEING_DELETED,
        MatchCondition {
            name: "suspension-changes",
            expression: suspension_changes!(),
            applies_to: AppliesTo::Rules,
        },
    ],
    on_unavailable: OnUnavailable::AsChosen,
    part_of: None,
};

/// Sandboxes that get another Pod template while a checkpoint is held or being taken. Clients write
/// templates whenever they wake a Sandbox, and by default the rules only warn: waking must not depend
/// on us, so these requests pass while no replica answers.
///
/// - `checkpoint-template-changed`: fires where a Sandbox with a checkpoint and type Hibernate gets
///   another `podTemplate.spec`: the first and second line.
/// - `suspend-with-new-template`: fires where one that is Suspended with type Hibernate after the
///   write gets another: the first and the last two lines.
static VALIDATE_POD_TEMPLATES: Entry = Entry {
    name: "validate-pod-templates.sandbox-admission.x-k8s.io",
    phase: Phase::Validating,
    kinds: &[Kind::Sandbox],
    operations: &[Operation::Update],
    conditions: &[
        NOT_BEING_DELETED,
        MatchCondition {
            name: "template-changes-under-a-checkpoint",
            expression: r#"object.?spec.?podTemplate.?spec != oldObject.?spec.?podTemplate.?spec
&& (oldObject.?status.?snapshot.hasValue() && oldObject.?spec.?suspensionStrategy.?type.orValue("") == "Hibernate"
    || object.?spec.?operatingMode.orValue("") == "Suspended"
       && object.?spec.?suspensionStrategy.?type.orValue("") == "Hibernate")"#,
            applies_to: AppliesTo::Rules,
        },
        MatchCondition {
            name: "suspension-stays",
            expression: concat!("!(", suspension_changes!(), ")"),
            applies_to: AppliesTo::Rules,
        },
    ],
    on_unavailable: OnUnavailable::PassesUnlessDenied(&[
        "checkpoint-template-changed",
        "suspend-with-new-template",
    ]),
    part_of: Some(&VALIDATE_SANDBOXES),
};

/// SnapshotClasses. All rules look at a new class; at a changed one
///
/// - `provisioner-valid`: where `provisioner` changed;
/// - `parameters-valid`, `target-on-class`, `secret-in-parameters`: where `parameters` changed;
/// - `default-class-annotation-valid`, `default-class-unique`: where the annotation changed;
/// - `snapshot-class-immutable`, off by default: where `provisioner` or `parameters` changed;
/// - `snapshot-class-in-use`, `snapshot-class-referenced`: where `provisioner` or `parameters`
///   changed, also while the class is being deleted.
static VALIDATE_SNAPSHOTCLASSES: Entry = Entry {
    name: "validate-snapshotclasses.sandbox-admission.x-k8s.io",
    phase: Phase::Validating,
    kinds: &[Kind::SnapshotClass],
    operations: CREATE_AND_UPDATE,
    conditions: &[MatchCondition {
        name: "new-or-changed",
        expression: r#"request.operation == "CREATE"
|| object.?provisioner != oldObject.?provisioner
|| object.?parameters != oldObject.?parameters
|| object.?metadata.?annotations[?"snapshotclass.agents.x-k8s.io/is-default-class"] != oldObject.?metadata.?annotations[?"snapshotclass.agents.x-k8s.io/is-default-class"]"#,
        applies_to: AppliesTo::Rules,
    }],
    on_unavailable: OnUnavailable::AsChosen,
    part_of: None,
};

/// SnapshotClaims, templates and providers. All rules look at a new object; at a changed one
///
/// - of a claim `reference-name-valid`, `parameters-valid`, `secret-in-parameters`,
///   `snapshot-class-exists`, `target-terminating`, `parameter-overrides-class`,
///   `snapshot-class-use`, `snapshot-claim-in-use`: where something in `spec` changed; with
///   `snapshot-claim-owner-added`, for which [`VALIDATE_CLAIM_OWNERS`] sends the rest;
/// - of a template the same (all but the last), `template-spec-required` and
///   `template-metadata-valid`: where something in `spec` changed, which holds the labels and
///   annotations of the claims to be made;
/// - of a provider `provider-type-required`, `bucket-required`, `provider-backend-single`,
///   `legacy-field`, `snapshot-provider-in-use`: where something in `spec` changed.
///
/// The annotation that makes a claim its namespace's default is judged by no rule.
static VALIDATE_SNAPSHOTS: Entry = Entry {
    name: "validate-snapshots.sandbox-admission.x-k8s.io",
    phase: Phase::Validating,
    kinds: &[Kind::SnapshotClaim, Kind::SnapshotClaimTemplate, Kind::SnapshotProvider],
    operations: CREATE_AND_UPDATE,
    conditions: &[MatchCondition {
        name: "new-or-changed",
        expression: r#"request.operation == "CREATE" || object.?spec != oldObject.?spec"#,
        applies_to: AppliesTo::Rules,
    }],
    on_unavailable: OnUnavailable::AsChosen,
    part_of: None,
};

/// SnapshotClaims that get another owner. By default that is only warned of, so the requests pass
/// while no replica answers. The garbage collector, which takes away owners that are gone, is never
/// held up.
///
/// - `snapshot-claim-owner-added`: fires where an owner is added to a claim in use: the second
///   condition. Where `spec` changes too, [`VALIDATE_SNAPSHOTS`] sends the request.
static VALIDATE_CLAIM_OWNERS: Entry = Entry {
    name: "validate-claim-owners.sandbox-admission.x-k8s.io",
    phase: Phase::Validating,
    kinds: &[Kind::SnapshotClaim],
    operations: &[Operation::Update],
    conditions: &[
        NOT_BY_A_CONTROLLER,
        MatchCondition {
            name: "owner-added",
            expression: r"object.?metadata.?ownerReferences.orValue([]).exists(owner,
  !oldObject.?metadata.?ownerReferences.orValue([]).exists(known, known.?uid == owner.?uid))",
            applies_to: AppliesTo::Rules,
        },
        MatchCondition {
            name: "spec-stays",
            expression: "object.?spec == oldObject.?spec",
            applies_to: AppliesTo::Rules,
        },
    ],
    on_unavailable: OnUnavailable::PassesUnlessDenied(&["snapshot-claim-owner-added"]),
    part_of: Some(&VALIDATE_SNAPSHOTS),
};

/// Deletions of objects that checkpoints may depend on. A dead server must never block a deletion,
/// so deletions pass where no server answers.
///
/// - `snapshot-class-in-use`, `snapshot-class-referenced`, `snapshot-claim-in-use`,
///   `snapshot-claim-template-referenced`, `snapshot-provider-in-use`: fire unless the object is being
///   deleted already, or the namespace controller or the garbage collector asks, which are exempt
///   whatever is configured.
static PROTECT_SNAPSHOTS: Entry = Entry {
    name: "protect-snapshots.sandbox-admission.x-k8s.io",
    phase: Phase::Validating,
    kinds: &[
        Kind::SnapshotClass,
        Kind::SnapshotClaim,
        Kind::SnapshotClaimTemplate,
        Kind::SnapshotProvider,
    ],
    operations: &[Operation::Delete],
    conditions: &[NOT_BEING_DELETED, NOT_BY_A_CONTROLLER],
    on_unavailable: OnUnavailable::Passes,
    part_of: None,
};

/// Deletions of Sandboxes that hold a checkpoint. They pass while no replica answers, unless an
/// operator holds checkpoints for retention.
///
/// - `checkpoint-released`: fires where there is a record, which is the last condition, unless the
///   Sandbox is being deleted already or one of the two controllers asks.
static PROTECT_CHECKPOINTS: Entry = Entry {
    name: "protect-checkpoints.sandbox-admission.x-k8s.io",
    phase: Phase::Validating,
    kinds: &[Kind::Sandbox],
    operations: &[Operation::Delete],
    conditions: &[
        NOT_BEING_DELETED,
        NOT_BY_A_CONTROLLER,
        MatchCondition {
            name: "holds-a-checkpoint",
            expression: "oldObject.?status.?snapshot.hasValue()",
            applies_to: AppliesTo::Rules,
        },
    ],
    on_unavailable: OnUnavailable::PassesUnlessDenied(&["checkpoint-released"]),
    part_of: None,
};
