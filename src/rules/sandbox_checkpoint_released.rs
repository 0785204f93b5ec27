//! `checkpoint-released`: a Sandbox that is deleted together with its checkpoint.

use std::fmt::Write as _;

use super::errors::Errors;
use super::rule::{Refusal, Rule};
use super::run::{Disruption, RuleResult};
use super::sandbox::Sandboxes;
use crate::admission::field::{FieldError, Quoted};
use crate::api::{RELEASE_CHECKPOINT_ANNOTATION, SandboxSnapshot};

/// `checkpoint-released`
pub static CHECKPOINT_RELEASED: Rule = Rule {
    id: "checkpoint-released",
    refusal: Refusal::Forbidden,
    summary: "A Sandbox that holds a checkpoint is not deleted.",
    why: "The checkpoint goes with it, and the agent's memory is lost. Set to `deny`, this holds \
          checkpoints for retention: then the annotation \
          `sandbox-admission.x-k8s.io/release-checkpoint: \"true\"` on the Sandbox lets its deletion \
          through, with a warning. `exemptUsers` delete without a word.",
    way_out: "to release it, annotate the Sandbox with \
              sandbox-admission.x-k8s.io/release-checkpoint: \"true\" first",
    ..Rule::SEMANTIC
};

/// The code of [`CHECKPOINT_RELEASED`].
#[expect(clippy::unnecessary_wraps, reason = "other rules that protect ask the catalog")]
pub fn checkpoint_released(disruption: &Disruption<'_, '_, Sandboxes>) -> RuleResult {
    let sandbox = disruption.old;
    let Some(checkpoint) = sandbox.status.snapshot.as_ref().filter(|_| disruption.new.is_none())
    else {
        return Ok(Errors::none());
    };
    let detail =
        format!("its checkpoint goes with it, and so does the agent's memory{}", facts(checkpoint));
    let error = FieldError::forbidden("", &detail);
    let is_released =
        sandbox.metadata.annotations.get(RELEASE_CHECKPOINT_ANNOTATION) == Some("true");
    Ok(Errors::from(if is_released { error.advisory() } else { error }))
}

/// The facts that a record tells, those that are always short first. The time is the time at which
/// the checkpoint was taken and not its age: an answer depends on no clock.
fn facts(checkpoint: &SandboxSnapshot<'_>) -> String {
    let mut facts = String::new();
    let mut add = |fact: &dyn std::fmt::Display| {
        let start = if facts.is_empty() { ": " } else { ", " };
        // Writing into a `String` cannot fail.
        let _ = write!(facts, "{start}{fact}");
    };
    if let Some(bytes) = checkpoint.size_bytes.and_then(|bytes| u64::try_from(bytes).ok()) {
        add(&size(bytes));
    }
    if let Some(time) = checkpoint.creation_time.as_deref().filter(|time| is_time(time)) {
        add(&format_args!("taken at {time}"));
    }
    if let Some(class) = checkpoint.snapshot_class_name.as_deref() {
        add(&format_args!("SnapshotClass {}", Quoted(class)));
    }
    if let Some(claim) = checkpoint.snapshot_claim_name.as_deref() {
        add(&format_args!("SnapshotClaim {}", Quoted(claim)));
    }
    facts
}

/// Returns whether a text has only the characters of a time, and no more than one has.
fn is_time(text: &str) -> bool {
    let is_of_a_time =
        |byte: u8| matches!(byte, b'0'..=b'9' | b'T' | b'Z' | b'-' | b'+' | b':' | b'.');
    text.len() <= "2026-11-23T08:00:00.123456789+00:00".len() && text.bytes().all(is_of_a_time)
}

/// A number of bytes for people, as in `1.5 GiB`.
fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.into_iter().find(|(_, bits)| bytes >> bits > 0) {
        Some((unit, bits)) => {
            let tenths = (u128::from(bytes) * 10) >> bits;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_down_to_a_tenth() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            ((3 << 30) / 2, "1.5 GiB"),
            ((1 << 30) - 1, "1023.9 MiB"),
            (u64::MAX, "17179869183.9 GiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn a_record_without_facts_and_one_with_a_text_for_a_time_say_nothing_of_them() {
        assert_eq!(facts(&SandboxSnapshot::default()), "");
        let record = SandboxSnapshot {
            creation_time: Some("yesterday [deny]".into()),
            size_bytes: Some(-1),
            snapshot_class_name: Some("std".into()),
            ..SandboxSnapshot::default()
        };
        assert_eq!(facts(&record), ": SnapshotClass \"std\"");
    }
}
