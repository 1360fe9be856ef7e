//! The filter of address lists (api-resources 8.2).

use crate::addressing::Family;
use crate::addressing::spelling::invalid_family;
use crate::ids::MachineId;
use crate::record::ipam::{Address, tags};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// All given fields must match; `None` and an empty list restrict nothing. An empty text matches only an empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressFilter {
    pub ipaddress: Option<String>,
    pub allocationuuid: Option<String>,
    pub name: Option<String>,
    pub projectid: Option<String>,
    pub networkid: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The network's prefix that the address was allocated from.
    pub networkprefix: Option<String>,
    /// The address must have all of them.
    pub tags: Option<Vec<String>>,
    pub machineid: Option<String>,
    pub addressfamily: Option<String>,
}

/// A filter with a parsed family.
#[derive(Clone, Debug)]
pub struct AddressMatch<'a> {
    filter: &'a AddressFilter,
    machine_tag: Option<String>,
    family: Option<Family>,
}

impl AddressFilter {
    /// Parses fallible fields once for a whole list. An unknown family: 422.
    pub fn read(&self) -> Result<AddressMatch<'_>, Refusal> {
        let family = self
            .addressfamily
            .as_ref()
            .map(|text| Family::parse(text).ok_or_else(|| Refusal::unprocessable(invalid_family(text))));
        let machine_tag = self.machineid.as_ref().map(|id| tags::machine_tag(&MachineId(id.clone())));
        Ok(AddressMatch { filter: self, machine_tag, family: family.transpose()? })
    }
}

impl AddressMatch<'_> {
    pub fn matches(&self, address: &Address) -> bool {
        let filter = self.filter;
        let same =
            |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let shown = |wanted: &Option<String>, found: &dyn ToString| {
            wanted.as_ref().is_none_or(|wanted| *wanted == found.to_string())
        };
        let family = if address.address.is_ipv4() { Family::IPv4 } else { Family::IPv6 };
        let mut tags = filter.tags.iter().flatten().chain(&self.machine_tag);
        same(&filter.name, &address.name)
            && same(&filter.projectid, address.project.as_str())
            && same(&filter.networkid, address.network.as_str())
            && same(&filter.kind, address.kind.as_str())
            && shown(&filter.ipaddress, &address.address)
            && shown(&filter.allocationuuid, &address.allocation_uuid)
            && shown(&filter.networkprefix, &address.parent_prefix)
            && tags.all(|tag| address.tags.contains(tag))
            && self.family.is_none_or(|wanted| wanted == family)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use serde_json::json;

    fn found(filter: serde_json::Value, address: &Address) -> Result<bool, Refusal> {
        let filter: AddressFilter = serde_json::from_value(filter).unwrap();
        filter.read().map(|read| read.matches(address))
    }

    /// Every row of api-resources 8.2.
    #[test]
    fn every_key_restricts() {
        let network = fixture::network("n", &["2001:db8::5/64"]);
        let mut address = fixture::address(&network, "2001:db8::1");
        address.name = "gate".to_owned();
        address.tags = vec!["a".to_owned(), "machine.metal-stack.io/id=m".to_owned()];
        let cases = [
            (json!({}), true),
            (json!({"ipaddress": null, "tags": null, "machineid": null}), true),
            (json!({"ipaddress": "2001:db8::1"}), true),
            (json!({"ipaddress": "2001:db8:0::1"}), false),
            (json!({"allocationuuid": "00000000-0000-0000-0000-000000000007"}), true),
            (json!({"allocationuuid": ""}), false),
            (json!({"name": "gate", "projectid": "p", "networkid": "n"}), true),
            (json!({"name": ""}), false),
            (json!({"projectid": "q"}), false),
            (json!({"networkid": "m"}), false),
            (json!({"type": "ephemeral"}), true),
            (json!({"type": "static"}), false),
            (json!({"networkprefix": "2001:db8::5/64"}), true),
            (json!({"networkprefix": "2001:db8::/64"}), false),
            (json!({"tags": []}), true),
            (json!({"tags": ["a"], "machineid": "m"}), true),
            (json!({"tags": ["a", "b"]}), false),
            (json!({"machineid": "m1"}), false),
            (json!({"addressfamily": "ipv6"}), true),
            (json!({"addressfamily": "IPv4"}), false),
        ];
        for (filter, expected) in cases {
            assert_eq!(found(filter.clone(), &address).unwrap(), expected, "{filter}");
        }
        let refusal = Refusal::unprocessable("given addressfamily:\"x\" is invalid");
        assert_eq!(found(json!({"addressfamily": "x"}), &address), Err(refusal));
    }
}
