//! A request before all policies that are about it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use kubernetes_cel::{Activation, Value, decode};
use serde::Serialize;

use super::compile::Policy;
use super::constraints::Constraints;
use super::costs::Costs;
use super::definition::OnError;
use super::evaluate::{Evaluation, Failure};
use super::related::{self, PolicySubject, Related};
use super::review::{self, ObjectMetas};
use super::set::PolicySet;
use super::variables::{NAMESPACE, OBJECT, OLD_OBJECT, PARAMS, RELATED, REQUEST};
use crate::admission::field::FieldError;
use crate::catalog::{Catalog, Namespace, Unavailable};
use crate::rules::{Effect, Finding};

/// The audit annotation of what failed with the action Audit.
const VALIDATION_FAILURE: &str = "validation_failure";

/// A request for which there are policies.
pub struct PolicyRequest<'q> {
    /// The index that [`PolicySet::matching`] found.
    pub index: usize,
    /// The object that is written or deleted.
    pub subject: PolicySubject<'q>,
    /// The `AdmissionReview`.
    pub body: &'q [u8],
}

/// The results of all policies for a request.
#[derive(Debug, Default)]
pub struct PolicyFindings {
    /// The findings, in the form that rules give.
    pub findings: Vec<Finding>,
    /// For the audit log, by key.
    pub annotations: BTreeMap<Cow<'static, str>, String>,
    /// The result of each policy that was asked.
    pub checks: Vec<(Arc<str>, PolicyResult)>,
    /// True where an object was missing that may have been created a moment ago.
    pub is_uncertain: bool,
}

/// The result of a policy, from a closed set: safe as a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyResult {
    /// It found nothing.
    Passed,
    /// It refused the write.
    Denied,
    /// It warned.
    Warned,
    /// It left a note in the audit log and no more.
    Audited,
    /// An expression could not be evaluated, whatever followed from that.
    Failed,
}

impl PolicyResult {
    /// Every result.
    pub const ALL: [Self; 5] =
        [Self::Passed, Self::Denied, Self::Warned, Self::Audited, Self::Failed];

    /// As metrics spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Denied => "denied",
            Self::Warned => "warned",
            Self::Audited => "audited",
            Self::Failed => "failed",
        }
    }
}

/// An entry of `validation_failure`, as Kubernetes writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuditedFailure<'f> {
    message: &'f str,
    policy: &'f str,
    expression_index: usize,
    validation_actions: Vec<&'static str>,
}

impl PolicySet {
    /// Asks the policies about a request.
    pub fn judge(
        &self,
        request: &PolicyRequest<'_>,
        catalog: &dyn Catalog,
    ) -> Result<PolicyFindings, Unavailable> {
        let Some(entry) = self.entry(request.index) else { return Ok(PolicyFindings::default()) };
        let unreadable = |error: serde_json::Error| Unavailable(format!("the review: {error}"));
        let body = str::from_utf8(request.body).map_err(|error| Unavailable(error.to_string()))?;
        // Nobody may be kept from finishing a deletion.
        let metas = entry.needs_labels || body.contains("\"deletionTimestamp\"");
        let metas = if metas { Some(ObjectMetas::decode(body).map_err(unreadable)?) } else { None };
        if metas.as_ref().is_some_and(ObjectMetas::are_terminating) {
            return Ok(PolicyFindings::default());
        }
        let mut run = PolicyRun::new(request, catalog, metas);
        let mut policies = Vec::new();
        for policy in self.at(entry) {
            match run.is_meant(policy) {
                Ok(true) => policies.push(policy),
                Ok(false) => {}
                Err(reason) => run.give_up(policy, reason),
            }
        }
        if policies.is_empty() {
            return run.finish();
        }

        let values = review::decode(body, &entry.reads).map_err(unreadable)?;
        let related = related::are_asked_for(&entry.reads)
            .then(|| Related::find(&request.subject, &entry.reads, catalog));
        let namespace = run.namespace_object(entry.reads.of(NAMESPACE).is_some());
        let mut base = Activation::new();
        base.bind(OBJECT, values.object);
        base.bind(OLD_OBJECT, values.old_object);
        base.bind(REQUEST, values.request);
        let mut costs = Costs::default();
        for policy in policies {
            let bindings = Bindings { related: related.as_ref(), namespace: &namespace };
            match bindings.activation(&base, policy) {
                Ok((activation, is_uncertain)) => {
                    run.judgement.is_uncertain |= is_uncertain;
                    if let Some(evaluation) = costs.evaluate(policy, &activation) {
                        run.judgement.add(policy, evaluation);
                    }
                }
                Err(reason) => run.give_up(policy, reason),
            }
        }
        run.undecided = run.undecided.or(costs.unavailable());
        run.finish()
    }
}

impl Policy {
    /// Its own and its binding's.
    pub(super) fn all_constraints(&self) -> impl Iterator<Item = &Constraints> + Clone {
        std::iter::once(&self.constraints).chain(&self.bound_to)
    }

    /// Returns whether a request must wait for it. A warning, an audit note or an ignored failure
    /// is not worth a failed request.
    fn must_be_asked(&self) -> bool {
        self.actions.deny && self.failure_policy == OnError::Fail
    }
}

/// The run of one request through the policies about it.
struct PolicyRun<'q> {
    request: &'q PolicyRequest<'q>,
    catalog: &'q dyn Catalog,
    metas: Option<ObjectMetas>,
    namespace: Option<Result<Arc<Namespace>, Unavailable>>,
    judgement: PolicyFindings,
    /// The reason why a policy that must be asked could not be asked.
    undecided: Option<Unavailable>,
}

impl<'q> PolicyRun<'q> {
    fn new(
        request: &'q PolicyRequest<'q>,
        catalog: &'q dyn Catalog,
        metas: Option<ObjectMetas>,
    ) -> Self {
        let judgement = PolicyFindings::default();
        Self { request, catalog, metas, namespace: None, judgement, undecided: None }
    }

    /// Notes that a policy cannot be asked.
    fn give_up(&mut self, policy: &Policy, reason: Unavailable) {
        self.judgement.checks.push((Arc::clone(&policy.name), PolicyResult::Failed));
        if policy.must_be_asked() {
            self.undecided.get_or_insert(reason);
        }
    }

    /// Returns the findings. A denial stands even where another policy could not decide.
    fn finish(self) -> Result<PolicyFindings, Unavailable> {
        match self.undecided {
            Some(reason) if !self.judgement.findings.iter().any(Finding::denies) => Err(reason),
            _ => Ok(self.judgement),
        }
    }

    /// Returns whether a policy is about this very object.
    fn is_meant(&mut self, policy: &Policy) -> Result<bool, Unavailable> {
        let PolicyRequest { index, subject, .. } = self.request;
        let [new, old] = self.metas.as_ref().map_or([None, None], ObjectMetas::labels);
        let all = policy.all_constraints();
        let is_named = all.clone().all(|it| it.name_matches(*index, subject.name));
        if !is_named || !all.clone().all(|it| it.selects_object(new, old)) {
            return Ok(false);
        }
        for constraints in all.filter(|it| !it.namespaces.is_empty()) {
            if let Some(namespace) = self.namespace()?
                && !constraints.namespaces.selects(&namespace.labels)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The object's namespace, asked for once; `None` for cluster-scoped kinds.
    fn namespace(&mut self) -> Result<Option<Arc<Namespace>>, Unavailable> {
        if !self.request.subject.kind.is_namespaced() {
            return Ok(None);
        }
        if self.namespace.is_none() {
            let found = related::namespace(self.request.subject.namespace, self.catalog);
            self.namespace = Some(found.map(|(namespace, is_known)| {
                self.judgement.is_uncertain |= !is_known;
                namespace
            }));
        }
        self.namespace.clone().transpose()
    }

    /// The same where an expression names it.
    fn namespace_object(&mut self, is_read: bool) -> Result<Option<Arc<Namespace>>, Unavailable> {
        if is_read { self.namespace() } else { Ok(None) }
    }
}

/// The values that policies may name in addition to the request itself.
struct Bindings<'s> {
    related: Option<&'s Result<Related, Unavailable>>,
    namespace: &'s Result<Option<Arc<Namespace>>, Unavailable>,
}

impl<'s> Bindings<'s> {
    /// The values for one policy, and whether one of them may be missing only for now.
    fn activation(
        &self,
        base: &Activation<'s>,
        policy: &'s Policy,
    ) -> Result<(Activation<'s>, bool), Unavailable> {
        let mut activation = base.clone();
        let mut is_uncertain = false;
        if policy.reads.of(NAMESPACE).is_some() {
            let namespace = self.namespace.as_ref().map_err(Clone::clone)?.as_deref();
            activation.bind(NAMESPACE, related::namespace_value(namespace, &policy.reads)?);
        }
        for name in RELATED.into_iter().filter(|name| policy.reads.of(name).is_some()) {
            let Some(related) = self.related else { continue };
            let related = related.as_ref().map_err(Clone::clone)?;
            is_uncertain |= related.is_incomplete;
            activation.bind(name, related.value(name, &policy.reads)?);
        }
        if let Some(fields) = policy.reads.of(PARAMS) {
            let params = policy.params.as_deref().map(|json| decode(json, fields)).transpose();
            let params: Option<Value<'_>> = params.map_err(|it| Unavailable(it.to_string()))?;
            activation.bind(PARAMS, params.into());
        }
        Ok((activation, is_uncertain))
    }
}

impl PolicyFindings {
    fn add(&mut self, policy: &Policy, evaluation: Evaluation) {
        let actions = policy.actions;
        let check = match () {
            () if evaluation.has_erred => PolicyResult::Failed,
            () if evaluation.failures.is_empty() => PolicyResult::Passed,
            () if actions.deny => PolicyResult::Denied,
            () if actions.warn => PolicyResult::Warned,
            () => PolicyResult::Audited,
        };
        self.checks.push((Arc::clone(&policy.name), check));
        for (key, value) in evaluation.annotations {
            self.annotations.insert(format!("{}.{key}", policy.name).into(), value);
        }
        if actions.audit && !evaluation.failures.is_empty() {
            self.note(policy, &evaluation.failures);
        }
        if actions.deny || actions.warn {
            let effect = if actions.deny { Effect::Deny } else { Effect::Warn };
            for failure in evaluation.failures {
                let finding = finding(policy, failure, effect);
                if !self.findings.contains(&finding) {
                    self.findings.push(finding);
                }
            }
        }
    }

    /// Adds to the list of what failed with the action Audit.
    fn note(&mut self, policy: &Policy, failures: &[Failure]) {
        let entries: Vec<_> = failures
            .iter()
            .map(|failure| AuditedFailure {
                message: &failure.message,
                policy: &policy.name,
                expression_index: failure.index.unwrap_or_default(),
                validation_actions: policy.actions.names(),
            })
            .collect();
        let Ok(entries) = serde_json::to_string(&entries) else { return };
        let list = self.annotations.entry(VALIDATION_FAILURE.into()).or_default();
        // Two lists become one.
        if list.is_empty() {
            *list = entries;
        } else {
            list.pop();
            list.push(',');
            list.push_str(entries.strip_prefix('[').unwrap_or_default());
        }
    }
}

fn finding(policy: &Policy, failure: Failure, effect: Effect) -> Finding {
    Finding {
        rule: policy.name.to_string().into(),
        refusal: failure.refusal,
        effect,
        error: FieldError::invalid_as_a_whole(failure.field, &failure.message),
    }
}
