//! The way to the cluster.
//!
//! By hand and not by `Config::infer`, which passes over a broken kubeconfig in silence where there
//! is a service account, and takes `~/.kube/config` where nobody named a file.

use std::path::Path;

use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use super::ApiClient;
use super::limits::CONNECT;

/// The variable that is set in every Pod.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

/// The reason why there is no client for an API server.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No cluster is named.
    #[error(
        "no cluster to follow: this is no Pod in one, so give --kubeconfig FILE (or set KUBECONFIG), \
         or --catalog PATH to know from files what exists"
    )]
    NoCluster,
    /// A kubeconfig is broken.
    #[error("{file}")]
    Kubeconfig {
        /// The file, or `KUBECONFIG`.
        file: String,
        /// The reason.
        source: Box<KubeconfigError>,
    },
    /// The Pod has no service account.
    #[error("cannot read the Pod's service account")]
    InCluster(#[source] InClusterError),
    /// There are credentials or certificates that are of no use.
    #[error("cannot make a client for {url}")]
    Client {
        /// The API server.
        url: String,
        /// The reason.
        source: Box<kube::Error>,
    },
}

/// Returns how to reach the cluster: by this kubeconfig, by those that `KUBECONFIG` names, or as the
/// Pod that this is.
pub async fn connection(kubeconfig: Option<&Path>) -> Result<Config, ConnectError> {
    let file = kubeconfig.map_or_else(|| "KUBECONFIG".to_owned(), |it| it.display().to_string());
    let broken = |source| ConnectError::Kubeconfig { file, source: Box::new(source) };
    let read = match kubeconfig {
        Some(file) => Kubeconfig::read_from(file).map(Some),
        None => Kubeconfig::from_env(),
    };
    let mut config = match read {
        Ok(Some(read)) => {
            let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
            config.map_err(broken)?
        }
        Ok(None) if std::env::var_os(IN_CLUSTER).is_none() => return Err(ConnectError::NoCluster),
        Ok(None) => Config::incluster().map_err(ConnectError::InCluster)?,
        Err(error) => return Err(broken(error)),
    };
    config.connect_timeout = Some(CONNECT);
    // Loops that go on for ever have pauses of their own, and a look-up has no time for any.
    config.default_retry = false;
    Ok(config)
}

impl ApiClient {
    /// Makes a client. Must be called within the runtime that is to use it.
    pub fn connect(config: Config) -> Result<Self, ConnectError> {
        let url = config.cluster_url.to_string();
        Client::try_from(config)
            .map(Self::from)
            .map_err(|source| ConnectError::Client { url, source: Box::new(source) })
    }
}
