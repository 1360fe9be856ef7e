//! Chooses the machine of an allocation (api-machines 3.4.1). Does not know networks.

use crate::decision::DecisionContext;
use crate::ids::{MachineId, PartitionId, ProjectId, RackId, SizeId};
use crate::machine::rows;
use crate::masterdata::reservation;
use crate::record::Record;
use crate::record::machine::{Liveliness, Machine, Role};
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::world::{Fleet, Versioned, World};
use rand::RngExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The criteria for the machine.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) project: &'a ProjectId,
    pub(super) partition: &'a PartitionId,
    pub(super) size: &'a SizeId,
    pub(super) role: Role,
    pub(super) placement_tags: &'a [String],
}

/// A machine that the request names: only an existing allocation or a refused registration prevents its allocation.
pub(super) fn named(machine: Arc<Versioned<Machine>>) -> Result<Arc<Versioned<Machine>>, Refusal> {
    if machine.allocation.is_some() {
        return Err(Refusal::unprocessable("machine is already allocated"));
    }
    if let Some(refused) = &machine.refused {
        return Err(Refusal::unprocessable(format!(
            "machine \"{}\" cannot be allocated, its last registration was refused: {}",
            machine.id, refused.why
        )));
    }
    Ok(machine)
}

/// The second check of a named machine (api-machines 3.3/15); `uuid`: empty when none was named.
pub(super) fn check_still_there(world: &World, uuid: &str) -> Result<(), Refusal> {
    if uuid.is_empty() {
        return Ok(());
    }
    let missing = || Refusal::not_found(Kind::Machine.entity(), uuid).within("unable to find machine:");
    if world.machines.get(uuid).ok_or_else(missing)?.allocation.is_some() {
        return Err(Refusal::unprocessable(format!("machine \"{uuid}\" already allocated")));
    }
    Ok(())
}

/// Any matching machine, as far from the project's other machines as the racks allow; a random one among equals.
///
/// A machine with a pending write is chosen only if there is no other: its commit decides whether it is free then.
pub(super) fn any(
    world: &World,
    wanted: &Wanted<'_>,
    context: &mut DecisionContext<'_>,
) -> Result<Arc<Versioned<Machine>>, Refusal> {
    let none = || Refusal::unprocessable("no machine available");
    let Wanted { project, partition, size, .. } = *wanted;
    let allocated = |project: &ProjectId| allocations(world, project, partition, size);
    if !reservation::allows(world, (project, partition, size), allocated, || free(world, partition, size)) {
        return Err(none());
    }
    let chosen = world.fleet(|fleet| {
        let offered = fleet.offered(wanted.partition, wanted.size)?;
        [false, true].into_iter().find_map(|in_flight| {
            let fitting = |machine: &MachineId| fitting(world, machine, in_flight);
            let fits = |rack: &&RackId| offered.within(rack).any(|machine| fitting(machine).is_some());
            let racks = spread(world, fleet, offered.racks().filter(fits).collect(), wanted);
            draw(racks.into_iter().flat_map(|rack| offered.within(rack)).collect(), fitting, context)
        })
    });
    chosen.ok_or_else(none)
}

/// A project's machines of a size in a partition, including pending allocations.
fn allocations(world: &World, project: &ProjectId, partition: &PartitionId, size: &SizeId) -> u64 {
    let is_its = |machine: &Machine| {
        let held = machine.allocation.as_ref();
        held.is_some_and(|held| held.project == *project)
            && (&machine.partition, &machine.size) == (partition, size)
    };
    let coming = u64::try_from(rows::coming(world, is_its).len()).unwrap_or(u64::MAX);
    reservation::allocations(world, project, partition, size).saturating_add(coming)
}

/// Free machines of a size in a partition, without those that pending commits allocate.
fn free(world: &World, partition: &PartitionId, size: &SizeId) -> u64 {
    let mut leaving = world.pending::<Machine>();
    leaving.retain(|machine| !machine.is_offered());
    let leaving: BTreeSet<&MachineId> = leaving.iter().map(|machine| &machine.id).collect();
    let count = world.fleet(|fleet| {
        let Some(offered) = fleet.offered(partition, size) else { return 0 };
        let machines = offered.racks().flat_map(|rack| offered.within(rack));
        machines.filter(|id| !leaving.contains(id) && is_alive(world, id)).count()
    });
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// A random one of the matching items. Usually stops early, because most match.
fn draw<'a, T>(
    mut candidates: Vec<&'a MachineId>,
    fitting: impl Fn(&'a MachineId) -> Option<T>,
    context: &mut DecisionContext<'_>,
) -> Option<T> {
    while !candidates.is_empty() {
        let place = context.rng.random_range(0..candidates.len());
        let found = fitting(candidates.swap_remove(place));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// An offered machine, if it is alive.
fn fitting(world: &World, id: &MachineId, in_flight: bool) -> Option<Arc<Versioned<Machine>>> {
    let machine = world.machines.get(id.as_str())?;
    let fits = world.in_flight(&machine.value.key()) == in_flight && is_alive(world, id);
    fits.then_some(machine)
}

fn is_alive(world: &World, machine: &MachineId) -> bool {
    world.events.get(machine.as_str()).is_some_and(|events| events.liveliness == Liveliness::Alive)
}

/// The load of a rack.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    /// Machines of the project.
    machines: usize,
    /// Pairs of a machine of the project and one of the requested placement tags.
    tags: usize,
}

/// The racks with the fewest matching tags. If some of these also have the fewest machines of the project among all
/// racks, only those.
fn spread<'a>(world: &World, fleet: &Fleet, racks: Vec<&'a RackId>, wanted: &Wanted<'_>) -> Vec<&'a RackId> {
    let mut crowds: BTreeMap<&RackId, Crowd> =
        racks.into_iter().map(|rack| (rack, Crowd::default())).collect();
    let matching = |own: &Machine| own.tags.iter().filter(|tag| wanted.placement_tags.contains(tag)).count();
    if let Some(held) = fleet.held(wanted.project, wanted.partition, wanted.size, wanted.role) {
        for (rack, crowd) in &mut crowds {
            crowd.machines = held.count(rack);
            if !wanted.placement_tags.is_empty() {
                let own = held.within(rack).filter_map(|id| world.machines.get(id.as_str()));
                crowd.tags = own.map(|own| matching(&own)).sum();
            }
        }
    }
    // Machines of concurrent requests are spread, too.
    for own in rows::coming(world, |machine| is_own(machine, wanted)) {
        if let Some(crowd) = crowds.get_mut(&own.rack) {
            crowd.machines += 1;
            crowd.tags += matching(&own);
        }
    }
    let fewest_machines = crowds.values().map(|crowd| crowd.machines).min();
    let fewest_tags = crowds.values().map(|crowd| crowd.tags).min();
    crowds.retain(|_, crowd| Some(crowd.tags) == fewest_tags);
    let both =
        |(rack, crowd): (&&'a RackId, &Crowd)| (Some(crowd.machines) == fewest_machines).then_some(*rack);
    let best: Vec<_> = crowds.iter().filter_map(both).collect();
    if best.is_empty() { crowds.into_keys().collect() } else { best }
}

fn is_own(machine: &Machine, wanted: &Wanted<'_>) -> bool {
    machine.partition == *wanted.partition
        && machine.size == *wanted.size
        && machine
            .allocation
            .as_ref()
            .is_some_and(|allocation| allocation.project == *wanted.project && allocation.role == wanted.role)
}
