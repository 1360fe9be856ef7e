//! Addresses at which partitions are reached: `host:port`, where the host is a DNS name, an IPv4 address, or an IPv6
//! address in brackets.

use std::net::SocketAddr;

/// The most addresses of one partition.
pub const ADDRESSES_MAX: usize = 8;

/// The longest name in DNS.
const HOST_BYTES_MAX: usize = 253;
/// A host, a colon and the digits of a port.
const ADDRESS_BYTES_MAX: usize = HOST_BYTES_MAX + 6;

/// True for an address that can be dialled, without asking any resolver.
pub(crate) fn is_address(text: &str) -> bool {
    if text.len() > ADDRESS_BYTES_MAX {
        return false;
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return address.port() != 0;
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let is_port =
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0);
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    // A host of digits and dots that is no IPv4 address is a mistyped one.
    let is_name = host.bytes().any(|byte| byte.is_ascii_alphabetic()) && !host.starts_with(['.', '-']);
    is_port && is_plain && is_name && host.len() <= HOST_BYTES_MAX
}
