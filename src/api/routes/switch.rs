//! `/v1/switch` (api-machines 4).

use super::partition::PartitionResponse;
use crate::api::call::{Answered, ApiResponse, Call};
use actix_web::http::StatusCode;
use actors::command::ask::switch::SwitchReport;
use actors::command::ask::{self, Ask, Notified, SwitchWritten};
use actors::gateway::View;
use actors::ids::SwitchId;
use actors::masterdata::Partition;
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::switch::filter::PortFilter;
use actors::switch::{
    BgpPortState, Switch, SwitchFind, SwitchMode, SwitchOs, SwitchPort, SwitchRegistration, SwitchStatus,
    Sync,
};
use actors::time::Timestamp;
use actors::world::{Versioned, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// State of a port without a report.
const UNKNOWN: &str = "UNKNOWN";

#[derive(Serialize)]
struct SwitchResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    created: Timestamp,
    changed: Timestamp,
    partition: PartitionResponse<'a>,
    rack_id: &'a str,
    mode: SwitchMode,
    /// `null` for a deleted switch.
    os: Option<&'a SwitchOs>,
    management_ip: &'a str,
    management_user: &'a str,
    console_command: &'a str,
    /// Ordered by name.
    nics: Vec<NicResponse<'a>>,
    /// Ordered by machine.
    connections: Vec<ConnectionResponse<'a>>,
    last_sync: Option<SyncResponse<'a>>,
    last_sync_error: Option<SyncResponse<'a>>,
}

#[derive(Serialize)]
struct NicResponse<'a> {
    mac: &'a str,
    name: &'a str,
    identifier: &'a str,
    vrf: &'a str,
    filter: Option<PortFilter>,
    actual: &'a str,
    /// The state that newer switches derive for the port (api-machines 4.10): the operator's order, or UP without one.
    /// Not for ports of a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_status: Option<&'a str>,
    bgp_port_state: Option<&'a BgpPortState>,
}

#[derive(Serialize)]
struct ConnectionResponse<'a> {
    nic: NicResponse<'a>,
    machine_id: &'a str,
}

#[derive(Serialize)]
struct SyncResponse<'a> {
    time: Timestamp,
    duration: i64,
    error: Option<&'a str>,
}

impl<'a> SyncResponse<'a> {
    fn new(sync: &'a Sync) -> Self {
        Self { time: sync.time, duration: sync.duration_ns, error: sync.error.as_deref() }
    }
}

/// The rows that the JSON of a switch needs.
struct Rows {
    partition: Option<Arc<Versioned<Partition>>>,
    status: Option<Arc<Versioned<SwitchStatus>>>,
}

impl Rows {
    fn of(world: &World, switch: &Switch) -> Self {
        Self {
            partition: world.partitions.get(switch.partition.as_str()),
            status: world.switch_statuses.get(switch.id.as_str()),
        }
    }
}

impl<'a> SwitchResponse<'a> {
    fn gone(id: &'a SwitchId) -> Self {
        Self {
            id: id.as_str(),
            name: "",
            description: "",
            created: Timestamp::ZERO,
            changed: Timestamp::ZERO,
            partition: PartitionResponse::empty(),
            rack_id: "",
            mode: SwitchMode::Fresh,
            os: None,
            management_ip: "",
            management_user: "",
            console_command: "",
            nics: Vec::new(),
            connections: Vec::new(),
            last_sync: None,
            last_sync_error: None,
        }
    }

    fn new(view: &View, switch: &'a Switch, rows: &'a Rows) -> Result<Self, Refusal> {
        let status = rows.status.as_deref();
        let partition = rows.partition.as_deref();
        let connections = switch.connections.iter().flat_map(|(machine, connections)| {
            connections.iter().map(|connection| ConnectionResponse {
                nic: connected(switch, &connection.nic),
                machine_id: machine.as_str(),
            })
        });
        let filters = view.port_filters(switch)?;
        let mut nics: Vec<_> =
            switch.nics.iter().zip(filters).map(|(port, filter)| nic(port, filter)).collect();
        nics.sort_by_key(|nic| nic.name);
        Ok(Self {
            id: switch.id.as_str(),
            name: &switch.name,
            description: &switch.description,
            created: switch.created,
            changed: switch.changed,
            partition: partition.map_or(PartitionResponse::empty(), |row| PartitionResponse::new(row)),
            rack_id: switch.rack.as_str(),
            mode: switch.mode,
            os: Some(&switch.os),
            management_ip: &switch.management_ip,
            management_user: &switch.management_user,
            console_command: &switch.console_command,
            nics,
            connections: connections.collect(),
            last_sync: status.and_then(|status| status.last_sync.as_ref()).map(SyncResponse::new),
            last_sync_error: status.and_then(|status| status.last_sync_error.as_ref()).map(SyncResponse::new),
        })
    }
}

/// The JSON of a port in its configured state.
fn nic(port: &SwitchPort, filter: Option<PortFilter>) -> NicResponse<'_> {
    let desired = port.state.as_ref().and_then(|state| state.desired.as_deref());
    NicResponse {
        filter,
        actual: desired.unwrap_or_else(|| actual(port)),
        admin_status: Some(port.admin_status()),
        ..bare(port)
    }
}

/// The port as it was when the machine was connected, with its current state.
fn connected<'a>(switch: &'a Switch, then: &'a SwitchPort) -> NicResponse<'a> {
    let now = switch.nics.iter().find(|port| port.name == then.name);
    NicResponse { actual: now.map_or(UNKNOWN, actual), ..bare(then) }
}

fn bare(port: &SwitchPort) -> NicResponse<'_> {
    NicResponse {
        mac: &port.mac,
        name: &port.name,
        identifier: &port.identifier,
        vrf: &port.vrf,
        filter: None,
        actual: UNKNOWN,
        admin_status: None,
        bgp_port_state: port.bgp.as_ref(),
    }
}

fn actual(port: &SwitchPort) -> &str {
    port.state.as_ref().map_or(UNKNOWN, |state| &state.actual)
}

/// The switches of all these views that `keep` accepts, ascending by id.
fn show(views: &[View], keep: impl Fn(&Switch) -> bool) -> Answered {
    let mut rows = Vec::new();
    for view in views {
        let switches = view.world().switches.filter(&keep).into_iter();
        rows.extend(switches.map(|row| (view, Rows::of(view.world(), &row), row)));
    }
    rows.sort_by(|(.., one), (.., other)| one.id.cmp(&other.id));
    let responses: Result<Vec<_>, Refusal> =
        rows.iter().map(|(view, shown_with, row)| SwitchResponse::new(view, row, shown_with)).collect();
    ApiResponse::ok(&responses?)
}

fn show_one(view: &View, status: StatusCode, switch: &Switch) -> Answered {
    let rows = Rows::of(view.world(), switch);
    ApiResponse::with(status, &SwitchResponse::new(view, switch, &rows)?)
}

pub(super) fn list(_: &Call, views: &[View]) -> Answered {
    show(views, |_| true)
}

pub(super) fn find(call: &Call, views: &[View]) -> Answered {
    let wanted: SwitchFind = call.read()?;
    show(views, |switch| wanted.matches(switch))
}

pub(super) fn get(call: &Call, view: &View) -> Answered {
    let row = view.world().switches.get(call.id()).ok_or_else(|| Refusal::not_found("switch", call.id()))?;
    show_one(view, StatusCode::OK, &row)
}

async fn operated(call: &Call, ask: Ask<SwitchWritten>) -> Answered {
    let http = |created| if created { StatusCode::CREATED } else { StatusCode::OK };
    let written = call.execute(ask).await?;
    let id = match &written {
        SwitchWritten::Row { id, .. } => id,
        SwitchWritten::Shown { switch, .. } => &switch.id,
    };
    // The command was applied, even if the switch's partition no longer answers.
    let view = call.view(Kind::Switch, id.as_str()).await.unwrap_or_else(|_| call.api.gateway.own());
    match written {
        SwitchWritten::Row { id, created } => match view.world().switches.get(id.as_str()) {
            Some(row) => show_one(&view, http(created), &row),
            // A retry with its key after the switch was deleted.
            None => ApiResponse::with(http(created), &SwitchResponse::gone(&id)),
        },
        SwitchWritten::Shown { switch, created } => show_one(&view, http(created), &switch),
    }
}

pub(super) async fn register(call: Call) -> Answered {
    let registration: SwitchRegistration = call.read_spoken()?;
    operated(&call, ask::switch::register(registration)).await
}

/// Other fields of the body are ignored (api-machines 4.4).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UpdateRequest {
    id: String,
    description: Option<String>,
    console_command: String,
    mode: String,
}

pub(super) async fn update(call: Call) -> Answered {
    let UpdateRequest { id, description, console_command, mode } = call.read()?;
    let id = SwitchId::from(id);
    operated(&call, ask::switch::update(id, description, console_command, mode)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NotifyRequest {
    sync_duration: i64,
    error: Option<String>,
    port_states: Option<BTreeMap<String, String>>,
    bgp_port_states: Option<BTreeMap<String, BgpPortState>>,
}

#[derive(Serialize)]
struct NotifyResponse<'a> {
    id: &'a str,
    name: &'static str,
    description: &'static str,
    last_sync: Option<SyncResponse<'a>>,
    last_sync_error: Option<SyncResponse<'a>>,
}

pub(super) async fn notify(call: Call) -> Answered {
    let request: NotifyRequest = call.read_spoken()?;
    let report = SwitchReport {
        sync_duration_ns: request.sync_duration,
        error: request.error,
        port_states: request.port_states,
        bgp_port_states: request.bgp_port_states,
    };
    let status = match call.execute(ask::switch::notify(SwitchId::from(call.id()), report)).await? {
        Notified::Kept(status) => status,
        // Its report is stored anyway (api-machines 4.5, step 2).
        Notified::Unknown(id) => return Err(Refusal::not_found("switch", id).into()),
    };
    ApiResponse::ok(&NotifyResponse {
        id: status.id.as_str(),
        name: "",
        description: "",
        last_sync: status.last_sync.as_ref().map(SyncResponse::new),
        last_sync_error: status.last_sync_error.as_ref().map(SyncResponse::new),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ToggleRequest {
    nic: String,
    status: String,
}

pub(super) async fn toggle_port(call: Call) -> Answered {
    let ToggleRequest { nic, status } = call.read()?;
    let id = SwitchId::from(call.id());
    operated(&call, ask::switch::toggle(id, nic, status)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MigrateRequest {
    old_switch_id: String,
    new_switch_id: String,
}

pub(super) async fn migrate(call: Call) -> Answered {
    let request: MigrateRequest = call.read()?;
    let (old, new) = (SwitchId::from(request.old_switch_id), SwitchId::from(request.new_switch_id));
    operated(&call, ask::switch::migrate(old, new)).await
}

pub(super) async fn delete(call: Call) -> Answered {
    let force = call.query.flag("force")?;
    operated(&call, ask::switch::delete(SwitchId::from(call.id()), force)).await
}
