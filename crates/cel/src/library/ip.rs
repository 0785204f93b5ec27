//! IP addresses, as Go's `net/netip` reads them and Kubernetes accepts them: without a zone, and no
//! IPv4 address written as an IPv6 one.

use std::net::IpAddr;
use std::sync::Arc;

use super::arguments::{Answer, Arguments, is_not, no_overload, text};
use super::size;
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Opaque, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("ip(string) -> net.IP", from_text, Cost::By(size::of_first)),
    Function::new("isIP(string) -> bool", is_ip, Cost::By(size::of_first)),
    Function::new("ip.isCanonical(string) -> bool", is_canonical, Cost::By(size::twice_first)),
    Function::new("string(net.IP) -> string", to_text, Cost::One),
    Function::new("net.IP.family() -> int", family, Cost::One),
    Function::new("net.IP.isUnspecified() -> bool", is_unspecified, Cost::One),
    Function::new("net.IP.isLoopback() -> bool", is_loopback, Cost::One),
    Function::new("net.IP.isLinkLocalMulticast() -> bool", is_link_local_multicast, Cost::One),
    Function::new("net.IP.isLinkLocalUnicast() -> bool", is_link_local_unicast, Cost::One),
    Function::new("net.IP.isGlobalUnicast() -> bool", is_global_unicast, Cost::One),
];

/// Reads an address.
pub(super) fn parse(raw: &str) -> Result<IpAddr, Stop> {
    let refused = |why: &str| Err(is_not(raw, "an IP address", why));
    match raw.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            refused("an IPv4 address must not be written as an IPv6 address")
        }
        Ok(address) => Ok(address),
        Err(_) if raw.contains('%') => refused("zones are not allowed"),
        Err(_) => refused("it must be like 10.0.0.1, without leading zeros, or like 2001:db8::1"),
    }
}

/// An address among the arguments.
pub(super) fn address(arguments: &[Value<'_>], index: usize) -> Result<IpAddr, Stop> {
    if let Opaque::Ip(address) = arguments.opaque(index)? { Ok(**address) } else { no_overload() }
}

/// An address as a value.
pub(super) fn value<'a>(address: IpAddr) -> Value<'a> {
    Value::Opaque(Opaque::Ip(Arc::new(address)))
}

fn from_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    parse(arguments.read(0, meter)?).map(value)
}

fn is_ip<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(parse(arguments.read(0, meter)?).is_ok().into())
}

fn is_canonical<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let raw = arguments.read(0, meter)?;
    Ok((parse(raw)?.to_string() == raw).into())
}

fn to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(address(arguments, 0)?.to_string(), meter)
}

fn family<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(if address(arguments, 0)?.is_ipv4() { 4 } else { 6 }))
}

fn is_unspecified<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(address(arguments, 0)?.is_unspecified().into())
}

fn is_loopback<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(address(arguments, 0)?.is_loopback().into())
}

fn is_link_local_multicast<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let is_it = match address(arguments, 0)? {
        IpAddr::V4(address) => matches!(address.octets(), [224, 0, 0, _]),
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    };
    Ok(is_it.into())
}

fn is_link_local_unicast<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(link_local_unicast(&address(arguments, 0)?).into())
}

fn is_global_unicast<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let address = address(arguments, 0)?;
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    let is_special = address.is_unspecified() || address.is_loopback() || address.is_multicast();
    Ok((!is_broadcast && !is_special && !link_local_unicast(&address)).into())
}

fn link_local_unicast(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}
