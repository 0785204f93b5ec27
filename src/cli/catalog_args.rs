//! The flags that say what else exists: files, or a cluster.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use kube::Config;
use tracing::{error, info};

use super::admission::Source;
use crate::catalog::cluster::{self, Cluster, Report};
use crate::catalog::files::Files;
use crate::server::Metrics;

#[derive(Debug, Args)]
#[command(next_help_heading = "What exists")]
pub struct CatalogArgs {
    /// Manifests of the objects that exist: a file or folder, read again when it changes; may be
    /// repeated [default: what the cluster holds]
    #[arg(long, value_name = "PATH")]
    catalog: Vec<PathBuf>,
    /// How to reach the cluster [default: KUBECONFIG, else the service account of this Pod]
    #[arg(long, value_name = "FILE", conflicts_with = "catalog")]
    kubeconfig: Option<PathBuf>,
}

impl CatalogArgs {
    /// How to reach the cluster, unless files say what exists.
    pub async fn cluster(&self) -> anyhow::Result<Option<Config>> {
        if self.catalog.is_empty() {
            return Ok(Some(cluster::connection(self.kubeconfig.as_deref()).await?));
        }
        Ok(None)
    }

    /// Opens the catalog and keeps it up to date. Must be called within a runtime.
    pub async fn open(&self, metrics: &Arc<Metrics>, interval: Duration) -> anyhow::Result<Source> {
        if self.catalog.is_empty() {
            return self.open_cluster(Arc::clone(metrics)).await;
        }
        let files = Arc::new(Files::open(self.catalog.clone()).context("--catalog")?);
        metrics.catalog_loaded(|kind| files.current().count(kind));
        tokio::spawn(follow_files(Arc::clone(&files), Arc::clone(metrics), interval));
        Ok(Source::Files(files))
    }

    async fn open_cluster(&self, metrics: Arc<Metrics>) -> anyhow::Result<Source> {
        let config = cluster::connection(self.kubeconfig.as_deref()).await?;
        info!(url = %config.cluster_url, "following the cluster");
        let (cluster, follower) = Cluster::new(move |report| match report {
            Report::Listed(kind, objects) => metrics.catalog_listed(kind, objects),
            Report::Heard(kind, objects) => metrics.catalog_heard(kind, objects),
            Report::Failed => metrics.catalog_failed(),
            Report::LookedUp(how) => metrics.looked_up(how),
        });
        let connected = follower.start(config)?;
        Ok(Source::Cluster { cluster, _connected: connected })
    }
}

/// Keeps the catalog as its files say.
async fn follow_files(catalog: Arc<Files>, metrics: Arc<Metrics>, interval: Duration) {
    let mut last_error = None;
    loop {
        tokio::time::sleep(interval).await;
        let files = Arc::clone(&catalog);
        // Reading a large folder takes a while, and probes are answered on this thread.
        let Ok(refreshed) = tokio::task::spawn_blocking(move || files.refresh()).await else {
            continue;
        };
        match refreshed {
            Ok(changed) => {
                last_error = None;
                if changed {
                    info!("the catalog changed and was read again");
                }
                metrics.catalog_loaded(|kind| catalog.current().count(kind));
            }
            Err(trouble) => {
                metrics.catalog_failed();
                let trouble = trouble.to_string();
                if last_error.as_ref() != Some(&trouble) {
                    error!("the catalog cannot be read, so the last good state stays: {trouble}");
                    last_error = Some(trouble);
                }
            }
        }
    }
}
