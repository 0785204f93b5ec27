//! The next steps: pure, so that it can be tested against any order of events.
//!
//! A replica looks at the webhook configurations and the Secret, makes a plan, carries it out and
//! looks again, until nothing is left to do. All that must survive is in those objects, so that a
//! crash between any two steps is no special case.
//!
//! Three rules keep every client able to verify every replica:
//!
//! - A CA that signs something new is published first. It takes its place in the Secret next to the
//!   one before; only when it has been seen in every webhook for a while is a certificate signed
//!   by it, and served: API servers hear of a change to a webhook configuration a moment later.
//! - A CA stays published while anybody may serve by it: until it has expired, and even then while
//!   the certificate that is being replaced is signed by it (the clock may be wrong), or while this
//!   replica serves by it.
//! - A replica whose own certificate is good leaves alone what only its clock objects to. Two
//!   replicas whose clocks disagree do not fight.

use std::time::{Duration, SystemTime};

use crate::certs::Validity;

/// CAs in the bundle. Two are normal; more are left when Secrets are lost.
const MOST: usize = 8;

/// A CA's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ca {
    pub(super) der: Vec<u8>,
    pub(super) validity: Validity,
}

/// A serving certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) der: Vec<u8>,
    pub(super) issuer: Ca,
    pub(super) validity: Validity,
    /// True where it has our names.
    pub(super) is_named: bool,
}

impl Leaf {
    /// Returns whether clients that trust its CA accept it.
    pub(super) fn is_valid(&self, now: SystemTime) -> bool {
        self.is_named && self.validity.contains(now) && self.issuer.validity.contains(now)
    }

    /// Returns whether neither it nor its CA is to be renewed.
    fn is_fresh(&self, now: SystemTime) -> bool {
        self.is_named && self.validity.is_fresh(now) && self.issuer.validity.is_fresh(now)
    }
}

/// The content of a Secret, as far as it is of use; empty, if there is no Secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// The CAs that clients are to trust.
    pub(super) bundle: Vec<Ca>,
    /// The CA of the bundle whose key is there.
    pub(super) signer: Option<Ca>,
    /// A certificate with its key, signed by a CA of the bundle.
    pub(super) leaf: Option<Leaf>,
}

/// The CAs that one webhook trusts; none if there is nothing or nonsense.
pub(super) type Published = Option<Vec<Ca>>;

/// Something to do. Each can fail without harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Writes the Secret, if it is still the one that was looked at (or still absent).
    Write(Renewal),
    /// Makes every webhook trust the Secret's bundle, and nothing else.
    Publish,
    /// Uses the Secret's certificate for new connections.
    Serve,
}

/// The parts of the Secret that are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Renewal {
    /// True where a CA is to be made, which signs from now on.
    pub(super) ca: bool,
    /// True where a certificate is to be made.
    pub(super) leaf: bool,
    /// The CAs that stay in the bundle, after a new one.
    pub(super) keep: Vec<Ca>,
}

/// The memory of a replica.
#[derive(Debug, Clone)]
pub(super) struct Replica {
    /// The time for which a CA must have been published before a good certificate is given up for
    /// one that it signed.
    propagation: Duration,
    /// The certificate that it serves.
    pub(super) serving: Option<Leaf>,
    /// The CAs that every webhook trusts, and for how long we know; none if always.
    trusted: Option<Vec<(Ca, Option<Duration>)>>,
}

impl Replica {
    pub(super) fn new(propagation: Duration) -> Self {
        Self { propagation, serving: None, trusted: None }
    }

    /// Returns what to do, having seen this. The webhooks must have been read before the Secret: a
    /// bundle that is published is then never older than the one in its place. `uptime` is a clock
    /// that nobody sets.
    pub(super) fn plan(
        &mut self,
        now: SystemTime,
        uptime: Duration,
        held: &Held,
        published: &[Published],
    ) -> Vec<Step> {
        self.note_trust(uptime, held, published);
        let mut steps = Vec::new();
        let lacks_ours = self
            .serving
            .as_ref()
            .is_some_and(|leaf| leaf.is_valid(now) && !held.bundle.contains(&leaf.issuer));
        let (ca, leaf) = self.to_be_made(now, uptime, held);
        if ca || leaf || lacks_ours {
            let keep = self.keep(now, ca, held, published);
            steps.push(Step::Write(Renewal { ca, leaf, keep }));
        }
        if !lacks_ours && !held.bundle.is_empty() {
            let is_published = |webhook: &Published| {
                webhook.as_ref().is_some_and(|trusted| is_same_set(trusted, &held.bundle))
            };
            if !published.iter().all(is_published) {
                steps.push(Step::Publish);
            }
        }
        if self.would_serve(now, uptime, held) {
            steps.push(Step::Serve);
        }
        steps
    }

    /// Returns when to look again although nothing happens, if something only waits to be trusted
    /// longer.
    pub(super) fn wakes(&self, uptime: Duration) -> Option<Duration> {
        let since = self.trusted.iter().flatten().filter_map(|(_, since)| *since);
        since.map(|since| since + self.propagation).filter(|&until| until > uptime).min()
    }

    /// Notes since when CAs are trusted. One that was trusted when this replica started has been
    /// for a while.
    fn note_trust(&mut self, uptime: Duration, held: &Held, published: &[Published]) {
        let before = self.trusted.take();
        let everywhere =
            |ca: &&Ca| published.iter().all(|it| it.as_ref().is_some_and(|it| it.contains(ca)));
        let since = |ca: &Ca| match &before {
            None => None,
            Some(before) => {
                let known = before.iter().find(|(known, _)| known == ca);
                known.map_or(Some(uptime), |(_, since)| *since)
            }
        };
        let trusted = held.bundle.iter().filter(everywhere).map(|ca| (ca.clone(), since(ca)));
        self.trusted = Some(trusted.collect());
    }

    fn is_trusted(&self, ca: &Ca) -> bool {
        self.trusted.iter().flatten().any(|(trusted, _)| trusted == ca)
    }

    /// Returns whether a CA has been trusted for long enough that every API server knows it.
    fn is_known(&self, ca: &Ca, uptime: Duration) -> bool {
        let mut trusted = self.trusted.iter().flatten().filter(|(trusted, _)| trusted == ca);
        trusted.any(|(_, since)| since.is_none_or(|since| since + self.propagation <= uptime))
    }

    /// Returns whether to make a CA, and whether a certificate.
    fn to_be_made(&self, now: SystemTime, uptime: Duration, held: &Held) -> (bool, bool) {
        let is_content = self.serving.as_ref().is_some_and(|leaf| leaf.is_fresh(now));
        let signer = held.signer.as_ref();
        let leaf_is_useless = held.leaf.as_ref().is_none_or(|it| !is_content && !it.is_valid(now));
        let leaf_is_due = held.leaf.as_ref().is_none_or(|leaf| {
            Some(&leaf.issuer) != signer || (!is_content && !leaf.is_fresh(now))
        });
        let can_sign = signer.is_some_and(|ca| ca.validity.contains(now));
        let signer_is_due = signer.is_none_or(|ca| !is_content && !ca.validity.is_fresh(now));
        let ca = signer_is_due || (leaf_is_useless && !can_sign);
        let would_be_known = can_sign && signer.is_some_and(|ca| self.is_known(ca, uptime));
        let leaf = leaf_is_useless || (leaf_is_due && !ca && would_be_known);
        (ca, leaf)
    }

    /// The bundle but for a new CA, most needed first.
    fn keep(&self, now: SystemTime, ca: bool, held: &Held, published: &[Published]) -> Vec<Ca> {
        let signer = held.signer.iter().filter(|_| !ca);
        let issuers = self.serving.iter().chain(&held.leaf).map(|leaf| &leaf.issuer);
        let unexpired = held.bundle.iter().filter(|ca| now <= ca.validity.until);
        // With the Secret we lost whom others serve by. Whether or not a CA has expired: our clock
        // may be wrong.
        let lost = published.iter().flatten().flatten().filter(|_| held.bundle.is_empty());
        let mut keep: Vec<Ca> = Vec::new();
        for it in signer.chain(issuers).chain(unexpired).chain(lost) {
            if !keep.contains(it) {
                keep.push(it.clone());
            }
        }
        keep.truncate(MOST - usize::from(ca));
        keep
    }

    fn would_serve(&self, now: SystemTime, uptime: Duration, held: &Held) -> bool {
        let Some(leaf) = held.leaf.as_ref().filter(|leaf| leaf.is_valid(now)) else {
            return false;
        };
        match self.serving.as_ref() {
            Some(serving) if serving.der == leaf.der => false,
            Some(serving) if serving.is_valid(now) && self.is_trusted(&serving.issuer) => {
                self.is_known(&leaf.issuer, uptime)
            }
            _ => self.is_trusted(&leaf.issuer),
        }
    }
}

pub(super) fn is_same_set(some: &[Ca], others: &[Ca]) -> bool {
    some.iter().all(|ca| others.contains(ca)) && others.iter().all(|ca| some.contains(ca))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
