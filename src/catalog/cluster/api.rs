//! What is asked of the API server, and how its answers are read: listings page by page, watches
//! line by line, single objects. Objects stay the JSON that they came as.

use std::borrow::Cow;
use std::error::Error as _;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Limited};
use hyper::{Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::time::timeout;

use crate::api::{GROUP, VERSION};
use crate::catalog::{ObjectRef, Resource};

/// Objects in a page. A page is in memory as a whole, and the largest objects have over a megabyte.
const PAGE: usize = 250;
/// For a page to arrive, and for a watch to be opened.
const PATIENCE: Duration = Duration::from_secs(30);
/// For a look-up, which an API server waits for.
pub(super) const GET_PATIENCE: Duration = Duration::from_secs(5);
/// The API server sends a bookmark every minute: a watch that is silent for longer than two is dead,
/// though its connection may not know.
const SILENCE: Duration = Duration::from_secs(150);
/// The longest watch in seconds; the API server ends it in good order.
const WATCH: u64 = 300;
/// The longest line of a watch. Objects have at most 3 MiB.
const MAX_LINE: usize = 8 << 20;
/// What is read of an answer that is an error.
const MAX_ERROR: usize = 64 << 10;

/// Why the API server did not say what we asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// There is no such object, or the kind's definition is not installed.
    #[error("not found")]
    NotFound,
    /// The version to continue from is too old.
    #[error("the history is gone")]
    Gone,
    /// It refused.
    #[error("the API server says: {message} ({code})")]
    Refused {
        /// The HTTP status.
        code: u16,
        /// What it said.
        message: String,
    },
    /// It could not be reached, or the connection broke.
    #[error("the API server is out of reach: {0}")]
    Unreachable(String),
    /// It takes too long.
    #[error("the API server does not answer in time")]
    Silent,
    /// It said something that is no answer to the question.
    #[error("the API server's answer cannot be read: {0}")]
    Malformed(String),
}

impl From<kube::Error> for ApiError {
    /// With all its causes: the outermost alone says little.
    fn from(error: kube::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.ends_with(&said) {
                text = format!("{text}: {said}");
            }
            cause = error.source();
        }
        Self::Unreachable(text)
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// A page of a listing.
#[derive(Deserialize)]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    metadata: PageMeta<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_empty")]
    pub(super) items: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMeta<'a> {
    #[serde(borrow, default)]
    resource_version: Cow<'a, str>,
    #[serde(borrow, default)]
    r#continue: Cow<'a, str>,
}

/// Go writes an empty list as `null`.
fn null_is_empty<'de: 'a, 'a, D>(deserializer: D) -> Result<Vec<&'a RawValue>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl<'a> Page<'a> {
    pub(super) fn read(json: &'a [u8]) -> Result<Self, ApiError> {
        Ok(serde_json::from_slice(json)?)
    }

    /// Where the next page starts, if there is one.
    pub(super) fn next(&self) -> Option<String> {
        Some(self.metadata.r#continue.to_string()).filter(|token| !token.is_empty())
    }

    /// The version as of which the whole listing is.
    pub(super) fn version(&self) -> String {
        self.metadata.resource_version.to_string()
    }
}

/// A line of a watch.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub(super) r#type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) object: &'a RawValue,
}

impl<'a> Event<'a> {
    pub(super) fn read(line: &'a [u8]) -> Result<Self, ApiError> {
        Ok(serde_json::from_slice(line)?)
    }

    /// What an event of type `ERROR` reports.
    pub(super) fn error(&self) -> ApiError {
        let status: Status = serde_json::from_str(self.object.get()).unwrap_or_default();
        refused(status.code, status.message)
    }
}

/// Where an object is, and which version of it this is.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Head<'a> {
    #[serde(borrow)]
    pub(super) namespace: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) resource_version: Cow<'a, str>,
}

impl<'a> Head<'a> {
    /// `None` for what has no readable metadata.
    pub(super) fn of(object: &'a RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Object<'a> {
            #[serde(borrow)]
            metadata: Head<'a>,
        }
        serde_json::from_str::<Object<'a>>(object.get()).ok().map(|object| object.metadata)
    }
}

/// The part of a `Status` that says what happened.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    message: String,
    code: u16,
}

/// A page of all objects of a kind, or of those in a namespace, from the beginning or where the page
/// before said.
pub(super) async fn list(
    client: &Client,
    kind: Resource,
    namespace: &str,
    token: Option<&str>,
) -> Result<Bytes, ApiError> {
    let mut path = format!("{}?limit={PAGE}", collection(kind, namespace));
    if let Some(token) = token {
        // URL-safe base64: nothing in it needs escaping.
        path.push_str("&continue=");
        path.push_str(token);
    }
    in_time(PATIENCE, async { read(get(client, &path).await?).await }).await
}

/// One object.
pub(super) async fn object(client: &Client, object: &ObjectRef) -> Result<Bytes, ApiError> {
    let path = format!("{}/{}", collection(object.kind, &object.namespace), object.name);
    in_time(GET_PATIENCE, async { read(get(client, &path).await?).await }).await
}

/// Opens a watch of all objects of a kind from a version on.
pub(super) async fn watch(
    client: &Client,
    kind: Resource,
    version: &str,
) -> Result<Lines, ApiError> {
    let path = format!(
        "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={WATCH}&resourceVersion={version}",
        collection(kind, "")
    );
    let response = in_time(PATIENCE, get(client, &path)).await?;
    Ok(Lines { body: response.into_body(), read: BytesMut::new(), searched: 0 })
}

/// The lines of a watch.
pub(super) struct Lines {
    body: Body,
    read: BytesMut,
    /// Up to here there is no end of a line.
    searched: usize,
}

impl Lines {
    /// The next line; `None` when the watch has ended in good order.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let fresh = self.read.get(self.searched..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|&byte| byte == b'\n') {
                let line = self.read.split_to(self.searched + end);
                self.read.advance(1);
                self.searched = 0;
                return Ok(Some(line.freeze()));
            }
            self.searched = self.read.len();
            if self.searched > MAX_LINE {
                return Err(ApiError::Malformed("an event without an end".to_owned()));
            }
            let frame = timeout(SILENCE, self.body.frame()).await.map_err(|_| ApiError::Silent)?;
            match frame {
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.read.extend_from_slice(&data);
                    }
                }
                // A line that was cut will be sent again.
                None => return Ok(None),
            }
        }
    }
}

fn collection(kind: Resource, namespace: &str) -> String {
    let place =
        if namespace.is_empty() { String::new() } else { format!("namespaces/{namespace}/") };
    match kind {
        Resource::Ours(kind) => format!("/apis/{GROUP}/{VERSION}/{place}{}", kind.plural()),
        Resource::Namespace => format!("/api/v1/{}", kind.plural()),
    }
}

async fn get(client: &Client, path: &str) -> Result<Response<Body>, ApiError> {
    let request = Request::get(path).body(Body::empty());
    let request = request.map_err(|error| ApiError::Malformed(error.to_string()))?;
    let response = client.send(request).await?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = Limited::new(response.into_body(), MAX_ERROR).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let said: Status = serde_json::from_slice(&body).unwrap_or_default();
    Err(refused(status.as_u16(), said.message))
}

fn refused(code: u16, message: String) -> ApiError {
    match StatusCode::from_u16(code) {
        Ok(StatusCode::NOT_FOUND) => ApiError::NotFound,
        Ok(StatusCode::GONE) => ApiError::Gone,
        _ => ApiError::Refused { code, message },
    }
}

async fn read(response: Response<Body>) -> Result<Bytes, ApiError> {
    Ok(response.into_body().collect().await?.to_bytes())
}

/// What takes longer than an answer may is none.
pub(super) async fn in_time<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    timeout(patience, answer).await.unwrap_or(Err(ApiError::Silent))
}
