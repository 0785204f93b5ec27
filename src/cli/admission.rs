//! The house, as the server sees it: rules over a catalog.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use tokio::time::Instant;

use super::steps::{self, Step, Steps};
use crate::admission::Phase;
use crate::catalog::cluster::{Cluster, Connected};
use crate::catalog::files::Files;
use crate::catalog::{Confirmed, ConfirmingCatalog, Unavailable, Unconfirmed};
use crate::certs::Certificates;
use crate::policy::Policies;
use crate::rules::RuleSet;
use crate::server::Handler;
use crate::webhook::{self, Outcome, Reply, Verdict};

/// What `serve` knows about other objects.
pub enum Source {
    /// What files say. They are never behind.
    Files(Arc<Files>),
    /// What a cluster holds.
    Cluster {
        /// What is known of it.
        cluster: Arc<Cluster>,
        /// It is followed for as long as this exists.
        _connected: Connected,
    },
}

/// Answers reviews by rules.
pub struct Admission {
    /// The rules.
    pub rules: RuleSet,
    /// The operator's own rules.
    pub policies: Arc<Policies>,
    /// What else exists.
    pub catalog: Source,
    /// What clients check us by.
    pub certificates: Arc<Certificates>,
}

impl Handler for Admission {
    async fn review(
        self: Arc<Self>,
        phase: Phase,
        body: Bytes,
        until: Instant,
    ) -> (Reply, Outcome) {
        steps::decide(self, phase, body, until).await
    }

    fn not_ready(&self) -> Option<String> {
        self.certificates.not_ready(SystemTime::now()).or_else(|| self.catalog.not_ready())
    }
}

impl Steps for Admission {
    type Missing = Unconfirmed;
    type Confirmed = Confirmed;

    fn answer(&self, phase: Phase, body: &[u8], confirmed: &Confirmed) -> Step<Unconfirmed> {
        let policies = self.policies.current();
        let cluster = match &self.catalog {
            Source::Cluster { cluster, .. } => cluster,
            Source::Files(files) => {
                let current = files.current();
                let (reply, outcome) =
                    webhook::answer(phase, body, &self.rules, &policies, &**current);
                return Step::Done(reply, outcome);
            }
        };
        let asking = ConfirmingCatalog::new(&**cluster, confirmed);
        let (reply, outcome) = webhook::answer(phase, body, &self.rules, &policies, &asking);
        let mut doubts = asking.doubts();
        // A denial may be for want of something that exists by now, and a change may pass for want of
        // a user that exists by now, or because a policy was told that something is missing. Nothing
        // else is worth a call.
        doubts.retain(|doubt| match outcome.verdict {
            Verdict::Denied => matches!(doubt, Unconfirmed::Missing(_) | Unconfirmed::NoDefault(_)),
            Verdict::Allowed | Verdict::Warned => match doubt {
                Unconfirmed::Missing(_) | Unconfirmed::NoDefault(_) => outcome.is_uncertain,
                Unconfirmed::Unused(_) => true,
            },
            Verdict::Patched | Verdict::Failed => false,
        });
        if !doubts.is_empty() {
            return Step::LookUp(doubts, outcome.undecided());
        }
        Step::Done(reply, outcome)
    }

    async fn look_up(
        &self,
        doubts: Vec<Unconfirmed>,
        confirmed: &mut Confirmed,
    ) -> Result<(), Unavailable> {
        match &self.catalog {
            Source::Cluster { cluster, .. } => cluster.look_up(doubts, confirmed).await,
            Source::Files(_) => Ok(()),
        }
    }

    fn give_up(why: Unavailable, confirmed: &mut Confirmed) {
        confirmed.give_up(why);
    }
}

impl Source {
    fn not_ready(&self) -> Option<String> {
        match self {
            // Without its files the server does not start, so it has everything from the beginning.
            Self::Files(_) => None,
            Self::Cluster { cluster, .. } => {
                let mut why = String::new();
                for kind in cluster.unfilled() {
                    let start =
                        if why.is_empty() { "not read from the cluster yet: " } else { ", " };
                    // Writing into a `String` cannot fail.
                    let _ = write!(why, "{start}{}", kind.plural());
                }
                (!why.is_empty()).then_some(why)
            }
        }
    }
}
