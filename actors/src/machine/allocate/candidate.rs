//! Which machine an allocation gets (api-machines 3.4.1). Knows nothing of networks.

use crate::decision::Moment;
use crate::ids::{PartitionId, ProjectId, RackId, SizeId};
use crate::machine::{Liveliness, Machine, Role, StateValue, orders, rows};
use crate::refusal::Refusal;
use crate::world::{Record, Versioned, World};
use rand::seq::IndexedRandom;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the machine is for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) project: &'a ProjectId,
    pub(super) partition: &'a PartitionId,
    pub(super) size: &'a SizeId,
    pub(super) role: Role,
    pub(super) placement_tags: &'a [String],
}

/// A machine named by its id: only an allocation of its own stands in the way.
pub(super) fn named(machine: Arc<Versioned<Machine>>) -> Result<Arc<Versioned<Machine>>, Refusal> {
    if machine.allocation.is_some() {
        return Err(Refusal::unprocessable("machine is already allocated"));
    }
    Ok(machine)
}

/// Any machine that fits, as far from the project's other machines as the racks allow; among equals a random one.
///
/// A machine whose row is being written is taken only when there is no other: its commit decides whether it is still
/// free then.
pub(super) fn any(
    world: &World,
    wanted: &Wanted<'_>,
    moment: &mut Moment<'_>,
) -> Result<Arc<Versioned<Machine>>, Refusal> {
    let mut eligible = world.machines.filter(|machine| is_free(machine, wanted));
    eligible.retain(|machine| is_alive(world, machine));
    let (busy, at_rest): (Vec<_>, Vec<_>) =
        eligible.into_iter().partition(|machine| world.in_flight(&machine.value.key()));
    let eligible = if at_rest.is_empty() { busy } else { at_rest };
    let candidates = spread(world, eligible, wanted);
    candidates.choose(moment.rng).cloned().ok_or_else(|| Refusal::unprocessable("no machine available"))
}

/// True for a machine that may be given to anybody who asks for its size, provided that it lives. One that is about to be
/// reset, because it was just freed, is not.
fn is_free(machine: &Machine, wanted: &Wanted<'_>) -> bool {
    machine.allocation.is_none()
        && machine.waiting
        && machine.partition == *wanted.partition
        && machine.size == *wanted.size
        && machine.state.value == StateValue::Available
        && !orders::leaves_soon(machine)
}

fn is_alive(world: &World, machine: &Machine) -> bool {
    world.events.get(machine.id.as_str()).is_some_and(|events| events.liveliness == Liveliness::Alive)
}

/// How crowded a rack is.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    /// Machines of the project.
    machines: usize,
    /// Pairs of a machine of the project and a placement tag that it carries.
    tags: usize,
}

/// Those in racks with the fewest matching tags, and of these, where there are any, those in racks that also have the
/// fewest machines of the project.
fn spread(
    world: &World,
    eligible: Vec<Arc<Versioned<Machine>>>,
    wanted: &Wanted<'_>,
) -> Vec<Arc<Versioned<Machine>>> {
    let mut racks: BTreeMap<RackId, Crowd> = BTreeMap::new();
    for machine in &eligible {
        racks.entry(machine.rack.clone()).or_default();
    }
    let mut count = |own: &Machine| {
        if let Some(crowd) = racks.get_mut(&own.rack) {
            crowd.machines += 1;
            crowd.tags += own.tags.iter().filter(|tag| wanted.placement_tags.contains(tag)).count();
        }
    };
    let is_own = |machine: &Machine| is_own(machine, wanted);
    world.machines.filter(is_own).iter().for_each(|own| count(own));
    // Those that are asked for together are spread, too.
    rows::coming(world, is_own).iter().for_each(|own| count(own));
    let fewest_machines = racks.values().map(|crowd| crowd.machines).min();
    let fewest_tags = racks.values().map(|crowd| crowd.tags).min();
    let crowd = |machine: &Machine| racks.get(&machine.rack).copied().unwrap_or_default();
    let by_tags: Vec<_> =
        eligible.into_iter().filter(|machine| Some(crowd(machine).tags) == fewest_tags).collect();
    let both: Vec<_> =
        by_tags.iter().filter(|machine| Some(crowd(machine).machines) == fewest_machines).cloned().collect();
    if both.is_empty() { by_tags } else { both }
}

fn is_own(machine: &Machine, wanted: &Wanted<'_>) -> bool {
    machine.partition == *wanted.partition
        && machine.size == *wanted.size
        && machine
            .allocation
            .as_ref()
            .is_some_and(|allocation| allocation.project == *wanted.project && allocation.role == wanted.role)
}
