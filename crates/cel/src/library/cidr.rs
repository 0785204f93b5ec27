//! Networks in CIDR notation, as Go's `net/netip` reads them.

use std::net::IpAddr;

use cel::ExecutionError;
use cel::common::types::Type as CelType;
use cel::common::value::CowVal;

use super::arguments::{Answer, Arguments, bool, int, no, text};
use super::ip;
use super::opaque::{Opaque, OpaqueValue};
use crate::function::Function;
use crate::types::Type;

const IP: Type = OpaqueValue::<IpAddr>::TYPE;
const CIDR: Type = OpaqueValue::<Cidr>::TYPE;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("cidr", &[Type::String], CIDR, from_text),
    Function::global("isCIDR", &[Type::String], Type::Bool, is_cidr),
    Function::global("string", &[CIDR], Type::String, to_text),
    Function::member("containsIP", CIDR, &[IP], Type::Bool, contains_ip),
    Function::member("containsIP", CIDR, &[Type::String], Type::Bool, contains_ip_text),
    Function::member("containsCIDR", CIDR, &[CIDR], Type::Bool, contains_cidr),
    Function::member("containsCIDR", CIDR, &[Type::String], Type::Bool, contains_cidr_text),
    Function::member("ip", CIDR, &[], IP, to_ip),
    Function::member("prefixLength", CIDR, &[], Type::Int, prefix_length),
    Function::member("masked", CIDR, &[], CIDR, masked),
];

/// A network: an address, which may have bits set after the prefix, and the prefix's length.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl Opaque for Cidr {
    const TYPE: &'static CelType = &CelType::new_unspecified_type("net.CIDR");
}

impl Cidr {
    fn parse(raw: &str) -> Result<Self, ExecutionError> {
        let refused = |why: &str| no("a network", "cidr", raw, why);
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

fn from_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    Cidr::parse(Arguments(&arguments).text(0)?).map(OpaqueValue::cow)
}

fn is_cidr<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(Cidr::parse(Arguments(&arguments).text(0)?).is_ok())
}

fn to_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let Cidr { address, bits } = Arguments(&arguments).own(0)?;
    text(format!("{address}/{bits}"))
}

fn contains_ip<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    bool(arguments.own::<Cidr>(0)?.contains(*arguments.own(1)?))
}

fn contains_ip_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    bool(arguments.own::<Cidr>(0)?.contains(ip::parse(arguments.text(1)?)?))
}

fn contains_cidr<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    contains_network(*arguments.own(0)?, *arguments.own(1)?)
}

fn contains_cidr_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    contains_network(*arguments.own(0)?, Cidr::parse(arguments.text(1)?)?)
}

fn contains_network<'b, 'v>(outer: Cidr, inner: Cidr) -> Answer<'b, 'v> {
    bool(outer.bits <= inner.bits && outer.contains(inner.address))
}

fn to_ip<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    Ok(OpaqueValue::cow(Arguments(&arguments).own::<Cidr>(0)?.address))
}

fn prefix_length<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    int(Arguments(&arguments).own::<Cidr>(0)?.bits.into())
}

fn masked<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    Ok(OpaqueValue::cow(Arguments(&arguments).own::<Cidr>(0)?.masked()))
}
