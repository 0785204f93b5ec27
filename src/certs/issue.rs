//! Makes a CA and a serving certificate, for running without a cluster.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};

use super::error::CertificateError;
use super::files::CertificateFiles;
use super::write::{NewFile, PUBLIC, SECRET, lock, write_all};

const CA_CERTIFICATE: &str = "ca.crt";
const CA_KEY: &str = "ca.key";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

const DAY: Duration = Duration::from_hours(24);
const CA_LIFETIME: Duration = DAY.saturating_mul(3650);
const LIFETIME: Duration = DAY.saturating_mul(365);
/// So that a client whose clock is a little slow accepts a new certificate.
const BACKDATED: Duration = Duration::from_mins(5);

/// What the serving certificate is to be called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// DNS names; clients of a Service use `<service>.<namespace>.svc`.
    pub dns: Vec<String>,
    /// IP addresses.
    pub ip: Vec<IpAddr>,
}

impl Default for Names {
    fn default() -> Self {
        Self { dns: vec!["localhost".to_owned()], ip: vec![IpAddr::from([127, 0, 0, 1])] }
    }
}

impl Names {
    fn all(&self) -> Vec<String> {
        self.dns.iter().cloned().chain(self.ip.iter().map(IpAddr::to_string)).collect()
    }
}

/// What [`ensure`] found or did.
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
pub fn ensure(folder: &Path, names: &Names, now: SystemTime) -> Result<Issued, CertificateError> {
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

/// Makes what is missing; nothing if that is nothing by now.
fn issue(
    folder: &Path,
    names: &Names,
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
            let (ca, not_after) = existing_ca(folder, now)?;
            write_all(folder, &serving_certificate(&ca, names, now, not_after)?)?;
            Ok(Some(Issued::Certificate))
        }
        [false, false, ..] => {
            let (ca, [ca_key, ca_certificate]) = new_ca(now)?;
            let [key, certificate] = serving_certificate(&ca, names, now, now + CA_LIFETIME)?;
            write_all(folder, &[ca_key, ca_certificate, key, certificate])?;
            Ok(Some(Issued::Everything))
        }
    }
}

type Ca = Issuer<'static, KeyPair>;

fn existing_ca(folder: &Path, now: SystemTime) -> Result<(Ca, SystemTime), CertificateError> {
    let files =
        CertificateFiles { certificate: folder.join(CA_CERTIFICATE), key: folder.join(CA_KEY) };
    let ca = files.load()?;
    if ca.has_expired(now) {
        return Err(CertificateError::Expired { path: files.certificate });
    }
    let certificate = ca
        .key()
        .end_entity_cert()
        .map_err(|source| CertificateError::Key { path: files.certificate.clone(), source })?;
    let key = fs::read_to_string(&files.key)
        .map_err(|source| CertificateError::Read { path: files.key.clone(), source })?;
    let issuer = Issuer::from_ca_cert_der(certificate, KeyPair::from_pem(&key)?)?;
    Ok((issuer, ca.not_after()))
}

fn new_ca(now: SystemTime) -> Result<(Ca, [NewFile; 2]), rcgen::Error> {
    let mut params = params("sandbox-admission CA", now, now + CA_LIFETIME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?;
    let files = [
        NewFile { name: CA_KEY, mode: SECRET, pem: key.serialize_pem() },
        NewFile { name: CA_CERTIFICATE, mode: PUBLIC, pem: certificate.pem() },
    ];
    Ok((Issuer::new(params, key), files))
}

/// Valid for [`LIFETIME`], but no longer than its CA.
fn serving_certificate(
    ca: &Ca,
    names: &Names,
    now: SystemTime,
    ca_not_after: SystemTime,
) -> Result<[NewFile; 2], rcgen::Error> {
    let mut params = params("sandbox-admission", now, (now + LIFETIME).min(ca_not_after));
    // Alternative names are what clients check; the common name is for people.
    for name in &names.dns {
        params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
    }
    params.subject_alt_names.extend(names.ip.iter().copied().map(SanType::IpAddress));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.signed_by(&key, ca)?;
    Ok([
        NewFile { name: KEY, mode: SECRET, pem: key.serialize_pem() },
        NewFile { name: CERTIFICATE, mode: PUBLIC, pem: certificate.pem() },
    ])
}

fn params(common_name: &str, now: SystemTime, not_after: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = (now - BACKDATED).into();
    params.not_after = not_after.into();
    params
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

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
        let made = ensure(folder.path(), &Names::default(), now()).unwrap();
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
                let ensure = || ensure(folder.path(), &Names::default(), now()).unwrap();
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
        ensure(folder.path(), &Names::default(), now()).unwrap();
        let before = fs::read(folder.path().join(CERTIFICATE)).unwrap();
        let names = Names {
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
        ensure(folder.path(), &Names::default(), now()).unwrap();
        let ca = fs::read(folder.path().join(CA_CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(KEY)).unwrap();
        let names = Names { dns: vec!["webhook.agents.svc".into()], ip: vec![] };
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
        ensure(folder.path(), &Names::default(), long_ago).unwrap();
        fs::remove_file(folder.path().join(CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(KEY)).unwrap();
        ensure(folder.path(), &Names::default(), now()).unwrap();
        let certificate = CertificateFiles::in_folder(folder.path()).load().unwrap();
        assert!(certificate.not_after() <= now() + 30 * DAY);
        assert!(certificate.not_after() >= now() + 29 * DAY);
    }

    #[test]
    fn an_expired_ca_issues_nothing() {
        let folder = folder();
        ensure(folder.path(), &Names::default(), now() - CA_LIFETIME - DAY).unwrap();
        fs::remove_file(folder.path().join(CERTIFICATE)).unwrap();
        fs::remove_file(folder.path().join(KEY)).unwrap();
        let error = ensure(folder.path(), &Names::default(), now()).unwrap_err();
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
            ensure(folder.path(), &Names::default(), now()).unwrap();
            for name in remove {
                fs::remove_file(folder.path().join(name)).unwrap();
            }
            let before = listing(folder.path());
            let error = ensure(folder.path(), &Names::default(), now()).unwrap_err().to_string();
            let start = format!("{} has {present} but not {missing}:", folder.path().display());
            assert!(error.starts_with(&start), "{error}");
            assert_eq!(listing(folder.path()), before);
        }
    }

    #[test]
    fn a_name_that_cannot_be_in_a_certificate_leaves_no_file_behind() {
        let folder = folder();
        let names = Names { dns: vec!["bücher".into()], ip: vec![] };
        assert!(ensure(folder.path(), &names, now()).is_err());
        assert_eq!(listing(folder.path()), [""; 0]);
    }

    #[test]
    fn a_certificate_is_valid_a_little_before_it_was_made() {
        let folder = folder();
        ensure(folder.path(), &Names::default(), now()).unwrap();
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
