//! Files that change while a server reads them.

use std::fs;
use std::path::Path;

/// Replaces a file in one step, as editors and kubelets do. A plain write empties it first, and a server that
/// looks in that moment sees an empty file, which is a valid one.
pub fn replace(file: &Path, text: impl AsRef<[u8]>) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}
