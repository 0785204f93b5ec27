//! Spellings that this API does not have, and what to write instead.
//!
//! Earlier drafts of the proposal had them, and other APIs that do the same have them still, so
//! people and tools write them. Everything that we say about such a spelling comes from the tables
//! of this file: the rules of [`super::legacy_field`] and the "did you mean" of modes and types.

use kubernetes_cel::nearest;
use partial_json::Raw;

use super::errors::Errors;
use super::references::did_you_mean;
use super::run::{RuleSubject, Write};
use super::sandbox::Sandboxes;
use super::snapshot_provider::SnapshotProviders;
use crate::admission::field::FieldError;
use crate::api::{Sandbox, SuspensionType};

/// A field that the API does not have.
#[derive(Debug)]
pub struct OtherField<K: RuleSubject> {
    /// Its path.
    path: &'static str,
    /// What to write instead.
    instead: &'static str,
    /// Its value, where it is set.
    read: for<'r, 'a> fn(&'r K::Object<'a>) -> Option<&'r str>,
}

const MODE_INSTEAD: &str = "set spec.operatingMode to Suspended or Running";
const CLAIM_INSTEAD: &str =
    "name a SnapshotClaim in snapshotClaimName, the claim selects the class";

/// Fields that others have on a Sandbox.
pub const SANDBOX_FIELDS: &[OtherField<Sandboxes>] = &[
    OtherField {
        path: "spec.suspend",
        instead: MODE_INSTEAD,
        read: |sandbox| written(sandbox.spec.as_ref()?.suspend),
    },
    OtherField {
        path: "spec.suspended",
        instead: MODE_INSTEAD,
        read: |sandbox| written(sandbox.spec.as_ref()?.suspended),
    },
    OtherField {
        path: "spec.pause",
        instead: MODE_INSTEAD,
        read: |sandbox| written(sandbox.spec.as_ref()?.pause),
    },
    OtherField {
        path: "spec.paused",
        instead: MODE_INSTEAD,
        read: |sandbox| written(sandbox.spec.as_ref()?.paused),
    },
    OtherField {
        path: "spec.strategy",
        instead: "say in spec.suspensionStrategy how the Sandbox is paused",
        read: |sandbox| written(sandbox.spec.as_ref()?.strategy),
    },
    OtherField {
        path: "spec.replicas",
        instead: "set spec.operatingMode to Suspended instead of 0, and to Running instead of 1",
        read: |sandbox| written(sandbox.spec.as_ref()?.replicas),
    },
    OtherField {
        path: "spec.suspensionStrategy.hibernate.snapshotClass",
        instead: CLAIM_INSTEAD,
        read: |sandbox| written(sandbox.hibernate()?.snapshot_class),
    },
];

/// The class that a Sandbox named in an earlier draft. A rule of its own speaks of it.
pub const SNAPSHOT_CLASS_NAME: OtherField<Sandboxes> = OtherField {
    path: "spec.suspensionStrategy.hibernate.snapshotClassName",
    instead: CLAIM_INSTEAD,
    read: |sandbox: &Sandbox<'_>| sandbox.hibernate()?.snapshot_class_name.as_deref(),
};

/// Fields that others have on a SnapshotProvider.
pub const PROVIDER_FIELDS: &[OtherField<SnapshotProviders>] = &[OtherField {
    path: "spec.s3Config",
    instead: "write the bucket and the region into spec.s3",
    read: |provider| written(provider.spec.s3_config),
}];

/// Words that others have for a mode, and how to say the same here.
const MODES: &[(&[&str], &str)] = &[
    (&["Paused", "Pause", "Suspend", "Suspending", "Sleeping", "Sleep"], "\"Suspended\""),
    (&["Stopped", "Stop", "KeepFS"], "\"Suspended\", with spec.suspensionStrategy.type \"Stop\""),
    (&["Frozen", "Freeze"], "\"Suspended\", with spec.suspensionStrategy.type \"Freeze\""),
    (
        &["Hibernated", "Hibernate", "Hibernating", "Snapshot"],
        "\"Suspended\", with spec.suspensionStrategy.type \"Hibernate\"",
    ),
    (&["Run", "Active", "Started", "Start", "Resumed", "Resume"], "\"Running\""),
];

/// Words that others have for a suspension type.
const TYPES: &[(&[&str], &str)] = &[
    (&["Stopped", "KeepFS", "Delete", "Terminate"], "\"Stop\""),
    (&["Pause", "Paused", "Frozen"], "\"Freeze\""),
    (&["Snapshot", "Checkpoint", "Hibernated", "Hibernation"], "\"Hibernate\""),
];

/// A field's value; an empty text is unset, as everywhere in this API.
fn written(value: Option<Raw<'_>>) -> Option<&str> {
    value.map(Raw::get).filter(|json| *json != "\"\"")
}

/// An error for each of these fields that a write sets or changes.
pub fn found<K: RuleSubject>(fields: &[OtherField<K>], write: &Write<'_, '_, K>) -> Errors {
    let is_news =
        |field: &&OtherField<K>| (field.read)(write.new).is_some() && write.changes(field.read);
    let error = |field: &OtherField<K>| {
        let detail = format!("is not part of the API and has no effect; {}", field.instead);
        FieldError::forbidden(field.path, &detail)
    };
    fields.iter().filter(is_news).map(error).collect()
}

/// The end of a sentence that says which mode was probably meant.
pub fn did_you_mean_mode(mode: &str) -> String {
    suggestion(MODES, mode).unwrap_or_else(|| did_you_mean(nearest(mode, ["Running", "Suspended"])))
}

/// The end of a sentence that says which suspension type was probably meant.
pub fn did_you_mean_type(name: &str) -> String {
    suggestion(TYPES, name)
        .unwrap_or_else(|| did_you_mean(nearest(name, SuspensionType::SUPPORTED)))
}

fn suggestion(words: &[(&[&str], &str)], word: &str) -> Option<String> {
    let is_among = |known: &[&str]| known.iter().any(|it| it.eq_ignore_ascii_case(word));
    let (_, instead) = words.iter().find(|(known, _)| is_among(known))?;
    Some(format!("; did you mean {instead}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_others_for_a_mode_are_translated() {
        for (mode, meant) in [
            ("Paused", "; did you mean \"Suspended\"?"),
            ("suspended", "; did you mean \"Suspended\"?"),
            ("RUNNING", "; did you mean \"Running\"?"),
            (
                "stopped",
                "; did you mean \"Suspended\", with spec.suspensionStrategy.type \"Stop\"?",
            ),
            (
                "Hibernate",
                "; did you mean \"Suspended\", with spec.suspensionStrategy.type \"Hibernate\"?",
            ),
            (
                "Freeze",
                "; did you mean \"Suspended\", with spec.suspensionStrategy.type \"Freeze\"?",
            ),
            ("KeepFS", "; did you mean \"Suspended\", with spec.suspensionStrategy.type \"Stop\"?"),
            ("Bogus", ""),
        ] {
            assert_eq!(did_you_mean_mode(mode), meant, "{mode}");
        }
    }

    #[test]
    fn the_words_of_others_for_a_type_are_translated() {
        for (name, meant) in [
            ("Snapshot", "; did you mean \"Hibernate\"?"),
            ("Pause", "; did you mean \"Freeze\"?"),
            ("HIBERNATE", "; did you mean \"Hibernate\"?"),
            ("stop", "; did you mean \"Stop\"?"),
            ("Local", ""),
        ] {
            assert_eq!(did_you_mean_type(name), meant, "{name}");
        }
    }

    #[test]
    fn no_word_has_two_meanings() {
        for table in [MODES, TYPES] {
            let mut words: Vec<_> = table.iter().flat_map(|(words, _)| *words).collect();
            words.sort();
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{words:?}");
        }
    }
}
