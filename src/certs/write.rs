//! Writes a set of files: all of them or none.
//!
//! By hand: crates for atomic writes know one file at a time, and a certificate without its key is
//! of no use.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::CertificateError;

/// The mode of a file that everyone may read.
pub(super) const PUBLIC: u32 = 0o644;
/// The mode of a file that its owner alone may read.
pub(super) const SECRET: u32 = 0o600;

pub(super) struct NewFile {
    pub(super) name: &'static str,
    /// The mode from its creation on: there is no moment in which others can read a key.
    pub(super) mode: u32,
    pub(super) pem: Vec<u8>,
}

/// Makes the folder if need be, and locks it: other processes that write here wait until the file
/// is dropped.
pub(super) fn lock(folder: &Path) -> Result<File, CertificateError> {
    let lock = || {
        fs::create_dir_all(folder)?;
        let lock = File::open(folder)?;
        lock.lock()?;
        Ok(lock)
    };
    lock().map_err(|source| failed(folder, source))
}

/// Writes each file next to its place, then moves all of them there. On failure, none stays, but for
/// those that took another's place.
pub(super) fn write_all(folder: &Path, files: &[NewFile]) -> Result<(), CertificateError> {
    let mut on_failure = RemoveOnDrop(Vec::new());
    let temporary = |file: &NewFile| folder.join(format!(".{}.new", file.name));
    for file in files {
        let temporary = temporary(file);
        // Left over by a run that was killed.
        let _ = fs::remove_file(&temporary);
        on_failure.0.push(temporary.clone());
        write_new(&temporary, file).map_err(|source| failed(&temporary, source))?;
    }
    for file in files {
        let path = folder.join(file.name);
        let is_new = !path.exists();
        fs::rename(temporary(file), &path).map_err(|source| failed(&path, source))?;
        if is_new {
            on_failure.0.push(path);
        }
    }
    on_failure.0.clear();
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> CertificateError {
    CertificateError::Write { path: path.to_owned(), source }
}

fn write_new(path: &Path, file: &NewFile) -> io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(file.mode).open(path)?;
    new.write_all(&file.pem)?;
    new.sync_all()
}

/// Files to remove, unless all goes well.
struct RemoveOnDrop(Vec<PathBuf>);

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        for path in &self.0 {
            // The error that brought us here says more than this one could.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_half_way_leaves_no_file_behind() {
        let folder = tempfile::tempdir().unwrap();
        // A folder in its place: the last file cannot be moved there.
        fs::create_dir_all(folder.path().join("last/in-the-way")).unwrap();
        let files = ["first", "last"].map(|name| NewFile { name, mode: SECRET, pem: name.into() });
        let error = write_all(folder.path(), &files).unwrap_err().to_string();
        assert_eq!(error, format!("cannot write {}", folder.path().join("last").display()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
