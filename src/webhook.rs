//! A request's whole way through the house: bytes -> review -> rules -> answer -> bytes.
//!
//! Both `serve` and `review` call [`answer`]; it does no I/O.

use crate::admission::Operation;
use crate::api::Kind;
use crate::rules::Action;

/// Which of the two webhook configurations is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// `POST /mutate`: fill in defaults.
    Mutating,
    /// `POST /validate`: allow or deny.
    Validating,
}

/// What goes back over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// HTTP 200 with an `AdmissionReview`, as JSON.
    Review(Vec<u8>),
    /// HTTP 400, plain text: the body is no `AdmissionReview` v1.
    NotAReview(String),
    /// HTTP 503 with `Retry-After: 1`, plain text: we cannot decide, and a denial would override
    /// the operator's `failurePolicy`.
    Undecided(String),
}

/// How a request ended, from a closed set: safe as a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Allowed, nothing to say.
    Allowed,
    /// Allowed with at least one warning.
    Warned,
    /// Allowed with a patch.
    Patched,
    /// Denied.
    Denied,
    /// Not decided: bad body or something of ours that failed.
    Failed,
}

/// What happened, for metrics and the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `None` for a kind that is not ours, or a body that could not be read.
    pub kind: Option<Kind>,
    /// `None` for a body that could not be read.
    pub operation: Option<Operation>,
    /// How it ended.
    pub verdict: Verdict,
    /// The rules that fired and what each did; no rule twice.
    pub fired: Vec<(&'static str, Action)>,
    /// Whom a denial concerns; `None` unless denied.
    pub denied: Option<Denied>,
}

/// Whom a denial concerns; only for the log, never for a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The request's uid.
    pub uid: String,
    /// Empty for cluster-scoped objects.
    pub namespace: String,
    /// The object's name, or its `generateName`.
    pub name: String,
    /// Who asked.
    pub user: String,
    /// The status message that the user reads.
    pub message: String,
}
