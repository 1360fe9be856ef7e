//! Allocation policies, quarantine and history of addresses. Below `mesh/v1/`; metal-api has no such routes.

use crate::api::call::{Answered, ApiResponse, Call};
use crate::api::error::{Problem, Subject, call_failed};
use actors::addressing::spelling;
use actors::command::ask;
use actors::gateway::View;
use actors::ids::NetworkId;
use actors::ipam::right::{AddressState, Reserve, Right, Standing, state_of};
use actors::network::PoolPolicy;
use actors::refusal::Refusal;
use actors::service::address_history;
use actors::time::Timestamp;
use ipnet::IpNet;
use serde::Serialize;
use std::net::IpAddr;
use uuid::Uuid;

/// Maximum of quarantined addresses in one answer.
const QUARANTINED_MAX: usize = 10_000;

#[derive(Serialize)]
struct RestResponse<'a> {
    ipaddress: IpAddr,
    networkid: &'a str,
    /// The project of the tenure.
    projectid: &'a str,
    allocationuuid: Uuid,
    since: Timestamp,
    until: Timestamp,
}

#[derive(Serialize)]
struct TenureResponse<'a> {
    ipaddress: IpAddr,
    networkid: &'a str,
    projectid: &'a str,
    allocationuuid: Uuid,
    name: &'a str,
    /// Ids of the machines that used the address.
    machines: Vec<&'a str>,
    since: Timestamp,
    /// Absent while the tenure lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

#[derive(Serialize)]
struct PoolResponse<'a> {
    networkid: &'a str,
    policy: &'a PoolPolicy,
}

#[derive(Serialize)]
struct StateResponse<'a> {
    ipaddress: IpAddr,
    networkid: &'a str,
    prefix: IpNet,
    /// The right to allocate it: `FREE`, `HELD`, `RECALLING`, `QUAR` or `RESERVED`.
    right: &'static str,
    /// The partition that may allocate it.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'a str>,
    /// Why it is not allocated to anyone: `policy` or `children`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved: Option<&'static str>,
    /// Its state in that partition: `AVAIL`, `ALLOC`, `QUAR` or `RETURNING`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// The end of its quarantine.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// The project that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    projectid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocationuuid: Option<Uuid>,
}

impl<'a> StateResponse<'a> {
    fn new(ipaddress: IpAddr, address: &'a AddressState) -> Self {
        let (right, holder, reserved, root_until) = match &address.right {
            Right::Free => ("FREE", None, None, None),
            Right::Held(holder) => ("HELD", Some(holder.as_str()), None, None),
            Right::Recalling(holder) => ("RECALLING", Some(holder.as_str()), None, None),
            Right::Quarantined(until) => ("QUAR", None, None, Some(*until)),
            Right::Reserved(Reserve::Policy) => ("RESERVED", None, Some("policy"), None),
            Right::Reserved(Reserve::ForChildren) => ("RESERVED", None, Some("children"), None),
        };
        let (state, until, row) = match &address.standing {
            None => (None, None, None),
            Some(Standing::Available) => (Some("AVAIL"), None, None),
            Some(Standing::Allocated(row)) => (Some("ALLOC"), None, Some(row)),
            Some(Standing::Quarantined(until)) => (Some("QUAR"), Some(*until), None),
            Some(Standing::Returning) => (Some("RETURNING"), None, None),
        };
        Self {
            ipaddress,
            networkid: address.network.as_str(),
            prefix: address.prefix,
            right,
            holder,
            reserved,
            state,
            until: until.or(root_until),
            projectid: row.map(|row| row.project.as_str()),
            allocationuuid: row.map(|row| row.allocation_uuid),
        }
    }
}

/// The first parameter of the path.
pub(super) fn address(call: &Call) -> Result<IpAddr, Problem> {
    spelling::address(call.id()).map_err(|why| Problem::bad_request(format!("{:?}: {why}", call.id())))
}

/// `GET mesh/v1/ip/{ip}/history?at=TIME`: all owners of the address, or its owner at a time (RFC 3339). Tenures that
/// ended longer ago than the node's `history_days` are deleted.
pub(super) async fn history(call: Call) -> Answered {
    let address = address(&call)?;
    let at = match call.query.get("at") {
        None | Some("") => None,
        Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
            Problem::bad_request(format!("at must be a time as in 2026-01-31T12:00:00Z: {text:?}"))
        })?),
    };
    let subject = Subject::of(ask::ipam::free(address.to_string()).body());
    let entries = address_history::look_up(&call.api.gateway, address, at)
        .await
        .map_err(|error| call_failed(error, &subject))?;
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| TenureResponse {
            ipaddress: entry.address,
            networkid: entry.network.as_str(),
            projectid: entry.project.as_str(),
            allocationuuid: entry.allocation_uuid,
            name: &entry.name,
            machines: entry.machines.iter().map(|machine| machine.as_str()).collect(),
            since: entry.since,
            until: entry.until,
        })
        .collect();
    ApiResponse::ok(&shown)
}

/// `GET mesh/v1/ip/{ip}`: the state of an address: whether and by which partition it can be allocated, and its owner.
pub(super) fn state(call: &Call) -> Answered {
    let address = address(call)?;
    let state = state_of(call.here(), call.api.gateway.partition(), address)
        .ok_or_else(|| Refusal::missing(format!("NotFound {address} is in no network")))?;
    ApiResponse::ok(&StateResponse::new(address, &state))
}

/// `GET mesh/v1/ipam/quarantine`: the addresses in quarantine.
pub(super) fn quarantined(call: &Call) -> Answered {
    let quarantined = call.here().quarantined.page(None, QUARANTINED_MAX);
    let shown: Vec<_> = quarantined
        .iter()
        .map(|rest| RestResponse {
            ipaddress: rest.address,
            networkid: rest.network.as_str(),
            projectid: rest.project.as_str(),
            allocationuuid: rest.allocation_uuid,
            since: rest.since,
            until: rest.until,
        })
        .collect();
    ApiResponse::ok(&shown)
}

/// `DELETE mesh/v1/ipam/quarantine/{ip}`: ends the quarantine of an address early.
pub(super) async fn end_quarantine(call: Call) -> Answered {
    call.execute(ask::ipam::end_quarantine(address(&call)?.to_string())).await?;
    ApiResponse::ok(&serde_json::json!({}))
}

/// `GET mesh/v1/ipam/pool`: how full all pools were at the last measurement, at most half a minute ago.
pub(super) fn pools(call: &Call) -> Answered {
    ApiResponse::ok(&call.api.gateway.pools())
}

/// `GET mesh/v1/ipam/pool/{network}`
pub(super) fn policy(call: &Call, view: &View) -> Answered {
    let network = view.world().networks.get(call.id());
    let network = network.ok_or_else(|| Refusal::not_found("network", call.id()))?;
    ApiResponse::ok(&PoolResponse { networkid: network.id.as_str(), policy: &network.pool })
}

/// `POST mesh/v1/ipam/pool/{network}`: replaces the whole policy; absent members get their defaults.
pub(super) async fn set_policy(call: Call) -> Answered {
    let pool: PoolPolicy = call.read()?;
    let network = call.execute(ask::network::set_pool(NetworkId::from(call.id()), pool)).await?;
    ApiResponse::ok(&PoolResponse { networkid: network.id.as_str(), policy: &network.pool })
}
