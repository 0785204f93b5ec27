//! The rules.

/// What a rule does when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Refuse the write.
    Deny,
    /// Allow it and say what is probably wrong.
    Warn,
}
