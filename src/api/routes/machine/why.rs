//! Why a machine is in its state, which metal-api has no route for. Below `mesh/v1/`.

use crate::api::call::{Answered, ApiResponse, Call};
use actors::gateway::View;
use actors::machine::why::why;
use actors::refusal::Refusal;

/// `GET mesh/v1/machine/{id}/why`
pub(in crate::api::routes) fn show(call: &Call, view: &View) -> Answered {
    let (id, world) = (call.id(), view.world());
    let machine = world.machines.get(id).ok_or_else(|| Refusal::not_found("machine", id))?;
    let events = world.events.get(id);
    ApiResponse::ok(&why(&machine, events.as_deref().map(|events| &**events), call.api.gateway.now()))
}
