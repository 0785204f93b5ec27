//! Manifests in files and folders, and how to notice that they changed.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::Utf8Error;
use std::time::SystemTime;

use super::{Document, Fault, ManifestError, Position, parse};

/// The file name of documents from standard input.
pub const STDIN: &str = "<stdin>";

/// Reads every document of a file, or of the `.yaml`, `.yml` and `.json` files in a folder and
/// below.
///
/// Files come sorted by path. Hidden files and folders are skipped and links followed, which suits
/// a mounted `ConfigMap`: its visible names link into a hidden folder.
pub fn read(path: &Path) -> Result<Vec<Document>, ManifestError> {
    let mut documents = Vec::new();
    for (path, _) in list(path)? {
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        documents.extend(decode(&path.to_string_lossy(), &bytes)?);
    }
    Ok(documents)
}

/// Reads every document of standard input, to its end.
pub fn read_stdin() -> Result<Vec<Document>, ManifestError> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(Path::new(STDIN), error))?;
    decode(STDIN, &bytes)
}

/// The identity of the files that [`read`] would read: equal stamps mean unchanged files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(Vec<FileStamp>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct FileStamp {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    /// When a mounted `ConfigMap` changes, the same name leads to another inode.
    device: u64,
    inode: u64,
}

/// The [`Stamp`] of a file or folder at this moment.
pub fn stamp(path: &Path) -> Result<Stamp, ManifestError> {
    let stamps = list(path)?.into_iter().map(|(path, metadata)| FileStamp {
        path,
        length: metadata.len(),
        modified: metadata.modified().ok(),
        device: metadata.dev(),
        inode: metadata.ino(),
    });
    Ok(Stamp(stamps.collect()))
}

/// The files of a path, sorted, with the metadata of the targets of links.
fn list(path: &Path) -> Result<Vec<(PathBuf, Metadata)>, ManifestError> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ManifestError::NotFound(path.to_owned()),
        _ => unreadable(path, error),
    })?;
    let mut files = Vec::new();
    // A folder is entered once, under the first of its names, because links may lead in circles.
    let mut entered = HashSet::new();
    let mut pending = vec![(path.to_owned(), metadata)];
    while let Some((path, metadata)) = pending.pop() {
        if !metadata.is_dir() {
            files.push((path, metadata));
        } else if entered.insert((metadata.dev(), metadata.ino())) {
            pending.extend(manifests_in(&path)?);
        }
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}

/// The visible folders and manifest files directly in a folder, the last name first.
fn manifests_in(folder: &Path) -> Result<Vec<(PathBuf, Metadata)>, ManifestError> {
    let failed = |error| unreadable(folder, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = folder.join(name);
        let metadata = fs::metadata(&path).map_err(|error| unreadable(&path, error))?;
        // Pipes and devices are left out: reading one could take forever.
        if metadata.is_dir() || metadata.is_file() && is_manifest(&path) {
            found.push((path, metadata));
        }
    }
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    Ok(found)
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    matches!(extension, Some("yaml" | "yml" | "json"))
}

fn decode(file: &str, bytes: &[u8]) -> Result<Vec<Document>, ManifestError> {
    let text = str::from_utf8(bytes).map_err(|error| ManifestError::Broken {
        file: file.into(),
        position: end_of_text(bytes, error),
        fault: Fault::NotUtf8,
    })?;
    parse(file, text)
}

fn end_of_text(bytes: &[u8], error: Utf8Error) -> Position {
    let text = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let line = text.rsplit('\n').next().unwrap_or_default();
    Position::after(text.matches('\n').count(), line.chars().count())
}

fn unreadable(path: &Path, error: io::Error) -> ManifestError {
    ManifestError::Unreadable { path: path.to_owned(), error }
}
