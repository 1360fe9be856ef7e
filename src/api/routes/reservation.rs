//! `/v1/size/reservations` (api-resources 5.3 and 8.4).

use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask;
use actors::command::ask::Written;
use actors::ids::PartitionId;
use actors::masterdata::SizeReservation;
use actors::masterdata::reservation::{self, Usage};
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct ReservationResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    sizeid: &'a str,
    partitionids: &'a [PartitionId],
    projectid: &'a str,
    amount: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    created: Timestamp,
    changed: Timestamp,
}

impl<'a> ReservationResponse<'a> {
    fn new(reservation: &'a SizeReservation) -> Self {
        Self {
            id: &reservation.id,
            name: &reservation.name,
            description: &reservation.description,
            sizeid: reservation.size.as_str(),
            partitionids: &reservation.partitions,
            projectid: reservation.project.as_str(),
            amount: reservation.amount,
            labels: &reservation.labels,
            created: reservation.created,
            changed: reservation.changed,
        }
    }
}

#[derive(Serialize)]
struct UsageResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    sizeid: &'a str,
    partitionid: &'a str,
    projectid: &'a str,
    amount: u64,
    usedamount: u64,
    projectallocations: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
}

impl<'a> UsageResponse<'a> {
    fn new(usage: &'a Usage) -> Self {
        let Usage { reservation, partition, allocations } = usage;
        Self {
            id: &reservation.id,
            name: &reservation.name,
            description: &reservation.description,
            sizeid: reservation.size.as_str(),
            partitionid: partition.as_str(),
            projectid: reservation.project.as_str(),
            amount: reservation.amount,
            usedamount: usage.used(),
            projectallocations: *allocations,
            labels: &reservation.labels,
        }
    }
}

pub(super) fn list(call: &Call) -> Answered {
    show(call, &reservation::SizeReservationFind::default())
}

pub(super) fn find(call: &Call) -> Answered {
    show(call, &call.read()?)
}

fn show(call: &Call, wanted: &reservation::SizeReservationFind) -> Answered {
    let rows = reservation::find(call.here(), wanted);
    ApiResponse::ok(&rows.iter().map(|row| ReservationResponse::new(row)).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call) -> Answered {
    let row = call.here().size_reservations.get(call.id());
    let row = row.ok_or_else(|| Refusal::not_found(Kind::SizeReservation.entity(), call.id()))?;
    ApiResponse::ok(&ReservationResponse::new(&row))
}

/// `null` when there is none.
pub(super) fn usage(call: &Call) -> Answered {
    let usage = reservation::usage(call.here(), &call.read()?);
    let rows: Vec<_> = usage.iter().map(UsageResponse::new).collect();
    ApiResponse::ok(&(!rows.is_empty()).then_some(rows))
}

pub(super) async fn create(call: Call) -> Answered {
    let Written(reservation) = call.execute(ask::masterdata::create_size_reservation(call.read()?)).await?;
    ApiResponse::created(&ReservationResponse::new(&reservation))
}

pub(super) async fn update(call: Call) -> Answered {
    let Written(reservation) = call.execute(ask::masterdata::update_size_reservation(call.read()?)).await?;
    ApiResponse::ok(&ReservationResponse::new(&reservation))
}

pub(super) async fn delete(call: Call) -> Answered {
    let Written(reservation) =
        call.execute(ask::masterdata::delete_size_reservation(call.id().to_owned())).await?;
    ApiResponse::ok(&ReservationResponse::new(&reservation))
}
