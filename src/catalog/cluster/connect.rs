//! Which API server to follow, and the thread that does it.

use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::Follower;

/// Set in every Pod.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the cluster cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing says which cluster.
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
        /// What is wrong.
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
        /// What is wrong.
        source: Box<kube::Error>,
    },
    /// The system has no threads or file descriptors left.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// How to reach the cluster: by this kubeconfig, by those that `KUBECONFIG` names, or as the Pod
/// that this is.
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
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // A follower has pauses of its own, and a look-up has no time for any.
    config.default_retry = false;
    Ok(config)
}

/// A follower at work; it ends when this is dropped.
#[derive(Debug)]
pub struct Connected {
    _stop: oneshot::Sender<()>,
}

impl Follower {
    /// Runs on a thread of its own, so that reading the cluster delays no request.
    pub fn start(self, config: Config) -> Result<Connected, ConnectError> {
        let (started, start) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let work = move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(async {
                let (client, result) = match client(config) {
                    Ok(client) => (Some(client), Ok(())),
                    Err(error) => (None, Err(error)),
                };
                let _ = started.send(result);
                let Some(client) = client else { return };
                tokio::select! {
                    () = self.run(client) => {}
                    _ = stopped => {}
                }
            }),
            Err(error) => _ = started.send(Err(ConnectError::Thread(error))),
        };
        let thread = thread::Builder::new().name("cluster".to_owned());
        thread.spawn(work).map_err(ConnectError::Thread)?;
        start.recv().unwrap_or_else(|ended| Err(ConnectError::Thread(io::Error::other(ended))))?;
        Ok(Connected { _stop: stop })
    }
}

/// Must be called within a runtime.
fn client(config: Config) -> Result<Client, ConnectError> {
    let url = config.cluster_url.to_string();
    Client::try_from(config)
        .map_err(|source| ConnectError::Client { url, source: Box::new(source) })
}
