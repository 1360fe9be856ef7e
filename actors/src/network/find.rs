//! The filter of network lists (api-resources 8.1).

use super::prefix;
use crate::addressing::Family;
use crate::addressing::spelling::invalid_family;
use crate::record::network::Network;
use crate::refusal::Refusal;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All given fields must match; `None`, an empty list and an empty map restrict nothing. An empty text matches only an
/// empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkFilter {
    pub id: Option<String>,
    pub name: Option<String>,
    pub partitionid: Option<String>,
    pub projectid: Option<String>,
    pub parentnetworkid: Option<String>,
    pub vrf: Option<i64>,
    pub nat: Option<bool>,
    pub privatesuper: Option<bool>,
    pub underlay: Option<bool>,
    pub labels: Option<BTreeMap<String, String>>,
    pub prefixes: Option<Vec<String>>,
    pub destinationprefixes: Option<Vec<String>>,
    pub addressfamily: Option<String>,
}

/// A filter with parsed prefixes and family.
#[derive(Clone, Debug)]
pub struct NetworkMatch<'a> {
    filter: &'a NetworkFilter,
    prefixes: Vec<IpNet>,
    destinations: Vec<IpNet>,
    family: Option<Family>,
}

impl NetworkFilter {
    /// Parses fallible fields once for a whole list. Prefixes: 400, naming all bad ones; family: 422.
    pub fn read(&self) -> Result<NetworkMatch<'_>, Refusal> {
        let mut bad = Vec::new();
        let mut read = |list: &Option<Vec<String>>| {
            let texts = list.iter().flatten();
            let mut good = Vec::new();
            for text in texts {
                match prefix::parse(text) {
                    Ok(prefix) => good.push(prefix),
                    Err(why) => bad.push(why),
                }
            }
            good
        };
        let (prefixes, destinations) = (read(&self.prefixes), read(&self.destinationprefixes));
        if !bad.is_empty() {
            return Err(Refusal::bad_request(bad.join("\n")));
        }
        let family = self
            .addressfamily
            .as_ref()
            .map(|text| Family::parse(text).ok_or_else(|| Refusal::unprocessable(invalid_family(text))));
        Ok(NetworkMatch { filter: self, prefixes, destinations, family: family.transpose()? })
    }
}

impl NetworkMatch<'_> {
    pub fn matches(&self, network: &Network) -> bool {
        let filter = self.filter;
        let text =
            |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let flag = |wanted: Option<bool>, found: bool| wanted.is_none_or(|wanted| wanted == found);
        let parent = network.parent.as_ref().map_or("", |parent| parent.as_str());
        text(&filter.id, network.id.as_str())
            && text(&filter.name, &network.name)
            && text(&filter.partitionid, network.partition.as_str())
            && text(&filter.projectid, network.project.as_str())
            && text(&filter.parentnetworkid, parent)
            && filter.vrf.is_none_or(|vrf| vrf == i64::from(network.vrf))
            && flag(filter.nat, network.nat)
            && flag(filter.privatesuper, network.private_super)
            && flag(filter.underlay, network.underlay)
            && labels(filter.labels.as_ref(), &network.labels)
            && all_among(&self.prefixes, &network.prefixes)
            && all_among(&self.destinations, &network.destination_prefixes)
            && self.family.is_none_or(|family| network.prefixes.iter().any(|p| Family::of(p) == family))
    }
}

fn labels(wanted: Option<&BTreeMap<String, String>>, found: &BTreeMap<String, String>) -> bool {
    wanted.into_iter().flatten().all(|(key, value)| found.get(key) == Some(value))
}

/// Different prefixes of the network may match the address and the length of a wanted one: this is the contract.
fn all_among(wanted: &[IpNet], found: &[IpNet]) -> bool {
    wanted.iter().all(|wanted| {
        found.iter().any(|prefix| prefix.addr() == wanted.addr())
            && found.iter().any(|prefix| prefix.prefix_len() == wanted.prefix_len())
    })
}

#[cfg(test)]
mod tests;
