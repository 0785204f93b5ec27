//! The reasons why the API server did not do what it was asked.

use std::error::Error;

use hyper::StatusCode;
use serde::Deserialize;

/// The reason why the API server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// There is no such object, or the kind's definition is not installed.
    #[error("the API server says: {0} (404)")]
    NotFound(String),
    /// The object is not what it was when it was read, or is there already.
    #[error("somebody else changed it")]
    Conflict,
    /// The version to continue from is too old.
    #[error("the history is gone")]
    Gone,
    /// The API server refused.
    #[error("the API server says: {message} ({code})")]
    Refused {
        /// The HTTP status.
        code: u16,
        /// The reason that it gave.
        message: String,
    },
    /// The API server could not be reached, or the connection broke.
    #[error("the API server is out of reach: {0}")]
    Unreachable(String),
    /// The API server takes too long.
    #[error("the API server does not answer in time")]
    Silent,
    /// The answer does not fit the question, or the question cannot be written.
    #[error("the API server's answer cannot be read: {0}")]
    Malformed(String),
    /// The API server's authorizers do not know whether something is allowed.
    #[error("the API server's authorizers cannot tell: {0}")]
    Unauthorizable(String),
    /// There is no such request.
    #[error("the API server cannot be asked: {0}")]
    Unaskable(#[from] kube::core::request::Error),
}

impl From<kube::Error> for ApiError {
    /// Keeps the texts of all causes: the outermost alone says little.
    fn from(error: kube::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let next = error.to_string();
            if !text.ends_with(&next) {
                text = format!("{text}: {next}");
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

/// The part of a Kubernetes `Status` that says what happened.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Status {
    pub(super) code: u16,
    pub(super) message: String,
}

impl Status {
    /// Reads a `Status`; an empty one where it is none.
    pub(super) fn read(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_default()
    }
}

impl From<Status> for ApiError {
    fn from(Status { code, message }: Status) -> Self {
        match StatusCode::from_u16(code) {
            Ok(StatusCode::NOT_FOUND) => Self::NotFound(message),
            Ok(StatusCode::CONFLICT) => Self::Conflict,
            Ok(StatusCode::GONE) => Self::Gone,
            _ => Self::Refused { code, message },
        }
    }
}
