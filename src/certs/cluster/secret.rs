//! The Secret's content: the part that can be used, and what replaces it.
//!
//! | key | content (PEM) |
//! | --- | --- |
//! | `ca.crt` | the CAs that clients are to trust, the signing one first |
//! | `ca.key` | the key of the signing one; those of earlier CAs are gone for good |
//! | `tls.crt`, `tls.key` | the serving certificate and its key |
//!
//! Its type is `kubernetes.io/tls`: the API server itself then insists on the last two, and tools
//! that watch over certificates find it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use k8s_openapi::ByteString;
use pem::{EncodeConfig, LineEnding};
use rcgen::{KeyPair, PublicKeyData as _};
use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::plan::{Ca, Held, Leaf, Renewal};
use crate::certs::make::{Authority, Lifetimes, SubjectNames};
use crate::certs::pair::{Pem, ServingCertificate};
use crate::certs::validity::Validity;

/// The content of a Secret.
pub(super) type Data = BTreeMap<String, ByteString>;

pub(super) const TYPE: &str = "kubernetes.io/tls";
const BUNDLE: &str = "ca.crt";
const SIGNER_KEY: &str = "ca.key";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// The content that was found in a Secret.
#[derive(Debug, Clone, Default)]
pub(super) struct SecretContent {
    pub(super) held: Held,
    /// The certificate of `held`, ready for use.
    pub(super) certificate: Option<ServingCertificate>,
    signer_key: Option<String>,
}

impl SecretContent {
    /// Reads the content. A part that cannot be read, or does not belong to the rest, counts as
    /// absent.
    pub(super) fn read(data: &Data, names: &SubjectNames) -> Self {
        let get = |key| data.get(key).map(|ByteString(value)| value.as_slice());
        let bundle = get(BUNDLE).and_then(read_bundle).unwrap_or_default();
        let signer_key =
            get(SIGNER_KEY).and_then(|key| std::str::from_utf8(key).ok()).map(str::to_owned);
        let signer = signer_key.as_deref().and_then(|key| signer(&bundle, key));
        let pem = get(CERTIFICATE)
            .zip(get(KEY))
            .map(|(certificate, key)| Pem { certificate: certificate.into(), key: key.into() });
        let certificate = pem.and_then(|pem| ServingCertificate::new(Arc::new(pem)).ok());
        let leaf = certificate.as_ref().and_then(|it| leaf(&bundle, it, names));
        let certificate = certificate.filter(|_| leaf.is_some());
        Self { held: Held { bundle, signer, leaf }, certificate, signer_key }
    }

    /// The content after a write.
    pub(super) fn renewed(
        &self,
        write: &Renewal,
        names: &SubjectNames,
        lifetimes: &Lifetimes,
        now: SystemTime,
    ) -> Result<Data, rcgen::Error> {
        let mut bundle: Vec<u8> = Vec::new();
        let (authority, signer_key) = if write.ca {
            let (authority, pem) = Authority::new(now, lifetimes)?;
            bundle.extend(pem.certificate);
            (authority, pem.key)
        } else {
            let (signer, key) =
                self.held.signer.as_ref().zip(self.signer_key.as_ref()).ok_or(NO_SIGNER)?;
            let der = CertificateDer::from(signer.der.as_slice());
            let pair = KeyPair::from_pem(key)?;
            (Authority::existing(&der, pair, signer.validity.until)?, key.clone().into())
        };
        bundle.extend(write.keep.iter().flat_map(|ca| to_pem(&ca.der).into_bytes()));
        let pem = if write.leaf {
            authority.issue(names, now, lifetimes)?
        } else {
            let certificate = self.certificate.as_ref().ok_or(NO_SIGNER)?;
            Pem::clone(certificate.pem())
        };
        let entries = [
            (BUNDLE, bundle),
            (SIGNER_KEY, signer_key),
            (CERTIFICATE, pem.certificate),
            (KEY, pem.key),
        ];
        Ok(entries.map(|(key, value)| (key.to_owned(), ByteString(value))).into())
    }
}

/// A plan never asks for what is not there.
const NO_SIGNER: rcgen::Error = rcgen::Error::CouldNotParseCertificate;

/// The certificates of a bundle; none if there is anything else in it, or nothing.
pub(super) fn read_bundle(pem: &[u8]) -> Option<Vec<Ca>> {
    let ca = |der: CertificateDer<'_>| {
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let validity = Validity::of(&certificate).ok()?;
        Some(Ca { der: der.to_vec(), validity })
    };
    let cas: Option<Vec<_>> =
        CertificateDer::pem_slice_iter(pem).map(|der| der.ok().and_then(ca)).collect();
    cas.filter(|cas| !cas.is_empty())
}

/// A bundle as a `caBundle` wants it.
pub(super) fn write_bundle(bundle: &[Ca]) -> ByteString {
    ByteString(bundle.iter().flat_map(|ca| to_pem(&ca.der).into_bytes()).collect())
}

fn to_pem(der: &[u8]) -> String {
    let block = pem::Pem::new("CERTIFICATE", der);
    pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// The CA that the key belongs to.
fn signer(bundle: &[Ca], key: &str) -> Option<Ca> {
    let public = KeyPair::from_pem(key).ok()?.subject_public_key_info();
    let is_it = |ca: &&Ca| {
        X509Certificate::from_der(&ca.der)
            .is_ok_and(|(_, it)| it.is_ca() && it.public_key().raw == public.as_slice())
    };
    bundle.iter().find(is_it).cloned()
}

fn leaf(bundle: &[Ca], certificate: &ServingCertificate, names: &SubjectNames) -> Option<Leaf> {
    let validity = certificate.validity();
    let der = certificate.key().end_entity_cert().ok()?;
    let parsed = ParsedCertificate::try_from(der).ok()?;
    // Whether it counts today is another question.
    let then = UnixTime::since_unix_epoch(
        validity.from.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
    );
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    let has_signed = |ca: &&Ca| {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(ca.der.as_slice())).is_ok()
            && verify_server_cert_signed_by_trust_anchor(&parsed, &roots, &[], then, algorithms)
                .is_ok()
    };
    Some(Leaf {
        der: der.to_vec(),
        issuer: bundle.iter().find(has_signed)?.clone(),
        validity,
        is_named: names.all().iter().all(|name| certificate.names(name)),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn names() -> SubjectNames {
        SubjectNames { dns: vec!["webhook.agents.svc".to_owned()], ip: vec![] }
    }

    fn now() -> SystemTime {
        SystemTime::now()
    }

    fn renewed(content: &SecretContent, write: &Renewal) -> Data {
        content.renewed(write, &names(), &Lifetimes::CLUSTER, now()).unwrap()
    }

    fn first() -> Data {
        renewed(&SecretContent::default(), &Renewal { ca: true, leaf: true, keep: vec![] })
    }

    fn read(data: &Data) -> SecretContent {
        SecretContent::read(data, &names())
    }

    #[test]
    fn what_is_written_can_be_read() {
        let Held { bundle, signer, leaf } = read(&first()).held;
        assert_eq!(bundle.len(), 1);
        assert_eq!(signer.as_ref(), bundle.first());
        let leaf = leaf.unwrap();
        assert_eq!(Some(&leaf.issuer), bundle.first());
        assert!(leaf.is_valid(now()));
        let days = |validity: Validity| {
            validity.until.duration_since(now()).unwrap().as_secs().div_ceil(24 * 60 * 60)
        };
        assert_eq!((days(leaf.issuer.validity), days(leaf.validity)), (365, 90));
    }

    #[test]
    fn a_new_ca_comes_first_and_leaves_the_certificate_alone() {
        let data = first();
        let before = read(&data);
        let keep = before.held.bundle.clone();
        let data = renewed(&before, &Renewal { ca: true, leaf: false, keep });
        let after = read(&data);
        assert_eq!(after.held.bundle[1..], before.held.bundle);
        assert_eq!(after.held.signer.as_ref(), after.held.bundle.first());
        assert_eq!(after.held.leaf, before.held.leaf);

        let keep = after.held.bundle.clone();
        let data = renewed(&after, &Renewal { ca: false, leaf: true, keep });
        let last = read(&data);
        assert_eq!(last.held.bundle, after.held.bundle);
        assert_eq!(last.held.leaf.unwrap().issuer, after.held.bundle[0]);
    }

    #[test]
    fn what_is_broken_or_of_another_counts_as_absent() {
        let (ours, other) = (first(), first());
        let with = |key: &str, value: &[u8]| {
            let mut data = ours.clone();
            data.insert(key.to_owned(), ByteString(value.to_vec()));
            read(&data).held
        };
        let whole = read(&ours).held;
        for broken in [b"nonsense".as_slice(), b""] {
            assert_eq!(with(BUNDLE, broken), Held::default());
            assert_eq!(with(SIGNER_KEY, broken), Held { signer: None, ..whole.clone() });
            assert_eq!(with(CERTIFICATE, broken), Held { leaf: None, ..whole.clone() });
            assert_eq!(with(KEY, broken), Held { leaf: None, ..whole.clone() });
        }
        assert_eq!(with(SIGNER_KEY, &other[SIGNER_KEY].0), Held { signer: None, ..whole.clone() });
        assert_eq!(with(KEY, &other[KEY].0), Held { leaf: None, ..whole.clone() });
        let theirs = read(&other).held.bundle;
        let held = with(BUNDLE, &other[BUNDLE].0);
        assert_eq!(held, Held { bundle: theirs, signer: None, leaf: None });
    }

    #[test]
    fn a_certificate_for_other_names_is_seen_as_such() {
        let other = SubjectNames { dns: vec!["other.agents.svc".to_owned()], ip: vec![] };
        assert!(!SecretContent::read(&first(), &other).held.leaf.unwrap().is_named);
    }

    #[test]
    fn a_bundle_survives_the_way_through_pem() {
        let bundle = read(&first()).held.bundle;
        let twice = [bundle.clone(), bundle].concat();
        assert_eq!(read_bundle(&write_bundle(&twice).0), Some(twice));
        for length in [0, 1, 47, 48, 49, 96] {
            let der = vec![7; length];
            let pem = to_pem(&der);
            let read = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            assert_eq!(read.as_ref(), der, "{length}");
        }
    }

    #[test]
    fn a_certificate_never_outlives_the_ca_that_signs_it() {
        let data = first();
        let content = read(&data);
        let keep = content.held.bundle.clone();
        let write = Renewal { ca: false, leaf: true, keep };
        let late = now() + Duration::from_hours(24 * 300);
        let data = content.renewed(&write, &names(), &Lifetimes::CLUSTER, late).unwrap();
        let leaf = read(&data).held.leaf.unwrap();
        assert_eq!(leaf.validity.until, leaf.issuer.validity.until);
    }
}
