//! Why a manifest could not be read.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::{MAX_DEPTH, Position};

/// Why manifests could not be read.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The path leads nowhere.
    #[error("{path}: no such file or folder", path = .0.display())]
    NotFound(PathBuf),
    /// The file system refused.
    #[error("{path}: cannot be read: {error}", path = .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said. Part of the message, hence no `source`.
        error: std::io::Error,
    },
    /// The file was read but its text is no manifest.
    #[error("{file}:{position}: {fault}")]
    Broken {
        /// The file as the user named it.
        file: Arc<str>,
        /// Where the fault is.
        position: Position,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong at one place of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The bytes are no text.
    #[error("not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// Not YAML, not JSON, or nothing that JSON could say.
    #[error("{0}")]
    Syntax(String),
    /// Collections nest too deep.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Aliases repeat too much, as those of a "billion laughs" do.
    #[error("aliases expand to too much data; write the values out")]
    TooLarge,
    /// A document, or an item of a list, is something else than a mapping; what it is.
    #[error("expected an object, found {0}")]
    NotAnObject(&'static str),
    /// YAML and JSON forbid it, and `kubectl` would silently drop the first value.
    #[error("key {key:?} is already set on line {line}", line = .first.line)]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where the key stands first.
        first: Position,
    },
}

/// A fault and its place, before anyone has said in which file.
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
