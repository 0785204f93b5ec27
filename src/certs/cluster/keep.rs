//! Carries plans out.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use k8s_openapi::api::core::v1::Secret;
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::objects::{SharedObjects, WebhookConfiguration};
use super::plan::{Renewal, Replica, Step};
use super::secret::SecretContent;
use super::{CertificateReport, ObjectNames, Timing};
use crate::admission::Phase;
use crate::certs::{Certificates, ServingCertificate, SubjectNames};
use crate::client::ApiError;

/// The most looks in a pass: after so many that each led to a change, somebody else changes things
/// too.
const LOOKS: usize = 8;

/// The reason why a pass did not get to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReconcileError {
    #[error("cannot read the webhook configurations")]
    ReadConfigurations(#[source] ApiError),
    #[error("cannot read the Secret")]
    ReadSecret(#[source] ApiError),
    #[error("cannot write the Secret")]
    Write(#[source] ApiError),
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
    #[error("cannot publish the CA in the {0:?}WebhookConfiguration")]
    Publish(Phase, #[source] ApiError),
    #[error("the Secret or a webhook configuration is changed by somebody else all the time")]
    Unsettled,
}

/// The part of an error by which a new error, which is logged, differs from a repeated one.
type ErrorKey = (String, Option<(std::mem::Discriminant<ApiError>, u16)>);

impl ReconcileError {
    fn kind(&self) -> ErrorKey {
        let cause = match self {
            Self::ReadConfigurations(it)
            | Self::ReadSecret(it)
            | Self::Write(it)
            | Self::Publish(_, it) => Some(it),
            Self::Make(_) | Self::Unsettled => None,
        };
        let code = |error: &ApiError| match error {
            ApiError::Refused { code, .. } => *code,
            _ => 0,
        };
        (self.to_string(), cause.map(|it| (std::mem::discriminant(it), code(it))))
    }
}

/// A replica at work.
pub(super) struct Keeper<R> {
    pub(super) objects: Arc<SharedObjects>,
    pub(super) names: SubjectNames,
    pub(super) timing: Timing,
    pub(super) certificates: Arc<Certificates>,
    pub(super) report: R,
    pub(super) replica: Replica,
    pub(super) started: Instant,
    /// The errors that are in the log already.
    pub(super) reported: Vec<ErrorKey>,
    /// The configurations that do not call us, as they were logged last.
    pub(super) uncalled: Option<Vec<Phase>>,
}

impl<R: FnMut(CertificateReport<'_>)> Keeper<R> {
    /// The time after which to look again although nothing happens, if something waits for that.
    pub(super) fn wakes(&self) -> Option<Duration> {
        let uptime = self.started.elapsed();
        self.replica.wakes(uptime).map(|wakes| wakes.saturating_sub(uptime))
    }

    /// Does what there is to do; returns whether all of it could be done.
    pub(super) async fn pass(&mut self) -> bool {
        let errors = self.settle().await;
        // A failure is logged once, until it is over.
        let kinds: Vec<_> = errors.iter().map(ReconcileError::kind).collect();
        if kinds.is_empty() && !self.reported.is_empty() {
            info!("the shared certificate is in order again");
        }
        for (error, kind) in errors.iter().zip(&kinds) {
            (self.report)(CertificateReport::Failed);
            if !self.reported.contains(kind) {
                let secret =
                    format!("{}/{}", self.objects.names.namespace, self.objects.names.secret);
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                error!(%secret, cause, "{error}; trying again");
            }
        }
        self.reported = kinds;
        self.reported.is_empty()
    }

    /// Looks and acts until nothing is left to do.
    async fn settle(&mut self) -> Vec<ReconcileError> {
        for _ in 0..LOOKS {
            match self.look_and_act().await {
                Ok(Look::Settled) => return Vec::new(),
                Ok(Look::Changed) => {}
                Err(errors) => return errors,
            }
        }
        vec![ReconcileError::Unsettled]
    }

    async fn look_and_act(&mut self) -> Result<Look, Vec<ReconcileError>> {
        // In this order: see `plan`.
        let configurations = self
            .objects
            .configurations()
            .await
            .map_err(|error| vec![ReconcileError::ReadConfigurations(error)])?;
        let secret =
            self.objects.secret().await.map_err(|error| vec![ReconcileError::ReadSecret(error)])?;
        self.warn_of_uncalled(&configurations);

        let content = secret
            .as_ref()
            .and_then(|secret| secret.data.as_ref())
            .map(|data| SecretContent::read(data, &self.names))
            .unwrap_or_default();
        let webhooks = configurations.iter().flat_map(|it| &it.webhooks);
        let published: Vec<_> = webhooks.map(|webhook| webhook.published.clone()).collect();
        let now = SystemTime::now();
        let steps = self.replica.plan(now, self.started.elapsed(), &content.held, &published);

        let mut look = Look::Settled;
        let mut errors = Vec::new();
        for step in steps {
            match step {
                Step::Write(renewal) => {
                    match self.write(secret.clone(), &content, &renewal, now).await {
                        // The Secret is no longer the one that was seen.
                        Ok(()) | Err(ReconcileError::Write(ApiError::Conflict)) => {
                            return Ok(Look::Changed);
                        }
                        Err(error) => errors.push(error),
                    }
                }
                Step::Publish => {
                    for configuration in &configurations {
                        match self.publish(configuration, &content).await {
                            Ok(false) => {}
                            Ok(true) | Err(ApiError::Conflict) => look = Look::Changed,
                            Err(error) => {
                                errors.push(ReconcileError::Publish(configuration.phase, error));
                            }
                        }
                    }
                }
                Step::Serve => {
                    if let Some(certificate) = &content.certificate {
                        self.replica.serving.clone_from(&content.held.leaf);
                        self.serve(certificate);
                    }
                }
            }
        }
        if errors.is_empty() { Ok(look) } else { Err(errors) }
    }

    async fn write(
        &self,
        secret: Option<Secret>,
        content: &SecretContent,
        renewal: &Renewal,
        now: SystemTime,
    ) -> Result<(), ReconcileError> {
        let lifetimes = &self.timing.lifetimes;
        let data =
            content.renewed(renewal, &self.names, lifetimes, now).map_err(ReconcileError::Make)?;
        self.objects.write(secret, data).await.map_err(ReconcileError::Write)?;
        let made = match (renewal.ca, renewal.leaf) {
            (true, true) => "a CA and a serving certificate",
            (true, false) => "a CA, which signs once it is published",
            (false, true) => "a serving certificate",
            (false, false) => "nothing new, but trust in what is served",
        };
        let ObjectNames { namespace, secret, .. } = &self.objects.names;
        info!(secret = %format!("{namespace}/{secret}"), "put into the Secret: {made}");
        Ok(())
    }

    /// Returns whether there was something to publish.
    async fn publish(
        &self,
        configuration: &WebhookConfiguration,
        content: &SecretContent,
    ) -> Result<bool, ApiError> {
        let bundle = &content.held.bundle;
        if configuration.webhooks.iter().all(|webhook| webhook.trusts_just(bundle)) {
            return Ok(false);
        }
        self.objects.publish(configuration, bundle).await?;
        info!(cas = bundle.len(), "published in the {:?}WebhookConfiguration", configuration.phase);
        Ok(true)
    }

    fn serve(&mut self, certificate: &ServingCertificate) {
        self.certificates.replace(certificate);
        info!("the serving certificate of the Secret is in use");
        (self.report)(CertificateReport::Serving(certificate));
    }

    /// Warns of configurations that do not call us: a wrong name in a flag looks like this.
    fn warn_of_uncalled(&mut self, configurations: &[WebhookConfiguration]) {
        let calls = |phase: &Phase| {
            configurations.iter().any(|it| it.phase == *phase && !it.webhooks.is_empty())
        };
        let uncalled: Vec<_> =
            [Phase::Mutating, Phase::Validating].into_iter().filter(|it| !calls(it)).collect();
        if self.uncalled.as_ref() == Some(&uncalled) {
            return;
        }
        let ObjectNames { namespace, service, mutating, validating, .. } = &self.objects.names;
        for phase in &uncalled {
            let name = match phase {
                Phase::Mutating => mutating,
                Phase::Validating => validating,
            };
            warn!(
                "no {phase:?}WebhookConfiguration {name} calls Service {namespace}/{service}; the \
                 CA is published there as soon as one does"
            );
        }
        self.uncalled = Some(uncalled);
    }
}

/// The outcome of a look.
enum Look {
    /// There is nothing left to do.
    Settled,
    /// Something is different now.
    Changed,
}
