//! Sets the VRF of a machine's ports (api-machines 4.9).

use crate::answer::Answer;
use crate::decision::Decision;
use crate::record::machine::Machine;
use crate::record::switch::Switch;
use crate::world::World;
use std::collections::BTreeSet;

/// Puts every port of the machine into `vrf`: empty for the PXE VLAN, `default` for a firewall, `vrf<N>` for a tenant.
/// Writes only switches that change.
///
/// Connections are in the machine's rack (api-machines 4.3), unless the rack of an allocated machine was renamed. Its
/// ports are found then too: a freed machine that stayed in a tenant's VRF could never boot again.
pub fn set_vrf(world: &World, machine: &Machine, vrf: &str, decision: &mut Decision<Answer>) {
    for switch in world.switches.filter(|switch| switch.connections.contains_key(&machine.id)) {
        let connections = switch.connections.get(&machine.id).into_iter().flatten();
        let ports: BTreeSet<&str> = connections.map(|connection| connection.nic.identity()).collect();
        let mut next = Switch::clone(&switch);
        let moved = next.nics.iter_mut().filter(|nic| nic.vrf != vrf && ports.contains(nic.identity()));
        let moved = moved.map(|nic| vrf.clone_into(&mut nic.vrf)).count();
        if moved > 0 {
            next.changed = decision.at();
            decision.update(&switch, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, leaves, machine, sonic};
    use super::*;
    use crate::decision::Decision;

    #[test]
    fn all_ports_of_the_machine_move_and_only_switches_that_change_are_written() {
        let world = leaves(&["1", "2"]);
        let mut decision = Decision::new(fixture::NOW, Answer::Done);
        set_vrf(&world, &machine("1"), "vrf42", &mut decision);
        let written: Vec<String> = decision.written().map(|key| key.id.clone()).collect();
        assert_eq!(written, ["leaf01", "leaf02"]);
        decision.apply(&world);
        for leaf in ["leaf01", "leaf02"] {
            let switch = world.switches.get(leaf).unwrap();
            let vrfs: Vec<(&str, &str)> =
                switch.nics.iter().map(|nic| (nic.name.as_str(), nic.vrf.as_str())).collect();
            assert_eq!(vrfs, [("Ethernet0", "vrf42"), ("Ethernet1", ""), ("Ethernet2", "")]);
            assert_eq!(switch.changed, fixture::NOW);
        }

        let mut decision = Decision::new(fixture::NOW, Answer::Done);
        set_vrf(&world, &machine("1"), "vrf42", &mut decision);
        set_vrf(&world, &machine("9"), "vrf42", &mut decision);
        assert!(decision.is_empty(), "nothing changes, nothing is written");
    }

    #[test]
    fn a_freed_machine_returns_to_the_pxe_vlan_even_in_a_renamed_rack() {
        let world = leaves(&["1"]);
        let mut decision = Decision::new(fixture::NOW, Answer::Done);
        set_vrf(&world, &machine("1"), "default", &mut decision);
        decision.apply(&world);
        let mut renamed = Switch::clone(&world.switches.get("leaf01").unwrap());
        renamed.rack = "rack-b".into();
        fixture::insert(&world, renamed);

        let mut decision = Decision::new(fixture::NOW, Answer::Done);
        set_vrf(&world, &machine("1"), "", &mut decision);
        decision.apply(&world);
        for leaf in ["leaf01", "leaf02"] {
            assert!(world.switches.get(leaf).unwrap().nics.iter().all(|nic| nic.vrf.is_empty()), "{leaf}");
        }
        assert_eq!(sonic("leaf01").nics.len(), 3);
    }
}
