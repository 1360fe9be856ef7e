//! Which partition owns what a command changes (architecture 3). Pure: it uses the command, the rows of this partition
//! and the names of all partitions. If these are not enough, it names the row that decides.
//!
//! Reports of hardware are never passed on: hardware talks to the nodes of its own site, and a report that names
//! another partition comes from hardware with a wrong configuration.
//!
//! Masterdata and networks without a partition belong to all partitions; the partition that gets the request writes
//! them. If the caller chose a key, another partition may have executed it before: then that one answers.

use crate::command::Body;
use crate::ids::PartitionId;
use crate::ipam::AddressCommand;
use crate::machine::MachineCommand;
use crate::masterdata::MasterdataCommand;
use crate::network::NetworkCommand;
use crate::refusal::Refusal;
use crate::store::{Key, Kind};
use crate::switch::SwitchCommand;
use crate::world::World;
use std::collections::BTreeSet;

/// The place where a command is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// In this partition.
    Here,
    At(PartitionId),
    /// The partition that has this row, which this one does not: ask all. If none has it, this partition makes the
    /// refusal.
    OwnerOf(Key),
    /// In this partition, because it belongs to all: unless another one has executed the caller's key.
    Anywhere,
    /// Nowhere.
    Refused(Refusal),
}

/// The partition that executes `body`, as far as `world`, the rows of this partition, and the names of the `others`
/// determine it.
pub fn destination(world: &World, others: &BTreeSet<PartitionId>, body: &Body) -> Destination {
    let known = Known { world, others };
    match body {
        Body::Machine(command) => known.machine(command),
        Body::Switch(command) => known.switch(command),
        Body::Network(command) => known.network(command),
        Body::Address(command) => match command {
            AddressCommand::Allocate(request) => known.owner(Kind::Network, &request.networkid),
            AddressCommand::AllocateMany(request) => known.owner(Kind::Network, &request.each.networkid),
            AddressCommand::Update(request) => known.owner(Kind::Address, &request.ipaddress),
            AddressCommand::Free(id) | AddressCommand::Release { id, .. } => known.owner(Kind::Address, id),
            AddressCommand::EndQuarantine(id) => known.owner(Kind::QuarantinedAddress, id),
            AddressCommand::EndDueQuarantines { .. } | AddressCommand::Mend { .. } => Destination::Here,
        },
        // Of the partition's own background tasks.
        Body::Masterdata(MasterdataCommand::ImageSweep(_)) => Destination::Here,
        Body::Masterdata(_) => known.anywhere(),
        // An address space of one partition: its clients know only this partition.
        Body::Namespace(_) => Destination::Here,
    }
}

/// The refusal of a report of hardware that says that it stands in one of the `others`.
pub fn of_another_site(
    others: &BTreeSet<PartitionId>,
    partition: &PartitionId,
    what: &str,
) -> Option<Refusal> {
    others.contains(partition).then(|| {
        Refusal::unprocessable(format!(
            "{what} names partition \"{partition}\", which is another site: reports of hardware are not passed on, \
             configure its agent with an endpoint of \"{partition}\""
        ))
    })
}

struct Known<'a> {
    world: &'a World,
    others: &'a BTreeSet<PartitionId>,
}

impl Known<'_> {
    fn anywhere(&self) -> Destination {
        if self.others.is_empty() { Destination::Here } else { Destination::Anywhere }
    }

    /// An unknown partition is refused here.
    fn named(&self, partition: &str) -> Destination {
        let partition = PartitionId::from(partition);
        if self.others.contains(&partition) { Destination::At(partition) } else { Destination::Here }
    }

    fn named_or_anywhere(&self, partition: &str) -> Destination {
        if partition.is_empty() { self.anywhere() } else { self.named(partition) }
    }

    /// The report of hardware that says that it stands in `partition`.
    fn reported(&self, partition: &PartitionId, what: &str) -> Destination {
        match of_another_site(self.others, partition, what) {
            Some(refusal) => Destination::Refused(refusal),
            None => Destination::Here,
        }
    }

    fn owner(&self, kind: Kind, id: &str) -> Destination {
        let key = Key::new(kind, id);
        if self.others.is_empty() || self.world.has(&key) {
            return Destination::Here;
        }
        Destination::OwnerOf(key)
    }

    fn machine(&self, command: &MachineCommand) -> Destination {
        match command {
            MachineCommand::Allocate { request, .. } if request.uuid.is_empty() => {
                self.named(&request.partitionid)
            }
            MachineCommand::Allocate { request, .. } => self.owner(Kind::Machine, &request.uuid),
            MachineCommand::Register(registration) => {
                self.reported(&registration.partition, "a registration of a machine")
            }
            MachineCommand::IpmiReport { partition, .. } => self.reported(partition, "a report of BMCs"),
            // The first event of a machine creates it, in the partition that received the event.
            MachineCommand::Event { .. }
            | MachineCommand::Discover { .. }
            | MachineCommand::StartWaiting { .. }
            | MachineCommand::StopWaiting { .. }
            | MachineCommand::Report { .. }
            | MachineCommand::AbortReinstall { .. }
            | MachineCommand::OrdersDone { .. }
            | MachineCommand::Resurrect { .. }
            | MachineCommand::Inspect { .. }
            | MachineCommand::Reconcile => Destination::Here,
            MachineCommand::Free { machine }
            | MachineCommand::Delete { machine }
            | MachineCommand::Reinstall { machine, .. }
            | MachineCommand::SetState { machine, .. }
            | MachineCommand::Update { machine, .. }
            | MachineCommand::Power { machine, .. }
            | MachineCommand::Led { machine, .. } => self.owner(Kind::Machine, machine.as_str()),
        }
    }

    fn switch(&self, command: &SwitchCommand) -> Destination {
        match command {
            SwitchCommand::Register(registration) => {
                self.reported(&registration.partition_id.as_str().into(), "a registration of a switch")
            }
            // Also kept for an unregistered switch.
            SwitchCommand::Notify { .. } => Destination::Here,
            SwitchCommand::Update { id, .. }
            | SwitchCommand::Toggle { id, .. }
            | SwitchCommand::Delete { id, .. }
            | SwitchCommand::Migrate { old: id, .. } => self.owner(Kind::Switch, id.as_str()),
        }
    }

    fn network(&self, command: &NetworkCommand) -> Destination {
        match command {
            NetworkCommand::Create(request) => {
                self.named_or_anywhere(request.partitionid.as_deref().unwrap_or_default())
            }
            NetworkCommand::Allocate(request) => self.named_or_anywhere(&request.partitionid),
            NetworkCommand::Update { update, .. } => self.owner(Kind::Network, &update.id),
            NetworkCommand::Free(id) | NetworkCommand::Delete(id) | NetworkCommand::SetPool { id, .. } => {
                self.owner(Kind::Network, id.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests;
