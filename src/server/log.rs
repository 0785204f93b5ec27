//! What the server says in the log: a line per denial, nothing per allowed request above `debug`.
//!
//! Never a whole object, which may hold secrets. Which format and which level is the caller's
//! choice of `tracing` subscriber.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::labels;
use crate::rules::Effect;
use crate::webhook::{Outcome, Phase};

/// One request has ended.
pub(super) fn request(phase: Phase, outcome: &Outcome, took: Duration) {
    let Some(denied) = &outcome.denied else {
        tracing::debug!(
            phase = labels::phase(phase),
            kind = labels::kind(outcome.kind),
            operation = labels::operation(outcome.operation),
            verdict = labels::verdict(outcome.verdict),
            ?took,
            "reviewed"
        );
        return;
    };
    tracing::info!(
        rules = %Rules(outcome),
        phase = labels::phase(phase),
        kind = labels::kind(outcome.kind),
        operation = labels::operation(outcome.operation),
        namespace = denied.namespace,
        name = denied.name,
        user = denied.user,
        uid = denied.uid,
        message = denied.message,
    );
}

/// The rules that denied, separated by commas.
struct Rules<'a>(&'a Outcome);

impl fmt::Display for Rules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let denying = self.0.fired.iter().filter(|(_, effect)| *effect == Effect::Deny);
        for (count, (rule, _)) in denying.enumerate() {
            if count > 0 {
                f.write_char(',')?;
            }
            f.write_str(rule)?;
        }
        Ok(())
    }
}

/// Makes panics log lines that say where, instead of text on standard error that says with which
/// values. For `main` to call: the hook is the whole process's.
pub fn panics_to_log() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "a bug: please report it");
    }));
}
