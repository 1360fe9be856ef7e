//! `/v1/network` (api-resources 2 and 8.1).

use crate::api::call::{Answered, ApiResponse, Call};
use actix_web::http::StatusCode;
use actors::addressing::Family;
use actors::command::{Ask, ask};
use actors::gateway::View;
use actors::ids::NetworkId;
use actors::ipam::usage::{Consumption, Usage};
use actors::network::find::NetworkFilter;
use actors::network::{Network, NetworkAllocate, NetworkCreate, NetworkType, NetworkUpdate};
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::time::Timestamp;
use actors::world::Versioned;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// api-resources 2.2
#[derive(Serialize)]
struct NetworkResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    partitionid: &'a str,
    projectid: &'a str,
    labels: &'a BTreeMap<String, String>,
    shared: bool,
    prefixes: &'a [IpNet],
    destinationprefixes: &'a [IpNet],
    defaultchildprefixlength: &'a Option<BTreeMap<Family, u8>>,
    nat: bool,
    privatesuper: bool,
    underlay: bool,
    vrf: u32,
    /// Never stored.
    vrfshared: Option<bool>,
    parentnetworkid: Option<&'a str>,
    #[serde(rename = "additionalAnnouncableCIDRs", skip_serializing_if = "<[String]>::is_empty")]
    additional_announcable_cidrs: &'a [String],
    networktype: NetworkType,
    nattype: &'static str,
    consumption: Consumption,
    /// The IPv4 part, for old clients.
    usage: Usage,
    created: Timestamp,
    changed: Timestamp,
}

impl<'a> NetworkResponse<'a> {
    fn new(network: &'a Network, consumption: Consumption) -> Self {
        Self {
            id: network.id.as_str(),
            name: &network.name,
            description: &network.description,
            partitionid: network.partition.as_str(),
            projectid: network.project.as_str(),
            labels: &network.labels,
            shared: network.shared,
            prefixes: &network.prefixes,
            destinationprefixes: &network.destination_prefixes,
            defaultchildprefixlength: &network.default_child_prefix_length,
            nat: network.nat,
            privatesuper: network.private_super,
            underlay: network.underlay,
            vrf: network.vrf,
            vrfshared: None,
            parentnetworkid: network.parent.as_ref().map(NetworkId::as_str),
            additional_announcable_cidrs: &network.additional_announcable_cidrs,
            networktype: network.network_type,
            nattype: nat_type(network.nat),
            usage: consumption.ipv4.unwrap_or_default(),
            consumption,
            created: network.created,
            changed: network.changed,
        }
    }

    fn of(view: &View, network: &'a Network) -> Self {
        Self::new(network, view.consumption(network))
    }
}

pub(super) const fn nat_type(nat: bool) -> &'static str {
    if nat { "ipv4-masq" } else { "none" }
}

/// The networks of all these views that `keep` accepts, ascending by id, with their views.
fn everywhere(views: &[View], keep: impl Fn(&Network) -> bool) -> Vec<(&View, Arc<Versioned<Network>>)> {
    let mut rows = Vec::new();
    for view in views {
        rows.extend(view.world().networks.filter(&keep).into_iter().map(|row| (view, row)));
    }
    rows.sort_by(|(_, one), (_, other)| one.id.cmp(&other.id));
    rows
}

/// `null` when empty (api-resources 0/7).
pub(super) fn list(_: &Call, views: &[View]) -> Answered {
    let rows = everywhere(views, |_| true);
    let list: Vec<_> = rows.iter().map(|(view, row)| NetworkResponse::of(view, row)).collect();
    ApiResponse::ok(&(!list.is_empty()).then_some(list))
}

pub(super) fn find(call: &Call, views: &[View]) -> Answered {
    let filter: NetworkFilter = call.read()?;
    let wanted = filter.read()?;
    let rows = everywhere(views, |network| wanted.matches(network));
    ApiResponse::ok(&rows.iter().map(|(view, row)| NetworkResponse::of(view, row)).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call, view: &View) -> Answered {
    let row = view.world().networks.get(call.id()).ok_or_else(|| Refusal::not_found("network", call.id()))?;
    ApiResponse::ok(&NetworkResponse::of(view, &row))
}

/// Executes a command and shows the written network, even if its partition no longer answers.
async fn written(call: &Call, status: StatusCode, ask: Ask<Box<Network>>) -> Answered {
    let network = call.execute(ask).await?;
    let view = call.view(Kind::Network, network.id.as_str()).await;
    let view = view.unwrap_or_else(|_| call.api.gateway.own());
    ApiResponse::with(status, &NetworkResponse::of(&view, &network))
}

pub(super) async fn create(call: Call) -> Answered {
    let request: NetworkCreate = call.read()?;
    written(&call, StatusCode::CREATED, ask::network::create(request)).await
}

pub(super) async fn update(call: Call) -> Answered {
    let force = call.query.flag("force")?;
    let update: NetworkUpdate = call.read()?;
    written(&call, StatusCode::OK, ask::network::update(update, force)).await
}

pub(super) async fn allocate(call: Call) -> Answered {
    let request: NetworkAllocate = call.read()?;
    let request = NetworkAllocate { specific: Vec::new(), ..request };
    written(&call, StatusCode::CREATED, ask::network::allocate(request)).await
}

/// The body of [`allocate_specific`].
#[derive(Deserialize)]
struct SpecificRequest {
    #[serde(flatten)]
    network: NetworkAllocate,
    /// At most one for each family; empty: like v1.
    #[serde(default)]
    prefixes: Vec<String>,
}

/// `POST mesh/v1/network/allocate`: like v1, and with `prefixes` exactly these.
pub(super) async fn allocate_specific(call: Call) -> Answered {
    let SpecificRequest { network, prefixes } = call.read()?;
    let request = NetworkAllocate { specific: prefixes, ..network };
    written(&call, StatusCode::CREATED, ask::network::allocate(request)).await
}

pub(super) async fn free(call: Call) -> Answered {
    removed(&call, ask::network::free(NetworkId::from(call.id()))).await
}

pub(super) async fn delete(call: Call) -> Answered {
    removed(&call, ask::network::delete(NetworkId::from(call.id()))).await
}

/// Without usage (api-resources 2.2, last line).
async fn removed(call: &Call, ask: Ask<Box<Network>>) -> Answered {
    let network = call.execute(ask).await?;
    ApiResponse::ok(&NetworkResponse::new(&network, Consumption::default()))
}
