//! The findings of a check, for reporters to show.

use std::borrow::Cow;
use std::sync::Arc;

use json_patch::Patch;
use kubernetes_manifest::{Document, Node, Position};

use super::object::{ManifestObject, display_name, metadata};

/// Every object that was given, in the order of the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// One per object.
    pub results: Vec<Checked>,
}

/// An object and its findings.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// Where the object begins.
    pub position: Position,
    /// As written; empty where missing.
    pub api_version: String,
    /// As written; empty where missing.
    pub kind: String,
    /// Empty for cluster-scoped objects.
    pub namespace: String,
    /// The name, or the `generateName` that it will be made from.
    pub name: String,
    /// `None` for what is not ours to judge.
    pub judgement: Option<Judgement>,
}

/// The findings of rules about an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// The reasons why it would be denied.
    pub violations: Vec<LocatedFinding>,
    /// The probable mistakes.
    pub warnings: Vec<LocatedFinding>,
    /// The values that would be filled in.
    pub patch: Patch,
}

/// One thing that is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedFinding {
    /// The rule's id, or the policy's name.
    pub rule: Cow<'static, str>,
    /// The field's path; empty for the object as a whole.
    pub field: String,
    /// Where the field stands, or the nearest of its parents that is there.
    pub position: Position,
    /// The problem and the way to fix it, without the path.
    pub message: String,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Denied.
    Error,
    /// Allowed all the same.
    Warning,
}

/// The verdict on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckVerdict {
    /// Admitted, perhaps with warnings.
    Allowed,
    /// Refused.
    Denied,
    /// Not of our kinds.
    Skipped,
}

/// The number of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects that would be admitted.
    pub allowed: usize,
    /// Objects that would be refused.
    pub denied: usize,
    /// Objects that are not of our kinds.
    pub skipped: usize,
    /// Warnings, also those about denied objects.
    pub warnings: usize,
}

impl Report {
    /// The objects in groups of one file each.
    pub fn files(&self) -> impl Iterator<Item = &[Checked]> {
        self.results.chunk_by(|one, other| one.file == other.file)
    }

    /// The counts.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for checked in &self.results {
            *match checked.verdict() {
                CheckVerdict::Allowed => &mut summary.allowed,
                CheckVerdict::Denied => &mut summary.denied,
                CheckVerdict::Skipped => &mut summary.skipped,
            } += 1;
            summary.warnings += checked.judgement.as_ref().map_or(0, |it| it.warnings.len());
        }
        summary
    }
}

impl Checked {
    pub(super) fn skipped(document: &Document) -> Self {
        let root = &document.root;
        let namespace = metadata(root, "namespace").unwrap_or_default();
        Self::new(document, namespace, None)
    }

    pub(super) fn judged(object: &ManifestObject<'_>, judgement: Judgement) -> Self {
        Self::new(object.document, &object.key.namespace, Some(judgement))
    }

    fn new(document: &Document, namespace: &str, judgement: Option<Judgement>) -> Self {
        let root = &document.root;
        let text = |key| root.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        Self {
            file: Arc::clone(&document.file),
            position: root.position,
            api_version: text("apiVersion"),
            kind: text("kind"),
            namespace: namespace.to_owned(),
            name: display_name(root).to_owned(),
            judgement,
        }
    }

    /// Returns the verdict on it.
    pub fn verdict(&self) -> CheckVerdict {
        match &self.judgement {
            None => CheckVerdict::Skipped,
            Some(judgement) if judgement.violations.is_empty() => CheckVerdict::Allowed,
            Some(_) => CheckVerdict::Denied,
        }
    }

    /// Returns all findings about it, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = (Severity, &LocatedFinding)> {
        self.judgement.iter().flat_map(|judgement| {
            let violations = judgement.violations.iter().map(|it| (Severity::Error, it));
            violations.chain(judgement.warnings.iter().map(|it| (Severity::Warning, it)))
        })
    }

    /// `Sandbox team-a/x`, `SnapshotClass nightly`
    pub fn title(&self) -> String {
        let name = if self.name.is_empty() { "without a name" } else { &self.name };
        match self.namespace.as_str() {
            "" => format!("{} {name}", self.kind),
            namespace => format!("{} {namespace}/{name}", self.kind),
        }
    }
}

impl LocatedFinding {
    pub(super) fn new(
        document: &Document,
        rule: Cow<'static, str>,
        field: String,
        message: String,
    ) -> Self {
        Self { rule, position: document.root.locate(&field), field, message }
    }

    /// The field and the problem with it.
    pub fn text(&self) -> String {
        match self.field.as_str() {
            "" => self.message.clone(),
            field => format!("{field}: {}", self.message),
        }
    }
}

impl Severity {
    /// As compilers, GitHub and SARIF call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl CheckVerdict {
    /// As the JSON report spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Skipped => "skipped",
        }
    }
}
