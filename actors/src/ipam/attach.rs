//! Attaches addresses to machine allocations, and detaches them.

use super::quarantine;
use crate::answer::Answer;
use crate::decision::Decision;
use crate::ids::MachineId;
use crate::record::ipam::{Address, AddressType, Attachment, tags};
use crate::time::Timestamp;
use crate::world::{Versioned, World};
use uuid::Uuid;

/// The address with `attachment`: adds the machine's tag and the attachment (api-resources 3.3). An address may serve
/// several machines.
pub fn attach(address: &Address, attachment: Attachment, now: Timestamp) -> Address {
    let mut after = address.clone();
    after.tags = tags::with_machine(&address.tags, &attachment.machine);
    if !after.attachments.contains(&attachment) {
        after.attachments.push(attachment);
    }
    after.changed = now;
    after
}

/// Detaches an address from an allocation (api-machines 9.3). Call it at most once per address and decision.
///
/// Removes the machine's tag, unless a later allocation of the same machine uses the address too. An ephemeral address
/// that had the tag and that no machine uses any longer is deleted. An address whose tag a user has removed belongs to
/// the user and stays, and so does a static one.
pub fn detach(
    world: &World,
    decision: &mut Decision<Answer>,
    read: &Versioned<Address>,
    allocation: Uuid,
    machine: &MachineId,
    now: Timestamp,
) {
    let mut after = Address::clone(&read.value);
    after.attachments.retain(|attachment| attachment.allocation != allocation);
    if !after.attachments.iter().any(|attachment| attachment.machine == *machine) {
        after.tags = tags::without_machine(&after.tags, machine);
    }
    if after == *read.value {
        return;
    }
    let untagged = after.tags != read.tags;
    let in_use = !after.attachments.is_empty() || tags::names_a_machine(&after.tags);
    if after.kind == AddressType::Ephemeral && untagged && !in_use {
        quarantine::release(world, decision, read);
    } else {
        after.changed = now;
        decision.update(read, after);
    }
}

#[cfg(test)]
mod tests;
