//! Refusals. Texts of ipam 1.4 word for word; the class of each is the code of 1.6.

use crate::addressing::spelling;
use crate::ids::NamespaceId;
use crate::record::namespace::Prefix;
use crate::refusal::{Refusal, RefusalKind};
use ipnet::IpNet;
use std::net::IpAddr;

/// Parses a prefix and masks its host bits.
pub(super) fn cidr(text: &str) -> Result<IpNet, Refusal> {
    spelling::prefix(text)
        .map(|read| read.trunc())
        .map_err(|why| Refusal::bad_request(format!("unable to parse cidr:{text} {why}")))
}

/// The same for a prefix that is read, or whose child is released: with the parser's text.
pub(super) fn known_cidr(text: &str) -> Result<IpNet, Refusal> {
    spelling::prefix(text).map(|read| read.trunc()).map_err(Refusal::bad_request)
}

/// The same for a prefix that an item is acquired from: an invalid one counts as missing.
pub(super) fn parent_cidr(text: &str) -> Result<IpNet, Refusal> {
    spelling::prefix(text).map(|read| read.trunc()).map_err(|why| {
        Refusal::bad_request(format!("NotFound: unable to find prefix for cidr:{text} error:{why}"))
    })
}

/// The same for a prefix that is deleted, or whose address is released.
pub(super) fn lost_cidr(text: &str) -> Result<IpNet, Refusal> {
    parent_cidr(text).map_err(|refusal| refusal.with_kind(RefusalKind::NotFound))
}

/// The same for a requested child; bits beyond its length are kept, and refused as not available.
pub(super) fn child_cidr(text: &str) -> Result<IpNet, Refusal> {
    spelling::prefix(text)
        .map_err(|why| Refusal::bad_request(format!("unable to parse childCidr:{text} {why}")))
}

/// Parses an address to release. An address with a zone is invalid.
pub(super) fn returned_address(text: &str) -> Result<IpAddr, Refusal> {
    if text.contains('%') {
        return address(text);
    }
    spelling::address(text).map_err(Refusal::bad_request)
}

/// Parses an address in any spelling.
pub(super) fn address(text: &str) -> Result<IpAddr, Refusal> {
    spelling::address(text).map_err(|_| Refusal::bad_request(format!("given ip:{text} in not valid")))
}

/// `text`: the prefix as the caller sent it, here and below: go-ipam's texts repeat it.
pub(super) fn no_prefix(text: &str) -> Refusal {
    Refusal::missing(format!("NotFound: unable to find prefix for cidr:{text}"))
}

/// For calls where the contract does not distinguish a missing prefix from other mistakes.
pub(super) fn bad_prefix(text: &str) -> Refusal {
    Refusal::bad_request(no_prefix(text).message)
}

pub(super) fn overlaps(new: &IpNet, known: &IpNet) -> Refusal {
    Refusal::bad_request(format!("{new} overlaps {known}"))
}

pub(super) fn too_short(length: u8, parent: &IpNet) -> Refusal {
    let bits = parent.prefix_len();
    Refusal::bad_request(format!("given length:{length} must be greater than prefix length:{bits}"))
}

pub(super) fn not_available(child: &str, parent: &str) -> Refusal {
    Refusal::bad_request(format!("specific prefix {child} is not available in prefix {parent}"))
}

/// `what` is not possible because of `having`.
pub(super) fn has(cidr: &IpNet, having: &str, what: &str) -> Refusal {
    Refusal::bad_request(format!("prefix {cidr} has {having}, {what}"))
}

/// A root that is released like a child: go-ipam looks for its parent, which has no name.
pub(super) fn no_child() -> Refusal {
    let text = r#"NotFound: unable to find prefix for cidr:"" error:netip.ParsePrefix(""): no '/'"#;
    Refusal::bad_request(text)
}

/// A child that is deleted like a root.
pub(super) fn is_child(child: &Prefix, parent: &IpNet) -> Refusal {
    let cidr = child.cidr;
    Refusal::bad_request(format!("prefix {cidr} is a child prefix of {parent}, release it instead"))
}

pub(super) fn not_in(text: &str, prefix: &str) -> Refusal {
    Refusal::bad_request(format!("given ip:{text} is not in {prefix}"))
}

pub(super) fn allocated(address: IpAddr) -> Refusal {
    Refusal::conflict(format!("AlreadyAllocatedError: given ip:{address} is already allocated"))
}

pub(super) fn exhausted(prefix: &IpNet, used: u64) -> Refusal {
    Refusal::missing(format!(
        "NoIPAvailableError: no more ips in prefix: {prefix} left, length of prefix.ips: {used}"
    ))
}

pub(super) fn not_allocated(address: IpAddr, prefix: &str) -> Refusal {
    Refusal::missing(format!(
        "NotFound: unable to release ip:{address} because it is not allocated in prefix:{prefix}"
    ))
}

pub(super) fn reserved(text: &str, prefix: &IpNet) -> Refusal {
    Refusal::bad_request(format!("given ip:{text} is reserved in prefix:{prefix}, release not possible"))
}

pub(super) fn no_namespace(name: &NamespaceId) -> Refusal {
    Refusal::bad_request(format!("NamespaceDoesNotExist: namespace:{:?} does not exist", name.as_str()))
}

pub(super) fn loading(name: &NamespaceId) -> Refusal {
    Refusal::unavailable(format!("a dump is being loaded into namespace:{:?}", name.as_str()))
}

pub(super) fn too_many(what: &str, name: &NamespaceId, max: usize) -> Refusal {
    Refusal::bad_request(format!("namespace:{:?} has {max} {what}, no more are possible", name.as_str()))
}
