//! Makes CAs and serving certificates, in memory: ECDSA P-256, which every client takes.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::pki_types::CertificateDer;

use super::pair::Pem;

/// The subject names of a serving certificate: those by which clients may call the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectNames {
    /// DNS names; clients of a Service use `<service>.<namespace>.svc`.
    pub dns: Vec<String>,
    /// IP addresses.
    pub ip: Vec<IpAddr>,
}

impl Default for SubjectNames {
    fn default() -> Self {
        Self { dns: vec!["localhost".to_owned()], ip: vec![IpAddr::from([127, 0, 0, 1])] }
    }
}

impl SubjectNames {
    pub(super) fn all(&self) -> Vec<String> {
        self.dns.iter().cloned().chain(self.ip.iter().map(IpAddr::to_string)).collect()
    }
}

/// The lifetimes of what is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// The lifetime of a CA.
    pub ca: Duration,
    /// The lifetime of a serving certificate, which never outlives its CA.
    pub serving: Duration,
    /// The time by which they begin before they are made, so that a client whose clock is a little
    /// slow accepts them.
    pub backdated: Duration,
}

impl Lifetimes {
    const DAY: Duration = Duration::from_hours(24);
    /// The lifetimes for files: the CA is distributed by hand, and everything is renewed by hand.
    pub const FILES: Self = Self {
        ca: Self::DAY.saturating_mul(3650),
        serving: Self::DAY.saturating_mul(365),
        backdated: Duration::from_mins(5),
    };
    /// The lifetimes for a cluster, where all is renewed without anybody. A serving certificate is
    /// shorter than the third of a CA's life that is left when the next CA takes over.
    pub const CLUSTER: Self = Self {
        ca: Self::DAY.saturating_mul(365),
        serving: Self::DAY.saturating_mul(90),
        backdated: Duration::from_mins(5),
    };
}

/// A CA with its key.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    not_after: SystemTime,
}

impl Authority {
    pub(super) fn new(now: SystemTime, lifetimes: &Lifetimes) -> Result<(Self, Pem), rcgen::Error> {
        let not_after = now + lifetimes.ca;
        let mut params = params("sandbox-admission CA", now - lifetimes.backdated, not_after);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.self_signed(&key)?;
        let pem = Pem { certificate: certificate.pem().into(), key: key.serialize_pem().into() };
        Ok((Self { issuer: Issuer::new(params, key), not_after }, pem))
    }

    /// A CA that was made before.
    pub(super) fn existing(
        certificate: &CertificateDer<'_>,
        key: KeyPair,
        not_after: SystemTime,
    ) -> Result<Self, rcgen::Error> {
        Ok(Self { issuer: Issuer::from_ca_cert_der(certificate, key)?, not_after })
    }

    /// Makes a serving certificate.
    pub(super) fn issue(
        &self,
        names: &SubjectNames,
        now: SystemTime,
        lifetimes: &Lifetimes,
    ) -> Result<Pem, rcgen::Error> {
        let not_after = (now + lifetimes.serving).min(self.not_after);
        let mut params = params("sandbox-admission", now - lifetimes.backdated, not_after);
        // Alternative names are what clients check; the common name is for people.
        for name in &names.dns {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
        }
        params.subject_alt_names.extend(names.ip.iter().copied().map(SanType::IpAddress));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Pem { certificate: certificate.pem().into(), key: key.serialize_pem().into() })
    }
}

fn params(common_name: &str, not_before: SystemTime, not_after: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = not_before.into();
    params.not_after = not_after.into();
    params
}
