//! Where the programs of a control plane are, and how many tests need them.

use std::path::{Path, PathBuf};

/// How many tests need a control plane, by program. Each program holds its own number to its list.
pub struct Tests {
    pub apply: usize,
    pub cluster: usize,
    pub drills: usize,
    pub kubectl: usize,
    pub upstream: usize,
    pub model: usize,
}

/// The numbers.
pub const TESTS: Tests =
    Tests { apply: 4, cluster: 20, drills: 5, kubectl: 52, upstream: 14, model: 1 };

/// The programs of a control plane.
#[derive(Clone)]
pub struct Binaries(PathBuf);

impl Binaries {
    /// The programs in `KUBEBUILDER_ASSETS`, or where `tests/envtest/build` puts them. The error
    /// says what is missing and what to do.
    pub fn find() -> Result<Self, String> {
        let assets = std::env::var_os("KUBEBUILDER_ASSETS").filter(|folder| !folder.is_empty());
        let (folder, remedy) = match assets {
            Some(folder) => (folder.into(), "fix or unset KUBEBUILDER_ASSETS"),
            None => (built(), "run tests/envtest/build"),
        };
        let missing = ["etcd", "kube-apiserver", "kubectl"].map(|name| folder.join(name));
        match missing.iter().find(|path| !path.is_file()) {
            Some(path) => Err(format!("there is no {}: {remedy}", path.display())),
            None => Ok(Self(folder)),
        }
    }

    /// The path of one of them, which may be missing if not every test needs it.
    pub fn path(&self, program: &str) -> PathBuf {
        self.0.join(program)
    }
}

/// The folder of `tests/envtest/build`.
fn built() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/envtest")
}
