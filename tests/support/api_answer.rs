//! The answers of a fake API server.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Response;
use hyper::body::{Body, Bytes, Frame};
use serde_json::Value;
use tokio::sync::mpsc;

/// A body: all at once, or for as long as someone holds the sender.
pub struct Answer(mpsc::UnboundedReceiver<Bytes>);

impl Answer {
    /// An object or a list.
    pub fn of(value: &Value) -> Self {
        Self::parts([Bytes::from(value.to_string())])
    }

    /// A body that arrives in these parts.
    pub fn parts(parts: impl IntoIterator<Item = Bytes>) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        for part in parts {
            sender.send(part).unwrap();
        }
        Self(receiver)
    }

    /// A watch, which goes on while the sender is held.
    pub fn watch() -> (mpsc::UnboundedSender<Bytes>, Response<Self>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Response::new(Self(receiver)))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|data| data.map(|data| Ok(Frame::data(data))))
    }
}
