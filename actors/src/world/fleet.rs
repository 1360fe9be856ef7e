//! Which machines are offered, which belong to whom, and whose BMCs have something to do: derived from the machines' rows,
//! never stored.

use crate::ids::{MachineId, PartitionId, ProjectId, RackId, SizeId};
use crate::machine::{Machine, Role};
use std::collections::{BTreeMap, BTreeSet};

/// All machines, by what they are looked for.
#[derive(Debug, Default)]
pub struct Fleet {
    offered: BTreeMap<(PartitionId, SizeId), Racks>,
    held: BTreeMap<ProjectId, BTreeMap<(PartitionId, SizeId, Role), Racks>>,
    ordered: BTreeSet<MachineId>,
}

/// Machines by the rack in which they stand. No rack in here is empty.
#[derive(Debug, Default)]
pub struct Racks {
    racks: BTreeMap<RackId, BTreeSet<MachineId>>,
}

/// What a machine is looked for: all that the index depends on beside its orders.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stand<'a> {
    partition: &'a PartitionId,
    size: &'a SizeId,
    rack: &'a RackId,
    holder: Option<(&'a ProjectId, Role)>,
}

impl<'a> Stand<'a> {
    /// `None`: nobody has the machine, and nobody may be given it.
    fn of(machine: &'a Machine) -> Option<Self> {
        let Machine { partition, size, rack, .. } = machine;
        let holder = machine.allocation.as_ref().map(|held| (&held.project, held.role));
        (holder.is_some() || machine.is_offered()).then_some(Self { partition, size, rack, holder })
    }
}

impl Fleet {
    pub(super) fn replace(&mut self, old: Option<&Machine>, new: Option<&Machine>) {
        let (before, after) = (old.and_then(Stand::of), new.and_then(Stand::of));
        if before != after {
            if let (Some(stand), Some(old)) = (before, old) {
                self.leave(stand, &old.id);
            }
            if let (Some(stand), Some(new)) = (after, new) {
                self.come(stand, &new.id);
            }
        }
        let has_orders =
            |machine: Option<&Machine>| machine.is_some_and(|machine| !machine.orders.is_empty());
        match (has_orders(old), has_orders(new)) {
            (false, true) => self.ordered.extend(new.map(|new| new.id.clone())),
            (true, false) => {
                if let Some(old) = old {
                    self.ordered.remove(&old.id);
                }
            }
            (true, true) | (false, false) => {}
        }
    }

    fn come(&mut self, stand: Stand<'_>, machine: &MachineId) {
        let Stand { partition, size, rack, holder } = stand;
        let racks = match holder {
            None => self.offered.entry((partition.clone(), size.clone())).or_default(),
            Some((project, role)) => {
                let uses = self.held.entry(project.clone()).or_default();
                uses.entry((partition.clone(), size.clone(), role)).or_default()
            }
        };
        racks.racks.entry(rack.clone()).or_default().insert(machine.clone());
    }

    fn leave(&mut self, stand: Stand<'_>, machine: &MachineId) {
        let Stand { partition, size, rack, holder } = stand;
        match holder {
            None => {
                let stock = (partition.clone(), size.clone());
                if self.offered.get_mut(&stock).is_some_and(|racks| racks.leave(rack, machine)) {
                    self.offered.remove(&stock);
                }
            }
            Some((project, role)) => {
                let Some(uses) = self.held.get_mut(project) else { return };
                let used = (partition.clone(), size.clone(), role);
                if uses.get_mut(&used).is_some_and(|racks| racks.leave(rack, machine)) {
                    uses.remove(&used);
                }
                if uses.is_empty() {
                    self.held.remove(project);
                }
            }
        }
    }

    /// Machines of a size that whoever asks may be given: see [`Machine::is_offered`].
    pub fn offered(&self, partition: &PartitionId, size: &SizeId) -> Option<&Racks> {
        self.offered.get(&(partition.clone(), size.clone()))
    }

    /// Machines of a size that a project has for this.
    pub fn held(
        &self,
        project: &ProjectId,
        partition: &PartitionId,
        size: &SizeId,
        role: Role,
    ) -> Option<&Racks> {
        self.held.get(project)?.get(&(partition.clone(), size.clone(), role))
    }

    /// How many machines a project has.
    pub fn held_by(&self, project: &ProjectId) -> usize {
        let uses = self.held.get(project).into_iter().flat_map(BTreeMap::values);
        uses.flat_map(|racks| racks.racks.values()).map(BTreeSet::len).sum()
    }

    /// Machines whose BMCs have orders, in ascending order.
    pub fn ordered(&self) -> impl Iterator<Item = &MachineId> {
        self.ordered.iter()
    }
}

impl Racks {
    /// True when nothing is left.
    fn leave(&mut self, rack: &RackId, machine: &MachineId) -> bool {
        if let Some(machines) = self.racks.get_mut(rack) {
            machines.remove(machine);
            if machines.is_empty() {
                self.racks.remove(rack);
            }
        }
        self.racks.is_empty()
    }

    /// In ascending order.
    pub fn racks(&self) -> impl Iterator<Item = &RackId> {
        self.racks.keys()
    }

    /// The machines of a rack, in ascending order.
    pub fn within(&self, rack: &RackId) -> impl Iterator<Item = &MachineId> {
        self.racks.get(rack).into_iter().flatten()
    }

    /// How many machines stand in a rack.
    pub fn count(&self, rack: &RackId) -> usize {
        self.racks.get(rack).map_or(0, BTreeSet::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::{self, Lab};
    use crate::machine::{BmcAction, BmcOrder, StateValue};
    use crate::world::World;
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    const PARTITIONS: [&str; 2] = ["pa", "pb"];
    const SIZES: [&str; 2] = ["sa", "sb"];
    const RACKS: [&str; 3] = ["ra", "rb", "rc"];
    const PROJECTS: [&str; 2] = ["ja", "jb"];
    const ROLES: [Role; 2] = [Role::Machine, Role::Firewall];

    fn ids<'a>(racks: Option<&'a Racks>, rack: &RackId) -> Vec<&'a MachineId> {
        racks.into_iter().flat_map(|racks| racks.within(rack).collect::<Vec<_>>()).collect()
    }

    fn agrees(world: &World) {
        let all = world.machines.all();
        let scan = |keep: &dyn Fn(&Machine) -> bool| -> Vec<&MachineId> {
            all.iter().filter(|machine| keep(machine)).map(|machine| &machine.id).collect()
        };
        world.fleet(|fleet| {
            assert_eq!(fleet.ordered().collect::<Vec<_>>(), scan(&|machine| !machine.orders.is_empty()));
            for project in PROJECTS.map(ProjectId::from) {
                let held = scan(&|it| it.allocation.as_ref().is_some_and(|held| held.project == project));
                assert_eq!(fleet.held_by(&project), held.len());
            }
            for (partition, size, rack) in PARTITIONS.iter().flat_map(|partition| {
                SIZES.iter().flat_map(move |size| RACKS.iter().map(move |rack| (*partition, *size, *rack)))
            }) {
                let (partition, size, rack) = (partition.into(), size.into(), RackId::from(rack));
                let stands = |it: &Machine| it.partition == partition && it.size == size && it.rack == rack;
                let offered = scan(&|it| stands(it) && it.is_offered());
                assert_eq!(ids(fleet.offered(&partition, &size), &rack), offered);
                for (project, role) in PROJECTS.iter().flat_map(|it| ROLES.map(|role| (*it, role))) {
                    let project = ProjectId::from(project);
                    let found = fleet.held(&project, &partition, &size, role);
                    let expected = scan(&|it| {
                        let held = it.allocation.as_ref();
                        stands(it) && held.is_some_and(|held| held.project == project && held.role == role)
                    });
                    assert_eq!(ids(found, &rack), expected);
                    assert_eq!(found.map_or(0, |racks| racks.count(&rack)), expected.len());
                }
            }
        });
    }

    /// After any writes, the index says what a look at every row would.
    #[test]
    fn it_says_what_a_look_at_all_machines_would() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut lab = Lab::new(1);
        lab.add_private(0);
        lab.add_machine("m");
        let id = lab.allocate(Role::Machine, &testing::request()).unwrap();
        let allocation = lab.machine(&id).allocation;
        let mut template = lab.machine(&id);
        template.orders.clear();
        let world = World::default();
        for _ in 0..2000 {
            let mut machine = template.clone();
            machine.id = format!("m{}", rng.random_range(0..20)).into();
            if rng.random_bool(0.2) {
                world.forget::<Machine>(machine.id.as_str());
            } else {
                machine.partition = PARTITIONS[rng.random_range(0..2)].into();
                machine.size = SIZES[rng.random_range(0..2)].into();
                machine.rack = RACKS[rng.random_range(0..3)].into();
                machine.waiting = rng.random_bool(0.5);
                machine.allocation = allocation.clone().filter(|_| rng.random_bool(0.5));
                if let Some(held) = &mut machine.allocation {
                    held.project = PROJECTS[rng.random_range(0..2)].into();
                    held.role = ROLES[rng.random_range(0..2)];
                }
                if rng.random_bool(0.2) {
                    machine.state.value = StateValue::Locked;
                }
                if rng.random_bool(0.5) {
                    machine.orders.push(BmcOrder {
                        id: uuid::Uuid::from_u128(rng.random()),
                        action: if rng.random_bool(0.5) { BmcAction::On } else { BmcAction::Delete },
                        issued: machine.created,
                        tries: 0,
                        allocation: None,
                    });
                }
                world.insert(crate::store::Generation(1), machine);
            }
            agrees(&world);
        }
        for machine in world.machines.all() {
            world.forget::<Machine>(machine.id.as_str());
        }
        world.fleet(|fleet| {
            assert!(fleet.offered.is_empty() && fleet.held.is_empty() && fleet.ordered.is_empty())
        });
    }
}
