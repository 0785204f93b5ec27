//! The Secret and the two webhook configurations, as the API server has them.

use bytes::Bytes;
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration, WebhookClientConfig,
};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt as _;
use kube::core::{ApiResource, Resource};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::ObjectNames;
use super::plan::{Ca, is_same_set};
use super::secret::{Data, TYPE, read_bundle, write_bundle};
use crate::admission::Phase;
use crate::client::{ApiClient, ApiError, Collection};

/// A webhook configuration as it was read.
#[derive(Debug)]
pub(super) struct WebhookConfiguration {
    pub(super) phase: Phase,
    version: Option<String>,
    pub(super) webhooks: Vec<OurWebhook>,
}

/// A webhook that calls our Service.
#[derive(Debug)]
pub(super) struct OurWebhook {
    name: String,
    pub(super) published: Option<Vec<Ca>>,
}

impl OurWebhook {
    /// Returns whether it trusts these CAs and no others.
    pub(super) fn trusts_just(&self, bundle: &[Ca]) -> bool {
        self.published.as_ref().is_some_and(|published| is_same_set(published, bundle))
    }
}

/// One of the three objects.
pub(super) struct ObjectPath {
    pub(super) collection: Collection,
    pub(super) name: String,
}

impl ObjectPath {
    fn of<K: Resource<DynamicType = ()>>(namespace: Option<&str>, name: &str) -> Self {
        let collection = Collection::new(&ApiResource::erase::<K>(&()), namespace);
        Self { collection, name: name.to_owned() }
    }
}

/// The three objects.
pub(super) struct SharedObjects {
    pub(super) client: ApiClient,
    pub(super) names: ObjectNames,
    pub(super) secret: ObjectPath,
    pub(super) mutating: ObjectPath,
    pub(super) validating: ObjectPath,
}

impl SharedObjects {
    pub(super) fn new(client: ApiClient, names: ObjectNames) -> Self {
        let ObjectNames { namespace, secret, mutating, validating, .. } = &names;
        Self {
            secret: ObjectPath::of::<Secret>(Some(namespace), secret),
            mutating: ObjectPath::of::<MutatingWebhookConfiguration>(None, mutating),
            validating: ObjectPath::of::<ValidatingWebhookConfiguration>(None, validating),
            client,
            names,
        }
    }

    /// Returns `None` if there is no such Secret.
    pub(super) async fn secret(&self) -> Result<Option<Secret>, ApiError> {
        self.get(&self.secret).await
    }

    /// Creates the Secret, or replaces what we keep in the one that was read, if it is still the
    /// same. Labels, annotations and other keys are somebody else's.
    pub(super) async fn write(&self, before: Option<Secret>, data: Data) -> Result<(), ApiError> {
        let ObjectPath { collection, name } = &self.secret;
        if let Some(mut secret) = before {
            secret.data.get_or_insert_default().extend(data);
            return self.client.replace(collection, name, &secret).await.map_err(if_gone);
        }
        let secret = Secret {
            metadata: ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() },
            data: Some(data),
            type_: Some(TYPE.to_owned()),
            ..Secret::default()
        };
        self.client.create(collection, &secret).await
    }

    /// Returns the configurations that exist.
    pub(super) async fn configurations(&self) -> Result<Vec<WebhookConfiguration>, ApiError> {
        let mutating: Option<MutatingWebhookConfiguration> = self.get(&self.mutating).await?;
        let mutating = mutating.map(|it| {
            let webhooks = it.webhooks.iter().flatten();
            let webhooks = webhooks.map(|webhook| (&webhook.name, &webhook.client_config));
            self.configuration(Phase::Mutating, it.resource_version(), webhooks)
        });
        let validating: Option<ValidatingWebhookConfiguration> = self.get(&self.validating).await?;
        let validating = validating.map(|it| {
            let webhooks = it.webhooks.iter().flatten();
            let webhooks = webhooks.map(|webhook| (&webhook.name, &webhook.client_config));
            self.configuration(Phase::Validating, it.resource_version(), webhooks)
        });
        Ok([mutating, validating].into_iter().flatten().collect())
    }

    fn configuration<'w>(
        &self,
        phase: Phase,
        version: Option<String>,
        webhooks: impl Iterator<Item = (&'w String, &'w WebhookClientConfig)>,
    ) -> WebhookConfiguration {
        let webhooks = webhooks.filter(|(_, client)| self.is_ours(client));
        let webhooks = webhooks.map(|(name, client)| OurWebhook {
            name: name.clone(),
            published: client.ca_bundle.as_ref().and_then(|it| read_bundle(&it.0)),
        });
        WebhookConfiguration { phase, version, webhooks: webhooks.collect() }
    }

    fn is_ours(&self, client: &WebhookClientConfig) -> bool {
        client.service.as_ref().is_some_and(|service| {
            service.name == self.names.service && service.namespace == self.names.namespace
        })
    }

    /// Sets the `caBundle` of our webhooks, and nothing else, if the configuration is still as it
    /// was read.
    ///
    /// By a patch, not by server-side apply: anyone who applies a field of a webhook co-owns the
    /// webhook, and when its author later leaves it out, the API server keeps a
    /// webhook with nothing but our field and refuses the change as invalid.
    pub(super) async fn publish(
        &self,
        configuration: &WebhookConfiguration,
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
        let ObjectPath { collection, name } = match configuration.phase {
            Phase::Mutating => &self.mutating,
            Phase::Validating => &self.validating,
        };
        self.client.patch(collection, name, &change).await.map_err(if_gone)
    }

    async fn get<K: DeserializeOwned>(&self, place: &ObjectPath) -> Result<Option<K>, ApiError> {
        let json: Bytes = match self.client.get(&place.collection, &place.name).await {
            Ok(json) => json,
            Err(ApiError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(serde_json::from_slice(&json)?))
    }
}

/// Takes "not found" for a conflict: the object was there when it was read.
fn if_gone(error: ApiError) -> ApiError {
    match error {
        ApiError::NotFound(_) => ApiError::Conflict,
        other => other,
    }
}
