//! The two halves of admission.

/// The sort of webhook configuration that a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// `MutatingWebhookConfiguration`, `POST /mutate`: fills in defaults.
    Mutating,
    /// `ValidatingWebhookConfiguration`, `POST /validate`: allows or denies.
    Validating,
}
