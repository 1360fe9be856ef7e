//! Prefixes of a request: parsing, and checks for overlaps.

use crate::addressing::{block, spelling};
use crate::ids::NetworkId;
use crate::refusal::Refusal;
use crate::world::World;
use ipnet::IpNet;

/// Maximum of prefixes of one network: each is compared with every other one.
const PREFIXES_MAX: usize = 256;

/// Parses a list; the error names the first invalid one (api-resources 2.4, check 6).
pub(super) fn parse_all(list: &[String]) -> Result<Vec<IpNet>, String> {
    list.iter().map(|text| parse(text)).collect()
}

/// Parses one prefix.
pub(super) fn parse(text: &str) -> Result<IpNet, String> {
    spelling::prefix(text).map_err(|why| format!("given cidr {text} is not a valid ip with mask: {why}"))
}

/// Refuses more prefixes than the maximum.
pub(super) fn check_count(list: &[String]) -> Result<(), Refusal> {
    if list.len() <= PREFIXES_MAX {
        return Ok(());
    }
    Err(Refusal::bad_request(format!("{} prefixes given, at most {PREFIXES_MAX} are possible", list.len())))
}

/// The first of `new` that overlaps a prefix of another network, as a text.
pub(super) fn overlap_with_others(world: &World, new: &[IpNet], own: Option<&NetworkId>) -> Option<String> {
    let other = world.registry(|registry| registry.overlapping(new, own))?;
    world.networks.get(other.as_str()).and_then(|other| overlap(new, &other.prefixes))
}

/// The first two prefixes of one list that overlap, as a text.
pub(super) fn overlap_among(list: &[IpNet]) -> Option<String> {
    list.iter().enumerate().find_map(|(at, new)| overlap(std::slice::from_ref(new), list.get(..at)?))
}

/// Compares masked prefixes: host bits do not matter.
fn overlap(new: &[IpNet], existing: &[IpNet]) -> Option<String> {
    new.iter().find_map(|new| {
        let existing = existing.iter().find(|existing| block::overlap(new, existing))?;
        Some(format!("{} overlaps {}", new.trunc(), existing.trunc()))
    })
}

/// Errors of a network's additional announcable CIDRs (api-resources 2.4, checks 11 and 12).
pub(super) fn check_announcable(private_super: bool, cidrs: &[String]) -> Result<(), String> {
    if !private_super && !cidrs.is_empty() {
        return Err("additionalannouncablecidrs can only be set in a private super network".to_owned());
    }
    cidrs.iter().try_for_each(|cidr| match spelling::prefix(cidr) {
        Ok(_) => Ok(()),
        Err(why) => Err(format!("given cidr:{cidr:?} in additionalannouncablecidrs is malformed:{why}")),
    })
}
