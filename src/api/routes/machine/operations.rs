//! Operations on machines (api-machines 3 and 6).

use super::cache::render;
use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::Ask;
use actors::command::ask::{self, Allocated, Freed};
use actors::gateway::View;
use actors::ids::MachineId;
use actors::machine::command::AllocateRequest;
use actors::machine::{Allocation, BmcAction, Events, Machine, Role};
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::time::Timestamp;
use actors::world::Versioned;
use serde::{Deserialize, Serialize};

/// Executes a command and shows its machine.
async fn operated(call: &Call, ask: Ask<MachineId>) -> Answered {
    let id = call.execute(ask).await?;
    show(call, id, |_| true).await
}

/// The machine's current state, which may be much later than the answer when a request is repeated with its key. A
/// later allocation must not look like the caller's own, and a deleted machine is shown with only its id.
async fn show(call: &Call, id: MachineId, is_meant: impl FnOnce(&Allocation) -> bool) -> Answered {
    let view = after(call, &id).await;
    let Some(row) = view.world().machines.get(id.as_str()) else { return show_gone(call, id) };
    if row.allocation.as_ref().is_none_or(is_meant) {
        return Ok(ApiResponse::bytes(super::rendered_row(call, &view, &row)?.body));
    }
    let events = view.world().events.get(id.as_str());
    show_free(&view, &row, events.as_deref())
}

/// The partition of a machine after an operation. The operation succeeded, even if its partition no longer answers.
async fn after(call: &Call, id: &MachineId) -> View {
    call.view(Kind::Machine, id.as_str()).await.unwrap_or_else(|_| call.api.gateway.own())
}

fn show_free(view: &View, machine: &Machine, events: Option<&Versioned<Events>>) -> Answered {
    let free = Machine { allocation: None, tags: Vec::new(), ..machine.clone() };
    Ok(ApiResponse::bytes(render(view.world(), &free, events.map(|events| &**events))?.body))
}

fn show_gone(call: &Call, id: MachineId) -> Answered {
    Ok(ApiResponse::bytes(render(call.here(), &Machine::new(id, Timestamp::ZERO), None)?.body))
}

fn machine(call: &Call) -> MachineId {
    MachineId::from(call.id())
}

pub(in crate::api) async fn allocate(call: Call) -> Answered {
    allocate_as(&call, Role::Machine).await
}

pub(in crate::api) async fn allocate_as(call: &Call, role: Role) -> Answered {
    let request: AllocateRequest = call.read()?;
    let Allocated { machine, allocation } = call.execute(ask::machine::allocate(role, request)).await?;
    show(call, machine, |current| current.uuid == allocation).await
}

/// The answer shows the events before the call: the reclaim event is recorded after the answer (api-machines 3.7).
pub(in crate::api) async fn free(call: Call) -> Answered {
    let id = machine(&call);
    let before = call.view_before_write(Kind::Machine, id.as_str()).await?.world().events.get(id.as_str());
    match call.execute(ask::machine::free(id)).await? {
        Freed::Freed(id) => {
            let view = after(&call, &id).await;
            match view.world().machines.get(id.as_str()) {
                Some(row) => show_free(&view, &row, before.as_deref()),
                None => show_gone(&call, id),
            }
        }
        Freed::Locked => Err(Refusal::unprocessable("machine is locked").into()),
    }
}

pub(in crate::api) async fn delete(call: Call) -> Answered {
    let view = call.view_before_write(Kind::Machine, call.id()).await?;
    let machine = call.execute(ask::machine::delete(machine(&call))).await?;
    let events = view.world().events.get(machine.id.as_str());
    let events = events.as_deref().map(|events| &**events);
    Ok(ApiResponse::bytes(render(view.world(), &machine, events)?.body))
}

/// `id` and `description` of the body are ignored (api-machines 3.6).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReinstallRequest {
    imageid: String,
}

pub(in crate::api) async fn reinstall(call: Call) -> Answered {
    let ReinstallRequest { imageid: image } = call.read()?;
    operated(&call, ask::machine::reinstall(machine(&call), image)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StateRequest {
    value: String,
    description: String,
}

pub(in crate::api) async fn set_state(call: Call) -> Answered {
    let StateRequest { value, description } = call.read()?;
    operated(&call, ask::machine::set_state(machine(&call), value, description)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UpdateRequest {
    id: String,
    description: Option<String>,
    tags: Vec<String>,
    ssh_pub_keys: Vec<String>,
}

pub(in crate::api) async fn update(call: Call) -> Answered {
    let UpdateRequest { id, description, tags, ssh_pub_keys } = call.read()?;
    let machine = MachineId::from(id);
    operated(&call, ask::machine::update(machine, description, tags, ssh_pub_keys)).await
}

async fn power(call: Call, action: BmcAction) -> Answered {
    operated(&call, ask::machine::power(machine(&call), action)).await
}

pub(in crate::api) async fn power_on(call: Call) -> Answered {
    power(call, BmcAction::On).await
}

pub(in crate::api) async fn power_off(call: Call) -> Answered {
    power(call, BmcAction::Off).await
}

pub(in crate::api) async fn power_reset(call: Call) -> Answered {
    power(call, BmcAction::Reset).await
}

pub(in crate::api) async fn power_cycle(call: Call) -> Answered {
    power(call, BmcAction::Cycle).await
}

pub(in crate::api) async fn boot_bios(call: Call) -> Answered {
    power(call, BmcAction::Bios).await
}

pub(in crate::api) async fn boot_disk(call: Call) -> Answered {
    power(call, BmcAction::Disk).await
}

pub(in crate::api) async fn boot_pxe(call: Call) -> Answered {
    power(call, BmcAction::Pxe).await
}

async fn led(call: Call, on: bool) -> Answered {
    let description = call.query.get("description").unwrap_or_default().to_owned();
    operated(&call, ask::machine::led(machine(&call), on, description)).await
}

pub(in crate::api) async fn led_on(call: Call) -> Answered {
    led(call, true).await
}

pub(in crate::api) async fn led_off(call: Call) -> Answered {
    led(call, false).await
}

/// The reason goes into the log; its length is not checked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConsolePasswordRequest {
    id: String,
    reason: String,
}

#[derive(Serialize)]
struct ConsolePasswordResponse<'a> {
    id: &'a str,
    /// Machines have no name and no description.
    name: &'static str,
    description: &'static str,
    console_password: &'a str,
}

/// A GET with a body (api-machines 6.6).
pub(in crate::api) async fn console_password(call: Call) -> Answered {
    let request: ConsolePasswordRequest = call.read()?;
    let missing = || Refusal::not_found("machine", &request.id);
    let view = call.view(Kind::Machine, &request.id).await?;
    let row = view.world().machines.get(&request.id).ok_or_else(missing)?;
    let Some(allocation) = &row.allocation else {
        return Err(Refusal::unprocessable("machine is not allocated, no consolepassword present").into());
    };
    let user = &call.user()?.principal.email;
    tracing::info!(machine = request.id, user, reason = request.reason, "a user read a console password");
    ApiResponse::ok(&ConsolePasswordResponse {
        id: row.id.as_str(),
        name: "",
        description: "",
        console_password: &allocation.console_password,
    })
}
