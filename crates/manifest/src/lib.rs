//! Kubernetes manifests with the position of every value, so that a fault can be shown in its file.
//!
//! A text means here what `kubectl` would send for it: the rules are those of `sigs.k8s.io/yaml`.
//! The crate does not know which kinds there are, nor whether an object is valid.
//!
//! ```
//! let text = "kind: Service\nspec:\n  type: NodePort\n";
//! let documents = kubernetes_manifest::parse("service.yaml", text)?;
//! let kind = documents[0].root.get("spec").and_then(|spec| spec.get("type")).unwrap();
//! assert_eq!(kind.as_str(), Some("NodePort"));
//! assert_eq!(kind.position.to_string(), "3:9");
//!
//! let error = kubernetes_manifest::parse("service.yaml", "spec: {}\nspec: {}\n").unwrap_err();
//! assert!(error.to_string().starts_with("service.yaml:2:1: "));
//! # Ok::<(), kubernetes_manifest::ManifestError>(())
//! ```

mod error;
mod files;
mod inside;
mod json;
mod node;
mod reloading;
mod scalar;
mod write;
mod yaml;

use std::path::Path;
use std::sync::Arc;

use error::Broken;

pub use error::{Fault, ManifestError};
pub use files::{STDIN, Stamp, read, read_stdin, stamp};
pub use node::{Content, Entry, Node, Position};
pub use reloading::Reloading;
pub use write::to_yaml;

/// The most levels of nested collections, so that no input can overflow the stack. The objects of
/// the Kubernetes API stay below 30.
pub const MAX_DEPTH: usize = 100;

/// One object of a file. The items of a `List` are documents of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The file as the user named it; [`STDIN`] for standard input.
    pub file: Arc<str>,
    /// The text of the whole file, other documents included.
    pub text: Arc<str>,
    /// The object; always a mapping.
    pub root: Node,
}

impl Document {
    /// The position in the file of one character of a string in this document. `place` is its line
    /// and column in the string, both from 1. Returns `at`, the string's own position, where it
    /// cannot be found.
    pub fn position_in(&self, at: Position, value: &str, place: (usize, usize)) -> Position {
        inside::position(&self.text, at, value, place).unwrap_or(at)
    }
}

/// Reads every object in the text of one file: YAML documents, or JSON values one after the other.
///
/// Empty documents are skipped, and lists (`kind: List`, `kind: PodList`) give their items.
/// `file` names the text in errors and in the documents.
pub fn parse(file: &str, text: &str) -> Result<Vec<Document>, ManifestError> {
    let (file, whole): (Arc<str>, Arc<str>) = (file.into(), text.into());
    objects(&file, text)
        .map(|roots| {
            let document =
                |root| Document { file: Arc::clone(&file), text: Arc::clone(&whole), root };
            roots.into_iter().map(document).collect()
        })
        .map_err(|Broken { position, fault }| ManifestError::Broken {
            file: Arc::clone(&file),
            position,
            fault,
        })
}

fn objects(file: &str, text: &str) -> Result<Vec<Node>, Broken> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut objects = Vec::new();
    for root in roots(file, text)? {
        match root.content {
            Content::Null => {}
            Content::Mapping(_) => flatten(root, &mut objects)?,
            _ => return Err(not_an_object(&root)),
        }
    }
    Ok(objects)
}

/// Reads a text that looks like JSON as JSON first, because YAML does not have JSON's escaped
/// surrogate pairs; but `{a: 1}` is YAML only.
fn roots(file: &str, text: &str) -> Result<Vec<Node>, Broken> {
    if text.trim_start().starts_with(['{', '[']) {
        match json::parse(text) {
            Err(broken) if matches!(broken.fault, Fault::Syntax(_)) && !is_json(file) => {}
            decided => return decided,
        }
    }
    yaml::parse(text)
}

fn is_json(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "json")
}

/// Adds an object; instead of a list, its items.
fn flatten(root: Node, objects: &mut Vec<Node>) -> Result<(), Broken> {
    let Some(kind) = item_kind(&root) else {
        objects.push(root);
        return Ok(());
    };
    let api_version = root.get("apiVersion").cloned();
    for mut item in root.into_member("items").into_iter().flat_map(Node::into_items) {
        let Content::Mapping(entries) = &mut item.content else {
            return Err(not_an_object(&item));
        };
        // The API server answers `kubectl get --raw` with a typed list whose items do not repeat
        // their type; kubectl infers it, and so do we.
        let is_typed = |entry: &Entry| matches!(entry.key.as_str(), "kind" | "apiVersion");
        if !entries.iter().any(is_typed) {
            let types = [("apiVersion", api_version.clone()), ("kind", Some(kind.clone()))];
            entries.extend(types.into_iter().filter_map(|(key, value)| {
                let value = value?;
                Some(Entry { key: key.to_owned(), position: value.position, value })
            }));
        }
        flatten(item, objects)?;
    }
    Ok(())
}

/// The kind of a list's items, empty for a plain `List`; `None` for what is no list.
fn item_kind(root: &Node) -> Option<Node> {
    let kind = root.get("kind")?;
    let name = kind.as_str()?.strip_suffix("List")?;
    matches!(root.get("items")?.content, Content::Sequence(_))
        .then(|| Node { position: kind.position, content: Content::String(name.to_owned()) })
}

fn not_an_object(node: &Node) -> Broken {
    Broken { position: node.position, fault: Fault::NotAnObject(node.content.name()) }
}
