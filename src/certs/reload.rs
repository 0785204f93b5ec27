//! Replaces the certificate when its files change.
//!
//! By comparing contents: a mounted Secret swaps a symlink, which a watch on the files themselves
//! notices once or never. `notify` on the folder would notice, but not on every file system, so that
//! the contents would have to be compared as well; and a few seconds late is early enough.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::error::CertificateError;
use super::files::CertificateFiles;
use super::pair::{Pem, ServingCertificate};
use super::resolver::Certificates;

/// Looks at the files every `interval` and uses a new certificate once it proved good; otherwise the
/// last good one, at first `in_use`, stays. `report` receives each change, for metrics; the log is
/// written here. Runs until dropped.
pub async fn watch(
    files: CertificateFiles,
    certificates: Arc<Certificates>,
    in_use: ServingCertificate,
    interval: Duration,
    mut report: impl FnMut(Result<&ServingCertificate, &CertificateError>),
) {
    let mut reload = Reload::new(files, in_use);
    loop {
        tokio::time::sleep(interval).await;
        let now = SystemTime::now();
        match reload.look(now) {
            Ok(None) => {}
            Ok(Some(certificate)) => {
                certificates.replace(certificate);
                tracing::info!("the serving certificate was replaced");
                certificate.warn_of_expiry(now);
                report(Ok(certificate));
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn Error,
                    "the serving certificate's files are unusable; the last good one stays in use"
                );
                report(Err(&error));
            }
        }
    }
}

struct Reload {
    files: CertificateFiles,
    in_use: ServingCertificate,
    /// The content that was found last, good or not: the same error is reported once.
    seen: Result<Arc<Pem>, String>,
}

impl Reload {
    fn new(files: CertificateFiles, in_use: ServingCertificate) -> Self {
        let seen = Ok(Arc::clone(in_use.pem()));
        Self { files, in_use, seen }
    }

    /// The new certificate, if there is one.
    fn look(&mut self, now: SystemTime) -> Result<Option<&ServingCertificate>, CertificateError> {
        let found = self.files.read().map(Arc::new);
        let summary = match &found {
            Ok(pem) => Ok(Arc::clone(pem)),
            Err(error) => Err(error.to_string()),
        };
        if summary == self.seen {
            return Ok(None);
        }
        self.seen = summary;
        let found = found?;
        if found == *self.in_use.pem() {
            return Ok(None); // back to what it was
        }
        let new = self.files.check(found)?;
        if new.has_expired(now) && !self.in_use.has_expired(now) {
            return Err(CertificateError::Expired { path: self.files.certificate.clone() });
        }
        self.in_use = new;
        Ok(Some(&self.in_use))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::certs::{SubjectNames, ensure};

    const YEAR: Duration = Duration::from_hours(365 * 24);

    fn make(folder: &Path, now: SystemTime) {
        fs::create_dir_all(folder).unwrap();
        ensure(folder, &SubjectNames::default(), now).unwrap();
    }

    /// A folder as the kubelet mounts a Secret: files are links through `..data`, which is
    /// swapped in one step.
    struct Mounted(tempfile::TempDir);

    impl Mounted {
        fn new() -> Self {
            let mounted = Self(tempfile::tempdir().unwrap());
            mounted.rotate("one", SystemTime::now());
            for name in ["tls.crt", "tls.key"] {
                symlink(format!("..data/{name}"), mounted.0.path().join(name)).unwrap();
            }
            mounted
        }

        fn rotate(&self, version: &str, now: SystemTime) {
            let folder = self.0.path();
            make(&folder.join(version), now);
            self.point_to(version);
        }

        fn point_to(&self, version: &str) {
            let folder = self.0.path();
            symlink(version, folder.join("..data_tmp")).unwrap();
            fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
        }

        fn reload(&self) -> Reload {
            let files = CertificateFiles::in_folder(self.0.path());
            let in_use = files.load().unwrap();
            Reload::new(files, in_use)
        }
    }

    #[test]
    fn every_swap_of_a_mounted_secret_is_noticed_once() {
        let mounted = Mounted::new();
        let mut reload = mounted.reload();
        assert!(reload.look(SystemTime::now()).unwrap().is_none());
        for version in ["two", "three"] {
            mounted.rotate(version, SystemTime::now());
            assert!(reload.look(SystemTime::now()).unwrap().is_some());
            assert!(reload.look(SystemTime::now()).unwrap().is_none());
        }
    }

    #[test]
    fn a_broken_file_keeps_the_last_good_certificate_and_is_reported_once() {
        let mounted = Mounted::new();
        let mut reload = mounted.reload();
        let before = Arc::clone(reload.in_use.pem());
        mounted.rotate("two", SystemTime::now());
        fs::write(mounted.0.path().join("two/tls.key"), "broken").unwrap();
        assert!(reload.look(SystemTime::now()).is_err());
        assert!(reload.look(SystemTime::now()).unwrap().is_none());
        assert_eq!(*reload.in_use.pem(), before);
        mounted.rotate("three", SystemTime::now());
        assert!(reload.look(SystemTime::now()).unwrap().is_some());
    }

    #[test]
    fn a_missing_file_is_reported_once_and_coming_back_is_no_change() {
        let mounted = Mounted::new();
        let mut reload = mounted.reload();
        let key = mounted.0.path().join("one/tls.key");
        let away = mounted.0.path().join("away");
        fs::rename(&key, &away).unwrap();
        assert!(reload.look(SystemTime::now()).is_err());
        assert!(reload.look(SystemTime::now()).unwrap().is_none());
        fs::rename(&away, &key).unwrap();
        assert!(reload.look(SystemTime::now()).unwrap().is_none());
    }

    #[test]
    fn an_expired_certificate_does_not_replace_a_valid_one() {
        let mounted = Mounted::new();
        let mut reload = mounted.reload();
        mounted.rotate("old", SystemTime::now() - 2 * YEAR);
        let error = reload.look(SystemTime::now()).err().unwrap();
        assert!(matches!(error, CertificateError::Expired { .. }), "{error}");
    }
}
