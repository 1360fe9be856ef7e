//! `/v1/firewall`: machines in the role of a firewall (api-machines 3.5).

use super::call::{Answered, Call, Reply};
use super::machine;
use super::machine::find::MachineFind;
use super::machine::operations::allocate_as;
use actors::machine::Role;
use actors::refusal::Refusal;

pub(super) fn list(call: &Call) -> Answered {
    show(call, MachineFind::default())
}

pub(super) fn find(call: &Call) -> Answered {
    show(call, call.read()?)
}

fn show(call: &Call, wanted: MachineFind) -> Answered {
    let wanted = wanted.among_firewalls();
    let shown = machine::rendered(call, &|machine| wanted.matches(machine))?;
    Ok(Reply::bytes(machine::array(shown.into_iter().map(|shown| shown.as_json.body))))
}

pub(super) fn get(call: &Call) -> Answered {
    let shown = machine::one(call, call.id())?;
    let is_firewall =
        shown.row.allocation.as_ref().is_some_and(|allocation| allocation.role == Role::Firewall);
    if is_firewall { machine::get(call) } else { Err(Refusal::missing("machine is not a firewall").into()) }
}

pub(super) async fn allocate(call: Call) -> Answered {
    allocate_as(&call, Role::Firewall).await
}
