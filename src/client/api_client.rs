//! One request, one answer.

use std::fmt;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Limited};
use hyper::{Request, Response};
use kube::Client;
use kube::api::{DynamicObject, GetParams, Patch, PatchParams, PostParams};
use kube::client::Body;
use kube::core::{ApiResource, Resource as _};
use serde::Serialize;

use super::ApiError;
use super::error::Status;
use super::limits::{ANSWER, ERROR_BYTES, OBJECT_BYTES, in_time};

/// The name under which `managedFields` has what we write.
const FIELD_MANAGER: &str = "sandbox-admission";

/// The API server, as one connection's user sees it. Cheap to clone.
#[derive(Clone)]
pub struct ApiClient(Client);

impl From<Client> for ApiClient {
    fn from(client: Client) -> Self {
        Self(client)
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiClient")
    }
}

/// The objects of a kind: all of them, or those in a namespace.
///
/// Namespaces and names become part of a path: they must be such as can exist.
#[derive(Debug, Clone)]
pub struct Collection(pub(super) kube::core::Request);

impl Collection {
    /// Names the objects of a kind; all of them where there is no namespace.
    pub fn new(resource: &ApiResource, namespace: Option<&str>) -> Self {
        Self(kube::core::Request::new(DynamicObject::url_path(resource, namespace)))
    }
}

impl ApiClient {
    /// Returns an object as JSON.
    pub async fn get(&self, from: &Collection, name: &str) -> Result<Bytes, ApiError> {
        self.answer(from.0.get(name, &GetParams::default())?).await
    }

    /// Creates an object; a [`Conflict`](ApiError::Conflict) if it is there.
    pub async fn create(&self, into: &Collection, object: &impl Serialize) -> Result<(), ApiError> {
        let object = serde_json::to_vec(object)?;
        self.answer(into.0.create(&written(), object)?).await.map(drop)
    }

    /// Replaces an object; a [`Conflict`](ApiError::Conflict) unless its `resourceVersion` is that
    /// of the one in its place.
    pub async fn replace(
        &self,
        from: &Collection,
        name: &str,
        object: &impl Serialize,
    ) -> Result<(), ApiError> {
        let object = serde_json::to_vec(object)?;
        self.answer(from.0.replace(name, &written(), object)?).await.map(drop)
    }

    /// Changes an object by a strategic merge patch, which merges lists of named things by name.
    pub async fn patch(
        &self,
        from: &Collection,
        name: &str,
        change: &impl Serialize,
    ) -> Result<(), ApiError> {
        let params = PatchParams { field_manager: written().field_manager, ..Default::default() };
        self.answer(from.0.patch(name, &params, &Patch::Strategic(change))?).await.map(drop)
    }

    /// Sends a request, and returns the answer's body.
    pub(super) async fn answer(&self, request: Request<Vec<u8>>) -> Result<Bytes, ApiError> {
        let answer = async {
            let body = Limited::new(self.send(request).await?.into_body(), OBJECT_BYTES);
            match body.collect().await {
                Ok(body) => Ok(body.to_bytes()),
                Err(error) => match error.downcast::<kube::Error>() {
                    Ok(error) => Err((*error).into()),
                    Err(too_large) => Err(ApiError::Malformed(too_large.to_string())),
                },
            }
        };
        in_time(ANSWER, answer).await
    }

    /// Sends a request, and returns the answer if it is a success; its body is yet to be read.
    pub(super) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, ApiError> {
        let response = self.0.send(request.map(Body::from)).await?;
        let code = response.status();
        if code.is_success() {
            return Ok(response);
        }
        let body = Limited::new(response.into_body(), ERROR_BYTES).collect().await;
        let status = Status::read(&body.map(Collected::to_bytes).unwrap_or_default());
        Err(Status { code: code.as_u16(), ..status }.into())
    }
}

fn written() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), dry_run: false }
}
