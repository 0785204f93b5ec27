//! `crds`: the custom resource definitions.

use clap::{Args, ValueEnum};
use kubernetes_manifest::to_yaml;
use serde_json::Value;

use super::print;
use crate::api::{Kind, schema};

/// Print the custom resource definitions as YAML
#[derive(Debug, Args)]
pub struct CrdsArgs {
    /// The definitions to print; by default the four snapshot kinds
    #[arg(value_enum)]
    parts: Vec<Definitions>,
    /// Print the small Sandbox definition too, for clusters without agent-sandbox
    #[arg(long)]
    with_sandbox: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Definitions {
    #[value(name = "snapshotclasses")]
    Classes,
    #[value(name = "snapshotclaims")]
    Claims,
    #[value(name = "snapshotclaimtemplates")]
    Templates,
    #[value(name = "snapshotproviders")]
    Providers,
    /// The small Sandbox definition
    #[value(name = "sandboxes")]
    Sandboxes,
    /// A JSON patch that adds our fields to upstream's Sandbox definition
    #[value(name = "sandbox-patch")]
    SandboxPatch,
}

impl Definitions {
    fn content(self) -> Value {
        match self {
            Self::Classes => schema::crd(Kind::SnapshotClass),
            Self::Claims => schema::crd(Kind::SnapshotClaim),
            Self::Templates => schema::crd(Kind::SnapshotClaimTemplate),
            Self::Providers => schema::crd(Kind::SnapshotProvider),
            Self::Sandboxes => schema::crd(Kind::Sandbox),
            Self::SandboxPatch => schema::sandbox_patch(),
        }
    }
}

impl CrdsArgs {
    /// Prints the definitions, one YAML document each.
    pub fn run(mut self) -> anyhow::Result<()> {
        if self.parts.is_empty() {
            self.parts = vec![
                Definitions::Classes,
                Definitions::Claims,
                Definitions::Templates,
                Definitions::Providers,
            ];
        }
        if self.with_sandbox && !self.parts.contains(&Definitions::Sandboxes) {
            self.parts.push(Definitions::Sandboxes);
        }
        let documents: Vec<String> = self.parts.iter().map(|it| to_yaml(&it.content())).collect();
        print(documents.join("---\n").as_bytes())
    }
}
