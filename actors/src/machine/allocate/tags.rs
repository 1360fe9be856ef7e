//! The tags of an allocated machine: the user's, and the system's labels (api-machines 3.4.4).

use crate::record::machine::{AllocationNetwork, Machine};
use std::collections::{BTreeMap, BTreeSet};

const PRIMARY_ASN: &str = "machine.metal-stack.io/network.primary.asn";
const RACK: &str = "machine.metal-stack.io/rack";
const CHASSIS: &str = "machine.metal-stack.io/chassis";

/// The new tags of the machine. A user tag with `=` is a label: its last value counts, and a system label with the same
/// key overrides it. Sorted, without duplicates.
pub(in crate::machine) fn of(
    user: &[String],
    machine: &Machine,
    networks: &[AllocationNetwork],
) -> Vec<String> {
    let mut bare = BTreeSet::new();
    let mut labels = BTreeMap::new();
    for tag in user {
        match tag.split_once('=') {
            Some((key, value)) => {
                labels.insert(key, value.to_owned());
            }
            None => {
                bare.insert(tag.clone());
            }
        }
    }
    if let Some(network) = networks.iter().find(|network| network.private && network.asn > 0) {
        labels.insert(PRIMARY_ASN, network.asn.to_string());
    }
    if !machine.rack.is_empty() {
        labels.insert(RACK, machine.rack.0.clone());
    }
    let chassis = &machine.ipmi.fru.chassis_part_serial;
    if !chassis.is_empty() {
        labels.insert(CHASSIS, chassis.clone());
    }
    bare.extend(labels.into_iter().map(|(key, value)| format!("{key}={value}")));
    bare.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::fixture;

    fn tags(user: &[&str], machine: &Machine, networks: &[AllocationNetwork]) -> Vec<String> {
        let user: Vec<String> = user.iter().map(|&tag| tag.to_owned()).collect();
        of(&user, machine, networks)
    }

    #[test]
    fn users_labels_keep_their_last_value_and_bare_tags_stay() {
        let mut machine = fixture::machine("m");
        machine.rack = "".into();
        let all = tags(&["b", "a", "b", "k=1", "k=2=3", "k"], &machine, &[]);
        assert_eq!(all, ["a", "b", "k", "k=2=3"]);
    }

    #[test]
    fn system_labels_override() {
        let mut machine = fixture::machine("m");
        machine.ipmi.fru.chassis_part_serial = "c-7".into();
        let networks =
            [fixture::allocation_network("ext", false, 0), fixture::allocation_network("p", true, 42)];
        let all = tags(&["machine.metal-stack.io/rack=mine"], &machine, &networks);
        assert_eq!(
            all,
            [
                "machine.metal-stack.io/chassis=c-7",
                "machine.metal-stack.io/network.primary.asn=42",
                "machine.metal-stack.io/rack=test-rack",
            ]
        );
    }
}
