//! The flags for what else exists: files, or a cluster.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use kube::Config;
use tracing::info;

use super::reload::follow;
use crate::catalog::Retention;
use crate::catalog::cluster::{CatalogReport, Cluster};
use crate::catalog::files::Files;
use crate::client;
use crate::server::Metrics;
use crate::webhook::Source;

#[derive(Debug, Args)]
#[command(next_help_heading = "What exists")]
pub struct CatalogArgs {
    /// Manifests of the objects that exist: a file or folder, read again when it changes; may be
    /// repeated [default: what the cluster holds]
    #[arg(long, value_name = "PATH")]
    catalog: Vec<PathBuf>,
    /// The connection to the cluster [default: KUBECONFIG, else the service account of this Pod]
    #[arg(long, value_name = "FILE", conflicts_with = "catalog")]
    kubeconfig: Option<PathBuf>,
}

impl CatalogArgs {
    /// The connection to the cluster; `None` where files say what exists.
    pub async fn cluster(&self) -> anyhow::Result<Option<Config>> {
        if self.catalog.is_empty() {
            return Ok(Some(client::connection(self.kubeconfig.as_deref()).await?));
        }
        Ok(None)
    }

    /// Opens the catalog and keeps it up to date. Must be called within a runtime.
    pub async fn open(
        &self,
        keeps: Retention,
        metrics: &Arc<Metrics>,
        interval: Duration,
    ) -> anyhow::Result<Source> {
        if self.catalog.is_empty() {
            return self.open_cluster(keeps, Arc::clone(metrics)).await;
        }
        let files = Arc::new(Files::open(self.catalog.clone(), keeps).context("--catalog")?);
        metrics.catalog_loaded(files.counts());
        let (read, in_use) = (Arc::clone(&files), Arc::clone(&files));
        let metrics = Arc::clone(metrics);
        let report = move |read| match read {
            Ok(()) => metrics.catalog_loaded(in_use.counts()),
            Err(()) => metrics.catalog_failed(),
        };
        tokio::spawn(follow("the catalog's files", interval, move || read.refresh(), report));
        Ok(Source::Files(files))
    }

    async fn open_cluster(
        &self,
        keeps: Retention,
        metrics: Arc<Metrics>,
    ) -> anyhow::Result<Source> {
        let config = client::connection(self.kubeconfig.as_deref()).await?;
        info!(url = %config.cluster_url, "following the cluster");
        let (cluster, follower) = Cluster::new(keeps, move |report| match report {
            CatalogReport::Listed(kind, objects) => metrics.catalog_listed(kind, objects),
            CatalogReport::Heard(kind, objects) => metrics.catalog_heard(kind, objects),
            CatalogReport::Failed => metrics.catalog_failed(),
            CatalogReport::LookedUp(how) => metrics.looked_up(how),
        });
        let connected = follower.start(config)?;
        Ok(Source::Cluster { cluster, connected })
    }
}
