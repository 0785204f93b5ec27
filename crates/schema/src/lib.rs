//! Objects held against custom resource definitions, as the API server does it.
//!
//! ```
//! use kubernetes_schema::{Definition, Fault};
//! use serde_json::json;
//!
//! let definition = Definition::read(&json!({
//!     "apiVersion": "apiextensions.k8s.io/v1",
//!     "kind": "CustomResourceDefinition",
//!     "metadata": {"name": "widgets.example.com"},
//!     "spec": {
//!         "group": "example.com",
//!         "names": {"kind": "Widget", "plural": "widgets"},
//!         "scope": "Namespaced",
//!         "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
//!             "type": "object",
//!             "properties": {"spec": {
//!                 "type": "object",
//!                 "required": ["size"],
//!                 "properties": {
//!                     "size": {"type": "string", "enum": ["small", "large"]},
//!                     "replicas": {"type": "integer", "default": 1},
//!                 },
//!                 "x-kubernetes-validations": [{
//!                     "rule": "self.size == 'large' || self.replicas <= 3",
//!                     "message": "small widgets have at most 3 replicas",
//!                 }],
//!             }},
//!         }}}],
//!     },
//! }))?;
//!
//! let mut widget = json!({
//!     "apiVersion": "example.com/v1",
//!     "kind": "Widget",
//!     "metadata": {"name": "Mine"},
//!     "spec": {"size": "smal", "replica": 5},
//! });
//! let report = definition.create(&widget);
//! let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
//! assert_eq!(findings[0], r#"unknown field "spec.replica" (did you mean "replicas"?)"#);
//! assert!(findings[1].starts_with("metadata.name: Invalid value: \"Mine\": a lowercase RFC 1123"));
//! assert_eq!(report.findings[2].fault, Fault::Enum);
//! assert_eq!(
//!     findings[2],
//!     "spec.size: Unsupported value: \"smal\": supported values: \"small\", \"large\" \
//!     (did you mean \"small\"?)",
//! );
//! assert!(report.are_rules_unchecked); // as the API server does: first the errors above
//!
//! widget["metadata"]["name"] = "mine".into();
//! widget["spec"] = json!({"size": "small", "replicas": 5});
//! let report = definition.create(&widget);
//! let message = "spec: Invalid value: small widgets have at most 3 replicas";
//! assert_eq!(report.findings[0].to_string(), message);
//! # Ok::<(), kubernetes_schema::DefinitionError>(())
//! ```
//!
//! [`Definition::update`] holds an object against its old version, too: what did not change is not
//! complained of (the API server calls that ratcheting), and rules may compare the two.
//!
//! # The way of an object
//!
//! The steps are the API server's, and so is what each step sees. `decode` finds unknown fields and wrong
//! types in `metadata`, takes out what is unknown or `null`, and fills in defaults. `metadata` judges names
//! and labels, `structural` the values, `embedded` the objects in objects, `lists` looks for duplicates. If
//! nothing is wrong that hides it, `rules` evaluates the CEL. The API server answers after the first step that
//! finds something; here all are told.
//!
//! All texts are the API server's, of 1.36. Long values are cut in them.

mod correlation;
mod decode;
mod definition;
mod embedded;
mod finding;
mod formats;
mod hints;
mod lists;
mod metadata;
mod path;
mod report;
mod rules;
mod scale;
mod schema;
mod structural;
mod walk;

pub use definition::{Definition, DefinitionError};
pub use finding::{Fault, Finding};
pub use path::{FieldPath, Segment};
pub use report::Report;
