//! `manifests`: the objects of an installation.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use kubernetes_cel::names;
use kubernetes_manifest::to_yaml;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

use super::policy_args::PolicyArgs;
use super::print;
use super::rules_args::ActionArgs;
use crate::api::{Kind, schema};
use crate::install::{self, FailurePolicy, NAMESPACE, Needs, ServerAddress};
use crate::rules::Settings;

/// The longest name of a namespace, which is a DNS-1123 label.
const NAMESPACE_MAX: usize = 63;

/// Print the manifests of an installation as YAML
#[derive(Debug, Args)]
pub struct ManifestsArgs {
    /// Namespace of the server
    #[arg(long, value_name = "NAME", default_value = NAMESPACE, value_parser = namespace)]
    namespace: String,
    /// Image of the server
    #[arg(long, default_value = concat!("sandbox-admission:", env!("CARGO_PKG_VERSION")))]
    image: String,
    /// Treatment of creations and updates while no replica answers; deletions always pass
    #[arg(long, value_enum, value_name = "POLICY", default_value_t = FailurePolicy::Fail)]
    failure_policy: FailurePolicy,
    /// Print only these parts, in this order
    #[arg(long, value_enum, value_name = "PARTS", value_delimiter = ',')]
    only: Vec<Part>,
    /// Register a server outside the cluster, as in `https://192.0.2.1:9443`: no rights, no workload
    #[arg(
        long,
        value_name = "URL",
        value_parser = server_url,
        requires = "ca_file",
        conflicts_with_all = ["namespace", "image"]
    )]
    url: Option<String>,
    /// The CA that signed that server's certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "url")]
    ca_file: Option<PathBuf>,
    /// Policies for the server, in a `ConfigMap`; the requests that they are about are sent to it
    #[command(flatten)]
    policies: PolicyArgs,
    /// Actions of rules, for the server; with the rights that its rules need
    #[command(flatten)]
    rules: ActionArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The definitions of the four snapshot kinds
    Crds,
    /// The namespace, the service account, all roles, and policies that limit the account further
    Rbac,
    /// The Deployment, its Service and what belongs to them
    Workload,
    /// The two webhook configurations
    Webhooks,
}

impl ManifestsArgs {
    /// Prints the manifests, one YAML document each.
    pub fn run(self) -> anyhow::Result<()> {
        let possible: &[Part] = match self.url {
            None => Part::value_variants(),
            Some(_) => &[Part::Crds, Part::Webhooks],
        };
        if self.only.iter().any(|part| !possible.contains(part)) {
            bail!("--only: for a server at --url there are only the parts crds and webhooks");
        }
        let parts = if self.only.is_empty() { possible } else { &self.only };
        let policies = self.policies.load()?;
        let settings = self.rules.settings()?;
        let asked: Vec<_> = policies.reach().collect();
        let mut documents = Vec::new();
        for part in parts {
            documents.extend(self.objects(*part, &settings, &asked)?.iter().map(to_yaml));
        }
        print(documents.join("---\n").as_bytes())
    }

    fn objects(
        &self,
        part: Part,
        settings: &Settings,
        asked: &[install::Asked],
    ) -> anyhow::Result<Vec<Value>> {
        Ok(match part {
            Part::Crds => Kind::ALL
                .into_iter()
                // The Sandbox definition is upstream's.
                .filter(|kind| *kind != Kind::Sandbox)
                .map(schema::crd)
                .collect(),
            Part::Rbac => {
                let needs = Needs {
                    namespaces: self.policies.are_given(),
                    access_reviews: settings.ask_for_rights(),
                };
                install::rbac(&self.namespace, needs)
            }
            Part::Workload => {
                let files = self.policies.are_given().then(|| self.policies.files()).transpose()?;
                let rules = self.rules.flags();
                install::workload(&self.namespace, &self.image, files.as_ref(), &rules)
            }
            Part::Webhooks => {
                install::webhooks(&self.server()?, self.failure_policy, settings, asked)
            }
        })
    }

    fn server(&self) -> anyhow::Result<ServerAddress> {
        Ok(match (&self.url, &self.ca_file) {
            (Some(base), Some(file)) => ServerAddress::Url {
                base: base.clone(),
                ca_bundle: ca_bundle(file).context("--ca-file")?,
            },
            _ => ServerAddress::Service { namespace: self.namespace.clone() },
        })
    }
}

fn namespace(text: &str) -> Result<String, String> {
    match names::subdomain_error(text) {
        Some(error) => Err(error),
        None if text.contains('.') || text.len() > NAMESPACE_MAX => {
            Err(format!("a namespace's name has no dots and at most {NAMESPACE_MAX} characters"))
        }
        None => Ok(text.to_owned()),
    }
}

/// Checks the part of a webhook configuration's `url` before the path; the path is ours.
fn server_url(text: &str) -> Result<String, String> {
    let base = text.strip_suffix('/').unwrap_or(text);
    let host = base.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || host.contains(|part: char| "/?#@".contains(part) || part.is_whitespace())
    {
        return Err("give https://HOST:PORT, with nothing after it".to_owned());
    }
    Ok(base.to_owned())
}

/// The content of the file in the form of `caBundle`. Everyone who may read the configuration can read it.
fn ca_bundle(file: &Path) -> anyhow::Result<String> {
    let path = file.display();
    let pem = fs::read_to_string(file).with_context(|| format!("cannot read {path}"))?;
    ensure!(
        !pem.contains("PRIVATE KEY"),
        "{path} holds a private key, which would be published: name the CA's certificate alone"
    );
    let certificates =
        CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.with_context(|| format!("{path} is no PEM"))?;
    ensure!(!certificates.is_empty(), "{path} holds no certificate: name the CA's, as PEM");
    Ok(STANDARD.encode(pem))
}
