//! Transfers the ports of one switch to another (api-machines 4.7): VRFs, connections, and the machines' records of
//! their neighbour. Used when a switch moves ([`super::migrate`]) and when it is replaced ([`super::replace`]).

use super::connect::{claimed_twice, identity, is_of};
use super::ports;
use crate::answer::Answer;
use crate::decision::Decision;
use crate::ids::MachineId;
use crate::record::machine::{Machine, Nic};
use crate::record::switch::{Connection, Switch, SwitchPort, SwitchVendor};
use crate::refusal::Refusal;
use crate::spoken::folded;
use crate::world::World;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The ports of a switch under the names of another vendor.
struct Renamed<'a>(BTreeMap<String, &'a SwitchPort>);

impl<'a> Renamed<'a> {
    /// Ports without a name of that vendor are dropped.
    fn new(switch: &'a Switch, vendor: SwitchVendor) -> Self {
        let mut names = BTreeMap::new();
        for port in &switch.nics {
            let siblings = switch.nics.iter().map(|sibling| sibling.name.as_str());
            if let Ok(name) = ports::translate(&port.name, siblings, switch.os.vendor, vendor) {
                names.entry(name).or_insert(port);
            }
        }
        Self(names)
    }

    fn get(&self, name: &str) -> Option<&'a SwitchPort> {
        self.0.get(name).copied()
    }
}

/// Copies the VRFs and connections of `source` to `target`, port by port.
pub(super) fn adopt(source: &Switch, target: &mut Switch) -> Result<(), Refusal> {
    let offered = target.clone();
    let renamed = Renamed::new(&offered, source.os.vendor);
    let connected = source.connections.values().flatten().map(|connection| connection.nic.name.as_str());
    let needed: BTreeSet<&str> = source.nics.iter().map(|port| port.name.as_str()).chain(connected).collect();
    let missing: Vec<&str> = needed.into_iter().filter(|name| renamed.get(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(not_adopted(&format!(
            "new switch misses the nics [{}] - check the breakout configuration of the switch ports of switch {}",
            missing.join(" "),
            target.name
        )));
    }

    let vrfs: BTreeMap<&str, &str> = source
        .nics
        .iter()
        .filter_map(|port| Some((renamed.get(&port.name)?.identity(), port.vrf.as_str())))
        .collect();
    for port in &mut target.nics {
        if let Some(vrf) = vrfs.get(port.identity()) {
            (*vrf).clone_into(&mut port.vrf);
        }
    }
    target.connections = Arc::new(moved(source, &renamed)?);
    Ok(())
}

/// Copies operators' orders for ports of `source` to the same ports of `target`. Orders of `target` stay.
pub(super) fn adopt_orders(source: &Switch, target: &mut Switch) {
    let offered = target.clone();
    let renamed = Renamed::new(&offered, source.os.vendor);
    for port in &source.nics {
        let (Some(status), Some(there)) = (port.order(), renamed.get(&port.name)) else { continue };
        let there = target.nics.iter_mut().find(|port| port.name == there.name && port.ordered.is_none());
        if let Some(there) = there {
            there.ordered = Some(status.to_owned());
        }
    }
}

fn moved(source: &Switch, renamed: &Renamed<'_>) -> Result<BTreeMap<MachineId, Vec<Connection>>, Refusal> {
    let mut taken = BTreeSet::new();
    let mut connections = BTreeMap::<MachineId, Vec<Connection>>::new();
    for connection in source.connections.values().flatten() {
        let Some(port) = renamed.get(&connection.nic.name) else { continue };
        if !taken.insert(port.identity()) {
            return Err(claimed_twice(&port.name));
        }
        let nic = SwitchPort {
            name: port.name.clone(),
            identifier: port.identifier.clone(),
            mac: port.mac.clone(),
            ..connection.nic.clone()
        };
        let machine = connection.machine.clone();
        connections.entry(machine.clone()).or_default().push(Connection { nic, machine });
    }
    Ok(connections)
}

/// The refusal of the whole operation because of a port.
pub(super) fn not_adopted(why: &str) -> Refusal {
    Refusal::unprocessable(format!("could not adopt existing nic configuration, err: {why}"))
}

/// Updates the neighbour of the machines at `new`, which was `old`.
pub(super) fn rewire(world: &World, old: &Switch, new: &Switch, decision: &mut Decision<Answer>) {
    let renamed = Renamed::new(new, old.os.vendor);
    let replaced: BTreeMap<Cow<'_, str>, &SwitchPort> =
        old.nics.iter().filter_map(|port| Some((port.folded(), renamed.get(&port.name)?))).collect();
    for machine in new.connections.keys().filter_map(|id| world.machines.get(id.as_str())) {
        let mut next = Machine::clone(&machine);
        let neighbors = next.hardware.nics.iter_mut().flat_map(|nic| &mut nic.neighbors);
        for neighbor in neighbors.filter(|neighbor| is_of(neighbor, old)) {
            if let Some(port) = replaced.get(&folded(identity(neighbor))) {
                point_at(neighbor, new, port);
            }
        }
        if next != *machine.value {
            next.changed = decision.at();
            decision.update(&machine, next);
        }
    }
}

fn point_at(neighbor: &mut Nic, switch: &Switch, port: &SwitchPort) {
    neighbor.hostname.clone_from(&switch.name);
    neighbor.name.clone_from(&port.name);
    neighbor.identifier.clone_from(&port.identifier);
    neighbor.mac.clone_from(&port.mac);
}
