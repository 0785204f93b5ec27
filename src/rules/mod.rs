//! The rules: one file per kind, each rule an item with its documentation beside its code.
//!
//! Rules are pure. They read one request and ask a [`Catalog`] about other objects; what became of
//! them over HTTP or in a terminal is none of their business.

mod answer;
mod config;
mod defaults;
mod in_use;
mod judge;
mod parameters;
mod rule;
mod sandbox;
mod sandbox_checkpoint;
mod sandbox_references;
mod settings;
mod snapshot_claim;
mod snapshot_claim_template;
mod snapshot_class;
mod snapshot_provider;

use crate::admission::field::FieldError;
use crate::admission::{Operation, Patch, Request, UserInfo};
use crate::api::{DecodeError, Kind, Object, ObjectMeta, Sandbox, decode};
use crate::catalog::{Catalog, Unavailable};

pub use answer::{denial, warning};
pub use judge::Finding;
pub use rule::{Action, Configurability, Effect, Refusal, Rule};
pub use settings::{Options, Settings};

use judge::{Context, Disruption, EnabledRules, RuleSubject, Write};
use sandbox::Sandboxes;
use snapshot_claim::SnapshotClaims;
use snapshot_claim_template::SnapshotClaimTemplates;
use snapshot_class::SnapshotClasses;
use snapshot_provider::SnapshotProviders;

/// Every rule, in the order of the documentation.
pub static RULES: &[&Rule] = &[
    &defaults::DEFAULT_OPERATING_MODE,
    &defaults::DEFAULT_SNAPSHOT_CLASS,
    &sandbox::OPERATING_MODE_SUPPORTED,
    &sandbox::SUSPENSION_TYPE_SUPPORTED,
    &sandbox::SUSPENSION_TYPE_AVAILABLE,
    &sandbox::HIBERNATE_REQUIRED,
    &sandbox::HIBERNATE_IGNORED,
    &sandbox::HIBERNATE_SOURCE_EXCLUSIVE,
    &REFERENCE_NAME_VALID,
    &sandbox_references::SNAPSHOT_CLAIM_EXISTS,
    &sandbox_references::SNAPSHOT_CLAIM_TEMPLATE_EXISTS,
    &sandbox_references::SNAPSHOT_PROVIDER_EXISTS,
    &SNAPSHOT_CLASS_EXISTS,
    &sandbox_references::SNAPSHOT_TARGET_RESOLVABLE,
    &sandbox_references::SNAPSHOT_CLAIM_BOUND,
    &sandbox::GENERATED_CLAIM_NAME_FITS,
    &sandbox::SNAPSHOT_CLASS_NAME_IN_STRATEGY,
    &sandbox_checkpoint::CHECKPOINT_RETARGET,
    &sandbox_checkpoint::CHECKPOINT_TEMPLATE_CHANGED,
    &sandbox_checkpoint::CHECKPOINT_RECORD_VALID,
    &sandbox_checkpoint::CHECKPOINT_RECORD_WRITER,
    &snapshot_class::PROVISIONER_VALID,
    &parameters::PARAMETERS_VALID,
    &snapshot_class::TARGET_ON_CLASS,
    &parameters::SECRET_IN_PARAMETERS,
    &snapshot_class::DEFAULT_CLASS_ANNOTATION_VALID,
    &snapshot_class::DEFAULT_CLASS_UNIQUE,
    &snapshot_class::SNAPSHOT_CLASS_IN_USE,
    &snapshot_class::SNAPSHOT_CLASS_REFERENCED,
    &snapshot_claim::PARAMETER_OVERRIDES_CLASS,
    &snapshot_claim::SNAPSHOT_CLAIM_IN_USE,
    &snapshot_claim_template::TEMPLATE_SPEC_REQUIRED,
    &snapshot_claim_template::TEMPLATE_METADATA_VALID,
    &snapshot_claim_template::SNAPSHOT_CLAIM_TEMPLATE_REFERENCED,
    &snapshot_provider::PROVIDER_TYPE_REQUIRED,
    &snapshot_provider::BUCKET_REQUIRED,
    &snapshot_provider::PROVIDER_BACKEND_SINGLE,
    &snapshot_provider::SNAPSHOT_PROVIDER_IN_USE,
];

/// `reference-name-valid`; each kind has its own code for it.
static REFERENCE_NAME_VALID: Rule = Rule {
    id: "reference-name-valid",
    kinds: &[Kind::Sandbox, Kind::SnapshotClaim, Kind::SnapshotClaimTemplate],
    configurability: Configurability::Structural,
    default: Action::Deny,
    refusal: Refusal::Invalid,
    summary: "Each reference is the name of an object: a DNS-1123 subdomain. A \
              `snapshotProviderRef` that is present has a name.",
    why: "No object can have another name, so the reference can never resolve.",
};

/// `snapshot-class-exists`; each kind has its own code for it.
static SNAPSHOT_CLASS_EXISTS: Rule = Rule {
    id: "snapshot-class-exists",
    kinds: &[Kind::Sandbox, Kind::SnapshotClaim, Kind::SnapshotClaimTemplate],
    configurability: Configurability::Semantic,
    default: Action::Deny,
    refusal: Refusal::Invalid,
    summary: "The SnapshotClass that a claim or template selects by name exists.",
    why: "Classes are installed by admins before anyone selects them, so a missing one is a typo or \
          was deleted; nothing can be hibernated through it. A claim that selects none while there \
          is no default class only gets a warning: it binds when a default appears.",
};

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
}

/// A class that does not exist; `via` is what led to it, where that is not the field itself.
fn class_not_found(
    cx: &Context<'_>,
    field: &'static str,
    class: &str,
    via: Option<String>,
) -> FieldError {
    let hint = did_you_mean(cx.catalog.nearest(Kind::SnapshotClass, "", class).as_deref());
    let detail = match via {
        Some(hop) => format!("{hop} selects this SnapshotClass, which does not exist{hint}"),
        None => format!("there is no SnapshotClass of this name{hint}"),
    };
    FieldError::not_found(field, class, &detail)
}

/// The rules with the actions that an operator configured.
#[derive(Debug)]
pub struct RuleSet {
    options: Options,
    defaults: defaults::Defaults,
    sandbox: EnabledRules<Sandboxes>,
    class: EnabledRules<SnapshotClasses>,
    claim: EnabledRules<SnapshotClaims>,
    template: EnabledRules<SnapshotClaimTemplates>,
    provider: EnabledRules<SnapshotProviders>,
}

/// Why a request could be neither allowed nor judged by rules.
#[derive(Debug, Clone)]
pub enum JudgeError {
    /// The object is not what its kind says: the user's to mend.
    Undecodable(DecodeError),
    /// The catalog cannot tell: ours to mend.
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
            defaults: defaults::Defaults::new(action),
            sandbox: EnabledRules::new(action),
            class: EnabledRules::new(action),
            claim: EnabledRules::new(action),
            template: EnabledRules::new(action),
            provider: EnabledRules::new(action),
            options: settings.options,
        }
    }

    /// Whether deletions by this user pass whatever depends on the object.
    pub fn is_exempt(&self, user: &UserInfo<'_>) -> bool {
        self.options.is_exempt(user)
    }

    /// What is to be filled in, and the rules that say so. Empty for an object that does not decode:
    /// the schema or the validating webhook will say that better.
    pub fn default(
        &self,
        kind: Kind,
        request: &Request<'_>,
        catalog: &dyn Catalog,
    ) -> Result<(Patch, Vec<&'static str>), Unavailable> {
        let is_write = matches!(request.operation, Operation::Create | Operation::Update);
        match request.object {
            Some(object) if is_write && request.sub_resource().is_none() => {
                self.defaults.patch(kind, request.operation, object, catalog)
            }
            _ => Ok((Patch::new(), Vec::new())),
        }
    }

    /// As [`default`](Self::default), for Sandboxes that are decoded already.
    pub fn default_sandbox(
        &self,
        request: &Request<'_, Object<Box<Sandbox<'_>>>>,
    ) -> (Patch, Vec<&'static str>) {
        let is_write = matches!(request.operation, Operation::Create | Operation::Update);
        match &request.object {
            Some(Object(sandbox)) if is_write && request.sub_resource().is_none() => {
                self.defaults.patch_sandbox(sandbox)
            }
            _ => (Patch::new(), Vec::new()),
        }
    }

    /// What is wrong.
    pub fn validate(
        &self,
        kind: Kind,
        request: &Request<'_>,
        catalog: &dyn Catalog,
    ) -> Result<Vec<Finding>, JudgeError> {
        match kind {
            Kind::Sandbox => self.judge(&self.sandbox, request, catalog),
            Kind::SnapshotClass => self.judge(&self.class, request, catalog),
            Kind::SnapshotClaim => self.judge(&self.claim, request, catalog),
            Kind::SnapshotClaimTemplate => self.judge(&self.template, request, catalog),
            Kind::SnapshotProvider => self.judge(&self.provider, request, catalog),
        }
    }

    /// As [`validate`](Self::validate), for Sandboxes that are decoded already.
    pub fn validate_sandbox(
        &self,
        request: &Request<'_, Object<Box<Sandbox<'_>>>>,
        catalog: &dyn Catalog,
    ) -> Result<Vec<Finding>, Unavailable> {
        let object = request.object.as_ref().map(|Object(sandbox)| &**sandbox);
        let old = request.old_object.as_ref().map(|Object(sandbox)| &**sandbox);
        self.judge_decoded(&self.sandbox, request, object, old, catalog)
    }

    fn judge<K: RuleSubject>(
        &self,
        active: &EnabledRules<K>,
        request: &Request<'_>,
        catalog: &dyn Catalog,
    ) -> Result<Vec<Finding>, JudgeError> {
        let old = request.old_object.map(|object| decode::<K::Object<'_>>(object.get()));
        // A stored object that does not decode cannot be compared with; it must not keep anyone
        // from mending or deleting it.
        let stored = old.as_ref().and_then(|old| old.as_ref().ok());
        let is_deletion = request.operation == Operation::Delete;
        let new = match request.object.filter(|_| !is_deletion).map(|new| decode(new.get())) {
            None => None,
            Some(Ok(new)) => Some(new),
            Some(Err(fault)) if is_stored_like_this(request, &fault) => return Ok(Vec::new()),
            Some(Err(fault)) => return Err(JudgeError::Undecodable(fault)),
        };
        Ok(self.judge_decoded(active, request, new.as_ref(), stored, catalog)?)
    }

    fn judge_decoded<'a, K: RuleSubject, O>(
        &self,
        active: &EnabledRules<K>,
        request: &Request<'_, O>,
        new: Option<&K::Object<'a>>,
        stored: Option<&K::Object<'a>>,
        catalog: &dyn Catalog,
    ) -> Result<Vec<Finding>, Unavailable> {
        let Some(new) = new.filter(|_| request.operation != Operation::Delete) else {
            let Some(old) = stored else { return Ok(Vec::new()) };
            let cx = self.context(request, K::metadata(old), catalog);
            return active.deletion(&Disruption { old, new: None, cx });
        };
        let cx = self.context(request, K::metadata(new), catalog);
        let write = Write { new, old: stored, cx };
        match request.sub_resource() {
            None => active.object(&write),
            Some("status") => active.status(&write),
            Some(_) => Ok(Vec::new()),
        }
    }

    fn context<'r, O>(
        &'r self,
        request: &'r Request<'_, O>,
        meta: &'r ObjectMeta<'r>,
        catalog: &'r dyn Catalog,
    ) -> Context<'r> {
        let name = request.name().or(meta.name.as_deref()).unwrap_or_default();
        let namespace = request.namespace.as_deref().unwrap_or_default();
        Context { namespace, name, user: &request.user_info, catalog, options: &self.options }
    }
}

/// Whether the offending value is stored already: then nothing that the client changed is at fault.
fn is_stored_like_this(request: &Request<'_>, fault: &DecodeError) -> bool {
    let both = request.object.zip(request.old_object);
    both.is_some_and(|(object, old)| fault.is_in_both(object, old))
}
