//! What is asked of the API server.

use std::fmt::Debug;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration, WebhookClientConfig,
};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::timeout;

use super::Objects;
use super::plan::{Ca, is_same_set};
use super::secret::{Data, TYPE, read_bundle, write_bundle};
use crate::admission::Phase;

/// Who we are in `managedFields`.
const FIELD_MANAGER: &str = "sandbox-admission";
/// For one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// Somebody else was faster; look again.
    #[error("somebody else changed it")]
    Conflict,
    #[error("the API server does not answer in time")]
    Silent,
    #[error("the API server refuses: {message} ({code})")]
    Refused { code: u16, message: String },
    #[error("the API server cannot be asked")]
    Unreachable(#[source] Box<kube::Error>),
}

impl ApiError {
    /// What was read is not there any more.
    fn if_gone(self) -> Self {
        match self {
            Self::Refused { code: 404, .. } => Self::Conflict,
            other => other,
        }
    }
}

/// A webhook configuration as it was read.
#[derive(Debug)]
pub(super) struct Configuration {
    pub(super) phase: Phase,
    version: Option<String>,
    /// Those that call our Service.
    pub(super) webhooks: Vec<Webhook>,
}

#[derive(Debug)]
pub(super) struct Webhook {
    name: String,
    pub(super) published: Option<Vec<Ca>>,
}

impl Webhook {
    /// Whether it trusts these CAs and no others.
    pub(super) fn trusts_just(&self, bundle: &[Ca]) -> bool {
        self.published.as_ref().is_some_and(|published| is_same_set(published, bundle))
    }
}

/// The three objects.
pub(super) struct ApiServer {
    objects: Objects,
    secrets: Api<Secret>,
    mutating: Api<MutatingWebhookConfiguration>,
    validating: Api<ValidatingWebhookConfiguration>,
}

impl ApiServer {
    pub(super) fn new(client: Client, objects: Objects) -> Self {
        Self {
            secrets: Api::namespaced(client.clone(), &objects.namespace),
            mutating: Api::all(client.clone()),
            validating: Api::all(client),
            objects,
        }
    }

    /// None if there is no such Secret.
    pub(super) async fn secret(&self) -> Result<Option<Secret>, ApiError> {
        answer(self.secrets.get_opt(&self.objects.secret)).await
    }

    /// Creates the Secret, or replaces what we keep in the one that was read, if it is still the
    /// same. Labels, annotations and other keys are somebody else's.
    pub(super) async fn write(&self, before: Option<Secret>, data: Data) -> Result<(), ApiError> {
        let name = &self.objects.secret;
        let params = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), dry_run: false };
        let done = if let Some(mut secret) = before {
            secret.data.get_or_insert_default().extend(data);
            answer(self.secrets.replace(name, &params, &secret)).await.map_err(ApiError::if_gone)
        } else {
            let secret = Secret {
                metadata: ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() },
                data: Some(data),
                type_: Some(TYPE.to_owned()),
                ..Secret::default()
            };
            answer(self.secrets.create(&params, &secret)).await
        };
        done.map(drop)
    }

    /// Those that exist.
    pub(super) async fn configurations(&self) -> Result<Vec<Configuration>, ApiError> {
        let mutating = self.configuration(&self.mutating, &self.objects.mutating).await?;
        let validating = self.configuration(&self.validating, &self.objects.validating).await?;
        Ok([mutating, validating].into_iter().flatten().collect())
    }

    async fn configuration<K: Registration>(
        &self,
        api: &Api<K>,
        name: &str,
    ) -> Result<Option<Configuration>, ApiError> {
        let Some(found) = answer(api.get_opt(name)).await? else {
            return Ok(None);
        };
        let webhooks = found.webhooks().filter(|(_, client)| self.is_ours(client));
        let webhooks = webhooks.map(|(name, client)| Webhook {
            name: name.clone(),
            published: client.ca_bundle.as_ref().and_then(|it| read_bundle(&it.0)),
        });
        Ok(Some(Configuration {
            phase: K::PHASE,
            version: found.resource_version(),
            webhooks: webhooks.collect(),
        }))
    }

    fn is_ours(&self, client: &WebhookClientConfig) -> bool {
        client.service.as_ref().is_some_and(|service| {
            service.name == self.objects.service && service.namespace == self.objects.namespace
        })
    }

    /// Sets the `caBundle` of our webhooks, and nothing else, if the configuration is still as it
    /// was read.
    ///
    /// By a patch, not by server-side apply: whoever applies a field of a webhook co-owns the
    /// webhook, and when its author later leaves it out of what he applies, the API server keeps a
    /// webhook with nothing but our field and refuses the change as invalid.
    pub(super) async fn publish(
        &self,
        configuration: &Configuration,
        bundle: &[Ca],
    ) -> Result<(), ApiError> {
        let webhooks: Vec<_> = configuration
            .webhooks
            .iter()
            .map(|webhook| {
                let bundle: ByteString = write_bundle(bundle);
                json!({"name": webhook.name, "clientConfig": {"caBundle": bundle}})
            })
            .collect();
        let version = &configuration.version;
        let change = json!({"metadata": {"resourceVersion": version}, "webhooks": webhooks});
        let params =
            PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        // Webhooks are merged by name.
        let change = Patch::Strategic(change);
        let Objects { mutating, validating, .. } = &self.objects;
        let done = match configuration.phase {
            Phase::Mutating => {
                answer(self.mutating.patch(mutating, &params, &change)).await.map(drop)
            }
            Phase::Validating => {
                answer(self.validating.patch(validating, &params, &change)).await.map(drop)
            }
        };
        done.map_err(ApiError::if_gone)
    }
}

/// A kind of webhook configuration.
trait Registration: Resource + Clone + Debug + DeserializeOwned {
    const PHASE: Phase;
    fn webhooks(&self) -> impl Iterator<Item = (&String, &WebhookClientConfig)>;
}

impl Registration for MutatingWebhookConfiguration {
    const PHASE: Phase = Phase::Mutating;
    fn webhooks(&self) -> impl Iterator<Item = (&String, &WebhookClientConfig)> {
        self.webhooks.iter().flatten().map(|webhook| (&webhook.name, &webhook.client_config))
    }
}

impl Registration for ValidatingWebhookConfiguration {
    const PHASE: Phase = Phase::Validating;
    fn webhooks(&self) -> impl Iterator<Item = (&String, &WebhookClientConfig)> {
        self.webhooks.iter().flatten().map(|webhook| (&webhook.name, &webhook.client_config))
    }
}

async fn answer<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, ApiError> {
    match timeout(PATIENCE, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(kube::Error::Api(status))) if status.code == 409 => Err(ApiError::Conflict),
        Ok(Err(kube::Error::Api(status))) => {
            Err(ApiError::Refused { code: status.code, message: status.message })
        }
        Ok(Err(error)) => Err(ApiError::Unreachable(Box::new(error))),
        Err(_) => Err(ApiError::Silent),
    }
}
