//! Indexes of machines: which can be allocated, which projects have which, and which have BMC orders: derived from the
//! machines' rows, never stored.

use crate::ids::{MachineId, PartitionId, ProjectId, RackId, SizeId};
use crate::record::machine::{Machine, Role};
use std::collections::{BTreeMap, BTreeSet};

/// All machines by the criteria of searches.
#[derive(Debug, Default)]
pub struct Fleet {
    offered: BTreeMap<(PartitionId, SizeId), Racks>,
    held: BTreeMap<ProjectId, BTreeMap<(PartitionId, SizeId, Role), Racks>>,
    ordered: BTreeSet<MachineId>,
}

/// Machines by rack. Empty racks are removed.
#[derive(Debug, Default)]
pub struct Racks {
    racks: BTreeMap<RackId, BTreeSet<MachineId>>,
}

/// The criteria of a machine: everything the index depends on except its orders.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stand<'a> {
    partition: &'a PartitionId,
    size: &'a SizeId,
    rack: &'a RackId,
    holder: Option<(&'a ProjectId, Role)>,
}

impl<'a> Stand<'a> {
    /// `None`: the machine has no allocation and cannot be allocated.
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

    /// Machines of a size that can be allocated: see [`Machine::is_offered`].
    pub fn offered(&self, partition: &PartitionId, size: &SizeId) -> Option<&Racks> {
        self.offered.get(&(partition.clone(), size.clone()))
    }

    /// A project's machines of a size and role.
    pub fn held(
        &self,
        project: &ProjectId,
        partition: &PartitionId,
        size: &SizeId,
        role: Role,
    ) -> Option<&Racks> {
        self.held.get(project)?.get(&(partition.clone(), size.clone(), role))
    }

    /// Number of a project's machines.
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
    /// True when the index is empty.
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

    /// Number of machines in a rack.
    pub fn count(&self, rack: &RackId) -> usize {
        self.racks.get(rack).map_or(0, BTreeSet::len)
    }
}

#[cfg(test)]
mod tests;
