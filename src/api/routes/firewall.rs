//! `/v1/firewall`: machines in the role of a firewall (api-machines 3.5).

use super::machine;
use super::machine::find::MachineFind;
use super::machine::operations::allocate_as;
use crate::api::call::{Answered, Call};
use actors::gateway::View;
use actors::machine::Role;
use actors::refusal::Refusal;

pub(super) fn list(call: &Call, views: &[View]) -> Answered {
    show(call, views, MachineFind::default())
}

pub(super) fn find(call: &Call, views: &[View]) -> Answered {
    show(call, views, call.read()?)
}

fn show(call: &Call, views: &[View], wanted: MachineFind) -> Answered {
    let wanted = wanted.among_firewalls();
    Ok(machine::joined(machine::everywhere(call, views, &|machine| wanted.matches(machine))?))
}

pub(super) fn get(call: &Call, view: &View) -> Answered {
    let shown = machine::one(call, view, call.id())?;
    let allocation = shown.row.allocation.as_ref();
    if allocation.is_some_and(|allocation| allocation.role == Role::Firewall) {
        machine::get(call, view)
    } else {
        Err(Refusal::missing("machine is not a firewall").into())
    }
}

pub(super) async fn allocate(call: Call) -> Answered {
    allocate_as(&call, Role::Firewall).await
}
