//! The flag that names policies, the same in all commands.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use kubernetes_manifest::ManifestError;
use tracing::info;

use super::reload::follow;
use crate::catalog::Retention;
use crate::policy::{Policies, PolicyError, PolicySet, policies, test};
use crate::server::Metrics;

/// The policies in use.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub struct PolicyArgs {
    /// Policies: a file or folder; may be repeated
    #[arg(long = "policy", value_name = "PATH", id = "policy")]
    paths: Vec<PathBuf>,
}

impl PolicyArgs {
    /// The part of other objects that the catalog has to keep for the policies.
    pub fn keeps(&self) -> Retention {
        if self.are_given() { Retention::Whole } else { Retention::Essentials }
    }

    /// Reads the policies.
    pub fn load(&self) -> Result<Arc<PolicySet>, PolicyError> {
        Ok(Arc::clone(&self.open()?.current()))
    }

    /// Reads the policies and reads them again whenever they change. Must be called within a
    /// runtime.
    pub fn follow(
        &self,
        metrics: &Arc<Metrics>,
        interval: Duration,
    ) -> Result<Arc<Policies>, PolicyError> {
        let policies = Arc::new(self.open()?);
        let names = policies.current().names();
        metrics.policies_loaded(&names);
        if self.are_given() {
            info!(policies = names.len(), "policies were read");
            let (files, in_use) = (Arc::clone(&policies), Arc::clone(&policies));
            let metrics = Arc::clone(metrics);
            let report = move |read| match read {
                Ok(()) => metrics.policies_loaded(&in_use.current().names()),
                Err(()) => metrics.policies_failed(),
            };
            tokio::spawn(follow("the policies", interval, move || files.refresh(), report));
        }
        Ok(policies)
    }

    /// Returns whether any policies are given.
    pub fn are_given(&self) -> bool {
        !self.paths.is_empty()
    }

    /// The files with policies, as a `ConfigMap` can hold them: by their paths without slashes, and
    /// without the tests in the same folders.
    pub fn files(&self) -> Result<BTreeMap<String, String>, ManifestError> {
        let mut files = BTreeMap::new();
        for path in &self.paths {
            let documents = kubernetes_manifest::read(path)?;
            for document in documents.iter().filter(|it| !test::is_test(&it.root)) {
                let is_sound = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
                let key = document.file.replace(|char| !is_sound(char), "-");
                let key = key.trim_start_matches(['-', '.']).to_owned();
                files.insert(key, document.text.to_string());
            }
        }
        Ok(files)
    }

    fn open(&self) -> Result<Policies, PolicyError> {
        Policies::open(self.paths.clone(), policies)
    }
}
