//! The request bodies that a real kube-apiserver sent, one a file.

use std::path::Path;

use sandbox_admission::admission::Phase;

/// Their folder.
pub const FOLDER: &str = "tests/fixtures/samples";

/// One request body.
pub struct Sample {
    pub file: String,
    /// The webhook that it was sent to.
    pub phase: Phase,
    pub body: Vec<u8>,
}

impl Sample {
    /// Reads one file, whose name begins with the webhook's path.
    pub fn read(path: &Path) -> Self {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let phase = match file.split('-').next() {
            Some("mutate") => Phase::Mutating,
            Some("validate") => Phase::Validating,
            _ => panic!("{file}: no webhook"),
        };
        Self { file, phase, body: std::fs::read(path).unwrap() }
    }
}

/// All of them, by name.
pub fn all() -> Vec<Sample> {
    let entries = std::fs::read_dir(FOLDER).unwrap();
    let mut samples: Vec<_> = entries.map(|entry| Sample::read(&entry.unwrap().path())).collect();
    samples.sort_by(|a, b| a.file.cmp(&b.file));
    samples
}
