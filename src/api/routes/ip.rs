//! `/v1/ip` (api-resources 3 and 8.2).

use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask;
use actors::gateway::View;
use actors::ipam::find::AddressFilter;
use actors::ipam::{Address, AddressAllocate, AddressUpdate, AddressesAllocate};
use actors::refusal::Refusal;
use actors::time::Timestamp;
use actors::world::Versioned;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

/// api-resources 3.1
#[derive(Serialize)]
struct IpResponse<'a> {
    ipaddress: IpAddr,
    allocationuuid: Uuid,
    name: &'a str,
    description: &'a str,
    projectid: &'a str,
    networkid: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    tags: &'a [String],
    created: Timestamp,
    changed: Timestamp,
}

impl<'a> IpResponse<'a> {
    fn new(address: &'a Address) -> Self {
        Self {
            ipaddress: address.address,
            allocationuuid: address.allocation_uuid,
            name: &address.name,
            description: &address.description,
            projectid: address.project.as_str(),
            networkid: address.network.as_str(),
            kind: address.kind.as_str(),
            tags: &address.tags,
            created: address.created,
            changed: address.changed,
        }
    }
}

fn show(mut rows: Vec<Arc<Versioned<Address>>>, views: usize) -> Answered {
    if views > 1 {
        rows.sort_by_cached_key(|row| row.address.to_string());
    }
    ApiResponse::ok(&rows.iter().map(|row| IpResponse::new(row)).collect::<Vec<_>>())
}

pub(super) fn list(_: &Call, views: &[View]) -> Answered {
    show(views.iter().flat_map(|view| view.world().addresses.all()).collect(), views.len())
}

pub(super) fn find(call: &Call, views: &[View]) -> Answered {
    let filter: AddressFilter = call.read()?;
    let wanted = filter.read()?;
    let rows = views.iter().flat_map(|view| {
        let addresses = &view.world().addresses;
        match &filter.ipaddress {
            // The address is the id, so no scan is needed.
            Some(id) => addresses.get(id).into_iter().filter(|row| wanted.matches(row)).collect(),
            None => addresses.filter(|address| wanted.matches(address)),
        }
    });
    show(rows.collect(), views.len())
}

pub(super) fn get(call: &Call, view: &View) -> Answered {
    let row = view.world().addresses.get(call.id()).ok_or_else(|| Refusal::not_found("ip", call.id()))?;
    ApiResponse::ok(&IpResponse::new(&row))
}

/// `/allocate` and `/allocate/{ip}`.
pub(super) async fn allocate(call: Call) -> Answered {
    let request: AddressAllocate = call.read()?;
    let specific = call.parameters.first().cloned();
    let request = AddressAllocate { specific, ..request };
    let address = call.execute(ask::ipam::allocate(request)).await?;
    ApiResponse::created(&IpResponse::new(&address))
}

/// `POST mesh/v1/ip/allocate`: allocates several addresses of a network, all or none.
pub(super) async fn allocate_many(call: Call) -> Answered {
    let request: AddressesAllocate = call.read()?;
    let addresses = call.execute(ask::ipam::allocate_many(request)).await?;
    ApiResponse::created(&addresses.iter().map(IpResponse::new).collect::<Vec<_>>())
}

pub(super) async fn update(call: Call) -> Answered {
    let request: AddressUpdate = call.read()?;
    let address = call.execute(ask::ipam::update(request)).await?;
    ApiResponse::ok(&IpResponse::new(&address))
}

pub(super) async fn free(call: Call) -> Answered {
    let address = call.execute(ask::ipam::free(call.id().to_owned())).await?;
    ApiResponse::ok(&IpResponse::new(&address))
}

/// The body of [`release`].
#[derive(Deserialize)]
struct ReleaseRequest {
    /// The `allocationuuid` from the answer that allocated the address.
    allocation: Uuid,
}

/// `POST mesh/v1/ip/{ip}/free`: releases the address of one allocation. Safe to repeat and to send late. 404: the ip is
/// free; 409: another allocation has it now. Neither changes anything.
pub(super) async fn release(call: Call) -> Answered {
    let ReleaseRequest { allocation } = call.read()?;
    let id = super::pool::address(&call)?.to_string();
    let address = call.execute(ask::ipam::release(id, allocation)).await?;
    ApiResponse::ok(&IpResponse::new(&address))
}
