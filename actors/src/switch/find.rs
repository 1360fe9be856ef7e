//! The filter of switch lists (api-machines 4.1).

use crate::record::switch::Switch;
use serde::{Deserialize, Serialize};

/// All given fields must be equal; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SwitchFind {
    pub id: Option<String>,
    pub name: Option<String>,
    pub partitionid: Option<String>,
    pub rackid: Option<String>,
    pub osvendor: Option<String>,
    pub osversion: Option<String>,
}

impl SwitchFind {
    pub fn matches(&self, switch: &Switch) -> bool {
        let pairs = [
            (&self.id, switch.id.as_str()),
            (&self.name, switch.name.as_str()),
            (&self.partitionid, switch.partition.as_str()),
            (&self.rackid, switch.rack.as_str()),
            (&self.osvendor, switch.os.vendor.as_str()),
            (&self.osversion, switch.os.version.as_str()),
        ];
        pairs.iter().all(|(wanted, actual)| wanted.as_deref().is_none_or(|wanted| wanted == *actual))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::sonic;
    use super::*;

    #[test]
    fn each_filter_of_4_1_is_exact_and_all_are_anded() {
        let leaf = sonic("leaf01");
        let table = [
            ("{}", true),
            (r#"{"id":"leaf01"}"#, true),
            (r#"{"id":"leaf0"}"#, false),
            (r#"{"name":"leaf01"}"#, true),
            (r#"{"name":"LEAF01"}"#, false),
            (r#"{"name":""}"#, false),
            (r#"{"partitionid":"mini-lab"}"#, true),
            (r#"{"partitionid":"other"}"#, false),
            (r#"{"rackid":"test-rack"}"#, true),
            (r#"{"rackid":"rack"}"#, false),
            (r#"{"osvendor":"SONiC"}"#, true),
            (r#"{"osvendor":"Cumulus"}"#, false),
            (r#"{"osversion":"1"}"#, true),
            (r#"{"osversion":"2"}"#, false),
            (r#"{"id":null,"rackid":"test-rack","osversion":"1"}"#, true),
            (r#"{"id":"leaf01","rackid":"rack-b"}"#, false),
        ];
        for (filter, expected) in table {
            let find: SwitchFind = serde_json::from_str(filter).unwrap();
            assert_eq!(find.matches(&leaf), expected, "{filter}");
        }
    }
}
