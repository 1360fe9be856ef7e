//! The queue of a machine's BMC orders, and the rule that no order wipes an allocated, installed machine.
//!
//! Orders are part of the machine's row. A BMC agent fetches the [`due`] ones, carries them out and acknowledges them;
//! unacknowledged orders are handed out again. This module does not speak to BMCs.

use super::expectation::{self, InstallPhase};
use super::rows;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::{Awaits, BmcAction, BmcOrder, Machine};
use crate::time::Timestamp;
use crate::world::World;
use std::time::Duration;
use uuid::Uuid;

/// Maximum of orders of one machine. A new order replaces similar ones, so fewer occur in practice; the oldest is
/// dropped when the queue is full.
pub const ORDERS_MAX: usize = 8;

/// An operator's order that no agent fetched for this long is dropped: a late power cycle must not surprise anyone.
pub const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Queues `action`. Orders that lead to a wipe get the token of the allocation in `machine`, so clear or change the
/// allocation first. An order that the machine's state forbids is not queued.
pub fn order(machine: &mut Machine, action: BmcAction, context: &mut DecisionContext<'_>) {
    let now = context.now;
    let allocation = match action {
        BmcAction::Reinstall | BmcAction::BootDisk => machine.allocation.as_ref().map(|held| held.uuid),
        _ => None,
    };
    let order = BmcOrder { id: context.uuid(), action, issued: now, tries: 0, allocation };
    prune(machine, now);
    if !valid(machine, &order) {
        return;
    }
    match machine.orders.iter_mut().find(|queued| is_repeated(queued, &order)) {
        Some(queued) => queued.tries = queued.tries.saturating_add(1),
        None => {
            machine.orders.retain(|queued| !replaces(action, queued.action));
            machine.orders.push(order);
            while machine.orders.len() > ORDERS_MAX {
                machine.orders.remove(0);
            }
        }
    }
    match action {
        BmcAction::Delete => expectation::expect_network_boot(machine, now),
        BmcAction::Reinstall if InstallPhase::of(machine) == InstallPhase::Pending => {
            expectation::expect(machine, Awaits::Installation, now);
        }
        BmcAction::Reinstall => expectation::expect_reinstallation(machine, now),
        BmcAction::BootDisk => expectation::expect(machine, Awaits::OwnSystem, now),
        _ if machine.expectation.is_none() => expectation::expect(machine, Awaits::Acknowledgement, now),
        _ => {}
    }
}

/// True while `order` may be carried out in the machine's state: the never-wipe rule.
pub fn valid(machine: &Machine, order: &BmcOrder) -> bool {
    let held = machine.allocation.as_ref();
    match order.action {
        BmcAction::Delete => held.is_none() && order.allocation.is_none(),
        BmcAction::Reinstall => held
            .is_some_and(|held| Some(held.uuid) == order.allocation && (held.reinstall || !held.installed)),
        BmcAction::BootDisk => {
            held.is_some_and(|held| Some(held.uuid) == order.allocation && held.installed && !held.reinstall)
        }
        _ => true,
    }
}

/// The orders that may be handed out at `now`, oldest first.
pub fn due(machine: &Machine, now: Timestamp) -> impl Iterator<Item = &BmcOrder> {
    machine.orders.iter().filter(move |order| valid(machine, order) && !expired(order, now))
}

/// Drops orders that may no longer be carried out.
pub fn prune(machine: &mut Machine, now: Timestamp) {
    let keep: Vec<BmcOrder> = due(machine, now).cloned().collect();
    machine.orders = keep;
}

/// Drops all orders that would boot the machine from the network. For allocations.
pub fn drop_network_boots(machine: &mut Machine) {
    let network = [BmcAction::Delete, BmcAction::Reinstall, BmcAction::Pxe];
    machine.orders.retain(|queued| !network.contains(&queued.action));
}

/// Drops orders to boot from the network after the machine has booted. If an acknowledgement was lost, they must not be
/// carried out again on a machine that is one boot further.
pub fn drop_obeyed(machine: &mut Machine) {
    machine.orders.retain(|queued| !matches!(queued.action, BmcAction::Delete | BmcAction::Reinstall));
}

/// `OrdersDone`: removes acknowledged orders. Unknown orders are ignored, so an agent may acknowledge twice.
pub(super) fn done(
    world: &World,
    id: &MachineId,
    orders: &[Uuid],
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let mut machine = (*read.value).clone();
    machine.orders.retain(|queued| !orders.contains(&queued.id));
    let events = world.events.get(id.as_str());
    expectation::settle(&mut machine, events.as_deref().map(|events| &*events.value), context.now);
    let mut decision = Decision::new(context.now, Answer::Done);
    rows::save(&mut decision, &read, machine);
    Ok(decision)
}

/// Orders with a token are checked against the machine and never expire.
fn expired(order: &BmcOrder, now: Timestamp) -> bool {
    !resets_into(order.action) && now.since(order.issued) > LIFETIME
}

fn resets_into(action: BmcAction) -> bool {
    matches!(action, BmcAction::Delete | BmcAction::Reinstall | BmcAction::BootDisk)
}

fn is_repeated(queued: &BmcOrder, order: &BmcOrder) -> bool {
    resets_into(order.action) && queued.action == order.action && queued.allocation == order.allocation
}

fn sets_next_boot(action: BmcAction) -> bool {
    matches!(action, BmcAction::Bios | BmcAction::Disk | BmcAction::Pxe)
}

fn is_led(action: BmcAction) -> bool {
    matches!(action, BmcAction::LedOn | BmcAction::LedOff)
}

/// True when `old` before `new` would have no effect.
fn replaces(new: BmcAction, old: BmcAction) -> bool {
    new == old
        || (is_led(new) && is_led(old))
        || (sets_next_boot(new) && sets_next_boot(old))
        || (resets_into(new) && (sets_next_boot(old) || resets_into(old)))
}

#[cfg(test)]
mod tests;
