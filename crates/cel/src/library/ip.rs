//! IP addresses, as Go's `net/netip` reads them and Kubernetes accepts them: without a zone, and no
//! IPv4 address written as an IPv6 one.

use std::net::IpAddr;

use cel::ExecutionError;
use cel::common::types::Type as CelType;
use cel::common::value::CowVal;

use super::arguments::{Answer, Arguments, bool, int, no, text};
use super::opaque::{Opaque, OpaqueValue};
use crate::function::Function;
use crate::types::Type;

const IP: Type = OpaqueValue::<IpAddr>::TYPE;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("ip", &[Type::String], IP, from_text),
    Function::global("isIP", &[Type::String], Type::Bool, is_ip),
    Function::global("ip.isCanonical", &[Type::String], Type::Bool, is_canonical),
    Function::global("string", &[IP], Type::String, to_text),
    Function::member("family", IP, &[], Type::Int, family),
    Function::member("isUnspecified", IP, &[], Type::Bool, is_unspecified),
    Function::member("isLoopback", IP, &[], Type::Bool, is_loopback),
    Function::member("isLinkLocalMulticast", IP, &[], Type::Bool, is_link_local_multicast),
    Function::member("isLinkLocalUnicast", IP, &[], Type::Bool, is_link_local_unicast),
    Function::member("isGlobalUnicast", IP, &[], Type::Bool, is_global_unicast),
];

impl Opaque for IpAddr {
    const TYPE: &'static CelType = &CelType::new_unspecified_type("net.IP");
}

/// Reads an address.
pub fn parse(raw: &str) -> Result<IpAddr, ExecutionError> {
    let refused = |why: &str| Err(no("an IP address", "ip", raw, why));
    match raw.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            refused("an IPv4 address must not be written as an IPv6 address")
        }
        Ok(address) => Ok(address),
        Err(_) if raw.contains('%') => refused("zones are not allowed"),
        Err(_) => refused("it must be like 10.0.0.1, without leading zeros, or like 2001:db8::1"),
    }
}

fn from_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    parse(Arguments(&arguments).text(0)?).map(OpaqueValue::cow)
}

fn is_ip<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(parse(Arguments(&arguments).text(0)?).is_ok())
}

fn is_canonical<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let raw = Arguments(&arguments).text(0)?;
    bool(parse(raw)?.to_string() == raw)
}

fn to_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(Arguments(&arguments).own::<IpAddr>(0)?.to_string())
}

fn family<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    int(if Arguments(&arguments).own::<IpAddr>(0)?.is_ipv4() { 4 } else { 6 })
}

fn is_unspecified<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(Arguments(&arguments).own::<IpAddr>(0)?.is_unspecified())
}

fn is_loopback<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(Arguments(&arguments).own::<IpAddr>(0)?.is_loopback())
}

fn is_link_local_multicast<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(match Arguments(&arguments).own::<IpAddr>(0)? {
        IpAddr::V4(address) => matches!(address.octets(), [224, 0, 0, _]),
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    })
}

fn is_link_local_unicast<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(link_local_unicast(Arguments(&arguments).own::<IpAddr>(0)?))
}

fn is_global_unicast<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let address = Arguments(&arguments).own::<IpAddr>(0)?;
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    let is_special = address.is_unspecified() || address.is_loopback() || address.is_multicast();
    bool(!is_broadcast && !is_special && !link_local_unicast(address))
}

fn link_local_unicast(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}
