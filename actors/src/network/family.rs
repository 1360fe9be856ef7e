//! Rules about address families and the lengths of child prefixes (api-resources 2.4, checks 5 and 7 to 10).

use crate::addressing::Family;
use crate::addressing::spelling::invalid_family;
use crate::refusal::Refusal;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Length of child prefixes by family.
pub(super) type Lengths = BTreeMap<Family, u8>;

/// Parses a map of lengths; the refusal names `field`.
pub(super) fn lengths(map: &BTreeMap<String, u8>, field: &str) -> Result<Lengths, Refusal> {
    let read = |(key, length): (&String, &u8)| match Family::parse(key) {
        Some(family) => Ok((family, *length)),
        None => {
            Err(Refusal::bad_request(format!("addressfamily of {field} is invalid {}", invalid_family(key))))
        }
    };
    map.iter().map(read).collect()
}

pub(super) fn families(prefixes: &[IpNet]) -> BTreeSet<Family> {
    prefixes.iter().map(Family::of).collect()
}

/// Check 7.
pub(super) fn check_destinations(prefixes: &[IpNet], destinations: &[IpNet]) -> Result<(), Refusal> {
    let present = families(prefixes);
    match destinations.iter().map(Family::of).find(|family| !present.contains(family)) {
        Some(family) => Err(Refusal::bad_request(format!(
            "addressfamily:{} of destination prefixes is not present in existing prefixes",
            family.as_str()
        ))),
        None => Ok(()),
    }
}

/// Checks 8 to 10, for super networks.
pub(super) fn check_child_lengths(prefixes: &[IpNet], lengths: &Lengths) -> Result<(), Refusal> {
    if lengths.is_empty() {
        return Err(Refusal::bad_request(
            "private super network must always contain a defaultchildprefixlength",
        ));
    }
    for (family, length) in lengths {
        let own = prefixes.iter().filter(|prefix| Family::of(prefix) == *family);
        if let Some(prefix) = own.into_iter().find(|prefix| *length <= prefix.prefix_len()) {
            return Err(Refusal::bad_request(format!(
                "given defaultchildprefixlength {length} is not greater than prefix length of:{prefix}"
            )));
        }
    }
    match families(prefixes).into_iter().find(|family| !lengths.contains_key(family)) {
        Some(family) => Err(Refusal::bad_request(format!(
            "private super network must always contain a defaultchildprefixlength per addressfamily:{}",
            family.as_str()
        ))),
        None => Ok(()),
    }
}
