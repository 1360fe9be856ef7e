//! Checks addresses, numbers and prefixes against their owners, and indexes against rows. Pure: it reads memory at any
//! moment; rows with a pending write are left for the next check.

mod namespace;

use crate::addressing::block;
use crate::ids::MachineId;
use crate::ipam::is_without_project;
use crate::record::Record;
use crate::record::ipam::{ASN_BASE, Address, Claim, ClaimOwner, Pool, QuarantinedAddress};
use crate::record::machine::Machine;
use crate::record::network::Network;
use crate::store::{Generation, Key, Kind};
use crate::world::{Unlike, Versioned, World};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Maximum of findings in one check: more would add no information.
pub const FINDINGS_MAX: usize = 1000;

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its owner is gone. A repair releases it, through the reconciler or as an orphan.
    Leak,
    /// An owner uses it without a row. The reconciler restores ASNs.
    Missing,
    /// It is in the wrong place.
    Misplaced,
    /// Two owners have the same.
    Duplicate,
    /// Memory differs from the store, or an index from the rows. A repair reads the rows again.
    Stale,
}

/// An inconsistency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    pub fault: Fault,
    /// An address, a number of a pool, a network, or an item in a namespace: `10.0.0.0/8@root`.
    pub subject: String,
    /// One sentence.
    pub text: String,
}

/// All inconsistencies of a partition's addresses, numbers, networks and namespaces, up to [`FINDINGS_MAX`].
pub fn check(world: &World) -> Vec<Finding> {
    look(world).into_iter().map(|(finding, _)| finding).collect()
}

/// Like [`check`] during writes: findings that two checks agree on, in rows that were not written in between.
pub fn check_twice(world: &World) -> Vec<Finding> {
    let mut found = look(world);
    if !found.is_empty() {
        let again: BTreeSet<_> = look(world).into_iter().collect();
        found.retain(|found| again.contains(found));
    }
    found.into_iter().map(|(finding, _)| finding).collect()
}

/// The rows of a finding and their generations.
type Evidence = Vec<(Key, Option<Generation>)>;

fn look(world: &World) -> Vec<(Finding, Evidence)> {
    let machines = world.machines.filter(|machine| machine.allocation.is_some());
    let holders: BTreeMap<Uuid, MachineId> = machines
        .iter()
        .filter_map(|machine| Some((machine.allocation.as_ref()?.uuid, machine.id.clone())))
        .collect();
    let mut look = Look { world, holders, findings: Vec::new() };
    world.addresses.all().iter().for_each(|address| look.at_address(address));
    world.quarantined.all().iter().for_each(|rest| look.at_rest(rest));
    world.claims.all().iter().for_each(|claim| look.at_claim(claim));
    machines.iter().for_each(|machine| look.at_allocation(machine));
    let networks = world.networks.all();
    networks.iter().for_each(|network| look.at_network(network));
    look.at_overlaps(&networks);
    namespace::check(world, &mut |fault, subject, text, rows| look.found(fault, subject, text, rows));
    for Unlike { subject, text, rows } in world.unlike() {
        look.found(Fault::Stale, &subject, text, &rows);
    }
    look.findings
}

struct Look<'a> {
    world: &'a World,
    /// Machines by allocation in force.
    holders: BTreeMap<Uuid, MachineId>,
    findings: Vec<(Finding, Evidence)>,
}

impl Look<'_> {
    /// `rows`: the rows of the finding; while one of them is being written, it is not reported.
    fn found(&mut self, fault: Fault, subject: &str, text: String, rows: &[Key]) {
        if self.findings.len() < FINDINGS_MAX && !rows.iter().any(|row| self.world.in_flight(row)) {
            let at = |row: &Key| self.world.row(row).map(|row| row.generation);
            let evidence = rows.iter().map(|row| (row.clone(), at(row))).collect();
            self.findings.push((Finding { fault, subject: subject.to_owned(), text }, evidence));
        }
    }

    fn holds(&self, owner: &ClaimOwner) -> bool {
        match owner {
            ClaimOwner::Network(id) => self.world.networks.contains(id.as_str()),
            ClaimOwner::Allocation { allocation, machine } => {
                self.holders.get(allocation).is_some_and(|holder| holder == machine)
            }
        }
    }

    fn at_address(&mut self, address: &Address) {
        let ip = address.address;
        let subject = ip.to_string();
        let own = address.key();
        for attachment in &address.attachments {
            let (allocation, machine) = (attachment.allocation, &attachment.machine);
            let owner = ClaimOwner::Allocation { allocation, machine: machine.clone() };
            if !self.holds(&owner) {
                let text = format!("allocation {allocation} of machine {machine} is gone");
                self.found(Fault::Leak, &subject, text, &[own.clone(), row_of(&owner)]);
            }
        }
        let project = Key::new(Kind::Project, address.project.as_str());
        if is_without_project(self.world, address) {
            let text = format!("project {} is gone", address.project);
            self.found(self.orphaned(address), &subject, text, &[own.clone(), project]);
        }
        let network = Key::new(Kind::Network, address.network.as_str());
        let Some(known) = self.world.networks.get(&network.id) else {
            let text = format!("network {} is gone", address.network);
            return self.found(self.orphaned(address), &subject, text, &[own, network]);
        };
        let prefix = known.prefixes.iter().find(|prefix| prefix.contains(&ip));
        let usable = prefix.and_then(|prefix| known.pool.usable.of(prefix));
        let text = match (prefix, usable) {
            (None, _) => format!("no prefix of network {} contains it", known.id),
            (Some(_), Some((first, last))) if (first..=last).contains(&block::number(ip)) => return,
            (Some(prefix), _) => format!("it is reserved in {prefix} of network {}", known.id),
        };
        self.found(Fault::Misplaced, &subject, text, &[own, network]);
    }

    /// An address that a machine uses is not released, even if its other owners are gone.
    fn orphaned(&self, address: &Address) -> Fault {
        let held = address.attachments.iter().any(|attachment| {
            self.holders.get(&attachment.allocation).is_some_and(|holder| *holder == attachment.machine)
        });
        if held { Fault::Misplaced } else { Fault::Leak }
    }

    fn at_rest(&mut self, rest: &QuarantinedAddress) {
        let subject = rest.address.to_string();
        let (own, network) = (rest.key(), Key::new(Kind::Network, rest.network.as_str()));
        if self.world.addresses.contains(&subject) {
            let text = format!("it is in quarantine until {}, and in use", rest.until);
            let used = Key::new(Kind::Address, subject.as_str());
            return self.found(Fault::Duplicate, &subject, text, &[own, used]);
        }
        let text = match self.world.networks.get(&network.id) {
            None => format!("it is in quarantine until {}, and network {} is gone", rest.until, rest.network),
            Some(known) if !known.prefixes.iter().any(|prefix| prefix.contains(&rest.address)) => {
                format!(
                    "it is in quarantine until {}, and no prefix of network {} contains it",
                    rest.until, known.id
                )
            }
            Some(_) => return,
        };
        self.found(Fault::Leak, &subject, text, &[own, network]);
    }

    fn at_claim(&mut self, claim: &Claim) {
        let subject = format!("{} {}", claim.pool.as_str(), claim.number);
        if claim.owners.is_empty() {
            self.found(Fault::Leak, &subject, "it has no owner".to_owned(), &[claim.key()]);
        }
        for owner in claim.owners.iter().filter(|owner| !self.holds(owner)).cloned().collect::<Vec<_>>() {
            let text = format!("{} is gone", name_of(&owner));
            self.found(Fault::Leak, &subject, text, &[claim.key(), row_of(&owner)]);
        }
    }

    fn at_allocation(&mut self, machine: &Versioned<Machine>) {
        let Some(held) = &machine.allocation else { return };
        let own = machine.value.key();
        for ip in held.networks.iter().flat_map(|network| &network.ips) {
            let address = self.world.addresses.get(ip);
            let attached = address.as_ref().is_some_and(|address| {
                address.attachments.iter().any(|attachment| attachment.allocation == held.uuid)
            });
            if !attached {
                let text = format!("allocation {} of machine {} has it", held.uuid, machine.id);
                self.found(Fault::Missing, ip, text, &[own.clone(), Key::new(Kind::Address, ip.as_str())]);
            }
        }
        let asn = held.networks.first().and_then(|network| network.asn.checked_sub(ASN_BASE));
        let Some(number) = asn else { return };
        let key = Key::new(Kind::Claim, Claim::row_id(Pool::Asn, number));
        let owner = ClaimOwner::Allocation { allocation: held.uuid, machine: machine.id.clone() };
        let subject = format!("{} {number}", Pool::Asn.as_str());
        match self.world.claims.get(&key.id) {
            Some(claim) if claim.owners.contains(&owner) && claim.owners.len() == 1 => {}
            Some(claim) if claim.owners.contains(&owner) => {
                let text = format!("{} others have it besides {}", claim.owners.len() - 1, name_of(&owner));
                self.found(Fault::Duplicate, &subject, text, &[own, key]);
            }
            _ => {
                let text = format!("{} has it", name_of(&owner));
                self.found(Fault::Missing, &subject, text, &[own, key]);
            }
        }
    }

    fn at_network(&mut self, network: &Versioned<Network>) {
        let own = network.value.key();
        let owner = ClaimOwner::Network(network.id.clone());
        let vrf = Key::new(Kind::Claim, Claim::row_id(Pool::Vrf, network.vrf));
        let claimed = self.world.claims.get(&vrf.id).is_some_and(|claim| claim.owners.contains(&owner));
        if network.vrf != 0 && !claimed {
            let subject = format!("{} {}", Pool::Vrf.as_str(), network.vrf);
            self.found(
                Fault::Missing,
                &subject,
                format!("network {} has it", network.id),
                &[own.clone(), vrf],
            );
        }
        let Some(id) = &network.parent else { return };
        let parent = self.world.networks.get(id.as_str());
        let rows = [own, Key::new(Kind::Network, id.as_str())];
        let Some(parent) = parent else {
            let text = format!("it was cut from network {id}, which is gone");
            return self.found(Fault::Misplaced, network.id.as_str(), text, &rows);
        };
        for prefix in &network.prefixes {
            if !parent.prefixes.iter().any(|from| from.contains(prefix)) {
                let text = format!("its prefix {prefix} is outside of network {id}, from which it was cut");
                self.found(Fault::Misplaced, network.id.as_str(), text, &rows);
            }
        }
    }

    /// Siblings must not overlap. In ascending order, it is enough to compare each with the one before it that reaches
    /// farthest.
    fn at_overlaps(&mut self, networks: &[Arc<Versioned<Network>>]) {
        let mut placed: Vec<_> = networks
            .iter()
            .flat_map(|network| {
                network.prefixes.iter().map(move |prefix| {
                    let (first, last) = block::bounds(prefix);
                    let among = (network.parent.clone(), prefix.addr().is_ipv6());
                    (among, first, last, network, prefix)
                })
            })
            .collect();
        placed.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let mut reach = placed.first();
        for next in placed.iter().skip(1) {
            let Some(farthest) = reach else { return };
            let together = farthest.0 == next.0;
            if together && next.1 <= farthest.2 {
                let text =
                    format!("its prefix {} overlaps {} of network {}", next.4, farthest.4, farthest.3.id);
                let rows = [next.3.value.key(), farthest.3.value.key()];
                self.found(Fault::Duplicate, next.3.id.as_str(), text, &rows);
            }
            if !together || next.2 > farthest.2 {
                reach = Some(next);
            }
        }
    }
}

fn row_of(owner: &ClaimOwner) -> Key {
    match owner {
        ClaimOwner::Network(id) => Key::new(Kind::Network, id.as_str()),
        ClaimOwner::Allocation { machine, .. } => Key::new(Kind::Machine, machine.as_str()),
    }
}

fn name_of(owner: &ClaimOwner) -> String {
    match owner {
        ClaimOwner::Network(id) => format!("network {id}"),
        ClaimOwner::Allocation { allocation, machine } => {
            format!("allocation {allocation} of machine {machine}")
        }
    }
}

#[cfg(test)]
mod tests;
