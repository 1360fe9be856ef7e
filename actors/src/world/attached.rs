//! The addresses with each machine's tag or attached to it: derived from the address rows, never stored.

use crate::ids::MachineId;
use crate::record::ipam::{Address, tags};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

#[derive(Clone, Debug, Default)]
pub(super) struct Attached {
    machines: BTreeMap<MachineId, BTreeSet<IpAddr>>,
}

impl Attached {
    pub(super) fn replace(&mut self, old: Option<&Address>, new: Option<&Address>) {
        let (before, after) = (machines(old), machines(new));
        for gone in before.difference(&after) {
            if let (Some(addresses), Some(old)) = (self.machines.get_mut(gone), old) {
                addresses.remove(&old.address);
                if addresses.is_empty() {
                    self.machines.remove(gone);
                }
            }
        }
        for come in after.difference(&before) {
            let addresses = self.machines.entry(come.clone()).or_default();
            addresses.extend(new.map(|new| new.address));
        }
    }

    /// The machines about which both indexes differ, with the addresses of either.
    pub(super) fn unlike(&self, other: &Self) -> Vec<(MachineId, BTreeSet<IpAddr>)> {
        let machines: BTreeSet<_> = self.machines.keys().chain(other.machines.keys()).collect();
        let unlike = machines
            .into_iter()
            .filter(|machine| self.machines.get(*machine) != other.machines.get(*machine));
        unlike
            .map(|machine| (machine.clone(), self.of(machine).into_iter().chain(other.of(machine)).collect()))
            .collect()
    }

    /// In ascending order.
    pub(super) fn of(&self, machine: &MachineId) -> Vec<IpAddr> {
        self.machines.get(machine).into_iter().flatten().copied().collect()
    }
}

fn machines(address: Option<&Address>) -> BTreeSet<MachineId> {
    let Some(address) = address else { return BTreeSet::new() };
    let attached = address.attachments.iter().map(|attachment| attachment.machine.clone());
    attached.chain(tags::machines(&address.tags)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipam::fixture;
    use crate::world::World;
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// After any writes, the index equals a scan of all rows.
    #[test]
    fn it_says_what_a_look_at_all_addresses_would() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let network = fixture::network("n", &["10.0.0.0/24"]);
        let world = World::default();
        for _ in 0..2000 {
            let mut address = fixture::address(&network, &format!("10.0.0.{}", rng.random_range(1..20)));
            if rng.random_bool(0.2) {
                world.forget::<Address>(&address.address.to_string());
                continue;
            }
            for machine in ["m1", "m2", "m10"] {
                if rng.random_bool(0.3) {
                    address.tags.push(tags::machine_tag(&machine.into()));
                }
                if rng.random_bool(0.3) {
                    let allocation = uuid::Uuid::from_u128(rng.random());
                    address
                        .attachments
                        .push(crate::record::ipam::Attachment { allocation, machine: machine.into() });
                }
            }
            world.insert(crate::store::Generation(1), address);
            for machine in ["m1", "m2", "m10"].map(MachineId::from) {
                let tag = tags::machine_tag(&machine);
                let all = world.addresses.filter(|address| {
                    address.tags.contains(&tag) || address.attachments.iter().any(|it| it.machine == machine)
                });
                let mut expected: Vec<IpAddr> = all.iter().map(|address| address.address).collect();
                expected.sort_unstable();
                assert_eq!(world.addresses_of(&machine), expected);
            }
        }
        for address in world.addresses.all() {
            world.forget::<Address>(&address.address.to_string());
        }
        assert!(world.attached.read().machines.is_empty());
    }
}
