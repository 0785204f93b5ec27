//! The closed sets of words that metrics and the log use for what happened.

use prometheus_client::encoding::EncodeLabelSet;

use crate::admission::{Operation, Phase};
use crate::api::Kind;
use crate::catalog::cluster::LookUp;
use crate::webhook::Verdict;

/// The label of a kind or operation that is not one of ours, or could not be read.
const OTHER: &str = "other";

const PHASES: [Phase; 2] = [Phase::Mutating, Phase::Validating];
const KINDS: [Option<Kind>; Kind::ALL.len() + 1] = {
    let [sandbox, class, claim, template, provider] = Kind::ALL;
    [Some(sandbox), Some(class), Some(claim), Some(template), Some(provider), None]
};
const OPERATIONS: [Option<Operation>; 5] = [
    Some(Operation::Create),
    Some(Operation::Update),
    Some(Operation::Delete),
    Some(Operation::Connect),
    None,
];
const VERDICTS: [Verdict; 5] =
    [Verdict::Allowed, Verdict::Warned, Verdict::Patched, Verdict::Denied, Verdict::Failed];

/// The labels by which a request is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    phase: &'static str,
    kind: &'static str,
    operation: &'static str,
    verdict: &'static str,
}

impl RequestLabels {
    /// Every combination, each at its [`index`](Self::index).
    pub(super) fn all() -> impl Iterator<Item = Self> {
        combinations().map(|(phase, kind, operation, verdict)| Self {
            phase: self::phase(phase),
            kind: self::kind(kind),
            operation: self::operation(operation),
            verdict: self::verdict(verdict),
        })
    }

    /// The place of this combination in [`all`](Self::all).
    pub(super) fn index(
        phase: Phase,
        kind: Option<Kind>,
        operation: Option<Operation>,
        verdict: Verdict,
    ) -> usize {
        let kind = kind.map_or(KINDS.len() - 1, |kind| kind as usize);
        let operation = operation.map_or(OPERATIONS.len() - 1, |operation| operation as usize);
        ((phase as usize * KINDS.len() + kind) * OPERATIONS.len() + operation) * VERDICTS.len()
            + verdict as usize
    }
}

fn combinations() -> impl Iterator<Item = (Phase, Option<Kind>, Option<Operation>, Verdict)> {
    PHASES.into_iter().flat_map(|phase| {
        KINDS.into_iter().flat_map(move |kind| {
            OPERATIONS.into_iter().flat_map(move |operation| {
                VERDICTS.into_iter().map(move |verdict| (phase, kind, operation, verdict))
            })
        })
    })
}

pub(super) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Mutating => "mutating",
        Phase::Validating => "validating",
    }
}

pub(super) const fn kind(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(kind) => kind.name(),
        None => OTHER,
    }
}

pub(super) const fn operation(operation: Option<Operation>) -> &'static str {
    match operation {
        Some(Operation::Create) => "CREATE",
        Some(Operation::Update) => "UPDATE",
        Some(Operation::Delete) => "DELETE",
        Some(Operation::Connect) => "CONNECT",
        None => OTHER,
    }
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Warned => "warned",
        Verdict::Patched => "patched",
        Verdict::Denied => "denied",
        Verdict::Failed => "failed",
    }
}

pub(super) const fn look_up(how: LookUp) -> &'static str {
    match how {
        LookUp::Found => "found",
        LookUp::Missing => "missing",
        LookUp::Remembered => "remembered",
        LookUp::Failed => "failed",
        LookUp::Shed => "shed",
        LookUp::Throttled => "throttled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_at_its_index() {
        for (at, (phase, kind, operation, verdict)) in combinations().enumerate() {
            assert_eq!(RequestLabels::index(phase, kind, operation, verdict), at);
        }
        assert_eq!(combinations().count(), RequestLabels::all().count());
    }
}
