//! The objects that this project admits: one file per kind.
//!
//! Types here are *partial* on purpose: they name the fields that a rule reads and skip all others,
//! so that unknown fields never fail a decode and a large Sandbox costs little.

pub mod schema;
pub mod words;

mod condition;
mod decode;
mod lenient;
mod meta;
mod namespace;
mod parameters;
mod pod_template;
mod sandbox;
mod snapshot_claim;
mod snapshot_claim_template;
mod snapshot_class;
mod snapshot_provider;
mod subject;
mod text_map;

pub use decode::{DecodeError, Decoded, decode, decode_stored, decode_update};
pub use meta::{ObjectMeta, OwnerReference, RELEASE_CHECKPOINT_ANNOTATION};
pub use namespace::Namespace;
pub use parameters::Parameters;
pub use pod_template::PodAnnotations;
pub use sandbox::{
    Hibernate, OperatingMode, Reference, Sandbox, SandboxSnapshot, SandboxSpec, SuspensionStrategy,
    SuspensionType,
};
pub use snapshot_claim::{DEFAULT_CLAIM_ANNOTATION, SnapshotClaim, SnapshotClaimSpec};
pub use snapshot_claim_template::{SnapshotClaimTemplate, TemplateMeta};
pub use snapshot_class::{DEFAULT_CLASS_ANNOTATION, SnapshotClass};
pub use snapshot_provider::{Backend, SnapshotProvider};
pub use subject::{Subject, Versions};
pub use text_map::TextMap;

/// The API group of every kind here.
pub const GROUP: &str = "agents.x-k8s.io";
/// The one version that is admitted.
pub const VERSION: &str = "v1beta1";

/// A kind that this project admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The agent's sandbox; owned by upstream, only its suspend fields are judged.
    Sandbox,
    /// Cluster-scoped, owned by admins: a driver and its defaults.
    SnapshotClass,
    /// Namespaced, owned by tenants: where checkpoints go.
    SnapshotClaim,
    /// Namespaced: the controller makes one claim per Sandbox from it.
    SnapshotClaimTemplate,
    /// Cluster-scoped, strongly typed alternative to class and claim (the KEP's Option A).
    SnapshotProvider,
}

impl Kind {
    /// Every kind, in the order in which documents list them.
    pub const ALL: [Self; 5] = [
        Self::Sandbox,
        Self::SnapshotClass,
        Self::SnapshotClaim,
        Self::SnapshotClaimTemplate,
        Self::SnapshotProvider,
    ];

    /// The kind as manifests spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "Sandbox",
            Self::SnapshotClass => "SnapshotClass",
            Self::SnapshotClaim => "SnapshotClaim",
            Self::SnapshotClaimTemplate => "SnapshotClaimTemplate",
            Self::SnapshotProvider => "SnapshotProvider",
        }
    }

    /// The resource as URLs and RBAC rules spell it.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Sandbox => "sandboxes",
            Self::SnapshotClass => "snapshotclasses",
            Self::SnapshotClaim => "snapshotclaims",
            Self::SnapshotClaimTemplate => "snapshotclaimtemplates",
            Self::SnapshotProvider => "snapshotproviders",
        }
    }

    /// Returns whether objects of this kind live in a namespace.
    pub const fn is_namespaced(self) -> bool {
        !matches!(self, Self::SnapshotClass | Self::SnapshotProvider)
    }

    /// The kind that manifests spell like this.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of an object with this `apiVersion` and `kind`, if it is one of ours.
    pub fn from_api(api_version: &str, kind: &str) -> Option<Self> {
        let (group, version) = api_version.split_once('/')?;
        (group == GROUP && version == VERSION).then(|| Self::from_name(kind)).flatten()
    }
}
