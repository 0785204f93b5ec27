//! A request's whole way through the house: bytes -> request -> rules -> response -> bytes.
//!
//! Both `serve` and `review` call [`answer`]; it does no I/O.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::admission::{
    self, Denial, Details, GroupVersionKind, Operation, Patch, Request, Response, StatusCause,
    field::FieldError, fit_warnings,
};
use crate::api::{DecodeError, GROUP, Kind, Object, ObjectMeta, Sandbox, VERSION};
use crate::catalog::{CannotTell, Catalog};
use crate::rules::{self, Effect, Finding, RuleSet, Trouble};

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
    /// The rules that fired and what each did; no pair twice.
    pub fired: Vec<(&'static str, Effect)>,
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

/// Answers one `AdmissionReview`.
pub fn answer(
    phase: Phase,
    body: &[u8],
    rules: &RuleSet,
    catalog: &dyn Catalog,
) -> (Reply, Outcome) {
    // Sandboxes are most of what is asked about, and the largest of our objects: they are decoded
    // in the same pass as the envelope. What is not a flawless Sandbox goes the general way.
    let at_once = admission::decode_at_once(body, |kind| our_kind(kind) == Some(Kind::Sandbox));
    if let Some(request) = at_once.filter(|request| is_judged(request)) {
        return reply(Some(Kind::Sandbox), &request, sandbox(phase, &request, rules, catalog));
    }
    let request = match admission::decode(body) {
        Ok(request) => request,
        Err(error) => {
            return (Reply::NotAReview(error.to_string()), Outcome::failed(None, None));
        }
    };
    let kind = our_kind(&request.kind).filter(|_| is_judged(&request));
    let judged = match (kind, phase) {
        (None, _) => Ok((not_ours(&request), Vec::new())),
        (Some(kind), Phase::Mutating) => rules.default(kind, &request, catalog).map(defaulted),
        (Some(kind), Phase::Validating) => validate(kind, &request, rules, catalog),
    };
    reply(kind, &request, judged)
}

fn reply<O>(
    kind: Option<Kind>,
    request: &Request<'_, O>,
    judged: Result<Judged, CannotTell>,
) -> (Reply, Outcome) {
    let operation = Some(request.operation);
    let (response, fired) = match judged {
        Ok(judged) => judged,
        Err(CannotTell(reason)) => {
            return (Reply::Undecided(reason), Outcome::failed(kind, operation));
        }
    };
    let verdict = match &response {
        Response { denial: Some(_), .. } => Verdict::Denied,
        Response { patch, .. } if !patch.is_empty() => Verdict::Patched,
        Response { warnings, .. } if !warnings.is_empty() => Verdict::Warned,
        _ => Verdict::Allowed,
    };
    match response.encode(&request.uid) {
        Ok(body) => {
            let denied = response.denial.map(|denial| Denied {
                uid: request.uid.to_string(),
                namespace: request.namespace.as_deref().unwrap_or_default().to_owned(),
                user: request.user_info.username.to_string(),
                name: denial.details.name,
                message: denial.message,
            });
            (Reply::Review(body), Outcome { kind, operation, verdict, fired, denied })
        }
        Err(error) => (Reply::Undecided(error.to_string()), Outcome::failed(kind, operation)),
    }
}

impl Outcome {
    fn failed(kind: Option<Kind>, operation: Option<Operation>) -> Self {
        Self { kind, operation, verdict: Verdict::Failed, fired: Vec::new(), denied: None }
    }

    /// That of the same request, had it not been decided.
    #[must_use]
    pub fn undecided(&self) -> Self {
        Self::failed(self.kind, self.operation)
    }
}

type Judged = (Response, Vec<(&'static str, Effect)>);

fn sandbox(
    phase: Phase,
    request: &Request<'_, Object<Sandbox<'_>>>,
    rules: &RuleSet,
    catalog: &dyn Catalog,
) -> Result<Judged, CannotTell> {
    match phase {
        Phase::Mutating => Ok(defaulted(rules.default_sandbox(request))),
        Phase::Validating => {
            let findings = rules.validate_sandbox(request, catalog)?;
            let object = request.object.as_ref().or(request.old_object.as_ref());
            let meta = object.map(|Object(sandbox)| &sandbox.metadata);
            Ok(found(Kind::Sandbox, &findings, || display_name(request, meta)))
        }
    }
}

fn validate(
    kind: Kind,
    request: &Request<'_>,
    rules: &RuleSet,
    catalog: &dyn Catalog,
) -> Result<Judged, CannotTell> {
    match rules.validate(kind, request, catalog) {
        Ok(findings) => Ok(found(kind, &findings, || decoded_name(request))),
        Err(Trouble::CannotTell(reason)) => Err(reason),
        Err(Trouble::Undecodable(error)) => {
            let denial = Some(undecodable(kind, &decoded_name(request), error));
            Ok((Response { denial, ..Response::default() }, Vec::new()))
        }
    }
}

fn defaulted((patch, fired): (Patch, Vec<&'static str>)) -> Judged {
    let fired: Vec<_> = fired.into_iter().map(|rule| (rule, Effect::Patch)).collect();
    let audit_annotations = audit_annotations(&fired);
    (Response { patch, audit_annotations, ..Response::default() }, fired)
}

fn found(kind: Kind, findings: &[Finding], name: impl FnOnce() -> String) -> Judged {
    if findings.is_empty() {
        return (Response::default(), Vec::new());
    }
    let name = name();
    let warnings = findings
        .iter()
        .filter(|finding| !finding.denies())
        .map(|finding| rules::warning(kind, &name, finding));
    let fired = fired(findings);
    let response = Response {
        denial: rules::denial(kind, &name, findings),
        warnings: fit_warnings(warnings.collect()),
        audit_annotations: audit_annotations(&fired),
        ..Response::default()
    };
    (response, fired)
}

/// The kind, if it is one of ours.
fn our_kind(kind: &GroupVersionKind<'_>) -> Option<Kind> {
    let is_ours = kind.group.as_str() == GROUP && kind.version.as_str() == VERSION;
    is_ours.then(|| Kind::from_name(&kind.kind)).flatten()
}

/// Whether it is about the object itself or its status.
fn is_judged<O>(request: &Request<'_, O>) -> bool {
    matches!(request.sub_resource(), None | Some("status"))
}

fn not_ours(request: &Request<'_>) -> Response {
    let part = request.sub_resource().map(|name| format!(", subresource {name}"));
    let warning = format!(
        "sandbox-admission has no rules for {}{}: the webhook configuration sends it too much",
        request.kind,
        part.unwrap_or_default()
    );
    Response { warnings: fit_warnings(vec![warning]), ..Response::default() }
}

fn undecodable(kind: Kind, name: &str, error: DecodeError) -> Denial {
    let error = FieldError::type_invalid(error.field, &error.what);
    let message = format!("{}.{GROUP} \"{name}\" is invalid: {error}", kind.name());
    let cause = StatusCause {
        reason: error.reason.cause(),
        message: error.body(),
        field: error.field.to_string(),
    };
    let (name, causes) = (name.to_owned(), vec![cause]);
    Denial::invalid(message, Details { name, group: GROUP, kind: kind.name(), causes })
}

/// The object's name, or what it will be made from: a deletion of a collection has its name in the
/// old object alone, a `generateName` has none yet.
fn display_name<O>(request: &Request<'_, O>, meta: Option<&ObjectMeta<'_>>) -> String {
    let known = request.name().or(meta.map(ObjectMeta::display_name));
    known.unwrap_or_default().to_owned()
}

fn decoded_name(request: &Request<'_>) -> String {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow, default)]
        metadata: ObjectMeta<'a>,
    }

    let object = request.object.or(request.old_object);
    let named = object.and_then(|object| serde_json::from_str::<Named<'_>>(object.get()).ok());
    display_name(request, named.as_ref().map(|named| &named.metadata))
}

fn fired(findings: &[Finding]) -> Vec<(&'static str, Effect)> {
    let mut fired = Vec::new();
    for finding in findings {
        let pair = (finding.rule, finding.effect);
        if !fired.contains(&pair) {
            fired.push(pair);
        }
    }
    fired
}

/// The ids of the rules that fired, by what they did.
fn audit_annotations(fired: &[(&'static str, Effect)]) -> BTreeMap<&'static str, String> {
    let mut annotations = BTreeMap::<_, String>::new();
    for (rule, effect) in fired {
        let ids = annotations.entry(effect.name()).or_default();
        if !ids.is_empty() {
            ids.push(',');
        }
        ids.push_str(rule);
    }
    annotations
}
