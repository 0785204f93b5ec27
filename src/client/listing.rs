//! All objects of a kind, one after the other.
//!
//! The API server gives them page by page. An object is read when it has arrived, so how large a
//! page is matters to the API server alone: it holds a page as a whole. The first page is small, and
//! the others have about as many bytes as it can make in a moment.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use kube::api::ListParams;
use kube::client::Body;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use super::limits::{FIRST_PAGE_OBJECTS, PAGE, PAGE_BYTES, PAGE_OBJECTS, in_time};
use super::list_reader::{ListReader, Part};
use super::{ApiClient, ApiError, Collection};

/// A listing under way. One object at a time is in memory.
#[derive(Debug)]
pub struct Listing<'c> {
    client: &'c ApiClient,
    of: &'c Collection,
    /// The most objects in the next page.
    limit: u32,
    page: Option<Page>,
    next: Next,
    version: String,
    object: Bytes,
    requests: u32,
}

/// The start of the next page.
#[derive(Debug)]
enum Next {
    AtTheBeginning,
    After(String),
    /// There is none.
    Nowhere,
}

/// A page that arrives.
#[derive(Debug)]
struct Page {
    body: Body,
    reader: ListReader,
    /// The time when it has to be complete.
    until: Instant,
    objects: usize,
    bytes: usize,
}

/// The metadata of a page.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PageMeta<'a> {
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
    #[serde(borrow)]
    r#continue: Cow<'a, str>,
}

impl ApiClient {
    /// Begins to list a collection.
    pub fn list<'c>(&'c self, of: &'c Collection) -> Listing<'c> {
        Listing {
            client: self,
            of,
            limit: FIRST_PAGE_OBJECTS,
            page: None,
            next: Next::AtTheBeginning,
            version: String::new(),
            object: Bytes::new(),
            requests: 0,
        }
    }
}

impl Listing<'_> {
    /// Returns the next object as JSON; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<&RawValue>, ApiError> {
        // Before the next one arrives.
        self.object = Bytes::new();
        loop {
            let Some(page) = &mut self.page else {
                match self.open().await? {
                    Some(page) => self.page = Some(page),
                    None => return Ok(None),
                }
                continue;
            };
            match page.reader.next()? {
                Part::Object(json) => {
                    page.objects += 1;
                    page.bytes += json.len();
                    self.object = json;
                    return Ok(Some(serde_json::from_slice(&self.object)?));
                }
                Part::Metadata(json) => {
                    let metadata: PageMeta<'_> = serde_json::from_slice(&json)?;
                    self.version = metadata.resource_version.into_owned();
                    if !metadata.r#continue.is_empty() {
                        self.next = Next::After(metadata.r#continue.into_owned());
                    }
                }
                Part::Unfinished => {
                    if !page.read_on().await? {
                        return Err(ApiError::Malformed("a list without an end".to_owned()));
                    }
                }
                // The connection is used again only if the body was read to its end.
                Part::End => {
                    if !page.read_on().await? {
                        self.limit = page.next_limit();
                        self.page = None;
                    }
                }
            }
        }
    }

    /// The version that the whole listing shows; known at its end.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The number of pages that were asked for.
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// Asks for the next page, if there is one.
    async fn open(&mut self) -> Result<Option<Page>, ApiError> {
        let continue_token = match std::mem::replace(&mut self.next, Next::Nowhere) {
            Next::AtTheBeginning => None,
            Next::After(token) => Some(token),
            Next::Nowhere => return Ok(None),
        };
        let params =
            ListParams { limit: Some(self.limit), continue_token, ..ListParams::default() };
        let until = Instant::now() + PAGE;
        self.requests += 1;
        let body = in_time(PAGE, self.client.send(self.of.0.list(&params)?)).await?.into_body();
        Ok(Some(Page { body, reader: ListReader::default(), until, objects: 0, bytes: 0 }))
    }
}

impl Page {
    /// Reads what arrives next; returns false at the end.
    async fn read_on(&mut self) -> Result<bool, ApiError> {
        let frame = timeout_at(self.until, self.body.frame()).await;
        let Some(frame) = frame.map_err(|_| ApiError::Silent)? else { return Ok(false) };
        if let Ok(data) = frame?.into_data() {
            self.reader.push(&data);
        }
        Ok(true)
    }

    /// The number of objects of this size in a page.
    fn next_limit(&self) -> u32 {
        let each = (self.bytes / self.objects.max(1)).max(1);
        u32::try_from(PAGE_BYTES / each).unwrap_or(u32::MAX).clamp(1, PAGE_OBJECTS)
    }
}
