//! The judgement of one object by the rules, in an API server's order: defaults, then validation.

use std::fmt;

use kubernetes_manifest::Document;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use super::object::ManifestObject;
use super::{CheckError, Judgement, LocatedFinding, unknown_fields};
use crate::admission::{
    GroupVersionKind, JsonObjects, OfflineReview, Operation, Request, UserInfo,
};
use crate::api::{GROUP, Subject, VERSION};
use crate::catalog::{Catalog, ObjectRef, Unavailable};
use crate::policy::{self, PolicySet};
use crate::rules::{self, Effect, JudgeError, RuleSet, SCHEMA};

/// The rules, policies and catalog by which objects are judged.
pub struct Judges<'j> {
    pub rules: &'j RuleSet,
    pub policies: &'j PolicySet,
    pub catalog: &'j dyn Catalog,
}

/// Judges an object: as an update where it is stored already.
pub fn judge(
    object: &ManifestObject<'_>,
    stored: Option<&ManifestObject<'_>>,
    judges: &Judges<'_>,
) -> Result<Judgement, CheckError> {
    let Judges { rules, catalog, .. } = *judges;
    let kind = object.kind;
    let old = stored.map(|stored| to_raw_value(&stored.json)).transpose()?;
    let mut sent = object.as_sent(stored.map(|stored| &stored.json));
    let written = to_raw_value(&sent)?;
    let undecided = |why| CheckError::Undecided { object: object.title(), why };
    let filled = rules.fill(&request_for(object, &written, old.as_deref()), catalog);
    let patch = filled.map_err(undecided)?.patch;
    json_patch::patch(&mut sent, &patch)?;

    let defaulted = to_raw_value(&sent)?;
    let request = request_for(object, &defaulted, old.as_deref());
    let (violations, mut warnings) = match rules.validate(&request, catalog) {
        Ok(mut findings) => {
            let objects = (&*defaulted, old.as_deref());
            match judges.ask_policies(object, &request, objects)? {
                Ok(found) => findings.extend(found),
                // A denial stands even where another rule or policy could not decide.
                Err(_) if findings.deny() => {}
                Err(why) => return Err(undecided(why)),
            }
            split(object.document, &findings)
        }
        Err(JudgeError::Undecodable { faults, others }) => {
            let errors = faults.iter().map(rules::type_invalid);
            let violations = errors.map(|error| {
                let (field, message) = (error.field.to_string(), error.body().to_string());
                LocatedFinding::new(object.document, SCHEMA.into(), field, message)
            });
            let (others, _) = split(object.document, &others);
            (violations.chain(others).collect(), Vec::new())
        }
        Err(JudgeError::Unavailable(why)) => return Err(undecided(why)),
    };
    for unknown in unknown_fields::find(kind, &object.document.root) {
        // A rule that reports the field already knows better why it is not there.
        let is_it = |finding: &LocatedFinding| finding.field == unknown.field;
        if unknown.field.is_empty() || !violations.iter().chain(&warnings).any(is_it) {
            warnings.push(unknown);
        }
    }
    Ok(Judgement { violations, warnings, patch })
}

impl Judges<'_> {
    /// Asks the policies, for which the request becomes a review as a server gets it.
    fn ask_policies(
        &self,
        object: &ManifestObject<'_>,
        request: &Request<'_, Subject<'_>>,
        (new, old): (&RawValue, Option<&RawValue>),
    ) -> Result<Result<Vec<rules::Finding>, Unavailable>, serde_json::Error> {
        let (kind, ObjectRef { namespace, name, .. }) = (object.kind, &object.key);
        let Some(index) = self.policies.matching(kind, None, request.operation) else {
            return Ok(Ok(Vec::new()));
        };
        let review = OfflineReview {
            group: GROUP,
            version: VERSION,
            kind: kind.name(),
            plural: kind.plural(),
            sub_resource: None,
            name: request.name().unwrap_or_default(),
            namespace,
            operation: request.operation,
            user: &json!({"username": "", "groups": []}),
            object: Some(new),
            old_object: old,
        };
        let body = review.to_json()?;
        let subject = policy::PolicySubject { kind, namespace, name, object: &request.objects };
        let asked = policy::PolicyRequest { index, subject, body: &body };
        Ok(self.policies.judge(&asked, self.catalog).map(|judgement| judgement.findings))
    }
}

fn request_for<'r>(
    object: &'r ManifestObject<'_>,
    json: &'r RawValue,
    old: Option<&'r RawValue>,
) -> Request<'r, Subject<'r>> {
    let key = &object.key;
    let objects = JsonObjects { new: Some(json.get()), old: old.map(RawValue::get) };
    Request {
        uid: "check".into(),
        kind: GroupVersionKind {
            group: GROUP.into(),
            version: VERSION.into(),
            kind: key.kind.name().into(),
        },
        sub_resource: None,
        name: object.is_named().then(|| key.name.as_str().into()),
        namespace: key.kind.is_namespaced().then(|| key.namespace.as_str().into()),
        operation: if old.is_some() { Operation::Update } else { Operation::Create },
        user_info: UserInfo::default(),
        objects: Subject::from_json(object.kind, objects),
    }
}

/// Splits findings into those that deny and those that warn.
fn split(
    document: &Document,
    findings: &rules::Findings,
) -> (Vec<LocatedFinding>, Vec<LocatedFinding>) {
    let (violations, warnings) = findings.iter().partition::<Vec<_>, _>(|finding| finding.denies());
    let located = |finding: &rules::Finding, message: &dyn fmt::Display| {
        let (rule, field) = (finding.rule.clone(), finding.error.field.to_string());
        LocatedFinding::new(document, rule, field, message.to_string())
    };
    let unlisted = |effect| {
        let those = findings.unlisted().iter().filter(move |it| it.effect == effect);
        those.map(|it| {
            let message = format!("and {} more of these", it.count);
            LocatedFinding::new(document, it.rule.into(), String::new(), message)
        })
    };
    let violations = violations.into_iter().map(|it| located(it, &it.error.body()));
    let warnings = warnings.into_iter().map(|it| located(it, &it.error.advice()));
    (
        violations.chain(unlisted(Effect::Deny)).collect(),
        warnings.chain(unlisted(Effect::Warn)).collect(),
    )
}
