//! The rules of Sandbox that read the Sandbox alone. Those that follow its references are in
//! [`super::sandbox_references`], those about its live checkpoint in [`super::sandbox_checkpoint`],
//! and those about one thing in a file of its name.

use kubernetes_cel::names;

use super::errors::Errors;
use super::references::{REFERENCE_NAME_VALID, SNAPSHOT_CLASS_EXISTS};
use super::restore_authority::{self, RESTORE_AUTHORITY};
use super::rule::{Action, Rule};
use super::run::{Check, RuleSubject, Write};
use super::sandbox_checkpoint_released::{CHECKPOINT_RELEASED, checkpoint_released};
use super::sandbox_strategy_dropped::{STRATEGY_DROPPED, is_lost_with_it, strategy_dropped};
use super::snapshot_class_use::{self, SNAPSHOT_CLASS_USE};
use super::spellings::{did_you_mean_mode, did_you_mean_type};
use super::target_terminating::{self, TARGET_TERMINATING};
use super::{
    Options, defaults, legacy_field, sandbox_checkpoint as checkpoint,
    sandbox_references as references,
};
use crate::admission::field::{FieldError, Quoted};
use crate::api::{Kind, ObjectMeta, OperatingMode, Reference, Sandbox, SuspensionType, words};

/// `spec.operatingMode`
pub const MODE: &str = "spec.operatingMode";
/// `spec.suspensionStrategy`
pub const STRATEGY: &str = "spec.suspensionStrategy";
/// `spec.suspensionStrategy.type`
pub const TYPE: &str = "spec.suspensionStrategy.type";
/// `spec.suspensionStrategy.hibernate`
pub const HIBERNATE: &str = "spec.suspensionStrategy.hibernate";
/// `spec.suspensionStrategy.hibernate.snapshotClaimName`
pub const CLAIM_NAME: &str = "spec.suspensionStrategy.hibernate.snapshotClaimName";
/// `spec.suspensionStrategy.hibernate.snapshotClaimTemplateName`
pub const TEMPLATE_NAME: &str = "spec.suspensionStrategy.hibernate.snapshotClaimTemplateName";
/// `spec.suspensionStrategy.hibernate.snapshotProviderRef.name`
pub const PROVIDER_NAME: &str = "spec.suspensionStrategy.hibernate.snapshotProviderRef.name";

/// Sandboxes and their rules.
#[derive(Debug)]
pub struct Sandboxes;

/// A CREATE or UPDATE of a Sandbox.
pub type SandboxWrite<'r, 'a> = Write<'r, 'a, Sandboxes>;

impl RuleSubject for Sandboxes {
    const KIND: Kind = Kind::Sandbox;
    const CHECKS: &'static [Check<Self>] = &[
        Check::Fill(&defaults::DEFAULT_OPERATING_MODE, defaults::operating_mode),
        Check::Object(&OPERATING_MODE_SUPPORTED, operating_mode_supported),
        Check::Object(&SUSPENSION_TYPE_SUPPORTED, suspension_type_supported),
        Check::Object(&SUSPENSION_TYPE_AVAILABLE, suspension_type_available),
        Check::Object(&HIBERNATE_REQUIRED, hibernate_required),
        Check::Object(&HIBERNATE_IGNORED, hibernate_ignored),
        Check::Object(&HIBERNATE_SOURCE_EXCLUSIVE, hibernate_source_exclusive),
        Check::Object(&REFERENCE_NAME_VALID, reference_name_valid),
        Check::Lookup(&references::SNAPSHOT_CLAIM_EXISTS, references::snapshot_claim_exists),
        Check::Lookup(
            &references::SNAPSHOT_CLAIM_TEMPLATE_EXISTS,
            references::snapshot_claim_template_exists,
        ),
        Check::Lookup(&references::SNAPSHOT_PROVIDER_EXISTS, references::snapshot_provider_exists),
        Check::Lookup(&SNAPSHOT_CLASS_EXISTS, references::snapshot_class_exists),
        Check::Lookup(
            &references::SNAPSHOT_TARGET_RESOLVABLE,
            references::snapshot_target_resolvable,
        ),
        Check::Lookup(&references::SNAPSHOT_CLAIM_BOUND, references::snapshot_claim_bound),
        Check::Lookup(&TARGET_TERMINATING, target_terminating::of_a_sandbox),
        Check::Lookup(&SNAPSHOT_CLASS_USE, snapshot_class_use::by_sandbox),
        Check::Object(&GENERATED_CLAIM_NAME_FITS, generated_claim_name_fits),
        Check::Object(
            &legacy_field::SNAPSHOT_CLASS_NAME_IN_STRATEGY,
            legacy_field::snapshot_class_name_in_strategy,
        ),
        Check::Object(&legacy_field::LEGACY_FIELD, legacy_field::on_a_sandbox),
        Check::Object(&STRATEGY_DROPPED, strategy_dropped),
        Check::Object(&checkpoint::CHECKPOINT_RETARGET, checkpoint::checkpoint_retarget),
        Check::Object(
            &checkpoint::CHECKPOINT_TEMPLATE_CHANGED,
            checkpoint::checkpoint_template_changed,
        ),
        Check::Object(
            &checkpoint::SUSPEND_WITH_NEW_TEMPLATE,
            checkpoint::suspend_with_new_template,
        ),
        Check::Protection(&CHECKPOINT_RELEASED, checkpoint_released),
        Check::Object(&RESTORE_AUTHORITY, restore_authority::restore_authority),
        Check::Status(&checkpoint::CHECKPOINT_RECORD_VALID, checkpoint::checkpoint_record_valid),
        Check::Status(&checkpoint::CHECKPOINT_RECORD_WRITER, checkpoint::checkpoint_record_writer),
    ];
    type Object<'a> = Sandbox<'a>;

    fn metadata<'r>(sandbox: &'r Sandbox<'_>) -> &'r ObjectMeta<'r> {
        &sandbox.metadata
    }

    fn is_suspending(write: &SandboxWrite<'_, '_>) -> bool {
        let turns = write.changes(Sandbox::is_suspended) || write.changes(Sandbox::strategy);
        let hibernates = write.new.is_suspended() && write.new.hibernates();
        hibernates && turns || is_lost_with_it(write)
    }
}

/// `operating-mode-supported`
pub static OPERATING_MODE_SUPPORTED: Rule = Rule {
    id: "operating-mode-supported",
    summary: "`spec.operatingMode` is `Running` or `Suspended`.",
    why: "The controller knows no other mode. Omit it to run.",
    ..Rule::STRUCTURAL
};

fn operating_mode_supported(write: &SandboxWrite<'_, '_>) -> Errors {
    match write.new.written_mode() {
        Some(OperatingMode::Unsupported(mode)) if write.changes(Sandbox::written_mode) => {
            let hint = did_you_mean_mode(mode);
            Errors::from(FieldError::not_supported(MODE, mode, &["Running", "Suspended"], &hint))
        }
        _ => Errors::none(),
    }
}

/// `suspension-type-supported`
pub static SUSPENSION_TYPE_SUPPORTED: Rule = Rule {
    id: "suspension-type-supported",
    summary: "A suspension strategy has a `type`: `Stop`, `Freeze` or `Hibernate`.",
    why: "Without a known type the controller does not know how to pause the Sandbox. Types are \
          case-sensitive.",
    ..Rule::STRUCTURAL
};

fn suspension_type_supported(write: &SandboxWrite<'_, '_>) -> Errors {
    if !write.changes(|sandbox| sandbox.strategy().map(|strategy| &strategy.r#type)) {
        return Errors::none();
    }
    match write.new.strategy().map(|strategy| &strategy.r#type) {
        Some(None) => Errors::from(FieldError::required(
            TYPE,
            "say how the Sandbox is paused: Stop, Freeze or Hibernate",
        )),
        Some(Some(SuspensionType::Unsupported(name))) => {
            let (supported, hint) = (SuspensionType::SUPPORTED, did_you_mean_type(name));
            Errors::from(FieldError::not_supported(TYPE, name, &supported, &hint))
        }
        _ => Errors::none(),
    }
}

/// `suspension-type-available`
pub static SUSPENSION_TYPE_AVAILABLE: Rule = Rule {
    id: "suspension-type-available",
    default: Action::Off,
    denies_once: Some(Options::limits_suspension_types),
    summary: "The suspension type is one that this cluster's controller supports \
              (`supportedSuspensionTypes`).",
    why: "A controller that cannot freeze or hibernate should not be asked to: the Sandbox would \
          never be paused. Denies once `supportedSuspensionTypes` is configured.",
    ..Rule::SEMANTIC
};

fn suspension_type_available(write: &SandboxWrite<'_, '_>) -> Errors {
    let Some(wanted) = write.new.suspension_type() else { return Errors::none() };
    let available = &write.cx.options.suspension_types;
    let is_known = SuspensionType::SUPPORTED.contains(&wanted.name());
    // The controller cannot suspend this way, even if the type has been there for long.
    let suspends = write.new.is_suspended() && write.changes(Sandbox::is_suspended);
    let is_asked = suspends || write.changes(Sandbox::suspension_type);
    if !is_known || available.contains(&wanted.name()) || !is_asked {
        return Errors::none();
    }
    let hint = "; the others are not available in this cluster";
    Errors::from(FieldError::not_supported(TYPE, wanted.name(), available, hint))
}

/// `hibernate-required`
pub static HIBERNATE_REQUIRED: Rule = Rule {
    id: "hibernate-required",
    summary: "Type `Hibernate` needs the `hibernate` block.",
    why: "The block says where the checkpoint goes. An empty block (`hibernate: {}`) means the \
          default claim.",
    ..Rule::STRUCTURAL
};

fn hibernate_required(write: &SandboxWrite<'_, '_>) -> Errors {
    let is_missing = |sandbox: &Sandbox<'_>| sandbox.hibernates() && sandbox.hibernate().is_none();
    if !is_missing(write.new) || !write.changes(is_missing) {
        return Errors::none();
    }
    Errors::from(FieldError::required(HIBERNATE, words::HIBERNATE_REQUIRED))
}

/// `hibernate-ignored`
pub static HIBERNATE_IGNORED: Rule = Rule {
    id: "hibernate-ignored",
    summary: "A `hibernate` block is only for type `Hibernate`.",
    why: "Stop and Freeze write no checkpoint and ignore the block. Set the type to Hibernate, or \
          remove the block.",
    ..Rule::SEMANTIC
};

fn hibernate_ignored(write: &SandboxWrite<'_, '_>) -> Errors {
    let Some(ignoring @ (SuspensionType::Stop | SuspensionType::Freeze)) =
        write.new.suspension_type()
    else {
        return Errors::none();
    };
    if write.new.hibernate().is_none() || !write.changes(Sandbox::strategy) {
        return Errors::none();
    }
    let detail = format!(
        "has no effect with type {}; set the type to Hibernate, or remove the block",
        ignoring.name()
    );
    Errors::from(FieldError::invalid_as_a_whole(HIBERNATE, &detail))
}

/// `hibernate-source-exclusive`
pub static HIBERNATE_SOURCE_EXCLUSIVE: Rule = Rule {
    id: "hibernate-source-exclusive",
    summary: "At most one of `snapshotClaimName`, `snapshotClaimTemplateName` and \
              `snapshotProviderRef` is set, whatever the type.",
    why: "With two of them nobody can say where the checkpoint is. A merge patch that sets one must \
          set the other to null.",
    ..Rule::STRUCTURAL
};

fn hibernate_source_exclusive(write: &SandboxWrite<'_, '_>) -> Errors {
    let Some(hibernate) = write.new.hibernate() else { return Errors::none() };
    let claim = hibernate.snapshot_claim_name.as_ref();
    let template = hibernate.snapshot_claim_template_name.as_ref();
    let provider = hibernate.snapshot_provider_ref.as_ref();
    let set = [claim.is_some(), template.is_some(), provider.is_some()];
    // Removing one of several is a step of repair: the others are no mistakes of this request.
    let changed = [
        write.changes(|it| it.hibernate()?.snapshot_claim_name.as_ref()),
        write.changes(|it| it.hibernate()?.snapshot_claim_template_name.as_ref()),
        write.changes(|it| it.hibernate()?.snapshot_provider_ref.as_ref()),
    ];
    let is_at_fault =
        set.into_iter().zip(changed).any(|(is_set, has_changed)| is_set && has_changed);
    if set.into_iter().filter(|is_set| *is_set).count() < 2 || !is_at_fault {
        return Errors::none();
    }
    let set: Vec<String> = [
        claim.map(|name| format!("snapshotClaimName ({})", Quoted(name))),
        template.map(|name| format!("snapshotClaimTemplateName ({})", Quoted(name))),
        provider.map(|provider| {
            let name = provider.name.as_deref().unwrap_or_default();
            format!("snapshotProviderRef ({})", Quoted(name))
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let set = set.join(" and ");
    let detail = format!("{}, and here are {set}; {}", words::ONE_SOURCE, words::KEEP_ONE_SOURCE);
    Errors::from(FieldError::invalid_as_a_whole(HIBERNATE, &detail))
}

fn reference_name_valid(write: &SandboxWrite<'_, '_>) -> Errors {
    let Some(hibernate) = write.new.hibernate() else { return Errors::none() };
    let mut errors = Errors::none();
    let mut judge = |path: &'static str, name: Option<&str>, has_changed: bool| {
        let error = name.and_then(names::subdomain_error).filter(|_| has_changed);
        errors
            .extend(error.map(|error| FieldError::invalid(path, name.unwrap_or_default(), &error)));
    };
    judge(
        CLAIM_NAME,
        hibernate.snapshot_claim_name.as_deref(),
        write.changes(|it| it.hibernate().map(|it| &it.snapshot_claim_name)),
    );
    judge(
        TEMPLATE_NAME,
        hibernate.snapshot_claim_template_name.as_deref(),
        write.changes(|it| it.hibernate().map(|it| &it.snapshot_claim_template_name)),
    );
    let provider_changes = write.changes(|it| it.hibernate().map(|it| &it.snapshot_provider_ref));
    if let Some(provider) = &hibernate.snapshot_provider_ref {
        judge(PROVIDER_NAME, provider.name.as_deref(), provider_changes);
        if provider.name.is_none() && provider_changes {
            errors.push(FieldError::required(
                PROVIDER_NAME,
                "name a SnapshotProvider, or remove snapshotProviderRef",
            ));
        }
    }
    errors
}

/// `generated-claim-name-fits`
pub static GENERATED_CLAIM_NAME_FITS: Rule = Rule {
    id: "generated-claim-name-fits",
    default: Action::Deny,
    summary: "The name of the claim made from a template, `<sandbox>-<template>-<hash>`, fits in \
              253 characters.",
    why: "Otherwise the controller cannot create the claim, and the Sandbox is never hibernated. \
          Shorten one of the names.",
    ..Rule::SEMANTIC
};

/// Room for the hash: kept as wide as the longest hash that Kubernetes' controllers append.
const HASH_LENGTH: usize = 10;
/// The characters that the API server keeps of a `generateName`, and those that it appends.
const GENERATED_PREFIX_MAX: usize = 58;
const GENERATED_SUFFIX_LENGTH: usize = 5;

fn generated_claim_name_fits(write: &SandboxWrite<'_, '_>) -> Errors {
    let template = references::judged(write).find_map(|reference| match reference {
        Reference::Template(name) => Some(name),
        _ => None,
    });
    let Some(template) = template else { return Errors::none() };
    let sandbox = match write.cx.name {
        "" => {
            let prefix = write.new.metadata.generate_name.as_deref().map_or(0, str::len);
            prefix.min(GENERATED_PREFIX_MAX) + GENERATED_SUFFIX_LENGTH
        }
        name => name.len(),
    };
    let length = sandbox + template.len() + HASH_LENGTH + 2;
    if length <= names::SUBDOMAIN_MAX {
        return Errors::none();
    }
    let detail = format!(
        "the claim made from it would be called `<sandbox>-<template>-<hash>`, {length} characters \
         of at most {}; shorten the Sandbox's name or the template's",
        names::SUBDOMAIN_MAX
    );
    Errors::from(FieldError::invalid(TEMPLATE_NAME, template, &detail))
}
