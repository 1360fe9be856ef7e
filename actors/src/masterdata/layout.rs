//! Filesystem layouts: how disks are partitioned, formatted and mounted (api-resources 5.6).
//!
//! `kinds` and `rules` check a layout, `collision` finds layouts that exclude each other, `choose` picks a machine's
//! layout. Installed machines keep their own copy of their layout.

mod choose;
mod collision;
mod kinds;
mod rules;

pub use choose::{check_fits, choose, choose_literally, reinstallable};

use super::lookup::{existing, named};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::record::masterdata::Layout;
use crate::refusal::Refusal;
use crate::world::World;

/// A taken id is refused before all other checks, because clients that apply files update only on that refusal.
pub(super) fn create(world: &World, layout: &Layout, context: &DecisionContext<'_>) -> Decided<Answer> {
    named::<Layout>(world, layout.id.as_str())?;
    if world.layouts.contains(layout.id.as_str()) {
        return Err(Refusal::conflict(format!("filesystemlayout:{} already exists", layout.id)));
    }
    check(world, layout)?;
    let mut decision = Decision::new(context.now, Answer::Layout(Box::new(layout.clone())));
    decision.create(layout.clone());
    Ok(decision)
}

/// Replaces the layout as a whole.
pub(super) fn update(world: &World, layout: &Layout, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<Layout>(world, layout.id.as_str())?;
    check(world, layout)?;
    let mut decision = Decision::new(context.now, Answer::Layout(Box::new(layout.clone())));
    decision.update(&read, layout.clone());
    Ok(decision)
}

pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<Layout>(world, id)?;
    let mut decision = Decision::new(context.now, Answer::Layout(Box::new((*read.value).clone())));
    decision.delete(&read);
    Ok(decision)
}

fn check(world: &World, layout: &Layout) -> Result<(), Refusal> {
    kinds::check(layout).map_err(Refusal::unprocessable)?;
    rules::check(layout).map_err(Refusal::bad_request)?;
    collision::check(world, layout).map_err(Refusal::bad_request)
}

#[cfg(test)]
mod tests;
