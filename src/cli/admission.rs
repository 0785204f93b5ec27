//! The server's handler: it passes reviews to the webhook, and is ready once webhook and certificate are.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::admission::Phase;
use crate::certs::Certificates;
use crate::server::Handler;
use crate::webhook::{Caller, Outcome, Reply, Webhook};

/// The webhook with the certificate that it is served with.
pub struct Admission {
    /// The part that answers reviews.
    pub webhook: Arc<Webhook>,
    /// The certificates that the server shows to clients.
    pub certificates: Arc<Certificates>,
}

impl Handler for Admission {
    async fn review(
        self: Arc<Self>,
        phase: Phase,
        body: Bytes,
        caller: Caller,
    ) -> (Reply, Outcome) {
        Arc::clone(&self.webhook).review(phase, body, caller).await
    }

    fn not_ready(&self) -> Option<String> {
        self.certificates.not_ready(SystemTime::now()).or_else(|| self.webhook.not_ready())
    }
}
