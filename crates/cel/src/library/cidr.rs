//! Networks in CIDR notation, as Go's `net/netip` reads them.

use std::net::IpAddr;
use std::sync::Arc;

use super::arguments::{Answer, Arguments, is_not, no_overload, text};
use super::ip;
use super::size::{self, CHARACTER, size_of, times};
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Opaque, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("cidr(string) -> net.CIDR", from_text, Cost::By(size::of_first)),
    Function::new("isCIDR(string) -> bool", is_cidr, Cost::By(size::of_first)),
    Function::new("string(net.CIDR) -> string", to_text, Cost::One),
    Function::new(
        "net.CIDR.containsIP(string) -> bool",
        contains_ip_text,
        Cost::Either {
            resolved: |of, _| comparing(of) + reading(of),
            otherwise: |of, _| comparing(of),
        },
    ),
    Function::new(
        "net.CIDR.containsIP(net.IP) -> bool",
        contains_ip,
        Cost::By(|of, _| comparing(of)),
    ),
    Function::new(
        "net.CIDR.containsCIDR(string) -> bool",
        contains_cidr_text,
        Cost::Either {
            resolved: |of, _| comparing(of) + masking(of) + reading(of),
            otherwise: |of, _| comparing(of) + masking(of),
        },
    ),
    Function::new(
        "net.CIDR.containsCIDR(net.CIDR) -> bool",
        contains_cidr,
        Cost::By(|of, _| comparing(of) + masking(of)),
    ),
    Function::new("net.CIDR.ip() -> net.IP", to_ip, Cost::One),
    Function::new("net.CIDR.prefixLength() -> int", prefix_length, Cost::One),
    Function::new("net.CIDR.masked() -> net.CIDR", masked, Cost::One),
];

/// The units for comparing the bytes of a prefix with others.
fn comparing(arguments: &[Value<'_>]) -> u64 {
    times(2 * size_of(arguments, 0), CHARACTER)
}

/// The units for cutting an address to a prefix.
fn masking(arguments: &[Value<'_>]) -> u64 {
    times(size_of(arguments, 0), CHARACTER) + 1
}

/// The units for reading the other address from a text.
fn reading(arguments: &[Value<'_>]) -> u64 {
    times(size_of(arguments, 1), CHARACTER)
}

/// A network: an address, which may have bits set after the prefix, and the prefix's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    address: IpAddr,
    /// The length of the prefix.
    pub bits: u8,
}

impl Cidr {
    fn parse(raw: &str) -> Result<Self, Stop> {
        let refused = |why: &str| is_not(raw, "a network", why);
        let (address, bits) = raw.rsplit_once('/').ok_or_else(|| refused("it has no '/'"))?;
        let address = ip::parse(address)?;
        let max = if address.is_ipv4() { 32 } else { 128 };
        let is_number = bits == "0" || bits.starts_with(|first| matches!(first, '1'..='9'));
        let bits = bits.parse().ok().filter(|bits| is_number && *bits <= max);
        let bits = bits.ok_or_else(|| refused("after the '/' is no length of a prefix"))?;
        Ok(Self { address, bits })
    }

    /// The first bits of an address as a number.
    fn prefix(address: IpAddr, bits: u8) -> u128 {
        let (number, width) = match address {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        number.checked_shr(width - u32::from(bits)).unwrap_or_default()
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && Self::prefix(self.address, self.bits) == Self::prefix(address, self.bits)
    }

    fn contains_network(self, other: Self) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }

    fn masked(self) -> Self {
        let prefix = Self::prefix(self.address, self.bits);
        let bits = u32::from(self.bits);
        let shifted = |width: u32| prefix.checked_shl(width - bits).unwrap_or_default();
        let address = match self.address {
            IpAddr::V4(_) => u32::try_from(shifted(32)).unwrap_or_default().to_be_bytes().into(),
            IpAddr::V6(_) => shifted(128).to_be_bytes().into(),
        };
        Self { address, ..self }
    }
}

fn network(arguments: &[Value<'_>], index: usize) -> Result<Cidr, Stop> {
    if let Opaque::Cidr(network) = arguments.opaque(index)? { Ok(**network) } else { no_overload() }
}

fn value<'a>(network: Cidr) -> Value<'a> {
    Value::Opaque(Opaque::Cidr(Arc::new(network)))
}

fn from_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Cidr::parse(arguments.read(0, meter)?).map(value)
}

fn is_cidr<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Cidr::parse(arguments.read(0, meter)?).is_ok().into())
}

fn to_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let Cidr { address, bits } = network(arguments, 0)?;
    text(format!("{address}/{bits}"), meter)
}

fn contains_ip<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(network(arguments, 0)?.contains(ip::address(arguments, 1)?).into())
}

fn contains_ip_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(network(arguments, 0)?.contains(ip::parse(arguments.read(1, meter)?)?).into())
}

fn contains_cidr<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(network(arguments, 0)?.contains_network(network(arguments, 1)?).into())
}

fn contains_cidr_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let inner = Cidr::parse(arguments.read(1, meter)?)?;
    Ok(network(arguments, 0)?.contains_network(inner).into())
}

fn to_ip<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(ip::value(network(arguments, 0)?.address))
}

fn prefix_length<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(Value::Int(network(arguments, 0)?.bits.into()))
}

fn masked<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    Ok(value(network(arguments, 0)?.masked()))
}
