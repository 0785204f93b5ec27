//! The rules of SnapshotClass.

use kubernetes_cel::names;

use super::errors::Errors;
use super::parameters::{self, Parameterised};
use super::rule::{Action, Refusal, Rule};
use super::run::{Check, Disruption, RuleResult, RuleSubject, Write};
use super::{in_use, snapshot_class_immutable};
use crate::admission::field::{FieldError, Quoted};
use crate::api::{DEFAULT_CLASS_ANNOTATION, Kind, ObjectMeta, Parameters, SnapshotClass};
use crate::catalog::{self, ObjectName};

/// The path of the driver's name.
pub const PROVISIONER: &str = "provisioner";

/// SnapshotClasses and their rules.
#[derive(Debug)]
pub struct SnapshotClasses;

impl RuleSubject for SnapshotClasses {
    const KIND: Kind = Kind::SnapshotClass;
    const CHECKS: &'static [Check<Self>] = &[
        Check::Object(&PROVISIONER_VALID, provisioner_valid),
        Check::Object(&parameters::PARAMETERS_VALID, parameters::parameters_valid),
        Check::Object(&TARGET_ON_CLASS, target_on_class),
        Check::Object(&parameters::SECRET_IN_PARAMETERS, parameters::secret_in_parameters),
        Check::Object(&DEFAULT_CLASS_ANNOTATION_VALID, default_class_annotation_valid),
        Check::Lookup(&DEFAULT_CLASS_UNIQUE, default_class_unique),
        Check::Object(
            &snapshot_class_immutable::SNAPSHOT_CLASS_IMMUTABLE,
            snapshot_class_immutable::snapshot_class_immutable,
        ),
        Check::Protection(&SNAPSHOT_CLASS_IN_USE, snapshot_class_in_use),
        Check::Protection(&SNAPSHOT_CLASS_REFERENCED, snapshot_class_referenced),
    ];
    type Object<'a> = SnapshotClass<'a>;

    fn metadata<'r>(class: &'r SnapshotClass<'_>) -> &'r ObjectMeta<'r> {
        &class.metadata
    }
}

impl Parameterised for SnapshotClasses {
    const PARAMETERS: &'static str = "parameters";

    fn parameters<'r>(class: &'r SnapshotClass<'_>) -> Option<&'r Parameters<'r>> {
        Some(&class.parameters)
    }
}

/// `provisioner-valid`
pub static PROVISIONER_VALID: Rule = Rule {
    id: "provisioner-valid",
    summary: "`provisioner` is present and a qualified name, as in a StorageClass.",
    why: "It is how the controller finds the driver: `gvisor`, or with the vendor's domain \
          `agents.x-k8s.io/gvisor`. It is not a URL.",
    ..Rule::STRUCTURAL
};

fn provisioner_valid(write: &Write<'_, '_, SnapshotClasses>) -> Errors {
    if !write.changes(|class| &class.provisioner) {
        return Errors::none();
    }
    let Some(provisioner) = write.new.provisioner.as_deref() else {
        let detail = "name the driver, as in agents.x-k8s.io/gvisor";
        return Errors::from(FieldError::required(PROVISIONER, detail));
    };
    // A StorageClass may spell its provisioner in capitals too.
    let error = names::qualified_name_error(&provisioner.to_lowercase());
    error.into_iter().map(|it| FieldError::invalid(PROVISIONER, provisioner, &it)).collect()
}

/// `target-on-class`
pub static TARGET_ON_CLASS: Rule = Rule {
    id: "target-on-class",
    summary: "bucket, container, region and prefix are parameters of the SnapshotClaim, not of the \
              class.",
    why: "A class is shared by all tenants: with a target on it they all write to one place. The \
          KEP puts target fields on the claim.",
    ..Rule::SEMANTIC
};

fn target_on_class(write: &Write<'_, '_, SnapshotClasses>) -> Errors {
    const TARGETS: [&str; 4] = ["bucket", "container", "region", "prefix"];
    let targets = parameters::changed_keys(write).filter(|key| TARGETS.contains(key));
    Errors::for_each(targets, |key| {
        FieldError::forbidden(
            SnapshotClasses::parameter_path(key),
            "is where one tenant's checkpoints go; move it to the SnapshotClaim's spec.parameters",
        )
    })
}

/// `default-class-annotation-valid`
pub static DEFAULT_CLASS_ANNOTATION_VALID: Rule = Rule {
    id: "default-class-annotation-valid",
    summary: "The annotation `snapshotclass.agents.x-k8s.io/is-default-class` is \"true\" or \
              \"false\".",
    why: "Only the exact value \"true\" makes a class the default; any other value counts as \
          \"false\".",
    ..Rule::SEMANTIC
};

fn annotation_path() -> String {
    format!("metadata.annotations[{DEFAULT_CLASS_ANNOTATION}]")
}

fn default_class_annotation_valid(write: &Write<'_, '_, SnapshotClasses>) -> Errors {
    let annotation = |class: &'_ SnapshotClass<'_>| -> Option<String> {
        class.metadata.annotations.get(DEFAULT_CLASS_ANNOTATION).map(str::to_owned)
    };
    match annotation(write.new).as_deref() {
        None | Some("true" | "false") => Errors::none(),
        Some(_) if !write.changes(annotation) => Errors::none(),
        Some(value) => Errors::from(FieldError::invalid(
            annotation_path(),
            value,
            "only \"true\" makes this the default class; write \"true\" or \"false\"",
        )),
    }
}

/// `default-class-unique`
pub static DEFAULT_CLASS_UNIQUE: Rule = Rule {
    id: "default-class-unique",
    summary: "At most one class is the cluster's default.",
    why: "The newest of several counts, as for StorageClass, of equally old ones the first by name. \
          So another class than before may be chosen. Set the annotation of the one that does not \
          count to \"false\".",
    ..Rule::SEMANTIC
};

fn default_class_unique(write: &Write<'_, '_, SnapshotClasses>) -> RuleResult {
    if !write.new.is_default() || !write.changes(SnapshotClass::is_default) {
        return Ok(Errors::none());
    }
    let this = catalog::Class::from(write.new);
    let defaults = write.cx.catalog.default_classes()?;
    let Some(other) = defaults.iter().find(|other| other.name != this.name) else {
        return Ok(Errors::none());
    };
    let this_counts = this.preference() < other.preference();
    let (counts, loses) = if this_counts { (&this, &**other) } else { (&**other, &this) };
    let why = if this.created == other.created {
        "of equally old ones the first by name counts"
    } else {
        "the newest of several counts"
    };
    let detail = format!(
        "SnapshotClass {} is the default already; {why}, here {}: set the annotation of {} to \
         \"false\"",
        Quoted(&other.name),
        Quoted(&counts.name),
        Quoted(&loses.name)
    );
    Ok(Errors::from(FieldError::forbidden(annotation_path(), &detail)))
}

/// `snapshot-class-in-use`
pub static SNAPSHOT_CLASS_IN_USE: Rule = Rule {
    id: "snapshot-class-in-use",
    default: Action::Deny,
    refusal: Refusal::Forbidden,
    summary: "A class with live checkpoints is not deleted, and its `provisioner` and `parameters` \
              do not change.",
    why: "Restore and delete of a checkpoint use the class that it was written with: without it, \
          or with another driver behind it, the agents' memory is lost. The message names \
          Sandboxes that hold a checkpoint on it or are being hibernated onto it, and says what to \
          do about each: most can be resumed.",
    ..Rule::SEMANTIC
};

fn affected(disruption: &Disruption<'_, '_, SnapshotClasses>) -> Vec<&'static str> {
    if disruption.new.is_none() {
        return vec![""];
    }
    let provisioner = disruption.affects(|class| &class.provisioner).then_some(PROVISIONER);
    let parameters = disruption.affects(|class| &class.parameters).then_some("parameters");
    provisioner.into_iter().chain(parameters).collect()
}

fn snapshot_class_in_use(disruption: &Disruption<'_, '_, SnapshotClasses>) -> RuleResult {
    in_use::checkpoints(
        &disruption.cx,
        ObjectName::class(disruption.cx.name),
        &affected(disruption),
    )
}

/// `snapshot-class-referenced`
pub static SNAPSHOT_CLASS_REFERENCED: Rule = Rule {
    id: "snapshot-class-referenced",
    refusal: Refusal::Forbidden,
    summary: "A class that claims or templates select is not deleted, and its `provisioner` and \
              `parameters` do not change.",
    why: "No checkpoint is lost, but the Sandboxes behind those claims cannot be hibernated without \
          their class.",
    ..Rule::SEMANTIC
};

fn snapshot_class_referenced(disruption: &Disruption<'_, '_, SnapshotClasses>) -> RuleResult {
    let affected = affected(disruption);
    if affected.is_empty() {
        return Ok(Errors::none());
    }
    let users = disruption.cx.catalog.selecting_class(disruption.cx.name)?;
    if users.is_empty() {
        return Ok(Errors::none());
    }
    let users = in_use::selecting(&disruption.cx, &users);
    let detail =
        format!("selected by {users}; point those claims and templates to another class first");
    Ok(affected.iter().map(|field| FieldError::forbidden(*field, &detail)).collect())
}
