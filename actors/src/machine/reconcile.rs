//! Compares claims with their owners: claims of deleted allocations and networks are released (invariant 4).
//!
//! Safe at any time and at any rate. Rows with a pending write are left for the next round. Every removal relies on the
//! unchanged state of the owner, so a claim is never taken from an allocation that is being created.

use super::free::give_back;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::ipam;
use crate::record::Record;
use crate::record::ipam::{ASN_BASE, Address, Attachment, Claim, ClaimOwner, NUMBER_MAX, Pool};
use crate::record::machine::Machine;
use crate::store::{Key, Kind};
use crate::world::{Versioned, World};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Maximum of corrected rows in one round. The answer has their number; zero means that claims and owners agree.
const ROWS_MAX: usize = 200;

/// One round.
pub(super) fn decide(world: &World, context: &DecisionContext<'_>) -> Decided<Answer> {
    let decision = Decision::new(context.now, Answer::Reconciled(0));
    let mut round = Round { world, decision, owners: BTreeSet::new(), corrected: 0 };
    round.return_addresses(context);
    round.return_claims();
    round.restore_asns();
    let corrected = round.corrected;
    Ok(round.decision.map(|_| Answer::Reconciled(corrected)))
}

struct Round<'a> {
    world: &'a World,
    decision: Decision<Answer>,
    /// Owners whose state this round relies on.
    owners: BTreeSet<Key>,
    corrected: usize,
}

impl Round<'_> {
    fn is_full(&self) -> bool {
        self.corrected >= ROWS_MAX
    }

    /// One stale attachment per address and round: an address is written once.
    fn return_addresses(&mut self, context: &DecisionContext<'_>) {
        for address in self.world.addresses.filter(|address| !address.attachments.is_empty()) {
            if self.is_full() {
                return;
            }
            if let Some(Attachment { allocation, machine }) = self.stale_attachment(&address) {
                self.rely_on_machine(machine);
                ipam::detach(self.world, &mut self.decision, &address, *allocation, machine, context.now);
                self.corrected += 1;
            }
        }
    }

    fn stale_attachment<'b>(&self, address: &'b Versioned<Address>) -> Option<&'b Attachment> {
        if self.world.in_flight(&address.value.key()) {
            return None;
        }
        address.attachments.iter().find(|attachment| {
            let Attachment { allocation, machine } = attachment;
            self.is_gone(&ClaimOwner::Allocation { allocation: *allocation, machine: machine.clone() })
        })
    }

    fn return_claims(&mut self) {
        for claim in self.world.claims.all() {
            if self.is_full() {
                return;
            }
            if self.world.in_flight(&claim.value.key()) {
                continue;
            }
            let gone: Vec<_> = claim.owners.iter().filter(|owner| self.is_gone(owner)).cloned().collect();
            if gone.is_empty() && !claim.owners.is_empty() {
                continue;
            }
            for owner in &gone {
                self.rely_on(owner);
            }
            give_back(&claim, |owner| gone.contains(owner), &mut self.decision);
            self.corrected += 1;
        }
    }

    /// An allocation whose ASN has no owner claims it again.
    fn restore_asns(&mut self) {
        let mut restored = BTreeSet::new();
        for machine in self.world.machines.filter(|machine| machine.allocation.is_some()) {
            if self.is_full() {
                return;
            }
            let Some((number, owner)) = asn_of(&machine) else { continue };
            let key = Key::new(Kind::Claim, Claim::row_id(Pool::Asn, number));
            let settled = self.world.claims.contains(&key.id)
                || self.world.in_flight(&key)
                || self.world.in_flight(&machine.value.key())
                || !restored.insert(number);
            if !settled {
                self.rely_on_machine(&machine.id);
                self.decision.create(Claim { pool: Pool::Asn, number, owners: vec![owner] });
                self.corrected += 1;
            }
        }
    }

    /// True when the owner does not exist and is not being created.
    fn is_gone(&self, owner: &ClaimOwner) -> bool {
        match owner {
            ClaimOwner::Network(id) => {
                !self.world.networks.contains(id.as_str())
                    && !self.world.in_flight(&Key::new(Kind::Network, id.as_str()))
            }
            ClaimOwner::Allocation { allocation, machine } => {
                let row = self.world.machines.get(machine.as_str());
                let current = row.and_then(|row| row.allocation.as_ref().map(|current| current.uuid));
                current != Some(*allocation)
                    && !self.world.in_flight(&Key::new(Kind::Machine, machine.as_str()))
            }
        }
    }

    fn rely_on(&mut self, owner: &ClaimOwner) {
        match owner {
            ClaimOwner::Network(id) => {
                let key = Key::new(Kind::Network, id.as_str());
                if self.owners.insert(key.clone()) {
                    self.decision.absent(key);
                }
            }
            ClaimOwner::Allocation { machine, .. } => self.rely_on_machine(machine),
        }
    }

    fn rely_on_machine(&mut self, machine: &MachineId) {
        let key = Key::new(Kind::Machine, machine.as_str());
        if !self.owners.insert(key.clone()) {
            return;
        }
        let row: Option<Arc<Versioned<Machine>>> = self.world.machines.get(machine.as_str());
        match row {
            Some(row) => self.decision.unchanged(&row),
            None => self.decision.absent(key),
        };
    }
}

fn asn_of(machine: &Machine) -> Option<(u32, ClaimOwner)> {
    let allocation = machine.allocation.as_ref()?;
    let number = allocation.networks.first()?.asn.checked_sub(ASN_BASE)?;
    let owner = ClaimOwner::Allocation { allocation: allocation.uuid, machine: machine.id.clone() };
    (1..=NUMBER_MAX).contains(&number).then_some((number, owner))
}

#[cfg(test)]
mod tests;
