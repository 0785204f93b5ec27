//! The errors of reading manifests.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::{MAX_DEPTH, Position};

/// The reason why manifests could not be read.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// There is nothing at the path.
    #[error("{path}: no such file or folder", path = .0.display())]
    NotFound(PathBuf),
    /// The file system refused.
    #[error("{path}: cannot be read: {error}", path = .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's error. Part of the message, hence no `source`.
        error: std::io::Error,
    },
    /// The file was read but its text is no manifest.
    #[error("{file}:{position}: {fault}")]
    Broken {
        /// The file as the user named it.
        file: Arc<str>,
        /// The place of the fault.
        position: Position,
        /// The fault.
        fault: Fault,
    },
}

/// A mistake at one place of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The bytes are no text.
    #[error("not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// The text is no YAML and no JSON, or has a value that JSON does not have.
    #[error("{0}")]
    Syntax(String),
    /// Collections nest too deep.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Aliases repeat too much, as those of a "billion laughs" do.
    #[error("aliases expand to too much data; write the values out")]
    TooLarge,
    /// A document, or an item of a list, is no mapping. The field is a noun for what it is.
    #[error("expected an object, found {0}")]
    NotAnObject(&'static str),
    /// A key is set twice. YAML and JSON forbid it, and `kubectl` would silently drop the first
    /// value.
    #[error("key {key:?} is already set on line {line}", line = .first.line)]
    DuplicateKey {
        /// The key.
        key: String,
        /// The first place of the key.
        first: Position,
    },
}

/// A fault and its place, where the file is not known yet.
#[derive(Debug)]
pub(super) struct Broken {
    pub position: Position,
    pub fault: Fault,
}

impl Broken {
    pub fn syntax(position: Position, message: impl Into<String>) -> Self {
        Self { position, fault: Fault::Syntax(message.into()) }
    }
}
