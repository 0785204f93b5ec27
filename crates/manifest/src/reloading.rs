//! What some files say, read again when they change.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::files::{self, Stamp};
use super::{Document, ManifestError};

type Read<T, E> = Box<dyn Fn(&[Document]) -> Result<T, E> + Send + Sync>;

/// Something that is made of files and folders, and follows them.
pub struct Reloading<T, E> {
    paths: Vec<PathBuf>,
    read: Read<T, E>,
    current: ArcSwap<T>,
    stamps: Mutex<Vec<Stamp>>,
}

impl<T, E: From<ManifestError>> Reloading<T, E> {
    /// Reads files and folders for the first time; `read` makes something of their documents.
    pub fn open(
        paths: Vec<PathBuf>,
        read: impl Fn(&[Document]) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Self, E> {
        let stamps = stamp(&paths)?;
        let current = ArcSwap::from_pointee(read(&documents(&paths)?)?);
        Ok(Self { paths, read: Box::new(read), current, stamps: Mutex::new(stamps) })
    }

    /// What the files said when they were last in order.
    pub fn current(&self) -> Guard<Arc<T>> {
        self.current.load()
    }

    /// Reads the files again if they changed; whether they did. After an error the last good state
    /// stays, and the next call tries again.
    pub fn refresh(&self) -> Result<bool, E> {
        // Taken before reading: what changes meanwhile is seen by the next call.
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
