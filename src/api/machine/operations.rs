//! What can be done to a machine (api-machines 3 and 6).

use super::cache::render;
use crate::api::call::{Answered, Call, Reply};
use crate::api::error::Problem;
use actors::command::{Answer, Body};
use actors::ids::MachineId;
use actors::machine::command::AllocateRequest;
use actors::machine::{Allocation, BmcAction, Events, Machine, MachineCommand, Role};
use actors::refusal::Refusal;
use actors::time::Timestamp;
use actors::world::Versioned;
use serde::{Deserialize, Serialize};

/// Executes a command and shows the machine it was about.
async fn operated(call: &Call, command: MachineCommand) -> Answered {
    match call.ask(Body::Machine(command)).await? {
        Answer::Machine(id) => show(call, id, |_| true),
        Answer::Allocated { machine, allocation } => {
            show(call, machine, |current| current.uuid == allocation)
        }
        Answer::MachineRemoved(machine) => {
            let events = call.world().events.get(machine.id.as_str());
            let events = events.as_deref().map(|events| &**events);
            Ok(Reply::bytes(render(call.world(), &machine, events)?.body))
        }
        _ => Err(Problem::unexpected_answer()),
    }
}

/// The machine as it is now, which may be long after what is answered when a request is repeated with its key: an
/// allocation that came later is not for this caller to see as its own, and a machine that is gone is shown with
/// nothing but its id.
fn show(call: &Call, id: MachineId, is_meant: impl FnOnce(&Allocation) -> bool) -> Answered {
    let Some(row) = call.world().machines.get(id.as_str()) else { return show_gone(call, id) };
    if row.allocation.as_ref().is_none_or(is_meant) {
        return Ok(Reply::bytes(super::rendered_row(call, &row)?.body));
    }
    let events = call.world().events.get(id.as_str());
    show_free(call, &row, events.as_deref())
}

fn show_free(call: &Call, machine: &Machine, events: Option<&Versioned<Events>>) -> Answered {
    let free = Machine { allocation: None, tags: Vec::new(), ..machine.clone() };
    Ok(Reply::bytes(render(call.world(), &free, events.map(|events| &**events))?.body))
}

fn show_gone(call: &Call, id: MachineId) -> Answered {
    Ok(Reply::bytes(render(call.world(), &Machine::new(id, Timestamp::ZERO), None)?.body))
}

fn machine(call: &Call) -> MachineId {
    MachineId::from(call.id())
}

pub(in crate::api) async fn allocate(call: Call) -> Answered {
    allocate_as(&call, Role::Machine).await
}

pub(in crate::api) async fn allocate_as(call: &Call, role: Role) -> Answered {
    let request: Box<AllocateRequest> = Box::new(call.read()?);
    operated(call, MachineCommand::Allocate { role, request }).await
}

/// Shown with the events that came before: the reclaim is told after the answer (api-machines 3.7).
pub(in crate::api) async fn free(call: Call) -> Answered {
    let id = machine(&call);
    let before = call.world().events.get(id.as_str());
    match call.ask(Body::Machine(MachineCommand::Free { machine: id })).await? {
        Answer::Machine(id) => match call.world().machines.get(id.as_str()) {
            Some(row) => show_free(&call, &row, before.as_deref()),
            None => show_gone(&call, id),
        },
        Answer::MachineLocked => Err(Refusal::unprocessable("machine is locked").into()),
        _ => Err(Problem::unexpected_answer()),
    }
}

pub(in crate::api) async fn delete(call: Call) -> Answered {
    operated(&call, MachineCommand::Delete { machine: machine(&call) }).await
}

/// `id` and `description` of the body are not looked at (api-machines 3.6).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReinstallRequest {
    imageid: String,
}

pub(in crate::api) async fn reinstall(call: Call) -> Answered {
    let ReinstallRequest { imageid: image } = call.read()?;
    operated(&call, MachineCommand::Reinstall { machine: machine(&call), image }).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StateRequest {
    value: String,
    description: String,
}

pub(in crate::api) async fn set_state(call: Call) -> Answered {
    let StateRequest { value, description } = call.read()?;
    operated(&call, MachineCommand::SetState { machine: machine(&call), value, description }).await
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
    operated(&call, MachineCommand::Update { machine, description, tags, ssh_pub_keys }).await
}

async fn power(call: Call, action: BmcAction) -> Answered {
    operated(&call, MachineCommand::Power { machine: machine(&call), action }).await
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
    operated(&call, MachineCommand::Led { machine: machine(&call), on, description }).await
}

pub(in crate::api) async fn led_on(call: Call) -> Answered {
    led(call, true).await
}

pub(in crate::api) async fn led_off(call: Call) -> Answered {
    led(call, false).await
}

/// The reason is for the log; no length is asked of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConsolePasswordRequest {
    id: String,
    reason: String,
}

#[derive(Serialize)]
struct ConsolePasswordResponse<'a> {
    id: &'a str,
    /// Machines have neither name nor description.
    name: &'static str,
    description: &'static str,
    console_password: &'a str,
}

/// A GET with a body (api-machines 6.6).
pub(in crate::api) fn console_password(call: &Call) -> Answered {
    let request: ConsolePasswordRequest = call.read()?;
    let missing = || Refusal::not_found("machine", &request.id);
    let row = call.world().machines.get(&request.id).ok_or_else(missing)?;
    let Some(allocation) = &row.allocation else {
        return Err(Refusal::unprocessable("machine is not allocated, no consolepassword present").into());
    };
    let user = &call.user()?.principal.email;
    tracing::info!(machine = request.id, user, reason = request.reason, "a console password was read");
    Reply::ok(&ConsolePasswordResponse {
        id: row.id.as_str(),
        name: "",
        description: "",
        console_password: &allocation.console_password,
    })
}
