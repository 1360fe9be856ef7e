//! Names, ids, addresses and cables of a rack: derived from partition, rack and number, so that the same rack has the
//! same hardware after a restart. Pure.

pub use crate::bounds::MACHINES_MAX;

use super::profile::Profile;
use actors::ids::{MachineId, PartitionId, RackId, SwitchId};
use actors::machine::command::{Registration, SupplyReport, SupplyStatus};
use actors::machine::{Bios, Fru, Ipmi, Nic};
use actors::switch::{OsReport, SwitchNic, SwitchRegistration};

/// The contents of a rack.
#[derive(Clone, Debug, PartialEq)]
pub struct RackPlan {
    pub partition: PartitionId,
    pub rack: RackId,
    pub machines: Vec<MachinePlan>,
    pub switches: [SwitchPlan; 2],
}

/// A machine and its cables: the n-th machine is connected to port `Ethernet<n>` of both switches.
#[derive(Clone, Debug, PartialEq)]
pub struct MachinePlan {
    pub id: MachineId,
    pub partition: PartitionId,
    /// The port of both switches.
    pub port: String,
    pub bmc_host: String,
    pub registration: Registration,
    pub primary_disk: String,
    /// Whether installers change settings of its board.
    pub has_bios_settings: bool,
}

/// A switch of a rack.
#[derive(Clone, Debug, PartialEq)]
pub struct SwitchPlan {
    pub id: SwitchId,
    pub registration: SwitchRegistration,
}

impl RackPlan {
    /// A rack of `machines` (at most [`MACHINES_MAX`]) with one profile. The rack `test-rack` of partition `mini-lab`
    /// gets the ids that the mini-lab uses (api-machines 8).
    pub fn new(partition: &PartitionId, rack: &RackId, machines: u32, profile: &Profile) -> Self {
        let machines = machines.min(MACHINES_MAX);
        let mini_lab = partition.as_str() == "mini-lab" && rack.as_str() == "test-rack";
        let names = Names { mini_lab, digest: digest(&[partition.as_str(), rack.as_str()]) };
        let switches = ["leaf01", "leaf02"].map(|leaf| {
            let id = if mini_lab { leaf.to_owned() } else { format!("{partition}-{rack}-{leaf}") };
            switch(id, partition, rack, machines)
        });
        let leaves = [&switches[0].id, &switches[1].id];
        let machines =
            (0..machines).map(|index| machine(&names, partition, leaves, index, profile)).collect();
        Self { partition: partition.clone(), rack: rack.clone(), machines, switches }
    }
}

struct Names {
    mini_lab: bool,
    digest: u64,
}

impl Names {
    fn machine(&self, number: u32) -> MachineId {
        if self.mini_lab {
            return MachineId(format!("00000000-0000-0000-0000-{number:012}"));
        }
        let high = self.digest;
        let (a, b, c, d) = (high >> 32, (high >> 16) & 0xffff, (high >> 8) & 0xfff, 0x8000 | (high & 0x3fff));
        MachineId(format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{number:012x}"))
    }

    fn mac(&self, part: u8, number: u32) -> String {
        let [_, _, high, low] = number.to_be_bytes();
        if self.mini_lab && high == 0 {
            return format!("00:04:00:11:{part:02x}:{low:02x}");
        }
        let [.., a, b] = self.digest.to_be_bytes();
        // The second digit means "locally administered".
        format!("02:{a:02x}:{b:02x}:{part:02x}:{high:02x}:{low:02x}")
    }

    /// Host and port of a BMC.
    fn bmc(&self, number: u32) -> (String, u32) {
        if self.mini_lab {
            return ("192.168.121.1".to_owned(), 6230 + number);
        }
        let [_, _, high, low] = number.to_be_bytes();
        let [.., rack] = self.digest.to_be_bytes();
        (format!("10.{rack}.{high}.{low}"), 623)
    }
}

fn machine(
    names: &Names,
    partition: &PartitionId,
    leaves: [&SwitchId; 2],
    index: u32,
    profile: &Profile,
) -> MachinePlan {
    let number = index + 1;
    let (port, identifier) = port(index);
    let loopback = Nic { mac: "00:00:00:00:00:00".to_owned(), name: "lo".to_owned(), ..Nic::default() };
    let cables = (0u8..).zip(leaves).map(|(side, leaf)| Nic {
        mac: names.mac(0x11 + side, number),
        name: format!("eth{side}"),
        neighbors: vec![Nic {
            mac: identifier.clone(),
            name: port.clone(),
            identifier: identifier.clone(),
            hostname: leaf.0.clone(),
            neighbors: Vec::new(),
        }],
        ..Nic::default()
    });
    let (bmc_host, bmc_port) = names.bmc(number);
    let id = names.machine(number);
    let registration = Registration {
        machine: id.clone(),
        partition: partition.clone(),
        hardware: profile.hardware(std::iter::once(loopback).chain(cables).collect()),
        bios: Bios { version: "1.0".to_owned(), vendor: "Pretend".to_owned(), date: "01/01/2026".to_owned() },
        ipmi: Some(Ipmi {
            address: format!("{bmc_host}:{bmc_port}"),
            mac: names.mac(0x20, number),
            user: "vagrant".to_owned(),
            password: "vagrant".to_owned(),
            interface: "lanplus".to_owned(),
            bmc_version: "1.0".to_owned(),
            fru: fru(number),
            ..Ipmi::default()
        }),
        tags: Vec::new(),
        metal_hammer_version: concat!("pretend-", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    MachinePlan {
        id,
        partition: partition.clone(),
        port,
        bmc_host,
        registration,
        primary_disk: profile.primary_disk(),
        has_bios_settings: profile.has_bios_settings,
    }
}

pub(super) fn fru(number: u32) -> Fru {
    Fru {
        board_mfg: "Pretend".to_owned(),
        board_part_number: "PRETEND-1".to_owned(),
        product_manufacturer: "Pretend".to_owned(),
        product_part_number: "P-1".to_owned(),
        product_serial: format!("{number:08}"),
        ..Fru::default()
    }
}

/// A working power supply.
pub(super) fn supply() -> SupplyReport {
    SupplyReport { status: SupplyStatus { health: "OK".to_owned(), state: "Enabled".to_owned() } }
}

fn switch(id: String, partition: &PartitionId, rack: &RackId, machines: u32) -> SwitchPlan {
    let nics = (0..machines.max(1)).map(|index| {
        let (name, identifier) = port(index);
        SwitchNic { name, identifier, ..SwitchNic::default() }
    });
    let registration = SwitchRegistration {
        name: Some(id.clone()),
        description: None,
        partition_id: partition.to_string(),
        rack_id: rack.0.clone(),
        nics: nics.collect(),
        os: Some(OsReport {
            vendor: "SONiC".to_owned(),
            version: "pretend".to_owned(),
            metal_core_version: concat!("pretend-", env!("CARGO_PKG_VERSION")).to_owned(),
        }),
        management_ip: "127.0.0.1".to_owned(),
        management_user: "admin".to_owned(),
        console_command: String::new(),
        id: id.clone(),
    };
    SwitchPlan { id: SwitchId(id), registration }
}

/// Name and identifier of a port.
fn port(index: u32) -> (String, String) {
    let number = index + 1;
    (format!("Ethernet{index}"), format!("Eth{number}(Port{number})"))
}

/// FNV-1a over the parts; not for secrets, but stable over time.
pub(super) fn digest(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain(std::iter::once(0)));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn plan(partition: &str, rack: &str, machines: u32) -> RackPlan {
        RackPlan::new(&partition.into(), &rack.into(), machines, &Profile::default())
    }

    #[test]
    fn the_mini_lab_is_wired_as_documented() {
        let plan = plan("mini-lab", "test-rack", 2);
        assert_eq!(plan.switches[0].id.as_str(), "leaf01");
        assert_eq!(plan.switches[1].id.as_str(), "leaf02");
        let second = &plan.machines[1];
        assert_eq!(second.id.as_str(), "00000000-0000-0000-0000-000000000002");
        let nics = &second.registration.hardware.nics;
        assert_eq!((nics[0].name.as_str(), nics[1].name.as_str()), ("lo", "eth0"));
        assert_eq!(nics[1].mac, "00:04:00:11:11:02");
        for (nic, leaf) in nics[1..].iter().zip(["leaf01", "leaf02"]) {
            let neighbor = &nic.neighbors[0];
            assert_eq!((neighbor.hostname.as_str(), neighbor.name.as_str()), (leaf, "Ethernet1"));
            assert_eq!(neighbor.identifier, "Eth2(Port2)");
            assert_eq!(plan.switches[0].registration.nics[1].identifier, neighbor.identifier);
        }
        assert_eq!(second.registration.ipmi.as_ref().unwrap().address, "192.168.121.1:6232");
    }

    #[test]
    fn every_machine_of_every_rack_is_its_own_and_stays_the_same() {
        let racks = [("a", "r1"), ("a", "r2"), ("b", "r1"), ("mini-lab", "test-rack"), ("ar", "1")];
        let (mut ids, mut macs, mut switches) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (partition, rack) in racks {
            let plan = plan(partition, rack, 300);
            assert_eq!(plan, self::plan(partition, rack, 300));
            ids.extend(plan.machines.iter().map(|machine| machine.id.0.clone()));
            for machine in &plan.machines {
                macs.extend(machine.registration.hardware.nics[1..].iter().map(|nic| nic.mac.clone()));
            }
            switches.extend(plan.switches.iter().map(|switch| switch.id.0.clone()));
        }
        assert_eq!((ids.len(), macs.len(), switches.len()), (1500, 3000, 10));
        for id in ids {
            assert_eq!(uuid::Uuid::parse_str(&id).unwrap().to_string(), id, "a UUID in lower case");
        }
    }

    #[test]
    fn a_rack_has_bounds() {
        assert_eq!(plan("a", "r", u32::MAX).machines.len(), MACHINES_MAX as usize);
        assert_eq!(plan("a", "r", 0).switches[0].registration.nics.len(), 1);
    }
}
