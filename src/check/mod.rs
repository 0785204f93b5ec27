//! The same verdicts offline: manifests in, a report out. No I/O and no printing; reading files and
//! the exit code are the command line's.
//!
//! Objects are judged as an API server would judge them if they were applied together: each one
//! finds the others in its catalog, and an object that is stored already is judged as an update of
//! it. A manifest is taken as the whole object, as by `kubectl replace`: what an apply would keep
//! because another manager owns it, is not there.

mod applied;
mod findings;
mod judgement;
mod object;
pub mod report;
mod unknown_fields;

use std::collections::BTreeMap;

use applied::Applied;
use judgement::Judges;
use kubernetes_manifest::Document;
use object::ManifestObject;

use crate::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION};
use crate::catalog::files::{FilesError, kind_of, resource_of};
use crate::catalog::{Resource, Unavailable};
use crate::policy::PolicySet;
use crate::rules::RuleSet;

pub use findings::{CheckVerdict, Checked, Judgement, LocatedFinding, Report, Severity, Summary};

/// The objects to judge, and the other objects that exist.
#[derive(Debug)]
pub struct Input<'i> {
    /// The objects to be applied.
    pub checked: &'i [Document],
    /// The other objects that exist.
    pub catalog: &'i [Document],
    /// The objects that are stored: a checked object that is among these is an update.
    pub old: &'i [Document],
    /// The namespace of objects that name none.
    pub namespace: &'i str,
}

/// The reasons why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A stored or existing object is not what its kind says.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// Rules or policies could not decide about an object.
    #[error("{object}: {why}")]
    Undecided {
        /// Where it is, and which.
        object: String,
        /// The reason why they could not.
        why: Unavailable,
    },
    /// An object could not be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A default could not be filled in.
    #[error("a default could not be filled in: {0}")]
    Default(#[from] json_patch::PatchError),
}

/// Judges objects as if they were applied together.
pub fn check(
    input: &Input<'_>,
    rules: &RuleSet,
    policies: &PolicySet,
) -> Result<Report, CheckError> {
    let (old, catalog) = (existing(input.old, input)?, existing(input.catalog, input)?);
    let checked: Vec<Option<ManifestObject<'_>>> =
        objects(input.checked, input).collect::<Result<_, _>>()?;
    let namespaces = namespaces(input)?;
    let applied = Applied::new(old.iter().chain(&catalog), checked.iter().flatten(), namespaces);
    let everything = applied.catalog();
    let stored: BTreeMap<_, _> = old.iter().map(|object| (&object.key, object)).collect();

    let results = input.checked.iter().zip(&checked).map(|(document, object)| {
        let Some(object) = object else { return Ok(Checked::skipped(document)) };
        let stored = stored.get(&object.key).copied().filter(|_| object.is_named());
        let in_namespace =
            finds_itself(object, stored).then(|| applied.catalog_without(&object.key));
        let catalog = in_namespace.as_ref().unwrap_or(&everything);
        let judgement = judgement::judge(object, stored, &Judges { rules, policies, catalog })?;
        Ok(Checked::judged(object, judgement))
    });
    Ok(Report { results: results.collect::<Result<_, CheckError>>()? })
}

/// Returns whether rules may find the object itself when they look for the class or claim onto
/// which a Sandbox is hibernated by default: a server finds it as it was.
fn finds_itself(object: &ManifestObject<'_>, stored: Option<&ManifestObject<'_>>) -> bool {
    let is_default = |it: &ManifestObject<'_>| {
        it.has_annotation(DEFAULT_CLASS_ANNOTATION) || it.has_annotation(DEFAULT_CLAIM_ANNOTATION)
    };
    stored.is_some_and(|stored| is_default(stored) || is_default(object))
}

/// The objects of ours among documents that are not to be judged: each must be what its kind says.
fn existing<'d>(
    documents: &'d [Document],
    input: &Input<'_>,
) -> Result<Vec<ManifestObject<'d>>, CheckError> {
    objects(documents, input)
        .filter_map(Result::transpose)
        .map(|object| {
            let object = object?;
            object.decodes()?;
            Ok(object)
        })
        .collect()
}

/// The namespaces that are known, as JSON; of one name the one that is to be.
fn namespaces(input: &Input<'_>) -> Result<Vec<String>, serde_json::Error> {
    let documents = input.old.iter().chain(input.catalog).chain(input.checked);
    let namespaces = documents.filter(|it| resource_of(&it.root) == Some(Resource::Namespace));
    namespaces.map(|document| serde_json::to_string(&document.root)).collect()
}

/// The object of each document; `None` where it is not one of ours.
fn objects<'d>(
    documents: &'d [Document],
    input: &Input<'_>,
) -> impl Iterator<Item = Result<Option<ManifestObject<'d>>, serde_json::Error>> {
    documents.iter().map(|document| {
        let kind = kind_of(&document.root);
        kind.map(|kind| ManifestObject::new(kind, document, input.namespace)).transpose()
    })
}
