//! `certs`: makes a CA and serving certificates, for running without a cluster.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, Subcommand};

use super::names_args::NamesArgs;
use crate::certs;

/// Make a CA and serving certificates, for a server outside a cluster
#[derive(Debug, Args)]
pub struct CertsArgs {
    #[command(subcommand)]
    command: CertsCommand,
}

#[derive(Debug, Subcommand)]
enum CertsCommand {
    /// Make a CA for ten years: ca.crt, for clients to trust, and ca.key; never replaces another
    Ca(FolderArgs),
    /// Make a serving certificate for a year from the CA: tls.crt and tls.key; replaces those that
    /// are there
    Serving {
        #[command(flatten)]
        folder: FolderArgs,
        #[command(flatten)]
        names: NamesArgs,
    },
}

#[derive(Debug, Args)]
struct FolderArgs {
    /// Folder of the files
    #[arg(long, value_name = "DIR", default_value = "certs")]
    dir: PathBuf,
}

impl CertsArgs {
    /// Writes the files and prints their paths.
    pub fn run(self) -> anyhow::Result<()> {
        let now = SystemTime::now();
        let made = match self.command {
            CertsCommand::Ca(FolderArgs { dir }) => {
                certs::new_ca(&dir, now)?;
                [dir.join("ca.crt"), dir.join("ca.key")]
            }
            CertsCommand::Serving { folder: FolderArgs { dir }, names } => {
                certs::new_serving(&dir, &names.names(), now)?;
                [dir.join("tls.crt"), dir.join("tls.key")]
            }
        };
        let lines = made.map(|path| format!("{}\n", path.display()));
        super::print(lines.concat().as_bytes())
    }
}
