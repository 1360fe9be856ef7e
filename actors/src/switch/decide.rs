//! Dispatch: one file per operation.

use super::SwitchCommand;
use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::ids::SwitchId;
use crate::record::switch::Switch;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// Decides a command about switches; writes nothing.
pub fn decide(world: &World, command: &SwitchCommand, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let now = context.now;
    match command {
        SwitchCommand::Register(registration) => super::register::register(world, registration, now),
        SwitchCommand::Update { id, description, console_command, mode } => {
            super::update::update(world, id, description.as_deref(), console_command, mode, now)
        }
        SwitchCommand::Notify { id, sync_duration_ns, error, port_states, bgp_port_states } => {
            let report = super::notify::Report {
                sync_duration_ns: *sync_duration_ns,
                error: error.as_deref(),
                ports: port_states.as_ref(),
                bgp: bgp_port_states.as_ref(),
            };
            super::notify::notify(world, id, &report, now)
        }
        SwitchCommand::Toggle { id, nic, status } => super::toggle::toggle(world, id, nic, status, now),
        SwitchCommand::Migrate { old, new } => super::migrate::migrate(world, old, new, now),
        SwitchCommand::Delete { id, force } => super::delete::delete(world, id, *force, now),
    }
}

/// The switch, or the 404 of api-machines 0.1.
pub(super) fn known(world: &World, id: &SwitchId) -> Result<Arc<Versioned<Switch>>, Refusal> {
    world.switches.get(id.as_str()).ok_or_else(|| Refusal::not_found("switch", id))
}
