//! Values that only their own functions know.

use std::sync::Arc;

/// A value of a type that only its own functions know.
#[derive(Debug, Clone)]
pub enum Opaque {
    /// `kubernetes.URL`.
    Url(Arc<str>),
}
