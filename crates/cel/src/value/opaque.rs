//! Values that only their own functions know.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use super::Value;
use crate::error::Failure;
use crate::library::{Cidr, Format, Quantity, Url, Version};

/// A value of a type that only its own functions know. Behind pointers, because every value is as large
/// as the largest.
#[derive(Debug, Clone)]
pub enum Opaque {
    /// `net.IP`.
    Ip(Arc<IpAddr>),
    /// `net.CIDR`.
    Cidr(Arc<Cidr>),
    /// `kubernetes.URL`.
    Url(Arc<Url>),
    /// `kubernetes.Quantity`.
    Quantity(Arc<Quantity>),
    /// `kubernetes.Quantity`, the result of `add` or `sub`. In Kubernetes it is another Go type, which
    /// equality does not know on the right: `quantity('2') == quantity('1').add(1)` has no overload.
    Computed(Arc<Quantity>),
    /// `kubernetes.Semver`.
    Version(Arc<Version>),
    /// `kubernetes.NamedFormat`.
    Format(Format),
}

impl Opaque {
    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Ip(_) => "net.IP",
            Self::Cidr(_) => "net.CIDR",
            Self::Url(_) => "kubernetes.URL",
            Self::Quantity(_) | Self::Computed(_) => "kubernetes.Quantity",
            Self::Version(_) => "kubernetes.Semver",
            Self::Format(_) => "kubernetes.NamedFormat",
        }
    }

    /// The size that Kubernetes counts in costs: the bytes of an address or of a prefix, and 1 for all that
    /// has no size.
    pub(crate) fn cost_size(&self) -> u64 {
        match self {
            Self::Ip(address) if address.is_ipv4() => 4,
            Self::Ip(_) => 16,
            Self::Cidr(network) => u64::from(network.bits.div_ceil(8)),
            _ => 1,
        }
    }

    /// The order of keys of maps. Those behind a pointer of Go are the same key only if they are the same
    /// in memory.
    pub(super) fn key_order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Ip(left), Self::Ip(right)) => left.cmp(right),
            (Self::Cidr(left), Self::Cidr(right)) => left.cmp(right),
            (Self::Url(left), Self::Url(right)) => Arc::as_ptr(left).cmp(&Arc::as_ptr(right)),
            (Self::Quantity(left), Self::Quantity(right))
            | (Self::Computed(left), Self::Computed(right)) => {
                Arc::as_ptr(left).cmp(&Arc::as_ptr(right))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Ip(_) => 0,
            Self::Cidr(_) => 1,
            Self::Url(_) => 2,
            Self::Quantity(_) => 3,
            Self::Computed(_) => 4,
            Self::Version(_) => 5,
            Self::Format(_) => 6,
        }
    }

    /// Returns whether it equals `other`, which is not null. Values of other types say that they are not
    /// equal to what is of another type, but these fail: `dyn(1) == quantity('1')` is false, and
    /// `quantity('1') == dyn(1)` has no overload.
    pub(crate) fn equals(&self, other: &Value<'_>) -> Result<bool, Failure> {
        let Value::Opaque(other) = other else { return Err(Failure::NO_SUCH_OVERLOAD) };
        match (self, other) {
            (Self::Ip(left), Self::Ip(right)) => Ok(left == right),
            (Self::Cidr(left), Self::Cidr(right)) => Ok(left == right),
            (Self::Url(left), Self::Url(right)) => Ok(left == right),
            (Self::Quantity(left) | Self::Computed(left), Self::Quantity(right)) => {
                Ok(left == right)
            }
            (Self::Version(left), Self::Version(right)) => Ok(left == right),
            (Self::Format(left), Self::Format(right)) => Ok(left == right),
            _ => Err(Failure::NO_SUCH_OVERLOAD),
        }
    }
}
