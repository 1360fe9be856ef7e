//! The filter of a find request for machines (api-machines 1.7). Pure.

use super::response::state_value;
use actors::machine::{Allocation, AllocationNetwork, Fru, Machine, Nic, Role, StateValue};
use actors::spoken::identifies;
use serde::Deserialize;

/// All given filters must match; every element of a list filter must match.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct MachineFind {
    id: Option<String>,
    name: Option<String>,
    partition_id: Option<String>,
    sizeid: Option<String>,
    rackid: Option<String>,
    tags: Vec<String>,
    allocation_name: Option<String>,
    allocation_project: Option<String>,
    allocation_image_id: Option<String>,
    allocation_hostname: Option<String>,
    allocation_role: Option<String>,
    allocation_succeeded: Option<bool>,
    network_ids: Vec<String>,
    network_asns: Vec<i64>,
    network_vrfs: Vec<i64>,
    network_prefixes: Vec<String>,
    network_ips: Vec<String>,
    network_destination_prefixes: Vec<String>,
    hardware_memory: Option<u64>,
    nics_mac_addresses: Vec<String>,
    nics_names: Vec<String>,
    nics_vrfs: Vec<String>,
    nics_neighbor_mac_addresses: Vec<String>,
    nics_neighbor_names: Vec<String>,
    nics_neighbor_vrfs: Vec<String>,
    disk_names: Vec<String>,
    disk_sizes: Vec<u64>,
    state_value: Option<String>,
    ipmi_address: Option<String>,
    ipmi_mac_address: Option<String>,
    ipmi_user: Option<String>,
    ipmi_interface: Option<String>,
    fru_chassis_part_number: Option<String>,
    fru_chassis_part_serial: Option<String>,
    fru_board_mfg: Option<String>,
    fru_board_mfg_serial: Option<String>,
    fru_board_part_number: Option<String>,
    fru_product_manufacturer: Option<String>,
    fru_product_part_number: Option<String>,
    fru_product_serial: Option<String>,
}

/// True if the text equals the wanted one, or none is wanted.
fn is(wanted: &Option<String>, value: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted == value)
}

/// The same for a MAC address, ignoring case.
fn is_mac(wanted: &Option<String>, value: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
}

/// The same for a serial number. A placeholder serial that many machines share matches none.
fn is_serial(wanted: &Option<String>, value: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted == value && identifies(value))
}

/// Every wanted element matches some thing.
fn each<W, T>(wanted: &[W], things: &[T], fits: impl Fn(&T, &W) -> bool) -> bool {
    wanted.iter().all(|wanted| things.iter().any(|thing| fits(thing, wanted)))
}

impl MachineFind {
    /// The same query, restricted to firewalls.
    pub(crate) fn among_firewalls(self) -> Self {
        Self { allocation_role: Some(Role::Firewall.as_str().to_owned()), ..self }
    }

    pub(crate) fn matches(&self, machine: &Machine) -> bool {
        is(&self.id, machine.id.as_str())
            && is(&self.name, "")
            && is(&self.partition_id, machine.partition.as_str())
            && is(&self.sizeid, machine.size.as_str())
            && is(&self.rackid, machine.rack.as_str())
            && self.tags.iter().all(|tag| machine.tags.contains(tag))
            && self.hardware_memory.is_none_or(|memory| memory == machine.hardware.memory_bytes)
            && self.state_matches(machine.state.value)
            && self.allocation_matches(machine.allocation.as_ref())
            && self.hardware_matches(machine)
            && self.ipmi_matches(machine)
    }

    /// Stored `TAINTED` and shown `RESERVED` both find it (api-machines 1.7, `state_value`).
    fn state_matches(&self, value: StateValue) -> bool {
        let stored = if value == StateValue::Tainted { "TAINTED" } else { state_value(value) };
        is(&self.state_value, stored) || is(&self.state_value, state_value(value))
    }

    fn wants_allocation(&self) -> bool {
        let texts = [
            &self.allocation_name,
            &self.allocation_project,
            &self.allocation_image_id,
            &self.allocation_hostname,
            &self.allocation_role,
        ];
        let lists = [
            &self.network_ids,
            &self.network_prefixes,
            &self.network_ips,
            &self.network_destination_prefixes,
        ];
        texts.iter().any(|text| text.is_some())
            || self.allocation_succeeded.is_some()
            || lists.iter().any(|list| !list.is_empty())
            || !self.network_asns.is_empty()
            || !self.network_vrfs.is_empty()
    }

    fn allocation_matches(&self, allocation: Option<&Allocation>) -> bool {
        let Some(allocation) = allocation else { return !self.wants_allocation() };
        is(&self.allocation_name, &allocation.name)
            && is(&self.allocation_project, allocation.project.as_str())
            && is(&self.allocation_image_id, allocation.image.as_str())
            && is(&self.allocation_hostname, &allocation.hostname)
            && is(&self.allocation_role, Role::as_str(allocation.role))
            && self.allocation_succeeded != Some(true)
            && self.networks_match(&allocation.networks)
    }

    fn networks_match(&self, networks: &[AllocationNetwork]) -> bool {
        each(&self.network_ids, networks, |network, id| network.network.as_str() == id)
            && each(&self.network_asns, networks, |network, asn| i64::from(network.asn) == *asn)
            && each(&self.network_vrfs, networks, |network, vrf| i64::from(network.vrf) == *vrf)
            && each(&self.network_prefixes, networks, |network, prefix| network.prefixes.contains(prefix))
            && each(&self.network_ips, networks, |network, ip| network.ips.contains(ip))
            && each(&self.network_destination_prefixes, networks, |network, prefix| {
                network.destination_prefixes.contains(prefix)
            })
    }

    fn hardware_matches(&self, machine: &Machine) -> bool {
        let (nics, disks) = (&machine.hardware.nics, &machine.hardware.disks);
        let neighbor = |nic: &Nic, fits: &dyn Fn(&Nic) -> bool| nic.neighbors.iter().any(fits);
        each(&self.nics_mac_addresses, nics, |nic, mac| nic.mac.eq_ignore_ascii_case(mac))
            && each(&self.nics_names, nics, |nic, name| nic.name == *name)
            && each(&self.nics_vrfs, nics, |_, vrf| vrf.is_empty())
            && each(&self.nics_neighbor_mac_addresses, nics, |nic, mac| {
                neighbor(nic, &|other| other.mac.eq_ignore_ascii_case(mac))
            })
            && each(&self.nics_neighbor_names, nics, |nic, name| neighbor(nic, &|other| other.name == *name))
            && each(&self.nics_neighbor_vrfs, nics, |nic, vrf| neighbor(nic, &|_| vrf.is_empty()))
            && each(&self.disk_names, disks, |disk, name| disk.name == *name)
            && each(&self.disk_sizes, disks, |disk, size| disk.size_bytes == *size)
    }

    fn ipmi_matches(&self, machine: &Machine) -> bool {
        let ipmi = &machine.ipmi;
        is(&self.ipmi_address, &ipmi.address)
            && is_mac(&self.ipmi_mac_address, &ipmi.mac)
            && is(&self.ipmi_user, &ipmi.user)
            && is(&self.ipmi_interface, &ipmi.interface)
            && self.fru_matches(&ipmi.fru)
    }

    fn fru_matches(&self, fru: &Fru) -> bool {
        is(&self.fru_chassis_part_number, &fru.chassis_part_number)
            && is_serial(&self.fru_chassis_part_serial, &fru.chassis_part_serial)
            && is(&self.fru_board_mfg, &fru.board_mfg)
            && is_serial(&self.fru_board_mfg_serial, &fru.board_mfg_serial)
            && is(&self.fru_board_part_number, &fru.board_part_number)
            && is(&self.fru_product_manufacturer, &fru.product_manufacturer)
            && is(&self.fru_product_part_number, &fru.product_part_number)
            && is_serial(&self.fru_product_serial, &fru.product_serial)
    }
}
