//! Changes of objects, line by line.

use std::borrow::Cow;

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::Request;
use kube::api::WatchParams;
use kube::client::Body;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::error::Status;
use super::limits::{OBJECT_BYTES, PAGE, SILENCE, WATCH_SECONDS, in_time};
use super::{ApiClient, ApiError, Collection};

/// The largest buffer that a watch keeps between events.
const KEPT_BYTES: usize = 64 << 10;

/// A watch. It ends every few minutes; then it is opened again where it was.
#[derive(Debug)]
pub struct Watch {
    body: Body,
    read: BytesMut,
    /// The number of bytes in which there is no end of a line.
    searched: usize,
    line: Bytes,
}

/// Something that happened, with the object as JSON.
#[derive(Debug)]
pub enum WatchEvent<'a> {
    /// An object is new, or is different.
    Changed(&'a RawValue),
    /// An object is gone; this is the last that was seen of it.
    Deleted(&'a RawValue),
    /// Nothing: all up to this object's version has been sent.
    Bookmark(&'a RawValue),
}

impl<'a> WatchEvent<'a> {
    fn read(line: &'a [u8]) -> Result<Self, ApiError> {
        #[derive(Deserialize)]
        struct Line<'a> {
            #[serde(borrow)]
            r#type: Cow<'a, str>,
            #[serde(borrow)]
            object: &'a RawValue,
        }
        let Line { r#type, object } = serde_json::from_slice(line)?;
        match &*r#type {
            "ADDED" | "MODIFIED" => Ok(Self::Changed(object)),
            "DELETED" => Ok(Self::Deleted(object)),
            "BOOKMARK" => Ok(Self::Bookmark(object)),
            "ERROR" => Err(Status::read(object.get().as_bytes()).into()),
            other => Err(ApiError::Malformed(format!("an event of type {other:?}"))),
        }
    }
}

impl WatchEvent<'_> {
    /// Returns whether all objects that were there have been sent.
    pub fn ends_initial_events(&self) -> bool {
        #[derive(Deserialize)]
        struct Object<'a> {
            #[serde(borrow)]
            metadata: Metadata<'a>,
        }
        #[derive(Deserialize)]
        struct Metadata<'a> {
            #[serde(borrow)]
            annotations: Annotations<'a>,
        }
        #[derive(Deserialize)]
        struct Annotations<'a> {
            #[serde(borrow, rename = "k8s.io/initial-events-end")]
            ends: Cow<'a, str>,
        }
        let Self::Bookmark(object) = self else { return false };
        let object = serde_json::from_str::<Object<'_>>(object.get());
        object.is_ok_and(|object| object.metadata.annotations.ends == "true")
    }
}

impl ApiClient {
    /// Watches all objects of a collection from a version on.
    pub async fn watch(&self, all: &Collection, version: &str) -> Result<Watch, ApiError> {
        self.open(all.0.watch(&params(), version)?).await
    }

    /// Sends all objects of a collection, then a bookmark that
    /// [ends them](WatchEvent::ends_initial_events), and watches from there on. An API server that
    /// cannot do this refuses it as a bad request (400) or as invalid (422).
    pub async fn stream(&self, all: &Collection) -> Result<Watch, ApiError> {
        self.open(all.0.watch(&params().initial_events(), "")?).await
    }

    /// Watches the metadata of one object from now on. If it is there, it comes first.
    pub async fn watch_metadata(&self, of: &Collection, name: &str) -> Result<Watch, ApiError> {
        let params = params().fields(&format!("metadata.name={name}"));
        self.open(of.0.watch_metadata(&params, "0")?).await
    }

    async fn open(&self, request: Request<Vec<u8>>) -> Result<Watch, ApiError> {
        let body = in_time(PAGE, self.send(request)).await?.into_body();
        Ok(Watch { body, read: BytesMut::new(), searched: 0, line: Bytes::new() })
    }
}

fn params() -> WatchParams {
    WatchParams::default().timeout(WATCH_SECONDS)
}

impl Watch {
    /// Returns the next event; `None` when the watch has ended in good order.
    pub async fn next(&mut self) -> Result<Option<WatchEvent<'_>>, ApiError> {
        // Before the next one is read.
        self.line = Bytes::new();
        loop {
            let fresh = self.read.get(self.searched..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|&byte| byte == b'\n') {
                self.line = self.read.split_to(self.searched + end).freeze();
                self.read.advance(1);
                self.searched = 0;
                return WatchEvent::read(&self.line).map(Some);
            }
            self.searched = self.read.len();
            if self.read.is_empty() && self.read.capacity() > KEPT_BYTES {
                // One large object leaves no large buffer behind.
                self.read = BytesMut::new();
            }
            if self.searched > OBJECT_BYTES {
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
