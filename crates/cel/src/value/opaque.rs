//! Values that only their own functions know.

use std::sync::Arc;

/// A value of a type that only its own functions know.
#[derive(Debug, Clone, PartialEq)]
pub enum Opaque {
    /// `kubernetes.URL`.
    Url(Arc<str>),
}

impl Opaque {
    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Url(_) => "kubernetes.URL",
        }
    }

    /// The size that Kubernetes counts in costs, for those types that have one.
    pub(crate) fn cost_size(&self) -> u64 {
        match self {
            Self::Url(_) => 1,
        }
    }
}
