//! What `tests/envtest/build` makes of upstream's module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::Binaries;

/// As docs/crds.md says.
const PATCHED: &str = "resources: [agent-sandbox.yaml]
patches:
- path: sandbox-crd-patch.yaml
  target: {kind: CustomResourceDefinition, name: sandboxes.agents.x-k8s.io}
";

/// The programs, and the manifest of upstream's release.
pub struct Installation {
    /// The controller.
    pub controller: PathBuf,
    /// The client with upstream's types, `tests/upstream/client`.
    pub client: PathBuf,
    manifest: PathBuf,
}

impl Installation {
    /// The error says what is missing and what to do.
    pub fn find() -> Result<Self, String> {
        let find = |name: &str| {
            let path = repository().join("target/envtest").join(name);
            let missing = format!("there is no {}: run tests/envtest/build", path.display());
            if path.is_file() { Ok(path) } else { Err(missing) }
        };
        Ok(Self {
            controller: find("agent-sandbox-controller")?,
            client: find("upstream-client")?,
            manifest: find("agent-sandbox.yaml")?,
        })
    }

    /// The manifest, with our patch.
    pub fn manifest(&self, binaries: &Binaries) -> String {
        let folder = tempfile::tempdir().unwrap();
        let here = |name: &str| folder.path().join(name);
        fs::copy(&self.manifest, here("agent-sandbox.yaml")).unwrap();
        let patch = "sandbox-crd-patch.yaml";
        fs::copy(repository().join("manifests").join(patch), here(patch)).unwrap();
        fs::write(here("kustomization.yaml"), PATCHED).unwrap();
        let mut kubectl = Command::new(binaries.path("kubectl"));
        let output = kubectl.arg("kustomize").arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
