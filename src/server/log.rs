//! The server's lines in the log: one per denial, none per allowed request above `debug`.
//!
//! No line has a whole object, which may hold secrets. The caller chooses format and level with its
//! `tracing` subscriber.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::labels;
use crate::admission::Phase;
use crate::rules::Effect;
use crate::webhook::Outcome;

/// Logs the end of a request.
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

/// Makes a panic a log line with its place, instead of text with its values on standard error. To
/// be called by `main`, because the hook is for the whole process.
pub fn panics_to_log() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "a bug: please report it");
    }));
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::admission::Operation;
    use crate::api::Kind;
    use crate::webhook::{Denied, Verdict};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(outcome: &Outcome) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::INFO)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            request(Phase::Validating, outcome, Duration::from_micros(80));
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    fn denied() -> Outcome {
        Outcome {
            kind: Some(Kind::SnapshotClaim),
            operation: Some(Operation::Create),
            verdict: Verdict::Denied,
            fired: vec![
                ("first".into(), Effect::Deny),
                ("hint".into(), Effect::Warn),
                ("second".into(), Effect::Deny),
            ],
            denied: Some(Denied {
                uid: "u-1".into(),
                namespace: "team-a".into(),
                name: "claim".into(),
                user: "alice".into(),
                message: "spec.x: Required value\nspec.y: Forbidden".into(),
            }),
            ..Outcome::default()
        }
    }

    #[test]
    fn a_denial_is_one_line_that_says_who_what_and_why() {
        let line = logged(&denied());
        assert_eq!(line.lines().count(), 1, "{line}");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        for (field, value) in [
            ("rules", "first,second"),
            ("phase", "validating"),
            ("kind", "SnapshotClaim"),
            ("operation", "CREATE"),
            ("namespace", "team-a"),
            ("name", "claim"),
            ("user", "alice"),
            ("uid", "u-1"),
            ("message", "spec.x: Required value\nspec.y: Forbidden"),
        ] {
            assert_eq!(line["fields"][field], value, "{field}");
        }
    }

    #[test]
    fn an_allowed_request_is_not_worth_a_line() {
        let allowed = Outcome { verdict: Verdict::Allowed, denied: None, ..denied() };
        assert_eq!(logged(&allowed), "");
    }
}
