//! `serve`: the webhook server.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use super::admission::Admission;
use super::catalog_args::CatalogArgs;
use super::certificate_args::CertificateArgs;
use super::client_args::ClientArgs;
use super::log_writer::{LineFormat, LogWriter};
use super::policy_args::PolicyArgs;
use super::rules_args::RulesArgs;
use crate::rules::{RULES, RuleSet};
use crate::server::{self, Metrics, Server, ServerOptions};
use crate::webhook::{Source, Webhook};

/// Answer the API server's admission requests over HTTPS
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    catalog: CatalogArgs,
    #[command(flatten)]
    rules: RulesArgs,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    clients: ClientArgs,
    #[command(flatten)]
    certificates: CertificateArgs,
    /// Time to go on accepting requests after SIGTERM, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    shutdown_delay: u64,
    /// Interval at which files (catalog, policies, certificates) are checked for changes, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    reload_interval: Duration,
    /// The format of the log
    #[arg(long, value_enum, default_value_t = LineFormat::Text)]
    log_format: LineFormat,
    /// The level of the log: error, warn, info, debug, or a tracing filter
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log_level: String,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Listening")]
struct ListenArgs {
    /// HTTPS: POST /mutate and /validate
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:9443")]
    bind_address: SocketAddr,
    /// Plain HTTP: /livez and /readyz
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8081")]
    health_probe_bind_address: SocketAddr,
    /// Plain HTTP: /metrics
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    metrics_bind_address: SocketAddr,
    /// Threads that serve connections; by default one per core
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// Requests answered at a time; more are refused with 503 and `Retry-After`
    #[arg(long, value_name = "N", default_value_t = 512)]
    max_in_flight: usize,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds".to_owned())?;
    if seconds > 0.0 {
        Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
    } else {
        Err("must be more than 0".to_owned())
    }
}

impl ServeArgs {
    /// Serves until a signal ends it.
    pub fn run(self) -> anyhow::Result<()> {
        self.start_log()?;
        server::panics_to_log();
        // Requests have threads of their own; this one is for accepting, probes and reloads.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.serve())
    }

    fn start_log(&self) -> anyhow::Result<()> {
        // kube_client logs each failed attempt as an error; we log what the attempts lead to. h2 logs
        // each connection that floods it, as often as a client likes; so do we, once a minute.
        let filter = format!("kube_client=off,h2=off,{}", self.log_level);
        let format = self.log_format;
        let filter = EnvFilter::try_new(filter).context("--log-level")?;
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(move || LogWriter::new(format, io::stderr()))
            // Colours begin with an escape character, which no line may hold.
            .with_ansi(false);
        match format {
            LineFormat::Text => log.init(),
            LineFormat::Json => log.json().flatten_event(true).init(),
        }
        Ok(())
    }

    async fn serve(self) -> anyhow::Result<()> {
        let ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        let metrics = Arc::new(Metrics::new(&ids, env!("CARGO_PKG_VERSION")));
        let settings = self.rules.settings()?;
        let asks_for_rights = settings.ask_for_rights();
        let rules = RuleSet::new(settings);
        let policies = self.policies.follow(&metrics, self.reload_interval)?;
        let source =
            self.catalog.open(self.policies.keeps(), &metrics, self.reload_interval).await?;

        if asks_for_rights && matches!(source, Source::Files(_)) {
            warn!(
                "nobody can be asked for the rights of users: the rule snapshot-class-use is silent, \
                 and inUseNames: ByAccess is the same as OwnNamespace"
            );
        }

        let cluster = self.catalog.cluster().await?;
        let opened = self.certificates.open(cluster, Arc::clone(&metrics), self.reload_interval)?;
        let certificates = Arc::clone(&opened.certificates);

        let clients = self.clients.open()?;
        let options = ServerOptions {
            clients: clients.clone().map(|it| it as _),
            ..self.listen.options(self.shutdown_delay)
        };
        let signals = server::signals().context("cannot listen for signals")?;
        let webhook = Arc::new(Webhook { rules, policies, source });
        let handler = Arc::new(Admission { webhook, certificates });
        let counted = Arc::clone(&metrics);
        let server = Server::bind(options, opened.certificates, handler, metrics).await?;
        let probes = server.probe_addresses()?;
        info!(address = %server.address()?, ?probes, "answering admission reviews");
        // Only now: this task publishes our CA, and then the API server calls us.
        tokio::spawn(opened.following);
        if let Some(clients) = clients {
            let failed = move || counted.certificate_failed();
            tokio::spawn(clients.follow(self.reload_interval, failed));
        }
        server.run(signals).await?;
        info!("all requests are answered, goodbye");
        Ok(())
    }
}

impl ListenArgs {
    fn options(&self, shutdown_delay: u64) -> ServerOptions {
        let defaults = ServerOptions::default();
        ServerOptions {
            address: self.bind_address,
            health_address: Some(self.health_probe_bind_address),
            metrics_address: Some(self.metrics_bind_address),
            workers: self.workers.unwrap_or(defaults.workers),
            max_in_flight: self.max_in_flight,
            shutdown_delay: Duration::from_secs(shutdown_delay),
            ..defaults
        }
    }
}
