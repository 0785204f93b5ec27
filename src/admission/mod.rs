//! The Kubernetes admission protocol. Nothing here knows a kind.

/// What the client does to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// POST, or server-side apply of a missing object.
    Create,
    /// PUT, PATCH, or apply of an existing object.
    Update,
    /// DELETE, one call per object for collections.
    Delete,
    /// Only for subresources such as `pods/exec`; none of our kinds has one.
    Connect,
}
