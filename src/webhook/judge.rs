//! The pure part of a request's way: bytes -> request -> rules and policies over a catalog ->
//! response -> bytes. It does no I/O; `serve` and `review` both call it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::admission::{self, Operation, Phase, Request, Response, truncate_warnings};
use crate::api::{Kind, ObjectMeta, Subject};
use crate::catalog::{Catalog, Unavailable};
use crate::policy::{self, PolicyRequest, PolicyResult, PolicySet};
use crate::rules::{self, Effect, Filled, Findings, JudgeError, Refusal, RuleSet};

/// The answer over HTTP.
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

/// The end of a request, from a closed set: safe as a metric label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Allowed, without any remark.
    Allowed,
    /// Allowed with at least one warning.
    Warned,
    /// Allowed with a patch.
    Patched,
    /// Denied.
    Denied,
    /// Not decided: a bad body, or a failure of ours.
    #[default]
    Failed,
}

/// Ids of rules and names of policies, with what they did.
pub type Fired = Vec<(Cow<'static, str>, Effect)>;

/// The record of a request, for metrics and the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// `None` for a kind that is not ours, or a body that could not be read.
    pub kind: Option<Kind>,
    /// `None` for a body that could not be read.
    pub operation: Option<Operation>,
    /// The way it ended.
    pub verdict: Verdict,
    /// The rules and policies that fired and what each did; no pair twice.
    pub fired: Fired,
    /// The policies that were asked, each with its result.
    pub checks: Vec<(Arc<str>, PolicyResult)>,
    /// The denied request; `None` unless denied.
    pub denied: Option<Denied>,
}

/// The request that a denial concerns; only for the log, never for a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The request's uid.
    pub uid: String,
    /// Empty for cluster-scoped objects.
    pub namespace: String,
    /// The object's name, or its `generateName`.
    pub name: String,
    /// The user who sent the request.
    pub user: String,
    /// The status message that the user reads.
    pub message: String,
}

/// An answer, and what it rests on.
#[derive(Debug)]
pub struct Answer {
    /// The answer over HTTP.
    pub reply: Reply,
    /// The record of the request.
    pub outcome: Outcome,
    /// The catalog's answers that it rests on.
    pub rests_on: RestsOn,
}

/// The answers of a catalog without which an answer might be different. A catalog that follows a
/// cluster is a moment behind it: an object that it knows did exist, but one that it does not know
/// may exist too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RestsOn {
    /// That something does not exist: it may be the reason of a denial, or a policy has read it.
    pub absence: bool,
    /// That nobody uses something: it is about to change or to go.
    pub disuse: bool,
    /// That something is in use: it may be the reason of a denial.
    pub usage: bool,
}

/// Answers one `AdmissionReview` by a catalog that is never behind.
pub fn answer(
    phase: Phase,
    body: &[u8],
    rules: &RuleSet,
    policies: &PolicySet,
    catalog: &dyn Catalog,
) -> (Reply, Outcome) {
    let Answer { reply, outcome, .. } = judge(phase, body, rules, policies, catalog);
    (reply, outcome)
}

/// The most characters of the reason why a body is no review: it may repeat what it could not read.
const MAX_ERROR: usize = 1024;

/// Answers one `AdmissionReview`, and returns what the answer rests on.
pub fn judge(
    phase: Phase,
    body: &[u8],
    rules: &RuleSet,
    policies: &PolicySet,
    catalog: &dyn Catalog,
) -> Answer {
    let request: Request<'_, Subject<'_>> = match admission::decode(body) {
        Ok(request) => request,
        Err(error) => {
            let reply = Reply::NotAReview(admission::shorten(error.to_string(), MAX_ERROR));
            return Answer { reply, outcome: Outcome::default(), rests_on: RestsOn::default() };
        }
    };
    // Objects and their status are judged, no other subresource.
    let is_judged = matches!(request.sub_resource(), None | Some("status"));
    let kind = request.objects.kind().filter(|_| is_judged);
    let judged = match (kind, phase) {
        (None, _) => Ok(Judged::of(not_ours(&request))),
        (Some(kind), phase) => {
            let review = Review { kind, request: &request, body, rules, policies, catalog };
            match phase {
                Phase::Mutating => review.fill(),
                Phase::Validating => review.judge(),
            }
        }
    };
    let operation = Some(request.operation);
    let result = judged.and_then(|judged| encode(kind, &request, judged));
    result.unwrap_or_else(|Unavailable(reason)| Answer {
        reply: Reply::Undecided(reason),
        outcome: Outcome { kind, operation, ..Outcome::default() },
        rests_on: RestsOn::default(),
    })
}

fn encode(
    kind: Option<Kind>,
    request: &Request<'_, Subject<'_>>,
    judged: Judged,
) -> Result<Answer, Unavailable> {
    let Judged { response, fired, checks, is_uncertain } = judged;
    let body = response.encode(&request.uid).map_err(|error| Unavailable(error.to_string()))?;
    let verdict = match &response {
        Response { denial: Some(_), .. } => Verdict::Denied,
        Response { patch, .. } if !patch.is_empty() => Verdict::Patched,
        Response { warnings, .. } if !warnings.is_empty() => Verdict::Warned,
        _ => Verdict::Allowed,
    };
    let rests_on = RestsOn {
        absence: verdict == Verdict::Denied || is_uncertain,
        disuse: matches!(verdict, Verdict::Allowed | Verdict::Warned),
        usage: verdict == Verdict::Denied,
    };
    let denied = response.denial.map(|denial| Denied {
        uid: logged(&request.uid),
        namespace: logged(request.namespace.as_deref().unwrap_or_default()),
        user: logged(&request.user_info.username),
        name: denial.details.name,
        message: denial.message,
    });
    let operation = Some(request.operation);
    let outcome = Outcome { kind, operation, verdict, fired, checks, denied };
    Ok(Answer { reply: Reply::Review(body), outcome, rests_on })
}

/// A text of the request as far as it is repeated in the log.
fn logged(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_ERROR)).unwrap_or_default().to_owned()
}

/// A response, and the record about it.
#[derive(Default)]
struct Judged {
    response: Response,
    fired: Fired,
    checks: Vec<(Arc<str>, PolicyResult)>,
    /// True where a policy has read that something does not exist, which may exist by now.
    is_uncertain: bool,
}

impl Judged {
    fn of(response: Response) -> Self {
        Self { response, ..Self::default() }
    }
}

fn filled(Filled { patch, rules }: Filled) -> Judged {
    let fired: Vec<_> = rules.into_iter().map(|rule| (rule.into(), Effect::Patch)).collect();
    let audit_annotations = audit_annotations(&fired);
    let response = Response { patch, audit_annotations, ..Response::default() };
    Judged { response, fired, ..Judged::default() }
}

/// The longest name that an object can have; what is longer is repeated only so far.
const MAX_NAME: usize = 253;

/// A request about one of our kinds.
struct Review<'r> {
    kind: Kind,
    request: &'r Request<'r, Subject<'r>>,
    body: &'r [u8],
    rules: &'r RuleSet,
    policies: &'r PolicySet,
    catalog: &'r dyn Catalog,
}

impl Review<'_> {
    /// The answer of the mutating webhook.
    fn fill(&self) -> Result<Judged, Unavailable> {
        let foreseen = self.rules.foresee(self.request, self.catalog);
        if foreseen.is_empty() {
            return self.rules.fill(self.request, self.catalog).map(filled);
        }
        Ok(self.found(&foreseen))
    }

    /// The answer of the validating webhook.
    fn judge(&self) -> Result<Judged, Unavailable> {
        match self.rules.validate(self.request, self.catalog) {
            Ok(findings) => self.ask_policies(findings),
            Err(JudgeError::Unavailable(reason)) => Err(reason),
            Err(JudgeError::Undecodable { faults, others }) => {
                let (kind, mildest) = (self.kind, self.mildest_refusal());
                let denial = rules::undecodable(kind, self.name(), &faults, &others, mildest);
                let fired = fired(&others);
                let audit_annotations = audit_annotations(&fired);
                let denial = Some(denial);
                let response = Response { denial, audit_annotations, ..Response::default() };
                Ok(Judged { response, fired, ..Judged::default() })
            }
        }
    }

    /// Adds what policies find to what rules found.
    fn ask_policies(&self, mut findings: Findings) -> Result<Judged, Unavailable> {
        let Request { operation, user_info, namespace, objects, .. } = self.request;
        let matching = self.policies.matching(self.kind, self.request.sub_resource(), *operation);
        // The namespace controller and the garbage collector delete what a person has ordered to
        // delete.
        let is_asked = *operation != Operation::Delete || !self.rules.is_exempt(user_info);
        let Some(index) = matching.filter(|_| is_asked) else {
            return Ok(self.found(&findings));
        };
        let subject = policy::PolicySubject {
            kind: self.kind,
            namespace: namespace.as_deref().unwrap_or_default(),
            name: self.name(),
            object: objects,
        };
        let request = PolicyRequest { index, subject, body: self.body };
        let judgement = match self.policies.judge(&request, self.catalog) {
            Ok(judgement) => judgement,
            // A denial stands, even where a policy has no answer.
            Err(_) if findings.deny() => policy::PolicyFindings::default(),
            Err(reason) => return Err(reason),
        };
        findings.extend(judgement.findings);
        let mut judged = self.found(&findings);
        judged.response.audit_annotations.extend(judgement.annotations);
        let policy::PolicyFindings { checks, is_uncertain, .. } = judgement;
        Ok(Judged { checks, is_uncertain, ..judged })
    }

    fn found(&self, findings: &Findings) -> Judged {
        if findings.is_empty() {
            return Judged::default();
        }
        let (kind, name) = (self.kind, self.name());
        let warnings = findings
            .iter()
            .filter(|finding| !finding.denies())
            .map(|finding| rules::warning(kind, name, finding));
        let fired = fired(findings);
        let response = Response {
            denial: rules::denial(kind, name, findings, || self.mildest_refusal()),
            warnings: truncate_warnings(warnings.collect(), findings.count_unlisted(Effect::Warn)),
            audit_annotations: audit_annotations(&fired),
            ..Response::default()
        };
        Judged { response, fired, ..Judged::default() }
    }

    /// The mildest status of a denial. What live checkpoints depend on is never called invalid:
    /// `kubectl apply --force` would delete it and create it again.
    fn mildest_refusal(&self) -> Refusal {
        if rules::has_live_checkpoints(self.request, self.catalog) {
            Refusal::Forbidden
        } else {
            Refusal::Invalid
        }
    }

    /// The object's name as far as it can be one, or the prefix that it will be made from. In a deletion of a collection
    /// only the old object has the name; with `generateName` there is no name yet.
    fn name(&self) -> &str {
        let metadata = || self.request.objects.metadata().map(ObjectMeta::display_name);
        let name = self.request.name().or_else(metadata).unwrap_or_default();
        name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default()
    }
}

fn not_ours(request: &Request<'_, Subject<'_>>) -> Response {
    let part = request.sub_resource().map(|name| format!(", subresource {name}"));
    let warning = format!(
        "sandbox-admission has no rules for {}{}: the webhook configuration should not send this",
        logged(&request.kind.to_string()),
        part.unwrap_or_default()
    );
    Response { warnings: truncate_warnings(vec![warning], 0), ..Response::default() }
}

fn fired(findings: &Findings) -> Fired {
    let mut fired = Vec::new();
    for finding in findings.iter() {
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
