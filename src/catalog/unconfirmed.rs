//! The facts that a catalog cannot be sure of, because it is a moment behind the cluster.

use std::fmt;

use super::ObjectRef;
use super::name::is_name;
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
    /// It knows no checkpoint that depends on this class or provider; there may be one. Only
    /// administrators delete and change these, and seldom, so that a live re-check can be afforded.
    /// Every tenant may delete claims as often as he likes: for them the catalog's answer stands.
    Unused(ObjectRef),
}

impl Unconfirmed {
    /// Returns whether there can be such an object. Where it is asked for, names become part of a
    /// path: any other text must not get there.
    pub fn is_possible(&self) -> bool {
        match self {
            Self::Missing(object) => object.as_name().is_possible(),
            Self::NoDefault { kind, namespace } => !kind.is_namespaced() || is_name(namespace),
            Self::Unused(_) => true,
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
        }
    }
}
