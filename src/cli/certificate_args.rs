//! The flags for the source of the serving certificate: files, or a Secret that all replicas share.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::Args;
use kube::Config;
use tracing::{info, warn};

use super::names_args::NamesArgs;
use crate::certs::cluster::{self, CertificateReport, ObjectNames, Timing};
use crate::certs::{self, CertificateFiles, Certificates, Issued};
use crate::client::ApiClient;
use crate::install;
use crate::server::Metrics;

/// The folder of the files where there is no cluster.
const FOLDER: &str = "certs";

#[derive(Debug, Args)]
#[command(next_help_heading = "Certificates")]
pub struct CertificateArgs {
    /// Folder with tls.crt, tls.key and ca.crt, which are made if absent. No Secret and no webhook
    /// configuration is changed [default: in a cluster a shared Secret, else certs]
    #[arg(long, value_name = "DIR")]
    cert_dir: Option<PathBuf>,
    #[command(flatten)]
    names: NamesArgs,
    /// Namespace of the Service and the Secret [default: that of this Pod or of the kubeconfig]
    #[arg(long, value_name = "NAME", conflicts_with = "cert_dir")]
    namespace: Option<String>,
    /// Service that the API server calls
    #[arg(long, value_name = "NAME", default_value = install::NAME)]
    service_name: String,
    /// Secret in which the replicas share a CA and a serving certificate; made if absent
    #[arg(long, value_name = "NAME", default_value = install::SECRET)]
    secret_name: String,
    /// `MutatingWebhookConfiguration` in which the CA is published
    #[arg(long, value_name = "NAME", default_value = install::NAME)]
    mutating_webhook_configuration: String,
    /// `ValidatingWebhookConfiguration` in which the CA is published
    #[arg(long, value_name = "NAME", default_value = install::NAME)]
    validating_webhook_configuration: String,
}

/// Certificates, and the task that keeps them up to date.
pub struct Opened {
    /// The certificates that the server shows.
    pub certificates: Arc<Certificates>,
    /// The task that replaces them; it must be polled for as long as the server runs.
    pub following: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl CertificateArgs {
    /// Opens the files, or the Secret in `cluster`.
    pub fn open(
        self,
        cluster: Option<Config>,
        metrics: Arc<Metrics>,
        interval: Duration,
    ) -> anyhow::Result<Opened> {
        match (&self.cert_dir, cluster) {
            (None, Some(cluster)) => self.open_secret(cluster, metrics),
            (Some(folder), _) => self.open_files(folder, metrics, interval),
            (None, None) => self.open_files(Path::new(FOLDER), metrics, interval),
        }
    }

    fn open_secret(self, cluster: Config, metrics: Arc<Metrics>) -> anyhow::Result<Opened> {
        let names = ObjectNames {
            namespace: self.namespace.unwrap_or_else(|| cluster.default_namespace.clone()),
            service: self.service_name,
            secret: self.secret_name,
            mutating: self.mutating_webhook_configuration,
            validating: self.validating_webhook_configuration,
        };
        let client = ApiClient::connect(cluster)?;
        let certificates = Certificates::none_yet();
        let report = move |report: CertificateReport<'_>| match report {
            CertificateReport::Serving(certificate) => {
                metrics.certificate_loaded(certificate.not_after());
            }
            CertificateReport::Failed => metrics.certificate_failed(),
        };
        let following = Box::pin(cluster::keep(
            client,
            names,
            Timing::default(),
            Arc::clone(&certificates),
            report,
        ));
        Ok(Opened { certificates, following })
    }

    fn open_files(
        &self,
        folder: &Path,
        metrics: Arc<Metrics>,
        interval: Duration,
    ) -> anyhow::Result<Opened> {
        self.ensure(folder)?;
        let files = CertificateFiles::in_folder(folder);
        let certificate = files.load().context("--cert-dir")?;
        certificate.warn_of_expiry(SystemTime::now());
        metrics.certificate_loaded(certificate.not_after());
        let certificates = Certificates::new(&certificate);
        let replaced = Arc::clone(&certificates);
        let watch =
            certs::watch(files, replaced, certificate, interval, move |change| match change {
                Ok(certificate) => metrics.certificate_loaded(certificate.not_after()),
                Err(_) => metrics.certificate_failed(),
            });
        let following = Box::pin(watch);
        Ok(Opened { certificates, following })
    }

    /// Makes certificates where there are none.
    fn ensure(&self, folder: &Path) -> anyhow::Result<()> {
        let issued = certs::ensure(folder, &self.names.names(), SystemTime::now());
        let folder = folder.display();
        match issued.context("--cert-dir")? {
            Issued::Nothing { lacks } if lacks.is_empty() => {}
            Issued::Nothing { lacks } => warn!(
                names = lacks.join(", "),
                "the certificate in {folder} lacks names; remove tls.crt and tls.key there to have \
                 a new one made"
            ),
            Issued::Certificate => info!("made a serving certificate in {folder}"),
            Issued::Everything => {
                info!("made a CA and a serving certificate in {folder}; clients trust ca.crt");
            }
        }
        Ok(())
    }
}
