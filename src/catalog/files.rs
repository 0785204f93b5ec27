//! The catalog that needs no cluster: manifests in files and folders, read again when they change.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use kubernetes_manifest::{Document, ManifestError, Node, Position, Reloading};

use super::{Objects, Resource, Retention};
use crate::api::{DecodeError, Kind};

/// The namespace of an object that names none, as with kubectl's default context.
const DEFAULT_NAMESPACE: &str = "default";

/// The reason why files could not be made a catalog.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file could not be read, or is no YAML or JSON.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// An object is not what its kind says.
    #[error("{file}:{position}: {kind}: {error}")]
    Object {
        /// The file.
        file: Arc<str>,
        /// The position of the wrong value.
        position: Position,
        /// The object's kind.
        kind: &'static str,
        /// The reason.
        error: DecodeError,
    },
    /// An object could not be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

/// The kind of a document, if it is one of ours.
pub fn kind_of(root: &Node) -> Option<Kind> {
    let text = |key| root.get(key).and_then(Node::as_str);
    Kind::from_api(text("apiVersion")?, text("kind")?)
}

/// The resource that a document is to a catalog, if it is one.
pub fn resource_of(root: &Node) -> Option<Resource> {
    let is = |key, text| root.get(key).and_then(Node::as_str) == Some(text);
    let is_namespace = is("apiVersion", "v1") && is("kind", "Namespace");
    let namespace = is_namespace.then_some(Resource::Namespace);
    kind_of(root).map(Resource::Ours).or(namespace)
}

/// The objects of ours among some documents; of those with equal names the last counts.
pub fn objects(documents: &[Document], keeps: Retention) -> Result<Objects, FilesError> {
    let mut last = BTreeMap::new();
    for document in documents {
        if let Some(kind) = resource_of(&document.root) {
            let meta = |key| document.root.get("metadata")?.get(key)?.as_str();
            let namespace = meta("namespace").unwrap_or(DEFAULT_NAMESPACE);
            last.insert((kind, namespace, meta("name")), document);
        }
    }
    let mut objects = Objects::new(keeps);
    for ((kind, ..), document) in last {
        let json = serde_json::to_string(&document.root)?;
        objects.insert(kind, DEFAULT_NAMESPACE, &json).map_err(|error| {
            let position = document.root.locate(&error.field);
            let file = Arc::clone(&document.file);
            FilesError::Object { file, position, kind: kind.name(), error }
        })?;
    }
    Ok(objects)
}

/// A catalog of files, which are read again when they change.
pub struct Files {
    reloading: Reloading<Objects, FilesError>,
    keeps: Retention,
}

impl Files {
    /// Reads files and folders for the first time.
    pub fn open(paths: Vec<PathBuf>, keeps: Retention) -> Result<Self, FilesError> {
        let read = move |documents: &[Document]| objects(documents, keeps);
        Ok(Self { reloading: Reloading::open(paths, read)?, keeps })
    }

    /// The objects as of the last time that all files could be read.
    pub fn current(&self) -> arc_swap::Guard<Arc<Objects>> {
        self.reloading.current()
    }

    /// The number of objects of each kind.
    pub fn counts(&self) -> Vec<(Resource, usize)> {
        let current = self.current();
        Resource::kept(self.keeps).map(|kind| (kind, current.count(kind))).collect()
    }

    /// Reads the files again if they changed, and returns whether they did. After an error the last
    /// good state stays, and the next call tries again.
    pub fn refresh(&self) -> Result<bool, FilesError> {
        self.reloading.refresh()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::catalog::Catalog;

    const CLASS: &str =
        "apiVersion: agents.x-k8s.io/v1beta1\nkind: SnapshotClass\nmetadata: {name: NAME}\n";

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_keeps_the_last_good_state() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("classes.yaml");
        fs::write(&file, CLASS.replace("NAME", "one")).unwrap();
        let files = Files::open(vec![folder.path().to_owned()], Retention::Essentials).unwrap();
        assert!(files.current().class("one").unwrap().is_some());
        assert!(!files.refresh().unwrap());

        fs::write(&file, CLASS.replace("NAME", "another")).unwrap();
        assert!(files.refresh().unwrap());
        assert!(files.current().class("one").unwrap().is_none());
        assert!(files.current().class("another").unwrap().is_some());

        fs::write(&file, "kind: [").unwrap();
        assert!(files.refresh().is_err());
        assert!(files.refresh().is_err(), "it must be reported until it is fixed");
        assert!(files.current().class("another").unwrap().is_some());

        fs::write(&file, CLASS.replace("NAME", "fixed")).unwrap();
        assert!(files.refresh().unwrap());
        assert!(files.current().class("fixed").unwrap().is_some());
    }

    #[test]
    fn an_object_that_does_not_decode_is_named_with_its_place() {
        let text = CLASS.replace("NAME", "x") + "parameters:\n  a: 1\n";
        let documents = kubernetes_manifest::parse("c.yaml", &text).unwrap();
        let error = objects(&documents, Retention::Essentials).unwrap_err().to_string();
        assert!(error.starts_with("c.yaml:5:3: SnapshotClass: parameters.a: "), "{error}");
    }
}
