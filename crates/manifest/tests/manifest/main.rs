//! Reading manifests: the meaning of a text, the places of its parts, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests"
)]

mod bounds;
mod errors;
mod files;
mod json;
mod lists;
mod positions;
mod write;
mod yaml;

use kubernetes_manifest::{Document, parse};
use serde_json::Value;

/// The documents of a text that must be in order.
fn documents(text: &str) -> Vec<Document> {
    parse("x.yaml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The documents of a text as plain JSON.
fn values(text: &str) -> Vec<Value> {
    documents(text).iter().map(|document| serde_json::to_value(&document.root).unwrap()).collect()
}

/// The one document of a text as plain JSON.
fn value(text: &str) -> Value {
    let [value] = <[Value; 1]>::try_from(values(text)).unwrap();
    value
}

/// The message for a text that must be refused.
fn refusal(text: &str) -> String {
    refusal_of("x.yaml", text)
}

fn refusal_of(file: &str, text: &str) -> String {
    match parse(file, text) {
        Ok(documents) => panic!("{text:?} was read as {documents:?}"),
        Err(error) => error.to_string(),
    }
}
