//! A value made of files, which is made again when they change.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::files::{self, Stamp};
use super::{Document, ManifestError};

type Read<T, E> = Box<dyn Fn(&[Document]) -> Result<T, E> + Send + Sync>;

/// A value that is made of files and folders, and made again when they change.
pub struct Reloading<T, E> {
    paths: Vec<PathBuf>,
    read: Read<T, E>,
    current: ArcSwap<T>,
    stamps: Mutex<Vec<Stamp>>,
}

impl<T, E: From<ManifestError>> Reloading<T, E> {
    /// Reads files and folders for the first time; `read` makes the value of their documents.
    pub fn open(
        paths: Vec<PathBuf>,
        read: impl Fn(&[Document]) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Self, E> {
        let stamps = stamp(&paths)?;
        let current = ArcSwap::from_pointee(read(&documents(&paths)?)?);
        Ok(Self { paths, read: Box::new(read), current, stamps: Mutex::new(stamps) })
    }

    /// The value of the last time that the files were valid.
    pub fn current(&self) -> Guard<Arc<T>> {
        self.current.load()
    }

    /// Reads the files again if they changed; returns whether they did. After an error the last
    /// good value stays, and the next call tries again.
    pub fn refresh(&self) -> Result<bool, E> {
        // Taken before reading, so that the next call sees a change that happens meanwhile.
        let stamps = stamp(&self.paths)?;
        let mut known = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == stamps {
            return Ok(false);
        }
        self.current.store(Arc::new((self.read)(&documents(&self.paths)?)?));
        *known = stamps;
        Ok(true)
    }
}

fn stamp(paths: &[PathBuf]) -> Result<Vec<Stamp>, ManifestError> {
    paths.iter().map(|path| files::stamp(path)).collect()
}

fn documents(paths: &[PathBuf]) -> Result<Vec<Document>, ManifestError> {
    let mut documents = Vec::new();
    for path in paths {
        documents.extend(files::read(path)?);
    }
    Ok(documents)
}
