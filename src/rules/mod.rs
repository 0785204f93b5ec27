//! The rules: one file per kind, each rule an item with its documentation next to its code.
//!
//! Rules are pure. They read one request and ask a [`Catalog`] about other objects; how their
//! findings get to a user, over HTTP or in a terminal, is decided elsewhere.

mod answer;
mod config;
mod credentials;
mod defaults;
mod errors;
mod findings;
mod in_use;
mod legacy_field;
mod live_checkpoints;
mod parameters;
mod references;
mod registry;
mod restore_authority;
mod rule;
mod run;
mod same_pod;
mod sandbox;
mod sandbox_checkpoint;
mod sandbox_checkpoint_released;
mod sandbox_references;
mod sandbox_strategy_dropped;
mod settings;
mod snapshot_claim;
mod snapshot_claim_owner_added;
mod snapshot_claim_template;
mod snapshot_class;
mod snapshot_class_immutable;
mod snapshot_class_use;
mod snapshot_provider;
mod spellings;
mod target_terminating;

use crate::admission::{Operation, Request, UserInfo};
use crate::api::{DecodeError, Decoded, ObjectMeta, Subject, Versions};
use crate::catalog::{Catalog, Unavailable};

pub use answer::{denial, type_invalid, undecodable, warning};
pub use findings::{Finding, Findings, Unlisted};
pub use in_use::InUseNames;
pub use live_checkpoints::has_live_checkpoints;
pub use registry::{RULES, Registered};
pub use rule::{Action, Configurability, Effect, Refusal, Rule, SCHEMA, UNKNOWN_FIELD};
pub use run::Filled;
pub use settings::{Options, Settings};

use run::{Context, Disruption, EnabledRules, RuleSubject, Write};
use sandbox::Sandboxes;
use snapshot_claim::SnapshotClaims;
use snapshot_claim_template::SnapshotClaimTemplates;
use snapshot_class::SnapshotClasses;
use snapshot_provider::SnapshotProviders;

/// The rules with the actions that an operator configured.
#[derive(Debug)]
pub struct RuleSet {
    options: Options,
    sandbox: EnabledRules<Sandboxes>,
    class: EnabledRules<SnapshotClasses>,
    claim: EnabledRules<SnapshotClaims>,
    template: EnabledRules<SnapshotClaimTemplates>,
    provider: EnabledRules<SnapshotProviders>,
}

/// The reason why rules could not judge a request.
#[derive(Debug, Clone)]
pub enum JudgeError {
    /// The user has to fix the object.
    Undecodable {
        /// The values that do not have the types of the kind.
        faults: Vec<DecodeError>,
        /// The violations elsewhere in it.
        others: Findings,
    },
    /// The catalog cannot answer: the fault is on our side.
    Unavailable(Unavailable),
}

impl From<Unavailable> for JudgeError {
    fn from(reason: Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

impl RuleSet {
    /// The rules as configured.
    pub fn new(settings: Settings) -> Self {
        let action = |rule: &'static Rule| settings.action(rule);
        Self {
            sandbox: EnabledRules::new(action),
            class: EnabledRules::new(action),
            claim: EnabledRules::new(action),
            template: EnabledRules::new(action),
            provider: EnabledRules::new(action),
            options: settings.options,
        }
    }

    /// Returns whether this user may delete an object that others depend on.
    pub fn is_exempt(&self, user: &UserInfo<'_>) -> bool {
        self.options.is_exempt(user)
    }

    /// The values to be filled in. None for an object that does not decode: the schema or the
    /// validating webhook reports that better.
    pub fn fill(
        &self,
        request: &Request<'_, Subject<'_>>,
        catalog: &dyn Catalog,
    ) -> Result<Filled, Unavailable> {
        match &request.objects {
            Subject::Sandbox(it) => self.fill_in(&self.sandbox, request, it, catalog),
            Subject::SnapshotClass(it) => self.fill_in(&self.class, request, it, catalog),
            Subject::SnapshotClaim(it) => self.fill_in(&self.claim, request, it, catalog),
            Subject::SnapshotClaimTemplate(it) => {
                self.fill_in(&self.template, request, it, catalog)
            }
            Subject::SnapshotProvider(it) => self.fill_in(&self.provider, request, it, catalog),
            Subject::Foreign { .. } => Ok(Filled::default()),
        }
    }

    /// The violations of an UPDATE that the definition of the kind would report too, before the
    /// validating webhook is asked; only where live checkpoints depend on the object itself. The
    /// API server calls them *Invalid*, which must not happen there (see [`has_live_checkpoints`]).
    /// None for an object that does not decode.
    pub fn foresee(&self, request: &Request<'_, Subject<'_>>, catalog: &dyn Catalog) -> Findings {
        // The deletion of a class, claim or provider in use is refused, so nothing is lost there.
        let Subject::Sandbox(Versions { new: Some(new), old }) = &request.objects else {
            return Findings::default();
        };
        let is_main = request.sub_resource().is_none();
        if matches!(new, Decoded::Faulty(..)) || !is_main || !has_live_checkpoints(request, catalog)
        {
            return Findings::default();
        }
        let cx = self.context(request, &new.readable().metadata, catalog);
        let write = Write { new: new.readable(), old: old.as_deref(), cx };
        self.sandbox.said_by_definition(&write)
    }

    /// The violations of an object's write or deletion, and the warnings.
    pub fn validate(
        &self,
        request: &Request<'_, Subject<'_>>,
        catalog: &dyn Catalog,
    ) -> Result<Findings, JudgeError> {
        match &request.objects {
            Subject::Sandbox(it) => self.judge(&self.sandbox, request, it, catalog),
            Subject::SnapshotClass(it) => self.judge(&self.class, request, it, catalog),
            Subject::SnapshotClaim(it) => self.judge(&self.claim, request, it, catalog),
            Subject::SnapshotClaimTemplate(it) => self.judge(&self.template, request, it, catalog),
            Subject::SnapshotProvider(it) => self.judge(&self.provider, request, it, catalog),
            Subject::Foreign { .. } => Ok(Findings::default()),
        }
    }

    fn fill_in<K: RuleSubject>(
        &self,
        enabled: &EnabledRules<K>,
        request: &Request<'_, Subject<'_>>,
        versions: &Versions<K::Object<'_>>,
        catalog: &dyn Catalog,
    ) -> Result<Filled, Unavailable> {
        let is_write = matches!(request.operation, Operation::Create | Operation::Update);
        match &versions.new {
            Some(Decoded::Whole(new)) if is_write && request.sub_resource().is_none() => {
                let cx = self.context(request, K::metadata(new), catalog);
                enabled.fill(&Write { new, old: versions.old.as_deref(), cx })
            }
            _ => Ok(Filled::default()),
        }
    }

    fn judge<K: RuleSubject>(
        &self,
        enabled: &EnabledRules<K>,
        request: &Request<'_, Subject<'_>>,
        versions: &Versions<K::Object<'_>>,
        catalog: &dyn Catalog,
    ) -> Result<Findings, JudgeError> {
        let old = versions.old.as_deref();
        let new = versions.new.as_ref().filter(|_| request.operation != Operation::Delete);
        let Some(new) = new else {
            let Some(old) = old else { return Ok(Findings::default()) };
            let cx = self.context(request, K::metadata(old), catalog);
            return Ok(enabled.deletion(&Disruption { old, new: None, cx })?);
        };
        let readable = new.readable();
        let cx = self.context(request, K::metadata(readable), catalog);
        let write = Write { new: readable, old, cx };
        let found = match request.sub_resource() {
            None => enabled.object(&write),
            Some("status") => enabled.status(&write),
            Some(_) => Ok(Findings::default()),
        };
        let Decoded::Faulty(_, faults) = new else { return Ok(found?) };
        // It is denied whether or not there is more to say about it.
        let mut others = found.unwrap_or_default();
        others.retain(|finding| {
            finding.denies() && !faults.iter().any(|it| overlap(&it.field, &finding.error.field))
        });
        Err(JudgeError::Undecodable { faults: faults.clone(), others })
    }

    fn context<'r>(
        &'r self,
        request: &'r Request<'_, Subject<'_>>,
        meta: &'r ObjectMeta<'r>,
        catalog: &'r dyn Catalog,
    ) -> Context<'r> {
        let name = request.name().or(meta.name.as_deref()).unwrap_or_default();
        let namespace = request.namespace.as_deref().unwrap_or_default();
        Context { namespace, name, user: &request.user_info, catalog, options: &self.options }
    }
}

/// Returns whether one of two fields is inside the other. What a rule makes of a value that cannot
/// be read, says nothing.
fn overlap(one: &str, other: &str) -> bool {
    let is_inside = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        outer.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with(['.', '[']))
    };
    is_inside(one, other) || is_inside(other, one)
}
