//! Connects machines to ports, by the machines' LLDP neighbours (api-machines 4.3).

use super::ports;
use crate::answer::Answer;
use crate::decision::Decision;
use crate::ids::{MachineId, PartitionId};
use crate::record::machine::{Machine, Nic};
use crate::record::switch::{Connection, Switch, SwitchPort};
use crate::refusal::Refusal;
use crate::spoken::folded;
use crate::world::{Versioned, World};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A switch that the machine sees, and its ports.
struct Match {
    switch: Arc<Versioned<Switch>>,
    connections: Vec<Connection>,
}

/// Connects a registering machine to the two switches that it sees, and sets its rack and partition. The caller writes
/// the machine; the decision writes the switches (api-machines 4.3).
pub fn connect(world: &World, machine: &mut Machine, decision: &mut Decision<Answer>) -> Result<(), Refusal> {
    if machine.partition.is_empty() {
        return Err(Refusal::unprocessable(format!("partitionID is empty in machine:{}", machine.id)));
    }
    let [one, two] = seen_by(world, machine)?;
    if one.switch.rack != two.switch.rack {
        return Err(Refusal::unprocessable(format!(
            "connected switches of a machine must reside in the same rack, rack of switch {}: {}, rack of switch {}: {}, machine: {}",
            one.switch.name, one.switch.rack, two.switch.name, two.switch.rack, machine.id
        )));
    }
    for seen in [&one, &two] {
        check_unclaimed(seen, &machine.id)?;
    }
    check_mirrored(&one, &two, &machine.id)?;

    machine.rack = one.switch.rack.clone();
    machine.partition = one.switch.partition.clone();
    for seen in [one, two] {
        if seen.switch.connections.get(&machine.id) != Some(&seen.connections) {
            let mut next = Switch::clone(&seen.switch);
            next.changed = decision.at();
            Arc::make_mut(&mut next.connections).insert(machine.id.clone(), seen.connections);
            decision.update(&seen.switch, next);
        } else {
            decision.unchanged(&seen.switch);
        }
    }
    Ok(())
}

/// Steps 2 to 4: the machine sees exactly two switches of the partition, and no other switch has a connection to it.
fn seen_by(world: &World, machine: &Machine) -> Result<[Match; 2], Refusal> {
    let mut matches = Vec::new();
    for switch in world.switches.filter(|switch| switch.partition == machine.partition) {
        let connections = connections(machine, &switch);
        if !connections.is_empty() {
            matches.push(Match { switch, connections });
        } else if switch.connections.contains_key(&machine.id) {
            return Err(Refusal::unprocessable(format!(
                "machine connection between machine {} and switch {} exists in the database but not physically; if you are attempting migrate the machine from one rack to another delete it first",
                machine.id, switch.id
            )));
        }
    }
    <[Match; 2]>::try_from(matches).map_err(|matches| {
        Refusal::unprocessable(format!(
            "machine {} is not connected to exactly two switches, found connections to {} switches",
            machine.id,
            matches.len()
        ))
    })
}

/// The ports of the switch that the machine sees. A port seen twice counts once.
fn connections(machine: &Machine, switch: &Switch) -> Vec<Connection> {
    let neighbors = machine.hardware.nics.iter().flat_map(|nic| &nic.neighbors);
    let seen: BTreeSet<Cow<'_, str>> = neighbors
        .filter(|neighbor| is_of(neighbor, switch))
        .map(|neighbor| folded(identity(neighbor)))
        .filter(|id| !id.is_empty())
        .collect();
    let ports = switch.nics.iter().filter(|port| seen.contains(&port.folded()));
    ports.map(|port| Connection { nic: remembered(port), machine: machine.id.clone() }).collect()
}

/// The ports of all switches of a partition under the names that neighbours report: the identities of each switch's
/// ports.
#[derive(Debug)]
pub struct Ports(BTreeMap<String, BTreeSet<String>>);

impl Ports {
    pub fn of(world: &World, partition: &PartitionId) -> Self {
        let mut ports = BTreeMap::<String, BTreeSet<String>>::new();
        for switch in world.switches.filter(|switch| switch.partition == *partition) {
            let known = ports.entry(switch.name.clone()).or_default();
            known.extend(switch.nics.iter().map(|port| port.folded().into_owned()));
        }
        Self(ports)
    }

    /// True when the neighbour is one of them. A switch without a name matches every neighbour.
    pub fn has(&self, neighbor: &Nic) -> bool {
        let id = folded(identity(neighbor));
        let at = |switch: &str| self.0.get(switch).is_some_and(|known| known.contains(&*id));
        at(&neighbor.hostname) || at("")
    }
}

/// True when the neighbour is this switch. A switch without a name matches every neighbour.
pub(super) fn is_of(neighbor: &Nic, switch: &Switch) -> bool {
    switch.name.is_empty() || neighbor.hostname == switch.name
}

/// The identity of a neighbour's port: the identifier, or the MAC without one.
pub(super) fn identity(neighbor: &Nic) -> &str {
    if neighbor.identifier.is_empty() { &neighbor.mac } else { &neighbor.identifier }
}

/// The copy of a port in a connection; its state is always read from the port itself (api-machines 4.1).
fn remembered(port: &SwitchPort) -> SwitchPort {
    SwitchPort { state: None, ordered: None, ..port.clone() }
}

fn check_unclaimed(seen: &Match, machine: &MachineId) -> Result<(), Refusal> {
    let others = seen.switch.connections.iter().filter(|(other, _)| *other != machine);
    let taken: BTreeSet<&str> =
        others.flat_map(|(_, connections)| connections).map(|taken| taken.nic.name.as_str()).collect();
    match seen.connections.iter().find(|connection| taken.contains(connection.nic.name.as_str())) {
        Some(connection) => Err(claimed_twice(&connection.nic.name)),
        None => Ok(()),
    }
}

pub(super) fn claimed_twice(port: &str) -> Refusal {
    Refusal::unprocessable(format!("switch port {port} is connected to more than one machine"))
}

/// Both switches have the same ports; those of the first are translated to the second's names.
fn check_mirrored(one: &Match, two: &Match, machine: &MachineId) -> Result<(), Refusal> {
    let names = |seen: &Match| -> Vec<String> {
        seen.connections.iter().map(|connection| connection.nic.name.clone()).collect()
    };
    let (of_one, of_two) = (names(one), names(two));
    if of_one.len() == of_two.len() {
        let siblings = || one.switch.nics.iter().map(|nic| nic.name.as_str());
        let (from, to) = (one.switch.os.vendor, two.switch.os.vendor);
        let twins = of_one.iter().map(|port| ports::translate(port, siblings(), from, to));
        let (mut twins, mut present) = (twins.collect::<Result<Vec<String>, Refusal>>()?, of_two.clone());
        twins.sort();
        present.sort();
        if twins == present {
            return Ok(());
        }
    }
    Err(Refusal::unprocessable(format!(
        "twin-switches do not have a connection map that is mirrored crosswise for machine {machine}, switch {} (connections: [{}]), switch {} (connections: [{}])",
        one.switch.name,
        of_one.join(" "),
        two.switch.name,
        of_two.join(" ")
    )))
}

/// Removes the connections of a deleted machine from all switches of all racks (api-machines 3.8).
pub fn disconnect(world: &World, machine: &MachineId, decision: &mut Decision<Answer>) {
    for switch in world.switches.filter(|switch| switch.connections.contains_key(machine)) {
        let mut next = Switch::clone(&switch);
        next.changed = decision.at();
        Arc::make_mut(&mut next.connections).remove(machine);
        decision.update(&switch, next);
    }
}

#[cfg(test)]
mod tests;
