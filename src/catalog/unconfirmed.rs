//! What a catalog cannot be sure of, being a moment behind.

use std::fmt;

use super::ObjectRef;
use super::name::is_name;
use crate::api::Kind;

/// What a catalog cannot be sure of, being a moment behind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unconfirmed {
    /// Whether an object that it does not know exists after all.
    Missing(ObjectRef),
    /// Whether there is a default class, or a default claim in a namespace, though it knows none.
    NoDefault {
        /// Of the default.
        kind: Kind,
        /// Empty for a class.
        namespace: String,
    },
    /// Whether a checkpoint that it does not know depends on this: a class or provider. Only
    /// administrators delete and change these, and seldom, so that a second look can be afforded; for
    /// claims, which every tenant may delete as often as he likes, the catalog's word stands.
    Unused(ObjectRef),
}

impl Unconfirmed {
    /// Whether there can be such an object. Where it is asked for, names become part of a path: any
    /// other text must not get there.
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
