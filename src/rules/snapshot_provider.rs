//! The rules of SnapshotProvider.

use super::errors::Errors;
use super::in_use;
use super::legacy_field::{self, LEGACY_FIELD};
use super::rule::{Action, Refusal, Rule};
use super::run::{Check, Disruption, RuleResult, RuleSubject, Write};
use crate::admission::field::FieldError;
use crate::api::{Backend, Kind, ObjectMeta, SnapshotProvider};
use crate::catalog::ObjectName;

/// SnapshotProviders and their rules.
#[derive(Debug)]
pub struct SnapshotProviders;

impl RuleSubject for SnapshotProviders {
    const KIND: Kind = Kind::SnapshotProvider;
    const CHECKS: &'static [Check<Self>] = &[
        Check::Object(&PROVIDER_TYPE_REQUIRED, provider_type_required),
        Check::Object(&BUCKET_REQUIRED, bucket_required),
        Check::Object(&PROVIDER_BACKEND_SINGLE, provider_backend_single),
        Check::Object(&LEGACY_FIELD, legacy_field::on_a_provider),
        Check::Protection(&SNAPSHOT_PROVIDER_IN_USE, snapshot_provider_in_use),
    ];
    type Object<'a> = SnapshotProvider<'a>;

    fn metadata<'r>(provider: &'r SnapshotProvider<'_>) -> &'r ObjectMeta<'r> {
        &provider.metadata
    }
}

/// `provider-type-required`
pub static PROVIDER_TYPE_REQUIRED: Rule = Rule {
    id: "provider-type-required",
    summary: "`spec.providerType` is present.",
    why: "It is how the controller finds the driver.",
    ..Rule::STRUCTURAL
};

fn provider_type_required(write: &Write<'_, '_, SnapshotProviders>) -> Errors {
    let provider_type = |provider: &SnapshotProvider<'_>| provider.spec.provider_type.is_some();
    if provider_type(write.new) || !write.changes(provider_type) {
        return Errors::none();
    }
    Errors::from(FieldError::required("spec.providerType", "name the driver, as in gvisor-s3"))
}

/// `bucket-required`
pub static BUCKET_REQUIRED: Rule = Rule {
    id: "bucket-required",
    summary: "Each backend that is set (`s3`, `gcs`) names its `bucket`.",
    why: "Without a bucket there is nowhere to write a checkpoint. Name it, or remove the block.",
    ..Rule::STRUCTURAL
};

fn bucket_required(write: &Write<'_, '_, SnapshotProviders>) -> Errors {
    let detail = "name the bucket that checkpoints go to, or remove the block";
    let lacks_bucket =
        |backend: Option<&Backend<'_>>| backend.is_some_and(|it| it.bucket.is_none());
    let mut errors = Errors::none();
    if lacks_bucket(write.new.spec.s3.as_ref())
        && write.changes(|it| lacks_bucket(it.spec.s3.as_ref()))
    {
        errors.push(FieldError::required("spec.s3.bucket", detail));
    }
    if lacks_bucket(write.new.spec.gcs.as_ref())
        && write.changes(|it| lacks_bucket(it.spec.gcs.as_ref()))
    {
        errors.push(FieldError::required("spec.gcs.bucket", detail));
    }
    errors
}

/// `provider-backend-single`
pub static PROVIDER_BACKEND_SINGLE: Rule = Rule {
    id: "provider-backend-single",
    summary: "A provider sets one of `s3` and `gcs`.",
    why: "The KEP does not say which of the two counts when both are set.",
    ..Rule::SEMANTIC
};

fn provider_backend_single(write: &Write<'_, '_, SnapshotProviders>) -> Errors {
    let has_both =
        |provider: &SnapshotProvider<'_>| provider.spec.s3.is_some() && provider.spec.gcs.is_some();
    if !has_both(write.new) || !write.changes(has_both) {
        return Errors::none();
    }
    let detail = "both s3 and gcs are set, and nothing says which counts; keep one";
    Errors::from(FieldError::invalid_as_a_whole("spec", detail))
}

/// `snapshot-provider-in-use`
pub static SNAPSHOT_PROVIDER_IN_USE: Rule = Rule {
    id: "snapshot-provider-in-use",
    default: Action::Deny,
    refusal: Refusal::Forbidden,
    summary: "A provider that Sandboxes name and hold checkpoints on is neither deleted nor changed.",
    why: "Their checkpoints could not be restored. The message names Sandboxes that hold a \
          checkpoint on it or are being hibernated onto it, and says what to do about each: most can \
          be resumed. A checkpoint counts for the provider that its Sandbox named, whatever the \
          Sandbox says by now.",
    ..Rule::SEMANTIC
};

/// The fields that a checkpoint depends on.
fn target<'r>(
    provider: &'r SnapshotProvider<'_>,
) -> (Option<&'r str>, Option<&'r Backend<'r>>, Option<&'r Backend<'r>>) {
    let spec = &provider.spec;
    (spec.provider_type.as_deref(), spec.s3.as_ref(), spec.gcs.as_ref())
}

fn snapshot_provider_in_use(disruption: &Disruption<'_, '_, SnapshotProviders>) -> RuleResult {
    let affected: &[_] = match disruption.new {
        None => &[""],
        Some(_) if disruption.affects(target) => &["spec"],
        Some(_) => &[],
    };
    in_use::checkpoints(&disruption.cx, ObjectName::provider(disruption.cx.name), affected)
}
