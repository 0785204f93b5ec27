//! The rules about fields that the API does not have: earlier drafts had them, or other APIs have
//! them. Which they are is in [`super::spellings`].

use std::slice;

use super::errors::Errors;
use super::rule::Rule;
use super::run::Write;
use super::sandbox::SandboxWrite;
use super::snapshot_provider::SnapshotProviders;
use super::spellings::{self, PROVIDER_FIELDS, SANDBOX_FIELDS, SNAPSHOT_CLASS_NAME};

/// `legacy-field`; each kind has its own code for it.
pub static LEGACY_FIELD: Rule = Rule {
    id: "legacy-field",
    summary: "No field of an earlier draft or of another API is set: on a Sandbox `spec.suspend`, \
              `suspended`, `pause`, `paused`, `strategy`, `replicas` and \
              `hibernate.snapshotClass`, on a provider `spec.s3Config`.",
    why: "They are not part of the API and have no effect: a Sandbox with `suspend: true` runs on. \
          The message says what to write instead. `check` finds them; in a cluster they are found \
          only where the schema keeps the field.",
    ..Rule::SEMANTIC
};

/// The code of [`LEGACY_FIELD`] for Sandboxes.
pub fn on_a_sandbox(write: &SandboxWrite<'_, '_>) -> Errors {
    spellings::found(SANDBOX_FIELDS, write)
}

/// The code of [`LEGACY_FIELD`] for SnapshotProviders.
pub fn on_a_provider(write: &Write<'_, '_, SnapshotProviders>) -> Errors {
    spellings::found(PROVIDER_FIELDS, write)
}

/// `snapshot-class-name-in-strategy`
pub static SNAPSHOT_CLASS_NAME_IN_STRATEGY: Rule = Rule {
    id: "snapshot-class-name-in-strategy",
    summary: "`hibernate.snapshotClassName`, a field of an earlier draft, is not used.",
    why: "It is not part of the API and has no effect: a Sandbox names a claim, and the claim \
          selects the class. `check` finds it; in a cluster it is found only where the schema \
          keeps the field.",
    ..Rule::SEMANTIC
};

/// The code of [`SNAPSHOT_CLASS_NAME_IN_STRATEGY`].
pub fn snapshot_class_name_in_strategy(write: &SandboxWrite<'_, '_>) -> Errors {
    spellings::found(slice::from_ref(&SNAPSHOT_CLASS_NAME), write)
}
