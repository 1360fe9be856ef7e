//! Reads and writes the rows of one machine in a decision.

use crate::decision::Decision;
use crate::ids::MachineId;
use crate::naming::ID_BYTES_MAX;
use crate::record::machine::{Events, Machine};
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::world::{Versioned, World};
use serde::Serialize;
use std::sync::Arc;

/// The machine, or the contract's 404 (api-machines 0.1).
pub(super) fn read(world: &World, id: &MachineId) -> Result<Arc<Versioned<Machine>>, Refusal> {
    world.machines.get(id.as_str()).ok_or_else(|| Refusal::not_found(Kind::Machine.entity(), id))
}

/// Machines that `test` accepts after a pending commit, but not before.
pub(super) fn coming(world: &World, test: impl Fn(&Machine) -> bool) -> Vec<Arc<Machine>> {
    let mut coming = world.pending::<Machine>();
    coming.retain(|machine| {
        test(machine) && !world.machines.get(machine.id.as_str()).is_some_and(|now| test(&now))
    });
    coming
}

/// Replaces the machine's row if it differs.
pub(super) fn save<A>(decision: &mut Decision<A>, read: &Versioned<Machine>, machine: Machine) {
    if *read.value != machine {
        decision.update(read, machine);
    }
}

/// Creates or replaces the container's row if it differs.
pub(super) fn save_events<A>(
    decision: &mut Decision<A>,
    read: Option<&Versioned<Events>>,
    container: Events,
) {
    match read {
        None => {
            decision.create(container);
        }
        Some(read) if *read.value != container => {
            decision.update(read, container);
        }
        Some(_) => {}
    }
}

/// Ids are opaque, but must not be empty.
pub(super) fn check_id(id: &MachineId) -> Result<(), Refusal> {
    if id.is_empty() {
        return Err(Refusal::bad_request("uuid is empty"));
    }
    bounded("uuid", id, ID_BYTES_MAX)
}

/// Refuses a value that does not fit into a row, measured in stored form.
pub(super) fn bounded<T: Serialize>(what: &str, value: &T, bytes_max: usize) -> Result<(), Refusal> {
    let bytes = serde_json::to_string(value).map_or(usize::MAX, |text| text.len());
    if bytes > bytes_max {
        return Err(Refusal::bad_request(format!(
            "{what} has {bytes} bytes, at most {bytes_max} are accepted"
        )));
    }
    Ok(())
}
