//! Addresses and prefixes as numbers and texts: families, arithmetic, spelling. Pure, and independent of rows.

pub mod block;
pub mod spelling;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// An address family, spelled as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    IPv4,
    IPv6,
}

impl Family {
    /// Case-insensitive (api-resources 2.4, check 5).
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "ipv4" => Some(Self::IPv4),
            "ipv6" => Some(Self::IPv6),
            _ => None,
        }
    }

    pub const fn of(prefix: &IpNet) -> Self {
        match prefix {
            IpNet::V4(_) => Self::IPv4,
            IpNet::V6(_) => Self::IPv6,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IPv4 => "IPv4",
            Self::IPv6 => "IPv6",
        }
    }
}
