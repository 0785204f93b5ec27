//! The flags for the names in a serving certificate.

use std::net::IpAddr;

use clap::Args;

use crate::certs::SubjectNames;

#[derive(Debug, Args)]
pub struct NamesArgs {
    /// Name in a certificate that is made; may be repeated [default: localhost]
    #[arg(long, value_name = "NAME")]
    dns_name: Vec<String>,
    /// Address in a certificate that is made; may be repeated [default: 127.0.0.1]
    #[arg(long, value_name = "IP")]
    ip_address: Vec<IpAddr>,
}

impl NamesArgs {
    /// The names given, or else localhost and 127.0.0.1.
    pub fn names(&self) -> SubjectNames {
        if self.dns_name.is_empty() && self.ip_address.is_empty() {
            return SubjectNames::default();
        }
        SubjectNames { dns: self.dns_name.clone(), ip: self.ip_address.clone() }
    }
}
