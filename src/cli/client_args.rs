//! The flags for who may call.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use crate::certs::ClientVerifier;

#[derive(Debug, Args)]
#[command(next_help_heading = "Clients")]
pub struct ClientArgs {
    /// CAs of which a client must show a certificate on the HTTPS port, as PEM; read again when it
    /// changes [default: anyone may call]
    #[arg(long, value_name = "FILE")]
    client_ca_file: Option<PathBuf>,
    /// Name that such a certificate must have, as common name, DNS name or URI; may be repeated
    /// [default: any]
    #[arg(long, value_name = "NAME", requires = "client_ca_file")]
    client_name: Vec<String>,
}

impl ClientArgs {
    /// Opens the file, if there is to be one.
    pub fn open(self) -> anyhow::Result<Option<Arc<ClientVerifier>>> {
        let Self { client_ca_file, client_name } = self;
        let verifier = client_ca_file.map(|file| ClientVerifier::open(&file, client_name));
        verifier.transpose().context("--client-ca-file")
    }
}
