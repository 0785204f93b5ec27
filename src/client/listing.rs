//! All objects of a kind, page by page.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use kube::api::ListParams;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::limits::{PAGE, PAGE_OBJECTS, in_time};
use super::{ApiClient, ApiError, Collection};

/// A listing under way. One page at a time is in memory.
#[derive(Debug)]
pub struct Listing<'c> {
    client: &'c ApiClient,
    of: &'c Collection,
    /// The most objects in a page.
    limit: u32,
    page: Bytes,
    next: Next,
}

/// The start of the next page.
#[derive(Debug)]
enum Next {
    AtTheBeginning,
    After(String),
    /// There is none.
    Nowhere,
}

/// A part of a listing.
#[derive(Deserialize, Debug)]
pub struct Page<'a> {
    #[serde(borrow)]
    metadata: PageMeta<'a>,
    /// The objects, as JSON.
    #[serde(borrow, default, deserialize_with = "null_is_empty")]
    pub items: Vec<&'a RawValue>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct PageMeta<'a> {
    #[serde(borrow, default)]
    resource_version: Cow<'a, str>,
    #[serde(borrow, default)]
    r#continue: Cow<'a, str>,
}

/// Reads a list, which Go writes as `null` when it is empty.
fn null_is_empty<'de: 'a, 'a, D>(deserializer: D) -> Result<Vec<&'a RawValue>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Page<'_> {
    /// The version that the whole listing shows.
    pub fn version(&self) -> &str {
        &self.metadata.resource_version
    }
}

impl ApiClient {
    /// Begins to list a collection.
    pub const fn list<'c>(&'c self, of: &'c Collection) -> Listing<'c> {
        let (limit, next) = (PAGE_OBJECTS, Next::AtTheBeginning);
        Listing { client: self, of, limit, page: Bytes::new(), next }
    }
}

impl Listing<'_> {
    /// The same with other pages, which should be small where several listings run at once.
    #[must_use]
    pub fn in_pages_of(self, objects: u32) -> Self {
        Self { limit: objects, ..self }
    }

    /// Returns the next page; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Page<'_>>, ApiError> {
        let continue_token = match &self.next {
            Next::AtTheBeginning => None,
            Next::After(token) => Some(token.clone()),
            Next::Nowhere => return Ok(None),
        };
        // Before the next one arrives.
        self.page = Bytes::new();
        let params =
            ListParams { limit: Some(self.limit), continue_token, ..ListParams::default() };
        let request = self.of.0.list(&params)?;
        let page =
            async { Ok(self.client.send(request).await?.into_body().collect().await?.to_bytes()) };
        self.page = in_time(PAGE, page).await?;
        let page: Page<'_> = serde_json::from_slice(&self.page)?;
        self.next = match &*page.metadata.r#continue {
            "" => Next::Nowhere,
            token => Next::After(token.to_owned()),
        };
        Ok(Some(page))
    }
}
