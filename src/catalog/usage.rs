//! The use that a Sandbox makes of other objects: all that a catalog keeps of it.
//!
//! A cluster has a hundred thousand Sandboxes, and questions about them are rare: someone deletes or
//! changes a class, a claim, a provider. So each Sandbox is kept as its name and a few [`Digest`]s;
//! `dependents` answers the questions.
//!
//! **What was known is kept.** What a Sandbox says now is not all that its checkpoint depends on: its
//! strategy may change after the checkpoint was written, and a default may move while it is being
//! written. So a Sandbox that is read again keeps what was found out before:
//!
//! - while it holds a checkpoint, the provider that its strategy named when the checkpoint was
//!   written, because the record has no field for it;
//! - while it is being hibernated, the claim, the provider and the default class that its strategy
//!   led to when that was first seen.
//!
//! A process that starts has only what the objects say now. So a restart forgets a provider that was
//! taken out of the strategy before, and the defaults that moved before while a Sandbox was being
//! hibernated. A default that is not read yet when such a Sandbox is read, at the start, is found out
//! when the Sandbox changes next.

use super::digest::Digest;
use crate::api::{Reference, Sandbox};

/// The objects that a Sandbox uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    pub(super) strategy: Destination,
    pub(super) checkpoint: Checkpoint,
}

/// The object that a strategy names; of several, the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// A claim of the Sandbox's namespace.
    Claim(Digest),
    /// A claim made from a template of its namespace.
    Template {
        template: Digest,
        /// The number of bytes in the template's name.
        length: u8,
        /// The Sandbox's uid, by which it owns the claim; `None` where it has none, as in files.
        owner: Option<Digest>,
    },
    /// A provider.
    Provider(Digest),
    /// Its namespace's default claim, else the cluster's default class.
    Default,
    /// No hibernate block.
    Nowhere,
}

/// The checkpoint, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checkpoint {
    None,
    /// The first is being written: it depends on what the strategy leads to now, and on what it led
    /// to when this began.
    BeingWritten(Known),
    /// It is held: it depends on what its record says.
    Held {
        /// Returns whether the Sandbox is not meant to be suspended any more.
        is_running: bool,
        record: Known,
    },
}

/// The objects that a checkpoint is known to depend on, whatever the strategy says by now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The class of the record; of a checkpoint that is being written, the default class.
    pub class: Option<Digest>,
    pub claim: Option<Digest>,
    pub provider: Option<Digest>,
}

/// The defaults for the Sandboxes of a namespace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults {
    pub claim: Option<Digest>,
    pub class: Option<Digest>,
}

impl Use {
    /// The use that a Sandbox makes of objects, if any. A Sandbox that is being deleted no longer
    /// counts.
    pub fn of(sandbox: &Sandbox<'_>) -> Option<Self> {
        let strategy = Destination::of(sandbox);
        let leads_nowhere = strategy == Destination::Nowhere;
        let checkpoint = match &sandbox.status.snapshot {
            Some(record) => Checkpoint::Held {
                is_running: !sandbox.is_suspended(),
                record: Known {
                    class: record.snapshot_class_name.as_deref().map(Digest::of),
                    claim: record.snapshot_claim_name.as_deref().map(Digest::of),
                    provider: strategy.provider(),
                },
            },
            None if !leads_nowhere && sandbox.is_being_hibernated() => {
                Checkpoint::BeingWritten(Known {
                    class: None,
                    claim: strategy.claim(),
                    provider: strategy.provider(),
                })
            }
            None => Checkpoint::None,
        };
        let uses_nothing = leads_nowhere && checkpoint == Checkpoint::None;
        let counts = !uses_nothing && !sandbox.metadata.is_terminating();
        counts.then_some(Self { strategy, checkpoint })
    }

    /// The same with what was known of the Sandbox before.
    pub(super) fn remembering(
        self,
        before: Option<&Self>,
        defaults: impl FnOnce() -> Defaults,
    ) -> Self {
        let before = before.map(|it| it.checkpoint);
        let checkpoint = match (self.checkpoint, before) {
            (
                Checkpoint::Held { is_running, record },
                Some(Checkpoint::Held { record: known, .. } | Checkpoint::BeingWritten(known)),
            ) => {
                let record = Known { provider: known.provider.or(record.provider), ..record };
                Checkpoint::Held { is_running, record }
            }
            (Checkpoint::BeingWritten(now), before) => {
                let known = match before {
                    Some(Checkpoint::BeingWritten(known)) => known,
                    _ => Known::default(),
                };
                let mut known = Known {
                    class: known.class,
                    claim: known.claim.or(now.claim),
                    provider: known.provider.or(now.provider),
                };
                let lacks_claim = known.claim.is_none() && self.strategy == Destination::Default;
                if lacks_claim || known.class.is_none() {
                    let defaults = defaults();
                    known.class = known.class.or(defaults.class);
                    known.claim = known.claim.or(defaults.claim.filter(|_| lacks_claim));
                }
                Checkpoint::BeingWritten(known)
            }
            (checkpoint, _) => checkpoint,
        };
        Self { checkpoint, ..self }
    }
}

impl Destination {
    fn of(sandbox: &Sandbox<'_>) -> Self {
        let hibernate = sandbox.hibernate();
        match hibernate.and_then(|hibernate| hibernate.references().next()) {
            Some(Reference::Claim(name)) => Self::Claim(Digest::of(name)),
            Some(Reference::Template(name)) => Self::Template {
                template: Digest::of(name),
                // Nothing has a longer name.
                length: u8::try_from(name.len()).unwrap_or(u8::MAX),
                owner: sandbox.metadata.uid.as_deref().map(Digest::of),
            },
            Some(Reference::Provider(name)) => Self::Provider(Digest::of(name)),
            Some(Reference::Default) => Self::Default,
            None => Self::Nowhere,
        }
    }

    fn claim(self) -> Option<Digest> {
        if let Self::Claim(name) = self { Some(name) } else { None }
    }

    fn provider(self) -> Option<Digest> {
        if let Self::Provider(name) = self { Some(name) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_sandbox_is_small() {
        assert_eq!(size_of::<Use>(), 7 * size_of::<u64>());
        assert_eq!(size_of::<crate::catalog::Kept>(), size_of::<Use>());
    }
}
