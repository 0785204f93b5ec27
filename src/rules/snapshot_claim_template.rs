//! The rules of SnapshotClaimTemplate. Those of a claim apply to its `spec.spec`.

use kubernetes_cel::names;

use super::errors::Errors;
use super::parameters::{self, Parameterised};
use super::references::{REFERENCE_NAME_VALID, SNAPSHOT_CLASS_EXISTS};
use super::rule::{Refusal, Rule};
use super::run::{Check, Disruption, RuleResult, RuleSubject, Write};
use super::snapshot_claim::{self as claim, ClaimLike};
use super::snapshot_class_use::{self, SNAPSHOT_CLASS_USE};
use super::target_terminating::{self, TARGET_TERMINATING};
use crate::admission::field::{FieldError, at_key, shown_key};
use crate::api::{
    Kind, ObjectMeta, Parameters, SnapshotClaimSpec, SnapshotClaimTemplate, TemplateMeta, words,
};

/// The API machinery's limit on all annotations of an object, keys and values.
const MAX_ANNOTATION_BYTES: usize = 256 * 1024;

/// SnapshotClaimTemplates and their rules.
#[derive(Debug)]
pub struct SnapshotClaimTemplates;

impl RuleSubject for SnapshotClaimTemplates {
    const KIND: Kind = Kind::SnapshotClaimTemplate;
    const CHECKS: &'static [Check<Self>] = &[
        Check::Object(&TEMPLATE_SPEC_REQUIRED, template_spec_required),
        Check::Object(&TEMPLATE_METADATA_VALID, template_metadata_valid),
        Check::Object(&REFERENCE_NAME_VALID, claim::reference_name_valid),
        Check::Object(&parameters::PARAMETERS_VALID, parameters::parameters_valid),
        Check::Object(&parameters::SECRET_IN_PARAMETERS, parameters::secret_in_parameters),
        Check::Lookup(&SNAPSHOT_CLASS_EXISTS, claim::snapshot_class_exists),
        Check::Lookup(&TARGET_TERMINATING, target_terminating::of_a_claim),
        Check::Lookup(&claim::PARAMETER_OVERRIDES_CLASS, claim::parameter_overrides_class),
        Check::Lookup(&SNAPSHOT_CLASS_USE, snapshot_class_use::by_claim),
        Check::Protection(&SNAPSHOT_CLAIM_TEMPLATE_REFERENCED, snapshot_claim_template_referenced),
    ];
    type Object<'a> = SnapshotClaimTemplate<'a>;

    fn metadata<'r>(template: &'r SnapshotClaimTemplate<'_>) -> &'r ObjectMeta<'r> {
        &template.metadata
    }
}

impl Parameterised for SnapshotClaimTemplates {
    const PARAMETERS: &'static str = "spec.spec.parameters";

    fn parameters<'r>(template: &'r SnapshotClaimTemplate<'_>) -> Option<&'r Parameters<'r>> {
        template.spec.spec.as_ref().map(|spec| &spec.parameters)
    }
}

impl ClaimLike for SnapshotClaimTemplates {
    const CLASS_NAME: &'static str = "spec.spec.snapshotClassName";

    fn spec<'r>(template: &'r SnapshotClaimTemplate<'_>) -> Option<&'r SnapshotClaimSpec<'r>> {
        template.spec.spec.as_ref()
    }
}

/// `template-spec-required`
pub static TEMPLATE_SPEC_REQUIRED: Rule = Rule {
    id: "template-spec-required",
    summary: "`spec.spec`, the spec of generated claims, is present; it may be empty.",
    why: "It is copied verbatim into every claim. `spec: {spec: {}}` makes claims with the default \
          class and no parameters.",
    ..Rule::STRUCTURAL
};

fn template_spec_required(write: &Write<'_, '_, SnapshotClaimTemplates>) -> Errors {
    let is_missing = |template: &SnapshotClaimTemplate<'_>| template.spec.spec.is_none();
    if !is_missing(write.new) || !write.changes(is_missing) {
        return Errors::none();
    }
    let detail = "give the spec of the claims that are made from this template; it may be empty: \
                  `spec: {}`";
    Errors::from(FieldError::required("spec.spec", detail))
}

/// `template-metadata-valid`
pub static TEMPLATE_METADATA_VALID: Rule = Rule {
    id: "template-metadata-valid",
    summary: "`spec.metadata` holds only labels and annotations, each valid as such.",
    why: "The controller names and owns the claims that it makes; a template adds only labels and \
          annotations, as with DRA's ResourceClaimTemplate.",
    ..Rule::STRUCTURAL
};

fn template_metadata_valid(write: &Write<'_, '_, SnapshotClaimTemplates>) -> Errors {
    let none = TemplateMeta::default();
    let old = write.old.map_or(&none, |old| &old.spec.metadata);
    let TemplateMeta { labels, annotations, others } = &write.new.spec.metadata;
    let mut errors = Errors::none();
    for (field, _) in others.changed_since(Some(&old.others)) {
        errors.push_with(|| {
            let detail =
                "cannot be set; only labels and annotations are copied onto generated claims";
            FieldError::forbidden(format!("spec.metadata.{}", shown_key(field)), detail)
        });
    }
    for (key, value) in labels.changed_since(Some(&old.labels)) {
        if !old.labels.has(key) && names::qualified_name_error(key).is_some() {
            let error = || FieldError::invalid("spec.metadata.labels", key, words::METADATA_KEY);
            errors.push_with(error);
        }
        if let Some(error) = names::label_value_error(value) {
            let path = || at_key("spec.metadata.labels", key);
            errors.push_with(|| FieldError::invalid(path(), value, &error));
        }
    }
    for (key, _) in annotations.changed_since(Some(&old.annotations)) {
        if !old.annotations.has(key) && names::qualified_name_error(&key.to_lowercase()).is_some() {
            let path = "spec.metadata.annotations";
            errors.push_with(|| FieldError::invalid(path, key, words::METADATA_KEY));
        }
    }
    let bytes = annotations.bytes();
    if bytes > MAX_ANNOTATION_BYTES && bytes > old.annotations.bytes() {
        let hint = format!(" in all; {}", words::REMOVE_ANNOTATIONS);
        errors.push(FieldError::too_long("spec.metadata.annotations", MAX_ANNOTATION_BYTES, &hint));
    }
    errors
}

/// `snapshot-claim-template-referenced`
pub static SNAPSHOT_CLAIM_TEMPLATE_REFERENCED: Rule = Rule {
    id: "snapshot-claim-template-referenced",
    refusal: Refusal::Forbidden,
    summary: "A template that a Sandbox names is not deleted.",
    why: "Claims made from it stay, but a Sandbox that names it and has none yet cannot be \
          hibernated.",
    ..Rule::SEMANTIC
};

fn snapshot_claim_template_referenced(
    disruption: &Disruption<'_, '_, SnapshotClaimTemplates>,
) -> RuleResult {
    if disruption.new.is_some() {
        return Ok(Errors::none());
    }
    let users =
        disruption.cx.catalog.naming_template(disruption.cx.namespace, disruption.cx.name)?;
    if users.is_empty() {
        return Ok(Errors::none());
    }
    let detail =
        format!("named by {users}, which cannot be hibernated without it; change them first");
    Ok(Errors::from(FieldError::forbidden("", &detail)))
}
