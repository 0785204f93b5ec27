//! Puts a CA and serving certificates into a folder, for running without a cluster.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use rcgen::KeyPair;

use super::error::CertificateError;
use super::files::CertificateFiles;
use super::make::{Authority, Lifetimes, SubjectNames};
use super::pair::{PairError, Pem};
use super::write::{NewFile, PUBLIC, SECRET, lock, write_all};

const CA_CERTIFICATE: &str = "ca.crt";
const CA_KEY: &str = "ca.key";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// The outcome of [`ensure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// There was a serving certificate already, which is left alone.
    Nothing {
        /// Names asked for that it lacks.
        lacks: Vec<String>,
    },
    /// A serving certificate from the CA that was there.
    Certificate,
    /// A CA and a serving certificate: clients are to trust `ca.crt`.
    Everything,
}

/// Makes sure that `folder` holds a serving certificate: with `ca.crt` and `ca.key` there, one is
/// issued from that CA; with nothing there, a CA is made first. All files appear or none.
pub fn ensure(
    folder: &Path,
    names: &SubjectNames,
    now: SystemTime,
) -> Result<Issued, CertificateError> {
    let is_there = |name: &str| folder.join(name).exists();
    if !is_there(CERTIFICATE) || !is_there(KEY) {
        // Another process may be about to make them too.
        let _lock = lock(folder)?;
        if let Some(issued) = issue(folder, names, now)? {
            return Ok(issued);
        }
    }
    let certificate = CertificateFiles::in_folder(folder).load()?;
    let lacks = names.all().into_iter().filter(|name| !certificate.names(name)).collect();
    Ok(Issued::Nothing { lacks })
}

/// Makes what is missing; returns `None` if nothing is missing any more.
fn issue(
    folder: &Path,
    names: &SubjectNames,
    now: SystemTime,
) -> Result<Option<Issued>, CertificateError> {
    let lacks = |present, missing| {
        let folder = folder.to_owned();
        Err(CertificateError::Incomplete { folder, present, missing })
    };
    match [CA_CERTIFICATE, CA_KEY, CERTIFICATE, KEY].map(|name| folder.join(name).exists()) {
        [_, _, true, true] => Ok(None),
        [_, _, true, false] => lacks(CERTIFICATE, KEY),
        [_, _, false, true] => lacks(KEY, CERTIFICATE),
        [true, false, ..] => lacks(CA_CERTIFICATE, CA_KEY),
        [false, true, ..] => lacks(CA_KEY, CA_CERTIFICATE),
        [true, true, ..] => {
            let ca = existing_ca(folder, now)?;
            write_all(folder, &serving_files(ca.issue(names, now, &Lifetimes::FILES)?))?;
            Ok(Some(Issued::Certificate))
        }
        [false, false, ..] => {
            let (ca, pem) = Authority::new(now, &Lifetimes::FILES)?;
            let [key, certificate] = serving_files(ca.issue(names, now, &Lifetimes::FILES)?);
            let [ca_key, ca_certificate] = ca_files(pem);
            write_all(folder, &[ca_key, ca_certificate, key, certificate])?;
            Ok(Some(Issued::Everything))
        }
    }
}

/// Makes a CA in `folder`, where there must be none.
pub fn new_ca(folder: &Path, now: SystemTime) -> Result<(), CertificateError> {
    let _lock = lock(folder)?;
    for name in [CA_CERTIFICATE, CA_KEY] {
        let path = folder.join(name);
        if path.exists() {
            return Err(CertificateError::Exists { path });
        }
    }
    let (_, pem) = Authority::new(now, &Lifetimes::FILES)?;
    write_all(folder, &ca_files(pem))
}

/// Makes a serving certificate in `folder` from the CA there, in place of any that is there.
pub fn new_serving(
    folder: &Path,
    names: &SubjectNames,
    now: SystemTime,
) -> Result<(), CertificateError> {
    let _lock = lock(folder)?;
    if [CA_CERTIFICATE, CA_KEY].iter().any(|name| !folder.join(name).exists()) {
        return Err(CertificateError::NoAuthority { folder: folder.to_owned() });
    }
    let ca = existing_ca(folder, now)?;
    write_all(folder, &serving_files(ca.issue(names, now, &Lifetimes::FILES)?))
}

fn existing_ca(folder: &Path, now: SystemTime) -> Result<Authority, CertificateError> {
    let files =
        CertificateFiles { certificate: folder.join(CA_CERTIFICATE), key: folder.join(CA_KEY) };
    let ca = files.load()?;
    if ca.has_expired(now) {
        return Err(CertificateError::Expired { path: files.certificate });
    }
    let certificate = ca.key().end_entity_cert().map_err(|source| CertificateError::Unusable {
        path: files.certificate.clone(),
        source: PairError::Key(source),
    })?;
    let key = fs::read_to_string(&files.key)
        .map_err(|source| CertificateError::Read { path: files.key.clone(), source })?;
    Ok(Authority::existing(certificate, KeyPair::from_pem(&key)?, ca.not_after())?)
}

fn ca_files(pem: Pem) -> [NewFile; 2] {
    [
        NewFile { name: CA_KEY, mode: SECRET, pem: pem.key },
        NewFile { name: CA_CERTIFICATE, mode: PUBLIC, pem: pem.certificate },
    ]
}

fn serving_files(pem: Pem) -> [NewFile; 2] {
    [
        NewFile { name: KEY, mode: SECRET, pem: pem.key },
        NewFile { name: CERTIFICATE, mode: PUBLIC, pem: pem.certificate },
    ]
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    const CA_LIFETIME: Duration = Lifetimes::FILES.ca;
    const DAY: Duration = Duration::from_hours(24);

    fn now() -> SystemTime {
        SystemTime::now()
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn listing(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn an_empty_folder_gets_a_ca_and_a_certificate_with_keys_only_we_can_read() {
        let folder = folder();
        let made = ensure(folder.path(), &SubjectNames::default(), now()).unwrap();
        assert_eq!(made, Issued::Everything);
        assert_eq!(listing(folder.path()), ["ca.crt", "ca.key", "tls.crt", "tls.key"]);
        for (name, mode) in [("ca.key", 0o600), ("tls.key", 0o600)] {
            let found = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
    }

    #[test]
    fn processes_that_start_together_agree_on_one_certificate() {
        for _ in 0..10 {
            let folder = folder();
            let made = std::thread::scope(|scope| {
                let ensure = || ensure(folder.path(), &SubjectNames::default(), now()).unwrap();
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(ensure)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            let everything = made.iter().filter(|made| **made == Issued::Everything);
            assert_eq!(everything.count(), 1);
        }
    }

    #[test]
    fn what_is_there_is_left_alone_and_names_it_lacks_are_told() {
        let folder = folder();
        ensure(folder.path(), &SubjectNames::default(), now()).unwrap();
        let before = fs::read(folder.path().join(CERTIFICATE)).unwrap();
        let names = SubjectNames {
            dns: vec!["localhost".into(), "webhook.agents.svc".into()],
            ip: vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
        };
        let lacks = vec!["webhook.agents.svc".to_owned(), "::1".to_owned()];
        assert_eq!(ensure(folder.path(), &names, now()).unwrap(), Issued::Nothing { lacks });
        assert_eq!(fs::read(folder.path().join(CERTIFICATE)).unwrap(), before);
    }

    #[test]
    fn a_new_certificate_comes_from_the_ca_that_is_there() {
        let folder = folder();
        ensure(folder.path(), &SubjectNames::default(), now()).unwrap();
        let ca = fs::read(folder.path().join(CA_CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(KEY)).unwrap();
        let names = SubjectNames { dns: vec!["webhook.agents.svc".into()], ip: vec![] };
        assert_eq!(ensure(folder.path(), &names, now()).unwrap(), Issued::Certificate);
        assert_eq!(fs::read(folder.path().join(CA_CERTIFICATE)).unwrap(), ca);
        let certificate = CertificateFiles::in_folder(folder.path()).load().unwrap();
        assert!(certificate.names("webhook.agents.svc"));
        assert!(!certificate.names("localhost"));
    }

    #[test]
    fn a_certificate_does_not_outlive_its_ca() {
        let folder = folder();
        let long_ago = now() - CA_LIFETIME + 30 * DAY;
        ensure(folder.path(), &SubjectNames::default(), long_ago).unwrap();
        fs::remove_file(folder.path().join(CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(KEY)).unwrap();
        ensure(folder.path(), &SubjectNames::default(), now()).unwrap();
        let certificate = CertificateFiles::in_folder(folder.path()).load().unwrap();
        assert!(certificate.not_after() <= now() + 30 * DAY);
        assert!(certificate.not_after() >= now() + 29 * DAY);
    }

    #[test]
    fn an_expired_ca_issues_nothing() {
        let folder = folder();
        ensure(folder.path(), &SubjectNames::default(), now() - CA_LIFETIME - DAY).unwrap();
        fs::remove_file(folder.path().join(CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(KEY)).unwrap();
        let error = ensure(folder.path(), &SubjectNames::default(), now()).unwrap_err();
        assert!(matches!(error, CertificateError::Expired { .. }), "{error}");
        assert_eq!(listing(folder.path()), ["ca.crt", "ca.key"]);
    }

    #[test]
    fn half_a_pair_is_an_error_that_names_the_other_half_and_changes_nothing() {
        for (remove, present, missing) in [
            (&[KEY][..], "tls.crt", "tls.key"),
            (&[CERTIFICATE], "tls.key", "tls.crt"),
            (&[CERTIFICATE, KEY, CA_KEY], "ca.crt", "ca.key"),
            (&[CERTIFICATE, KEY, CA_CERTIFICATE], "ca.key", "ca.crt"),
        ] {
            let folder = folder();
            ensure(folder.path(), &SubjectNames::default(), now()).unwrap();
            for name in remove {
                fs::remove_file(folder.path().join(name)).unwrap();
            }
            let before = listing(folder.path());
            let error =
                ensure(folder.path(), &SubjectNames::default(), now()).unwrap_err().to_string();
            let start = format!("{} has {present} but not {missing}:", folder.path().display());
            assert!(error.starts_with(&start), "{error}");
            assert_eq!(listing(folder.path()), before);
        }
    }

    #[test]
    fn a_name_that_cannot_be_in_a_certificate_leaves_no_file_behind() {
        let folder = folder();
        let names = SubjectNames { dns: vec!["bücher".into()], ip: vec![] };
        assert!(ensure(folder.path(), &names, now()).is_err());
        assert_eq!(listing(folder.path()), [""; 0]);
    }

    #[test]
    fn a_ca_on_demand_never_replaces_one() {
        let folder = folder();
        new_ca(folder.path(), now()).unwrap();
        assert_eq!(listing(folder.path()), ["ca.crt", "ca.key"]);
        let before = fs::read(folder.path().join(CA_CERTIFICATE)).unwrap();
        let error = new_ca(folder.path(), now()).unwrap_err();
        assert!(matches!(error, CertificateError::Exists { .. }), "{error}");
        assert_eq!(fs::read(folder.path().join(CA_CERTIFICATE)).unwrap(), before);
    }

    #[test]
    fn a_serving_certificate_on_demand_replaces_the_one_before() {
        let folder = folder();
        let error = new_serving(folder.path(), &SubjectNames::default(), now()).unwrap_err();
        assert!(matches!(error, CertificateError::NoAuthority { .. }), "{error}");
        new_ca(folder.path(), now()).unwrap();
        let mut seen = Vec::new();
        for _ in 0..2 {
            new_serving(folder.path(), &SubjectNames::default(), now()).unwrap();
            let certificate = CertificateFiles::in_folder(folder.path()).load().unwrap();
            assert!(certificate.names("localhost"));
            seen.push(certificate.pem().certificate.clone());
        }
        assert_ne!(seen[0], seen[1]);
    }

    #[test]
    fn a_certificate_is_valid_a_little_before_it_was_made() {
        let folder = folder();
        ensure(folder.path(), &SubjectNames::default(), now()).unwrap();
        for name in [CA_CERTIFICATE, CERTIFICATE] {
            let pem = fs::read(folder.path().join(name)).unwrap();
            let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
            let certificate = pem.parse_x509().unwrap();
            let before = certificate.validity().not_before.timestamp();
            let seconds = now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            assert!(before <= i64::try_from(seconds - 299).unwrap(), "{name}");
        }
    }
}
