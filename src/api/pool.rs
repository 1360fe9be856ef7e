//! How networks give addresses, which addresses rest, and who had one. Below `mesh/v1/`; metal-api has nothing of it.

use super::call::{Answered, Call, Reply};
use super::error::{Problem, Subject, call_failed};
use actors::command::{Answer, Body};
use actors::ids::NetworkId;
use actors::ipam::index::PoolPolicy;
use actors::ipam::{AddressCommand, spelling};
use actors::network::NetworkCommand;
use actors::refusal::Refusal;
use actors::time::Timestamp;
use serde::Serialize;
use std::net::IpAddr;
use uuid::Uuid;

/// Rests that one answer shows.
const RESTS_MAX: usize = 10_000;

#[derive(Serialize)]
struct RestResponse<'a> {
    ipaddress: IpAddr,
    networkid: &'a str,
    /// Who had it.
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
    /// Ids of the machines that used it.
    machines: Vec<&'a str>,
    since: Timestamp,
    /// Missing while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

#[derive(Serialize)]
struct PoolResponse<'a> {
    networkid: &'a str,
    policy: &'a PoolPolicy,
}

/// The first parameter of the path.
fn address(call: &Call) -> Result<IpAddr, Problem> {
    spelling::address(call.id()).map_err(|why| Problem::bad_request(format!("{:?}: {why}", call.id())))
}

/// `GET mesh/v1/ip/{ip}/history?at=TIME`: everybody who had the address, or who had it at a time (RFC 3339).
pub(super) async fn history(call: Call) -> Answered {
    let address = address(&call)?;
    let at = match call.query.get("at") {
        None | Some("") => None,
        Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
            Problem::bad_request(format!("at must be a time as in 2026-01-31T12:00:00Z: {text:?}"))
        })?),
    };
    let subject = Subject::of(&Body::Address(AddressCommand::Free(address.to_string())));
    let tenures = call.api.site.tenures(address, at).await.map_err(|error| call_failed(error, &subject))?;
    let shown: Vec<_> = tenures
        .iter()
        .map(|tenure| TenureResponse {
            ipaddress: tenure.address,
            networkid: tenure.network.as_str(),
            projectid: tenure.project.as_str(),
            allocationuuid: tenure.allocation_uuid,
            name: &tenure.name,
            machines: tenure.machines.iter().map(|machine| machine.as_str()).collect(),
            since: tenure.since,
            until: tenure.until,
        })
        .collect();
    Reply::ok(&shown)
}

/// `GET mesh/v1/ipam/quarantine`: the addresses that rest.
pub(super) fn quarantined(call: &Call) -> Answered {
    let rests = call.world().rests.page(None, RESTS_MAX);
    let shown: Vec<_> = rests
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
    Reply::ok(&shown)
}

/// `DELETE mesh/v1/ipam/quarantine/{ip}`: lets an address be given again before its time.
pub(super) async fn lift(call: Call) -> Answered {
    let command = AddressCommand::Lift(address(&call)?.to_string());
    call.ask(Body::Address(command)).await?;
    Reply::ok(&serde_json::json!({}))
}

/// `GET mesh/v1/ipam/pool`: how full all pools were at the last look, half a minute ago at most.
pub(super) fn pools(call: &Call) -> Answered {
    Reply::ok(&call.api.site.pools())
}

/// `GET mesh/v1/ipam/pool/{network}`
pub(super) fn policy(call: &Call) -> Answered {
    let network = call.world().networks.get(call.id());
    let network = network.ok_or_else(|| Refusal::not_found("network", call.id()))?;
    Reply::ok(&PoolResponse { networkid: network.id.as_str(), policy: &network.pool })
}

/// `POST mesh/v1/ipam/pool/{network}`: the whole policy; what is not said is as by default.
pub(super) async fn set_policy(call: Call) -> Answered {
    let pool: PoolPolicy = call.read()?;
    let command = NetworkCommand::SetPool { id: NetworkId::from(call.id()), pool };
    match call.ask(Body::Network(command)).await? {
        Answer::Network(network) => {
            Reply::ok(&PoolResponse { networkid: network.id.as_str(), policy: &network.pool })
        }
        _ => Err(Problem::unexpected_answer()),
    }
}
