//! A request's whole way through the house: bytes -> request -> rules -> response -> bytes.
//!
//! Both `serve` and `review` call [`answer`]; it does no I/O.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::admission::{
    self, Denial, Details, GroupVersionKind, Operation, Patch, Phase, Refusal, Request, Response,
    StatusCause, field::FieldError, truncate_warnings,
};
use crate::api::{DecodeError, GROUP, Kind, Object, ObjectMeta, Sandbox, VERSION};
use crate::catalog::{Catalog, Unavailable};
use crate::policy::{self, Check, PolicySet, Question, Stated, Subject};
use crate::rules::{self, Effect, Finding, JudgeError, RuleSet};

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
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
    #[default]
    Failed,
}

/// Ids of rules and names of policies, with what they did.
pub type Fired = Vec<(Cow<'static, str>, Effect)>;

/// What happened, for metrics and the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// `None` for a kind that is not ours, or a body that could not be read.
    pub kind: Option<Kind>,
    /// `None` for a body that could not be read.
    pub operation: Option<Operation>,
    /// How it ended.
    pub verdict: Verdict,
    /// The rules and policies that fired and what each did; no pair twice.
    pub fired: Fired,
    /// The policies that were asked, and what came of each.
    pub checks: Vec<(Arc<str>, Check)>,
    /// Whether a policy was told that something does not exist that may by now.
    pub is_uncertain: bool,
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
    policies: &PolicySet,
    catalog: &dyn Catalog,
) -> (Reply, Outcome) {
    // Sandboxes are most of what is asked about, and the largest of our objects: they are decoded
    // in the same pass as the envelope. What is not a flawless Sandbox goes the general way.
    let at_once = admission::decode_at_once(body, |kind| our_kind(kind) == Some(Kind::Sandbox));
    if let Some(request) = at_once.filter(|request| is_judged(request)) {
        let judged = match phase {
            Phase::Mutating => Ok(defaulted(rules.default_sandbox(&request))),
            Phase::Validating => {
                let asking = Asking { request: &request, body, rules, policies, catalog };
                asking.sandbox()
            }
        };
        return reply(Some(Kind::Sandbox), &request, judged);
    }
    let request = match admission::decode(body) {
        Ok(request) => request,
        Err(error) => {
            return (Reply::NotAReview(error.to_string()), Outcome::failed(None, None));
        }
    };
    let kind = our_kind(&request.kind).filter(|_| is_judged(&request));
    let judged = match (kind, phase) {
        (None, _) => Ok(Judged::of(not_ours(&request))),
        (Some(kind), Phase::Mutating) => rules.default(kind, &request, catalog).map(defaulted),
        (Some(kind), Phase::Validating) => {
            Asking { request: &request, body, rules, policies, catalog }.validate(kind)
        }
    };
    reply(kind, &request, judged)
}

fn reply<O>(
    kind: Option<Kind>,
    request: &Request<'_, O>,
    judged: Result<Judged, Unavailable>,
) -> (Reply, Outcome) {
    let operation = Some(request.operation);
    let Judged { response, fired, checks, is_uncertain } = match judged {
        Ok(judged) => judged,
        Err(Unavailable(reason)) => {
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
            let outcome = Outcome { kind, operation, verdict, fired, checks, is_uncertain, denied };
            (Reply::Review(body), outcome)
        }
        Err(error) => (Reply::Undecided(error.to_string()), Outcome::failed(kind, operation)),
    }
}

impl Outcome {
    fn failed(kind: Option<Kind>, operation: Option<Operation>) -> Self {
        Self { kind, operation, ..Self::default() }
    }

    /// That of the same request, had it not been decided.
    #[must_use]
    pub fn undecided(&self) -> Self {
        Self::failed(self.kind, self.operation)
    }
}

/// An answer, and what is to be noted about it.
#[derive(Default)]
struct Judged {
    response: Response,
    fired: Fired,
    checks: Vec<(Arc<str>, Check)>,
    is_uncertain: bool,
}

impl Judged {
    fn of(response: Response) -> Self {
        Self { response, ..Self::default() }
    }
}

fn defaulted((patch, fired): (Patch, Vec<&'static str>)) -> Judged {
    let fired: Vec<_> = fired.into_iter().map(|rule| (rule.into(), Effect::Patch)).collect();
    let audit_annotations = audit_annotations(&fired);
    let response = Response { patch, audit_annotations, ..Response::default() };
    Judged { response, fired, ..Judged::default() }
}

/// A request before the validating webhook.
struct Asking<'r, 'a, O> {
    request: &'r Request<'a, O>,
    body: &'r [u8],
    rules: &'r RuleSet,
    policies: &'r PolicySet,
    catalog: &'r dyn Catalog,
}

impl Asking<'_, '_, Object<Box<Sandbox<'_>>>> {
    fn sandbox(&self) -> Result<Judged, Unavailable> {
        let findings = self.rules.validate_sandbox(self.request, self.catalog)?;
        let object = self.request.object.as_ref().or(self.request.old_object.as_ref());
        let meta = object.map(|Object(sandbox)| &sandbox.metadata);
        let stated = object.map(|Object(sandbox)| Stated::Sandbox(sandbox));
        self.with_policies(Kind::Sandbox, stated, findings, || display_name(self.request, meta))
    }
}

impl Asking<'_, '_, &RawValue> {
    fn validate(&self, kind: Kind) -> Result<Judged, Unavailable> {
        let name = || decoded_name(self.request);
        match self.rules.validate(kind, self.request, self.catalog) {
            Ok(findings) => {
                let object = self.request.object.or(self.request.old_object);
                let stated = object.map(|object| Stated::Json(object.get()));
                self.with_policies(kind, stated, findings, name)
            }
            Err(JudgeError::Unavailable(reason)) => Err(reason),
            Err(JudgeError::Undecodable(error)) => {
                let denial = Some(undecodable(kind, &name(), error));
                Ok(Judged::of(Response { denial, ..Response::default() }))
            }
        }
    }
}

impl<O> Asking<'_, '_, O> {
    /// What rules found and what policies say.
    fn with_policies(
        &self,
        kind: Kind,
        object: Option<Stated<'_>>,
        mut findings: Vec<Finding>,
        name: impl Fn() -> String,
    ) -> Result<Judged, Unavailable> {
        let Request { operation, user_info, namespace, .. } = self.request;
        let matching = self.policies.matching(kind, self.request.sub_resource(), *operation);
        // What the namespace controller and the garbage collector delete, a person has ordered.
        let is_asked = *operation != Operation::Delete || !self.rules.is_exempt(user_info);
        let Some(index) = matching.filter(|_| is_asked) else {
            return Ok(found(kind, &findings, name));
        };
        let (name, namespace) = (name(), namespace.as_deref().unwrap_or_default());
        let subject = Subject { kind, namespace, name: &name, object };
        let question = Question { index, subject, body: self.body };
        let said = match self.policies.judge(&question, self.catalog) {
            Ok(said) => said,
            // A denial stands whatever else could not be told.
            Err(_) if findings.iter().any(Finding::denies) => policy::Judgement::default(),
            Err(reason) => return Err(reason),
        };
        findings.extend(said.findings);
        let mut judged = found(kind, &findings, || name);
        judged.response.audit_annotations.extend(said.annotations);
        Ok(Judged { checks: said.checks, is_uncertain: said.is_uncertain, ..judged })
    }
}

fn found(kind: Kind, findings: &[Finding], name: impl FnOnce() -> String) -> Judged {
    if findings.is_empty() {
        return Judged::default();
    }
    let name = name();
    let warnings = findings
        .iter()
        .filter(|finding| !finding.denies())
        .map(|finding| rules::warning(kind, &name, finding));
    let fired = fired(findings);
    let response = Response {
        denial: rules::denial(kind, &name, findings),
        warnings: truncate_warnings(warnings.collect()),
        audit_annotations: audit_annotations(&fired),
        ..Response::default()
    };
    Judged { response, fired, ..Judged::default() }
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
    Response { warnings: truncate_warnings(vec![warning]), ..Response::default() }
}

fn undecodable(kind: Kind, name: &str, error: DecodeError) -> Denial {
    let error = FieldError::type_invalid(error.field, &error.what);
    let message = format!("{}.{GROUP} \"{name}\" is invalid: {error}", kind.name());
    let cause = StatusCause {
        reason: error.reason.cause(),
        message: error.body().to_string(),
        field: error.field.to_string(),
    };
    let (name, causes) = (name.to_owned(), vec![cause]);
    let details = Details { name, group: GROUP, kind: kind.name(), causes };
    Denial::new(Refusal::Invalid, message, details)
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

fn fired(findings: &[Finding]) -> Fired {
    let mut fired = Vec::new();
    for finding in findings {
        let pair = (finding.rule.clone(), finding.effect);
        if !fired.contains(&pair) {
            fired.push(pair);
        }
    }
    fired
}

/// The ids of the rules that fired, by what they did.
fn audit_annotations(fired: &[(Cow<'static, str>, Effect)]) -> BTreeMap<Cow<'static, str>, String> {
    let mut annotations = BTreeMap::<Cow<'static, str>, String>::new();
    for (rule, effect) in fired {
        let ids = annotations.entry(effect.name().into()).or_default();
        if !ids.is_empty() {
            ids.push(',');
        }
        ids.push_str(rule);
    }
    annotations
}
