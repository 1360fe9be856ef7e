//! A second installation for the same allocation (api-machines 3.6): the only way to a second wipe.

use super::orders::order;
use super::rows;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::{ImageId, MachineId, SizeId};
use crate::masterdata::layout;
use crate::record::machine::{Allocation, BmcAction, Machine, StateValue};
use crate::record::masterdata::Layout;
use crate::refusal::Refusal;
use crate::switch;
use crate::world::World;

/// Boots an allocated machine into the installer, which then installs `image`.
pub(super) fn decide(
    world: &World,
    id: &MachineId,
    image: &str,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let mut machine = Machine::clone(&read.value);
    let allocation = match &mut machine.allocation {
        Some(allocation) if machine.state.value != StateValue::Locked && !image.is_empty() => allocation,
        _ => {
            return Err(Refusal::bad_request(
                "machine either locked, not allocated yet or invalid image ID specified",
            ));
        }
    };
    let layout = layout_of(world, allocation, &machine.size)?;
    if !layout::reinstallable(&layout) {
        return Err(Refusal::unprocessable(format!(
            "filesystemlayout:{} is not reinstallable, abort reinstallation",
            layout.id
        )));
    }
    let Some(wanted) = world.images.get(image) else {
        let prefix = format!("error finding image \"{image}\" for machine \"{id}\": ");
        return Err(Refusal::not_found("image", image).within(&prefix));
    };
    allocation.layout = Some(layout);
    allocation.reinstall = true;
    allocation.image = ImageId::from(image);
    machine.changed = context.now;
    order(&mut machine, BmcAction::Reinstall, context);
    let mut decision = Decision::new(context.now, Answer::Machine(id.clone()));
    switch::set_vrf(world, &read, "", &mut decision);
    decision.update(&read, machine).unchanged(&wanted);
    Ok(decision)
}

/// The allocation's own layout; for an old allocation without one, the layout that it would have got.
fn layout_of(world: &World, allocation: &Allocation, size: &SizeId) -> Result<Layout, Refusal> {
    if let Some(layout) = &allocation.layout {
        return Ok(layout.clone());
    }
    let Some(image) = world.images.get(allocation.image.as_str()) else {
        return Err(Refusal::unprocessable(format!(
            "could not find a matching filesystemLayout for size:{size} and image:{}",
            allocation.image
        )));
    };
    layout::choose(world, size, &image)
}

#[cfg(test)]
mod tests;
