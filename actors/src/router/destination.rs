//! Which partition owns what a command changes (architecture 3). Pure: it uses the command, the rows of this partition
//! and the names of all partitions. If these are not enough, it names the row that decides.
//!
//! Kinds of [`Scope::Global`] and networks without a partition belong to all partitions; the partition that gets the
//! request writes them.

use crate::command::Body;
use crate::ids::PartitionId;
use crate::ipam::AddressCommand;
use crate::machine::MachineCommand;
use crate::network::NetworkCommand;
use crate::store::{Key, Kind, Scope};
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
        Body::Masterdata(command) => known.owner(command.kind(), command.target()),
        // An address space of one partition: its clients know only this partition.
        Body::Namespace(_) => Destination::Here,
    }
}

struct Known<'a> {
    world: &'a World,
    others: &'a BTreeSet<PartitionId>,
}

impl Known<'_> {
    /// An unknown partition is refused here.
    fn named(&self, partition: &str) -> Destination {
        let partition = PartitionId::from(partition);
        if self.others.contains(&partition) { Destination::At(partition) } else { Destination::Here }
    }

    fn owner(&self, kind: Kind, id: &str) -> Destination {
        let key = Key::new(kind, id);
        if self.others.is_empty() || kind.scope() == Scope::Global || self.world.has(&key) {
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
            MachineCommand::Register(registration) => self.named(registration.partition.as_str()),
            MachineCommand::IpmiReport { partition, .. } => self.named(partition.as_str()),
            // The first event of a machine creates it, in the partition that received the event.
            MachineCommand::Event { .. }
            | MachineCommand::Discover { .. }
            | MachineCommand::Inspect { .. }
            | MachineCommand::Reconcile => Destination::Here,
            command => command
                .machine()
                .map_or(Destination::Here, |machine| self.owner(Kind::Machine, machine.as_str())),
        }
    }

    fn switch(&self, command: &SwitchCommand) -> Destination {
        match command {
            SwitchCommand::Register(registration) => self.named(&registration.partition_id),
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
            NetworkCommand::Create(request) => self.named(request.partitionid.as_deref().unwrap_or_default()),
            NetworkCommand::Allocate(request) => self.named(&request.partitionid),
            NetworkCommand::Update { update, .. } => self.owner(Kind::Network, &update.id),
            NetworkCommand::Free(id) | NetworkCommand::Delete(id) | NetworkCommand::SetPool { id, .. } => {
                self.owner(Kind::Network, id.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::store::Generation;
    use crate::time::Timestamp;
    use crate::wire;
    use serde_json::{Value, json};

    fn goes(others: &[&str], body: Value) -> Destination {
        let world = World::default();
        world.insert(Generation(1), Machine::new("m1".into(), Timestamp::from_millis(0)));
        let others = others.iter().map(|name| PartitionId::from(*name)).collect();
        destination(&world, &others, &wire::body_from_json(&body.to_string()).unwrap())
    }

    /// Architecture 3/1: a write is routed by its payload to the partition that owns the target.
    #[test]
    fn payloads_name_their_partition_or_the_row_that_decides() {
        let at_b = || Destination::At("plant-b".into());
        let owner = |kind, id: &str| Destination::OwnerOf(Key::new(kind, id));
        let rows = [
            (
                json!({"machine": {"allocate": {"role": "machine", "request": {"partitionid": "plant-b"}}}}),
                at_b(),
            ),
            (
                json!({"machine": {"allocate": {"role": "machine", "request": {"partitionid": "nowhere"}}}}),
                Destination::Here,
            ),
            (
                json!({"machine": {"allocate": {"role": "machine", "request": {"uuid": "m1", "partitionid": "plant-b"}}}}),
                Destination::Here,
            ),
            (json!({"machine": {"free": {"machine": "m1"}}}), Destination::Here),
            (json!({"machine": {"free": {"machine": "m2"}}}), owner(Kind::Machine, "m2")),
            (
                json!({"machine": {"event": {"machine": "m2", "event": "Alive", "message": ""}}}),
                Destination::Here,
            ),
            (json!({"switch": {"register": {"id": "s", "partition_id": "plant-b"}}}), at_b()),
            (json!({"switch": {"delete": {"id": "s", "force": true}}}), owner(Kind::Switch, "s")),
            (json!({"network": {"create": {"partitionid": "plant-b"}}}), at_b()),
            (json!({"network": {"create": {}}}), Destination::Here),
            (json!({"network": {"allocate": {"partitionid": "plant-b"}}}), at_b()),
            (json!({"network": {"free": "n"}}), owner(Kind::Network, "n")),
            (json!({"address": {"allocate": {"networkid": "n"}}}), owner(Kind::Network, "n")),
            (json!({"address": {"free": "10.0.0.1"}}), owner(Kind::Address, "10.0.0.1")),
            (json!({"masterdata": {"size_delete": "s"}}), Destination::Here),
            (json!({"namespace": {"create": "plant-b"}}), Destination::Here),
        ];
        for (body, expected) in rows {
            assert_eq!(goes(&["plant-b"], body.clone()), expected, "{body}");
            assert_eq!(goes(&[], body.clone()), Destination::Here, "alone: {body}");
        }
    }
}
