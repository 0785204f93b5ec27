//! The facts that a catalog cannot be sure of, because it is a moment behind the cluster.

use std::fmt;
use std::sync::Arc;

use super::name::is_name;
use super::{ObjectRef, Right};
use crate::api::Kind;

/// A fact that a catalog cannot be sure of, because it is a moment behind the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unconfirmed {
    /// It does not know this object, which may exist.
    Missing(ObjectRef),
    /// It knows no default class, or no default claim in a namespace; there may be one.
    NoDefault {
        /// The kind of the default.
        kind: Kind,
        /// Empty for a class.
        namespace: String,
    },
    /// It knows no checkpoint that depends on this object; there may be one.
    Unused(ObjectRef),
    /// It knows checkpoints that depend on this object; their Sandboxes may be gone.
    Used(ObjectRef),
    /// It does not know whether a user has this right. No catalog does.
    Allowed(Arc<Right>),
}

impl Unconfirmed {
    /// Returns whether it is about who uses an object.
    pub fn is_about_use(&self) -> bool {
        matches!(self, Self::Unused(_) | Self::Used(_))
    }

    /// Returns whether there can be such an object. Where it is asked for, names become part of a
    /// path: any other text must not get there.
    pub fn is_possible(&self) -> bool {
        match self {
            Self::Missing(object) | Self::Unused(object) | Self::Used(object) => {
                object.as_name().is_possible()
            }
            Self::NoDefault { kind, namespace } => !kind.is_namespaced() || is_name(namespace),
            Self::Allowed(_) => true,
        }
    }
}

impl fmt::Display for Unconfirmed {
    /// `whether SnapshotClaim team-a/fast exists`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(object) => write!(f, "whether {object} exists"),
            Self::NoDefault { kind, namespace } => {
                write!(f, "whether there is a default {}", kind.name())?;
                if kind.is_namespaced() { write!(f, " in namespace {namespace}") } else { Ok(()) }
            }
            Self::Unused(object) => write!(f, "whether {object} is in use"),
            Self::Used(object) => write!(f, "whether {object} is still in use"),
            Self::Allowed(right) => write!(f, "whether {right}"),
        }
    }
}
